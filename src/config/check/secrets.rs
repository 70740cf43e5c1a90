//! `secrets`: the names of the variables that files and the surroundings may set.
//!
//! Source: Cloudflare's documentation, "Configuration - Wrangler", "Secrets".

use super::environments::Scope;
use crate::config::problems::Problems;
use crate::config::resolved::RequiredSecrets;

/// The required secrets, where the file has the section: then others are left out.
pub(in crate::config) fn secrets(scope: &Scope<'_>, problems: &mut Problems) -> Option<RequiredSecrets> {
    let field = scope.not_inherited("secrets", problems).filter(|field| field.is_object(problems))?;
    field.warn_unexpected(&["required"], problems);
    let required = field.child("required");
    let names = required.map(|required| required.strings(problems)).unwrap_or_default();
    Some(RequiredSecrets { names, span: field.key_span.clone() })
}
