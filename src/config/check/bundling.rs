//! `define`, `alias`, `tsconfig`, `jsx_factory` and `jsx_fragment`: what the bundler is told.
//!
//! Source: Cloudflare's documentation, "Configuration - Wrangler", "Bundling" and "Module aliasing".

use std::path::Path;

use super::environments::Scope;
use super::fields::Field;
use super::main::join;
use crate::config::problems::Problems;
use crate::config::resolved::Bundling;

/// What the file says about bundling.
pub(in crate::config) fn bundling(scope: &Scope<'_>, directory: &Path, problems: &mut Problems) -> Bundling {
    let defines = scope.not_inherited("define", problems);
    let aliases = scope.top_level("alias");
    let mut text = |key| scope.inherited(key).and_then(|field| field.string(problems)).map(str::to_owned);
    let (tsconfig, jsx_factory, jsx_fragment) = (text("tsconfig"), text("jsx_factory"), text("jsx_fragment"));
    Bundling {
        defines: pairs(defines, problems),
        aliases: pairs(aliases, problems),
        tsconfig: tsconfig.map(|path| join(directory, Path::new(&path))),
        jsx_factory,
        jsx_fragment,
    }
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
