//! `define`, `alias`, `tsconfig`, `jsx_factory` and `jsx_fragment`: what the bundler is told.
//!
//! Source: Cloudflare's documentation, "Configuration - Wrangler", "Bundling" and "Module aliasing".

use std::path::Path;

use super::environments::Scope;
use super::fields::Field;
use super::main::join;
use crate::base::Span;
use crate::config::problems::Problems;
use crate::config::resolved::{Bundling, Resolved};

/// What the file says about bundling, and where it names a `tsconfig`. Whether that exists is for
/// [`check_tsconfig_exists`].
pub(in crate::config) fn bundling(
    scope: &Scope<'_>,
    directory: &Path,
    problems: &mut Problems,
) -> (Bundling, Option<Span>) {
    let defines = scope.not_inherited("define", problems);
    let aliases = scope.top_level("alias");
    let mut text = |key| scope.inherited(key).and_then(|field| field.string(problems)).map(str::to_owned);
    let (tsconfig, jsx_factory, jsx_fragment) = (text("tsconfig"), text("jsx_factory"), text("jsx_fragment"));
    let tsconfig_span = scope.inherited("tsconfig").map(|field| field.node.span.clone());
    let bundling = Bundling {
        defines: pairs(defines, problems),
        aliases: pairs(aliases, problems),
        tsconfig: tsconfig.map(|path| join(directory, Path::new(&path))),
        jsx_factory,
        jsx_fragment,
    };
    (bundling, tsconfig_span)
}

/// Reports a `tsconfig` that is not on disk. A custom build may still make it, so then nothing is checked.
pub(in crate::config) fn check_tsconfig_exists(resolved: &Resolved, problems: &mut Problems) {
    let missing = resolved.bundling.tsconfig.as_ref().filter(|path| !path.is_file());
    let Some(path) = missing.filter(|_| resolved.build.is_none()) else { return };
    let shown = path.strip_prefix(&resolved.directory).unwrap_or(path).display();
    problems
        .error_where(resolved.tsconfig_span.as_ref(), format!("The tsconfig file at \"{shown}\" was not found."))
        .label("no such file")
        .help("\"tsconfig\" is relative to this file; check the path, or remove it: tsconfig.json is found by itself");
}

/// The entries of an object of strings.
fn pairs(field: Option<Field<'_>>, problems: &mut Problems) -> Vec<(String, String)> {
    let Some(field) = field.filter(|field| field.is_object(problems)) else { return Vec::new() };
    let mut pairs = Vec::new();
    for entry in field.node.entries() {
        let value = Field::new(&field.path, entry);
        match value.node.as_str() {
            Some(text) => pairs.push((entry.key.clone(), text.to_owned())),
            None => {
                let message =
                    format!("The field \"{}\" should be a string but got {}.", value.path, value.shown());
                problems
                    .error(&value.node.span, message)
                    .label("should be a string")
                    .help("put it in quotes");
            }
        }
    }
    pairs
}
