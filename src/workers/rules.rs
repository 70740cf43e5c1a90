//! Which imported files are text, data or WebAssembly instead of JavaScript.
//!
//! <https://developers.cloudflare.com/workers/wrangler/bundling/#including-non-javascript-modules>

use crate::config::{ModuleRule, ModuleRuleKind};

/// What a file that is not code becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AssetKind {
    /// A string.
    Text,
    /// An `ArrayBuffer`.
    Data,
    /// A `WebAssembly.Module`.
    CompiledWasm,
}

/// Whether a rule makes the file at `path`, with slashes, text, data or WebAssembly.
pub fn names_asset(rules: &[ModuleRule], path: &str) -> bool {
    asset_kind(rules, path).is_some()
}

/// What an import of `specifier`, as written in the source, gives when it is not code. Rules for code leave
/// their files to the bundler.
pub(super) fn asset_kind(rules: &[ModuleRule], specifier: &str) -> Option<AssetKind> {
    rules.iter().filter(|rule| rule.globs.iter().any(|glob| glob_matches(glob, specifier))).find_map(|rule| {
        match rule.kind {
            ModuleRuleKind::Text => Some(AssetKind::Text),
            ModuleRuleKind::Data => Some(AssetKind::Data),
            ModuleRuleKind::CompiledWasm => Some(AssetKind::CompiledWasm),
            ModuleRuleKind::EsModule
            | ModuleRuleKind::CommonJs
            | ModuleRuleKind::PythonModule
            | ModuleRuleKind::PythonRequirement => None,
        }
    })
}

/// Whether `path` matches `glob`. A question mark also stands for itself, which `*.wasm?module` needs.
fn glob_matches(glob: &str, path: &str) -> bool {
    if let Some(rest) = glob.strip_prefix("**/") {
        let mut folders = path.match_indices('/').map(|(index, _)| index + 1);
        return glob_matches(rest, path) || folders.any(|start| glob_matches(rest, &path[start..]));
    }
    if let Some(rest) = glob.strip_prefix("**") {
        return suffixes(path).any(|suffix| glob_matches(rest, suffix));
    }
    let mut characters = glob.chars();
    match characters.next() {
        None => path.is_empty(),
        Some('*') => {
            let name_end = path.find('/').unwrap_or(path.len());
            suffixes(path)
                .take_while(|suffix| path.len() - suffix.len() <= name_end)
                .any(|suffix| glob_matches(characters.as_str(), suffix))
        }
        Some(expected) => {
            let mut rest = path.chars();
            let found = rest.next();
            (found == Some(expected) || expected == '?' && found.is_some_and(|found| found != '/'))
                && glob_matches(characters.as_str(), rest.as_str())
        }
    }
}

fn suffixes(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(index, _)| &text[index..]).chain([""])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_span_folders_only_with_two_stars() {
        assert!(glob_matches("**/*.txt", "./a/b.txt"));
        assert!(glob_matches("**/*.txt", "b.txt"));
        assert!(glob_matches("src/*.md", "src/a.md"));
        assert!(!glob_matches("src/*.md", "src/b/a.md"));
        assert!(glob_matches("src/**", "src/b/a.md"));
        assert!(glob_matches("**/*.wasm?module", "./x.wasm?module"));
        assert!(!glob_matches("**/*.txt", "./a.txt.js"));
        assert!(glob_matches("**/ü?.txt", "./üß.txt"));
        assert!(!glob_matches("a?b", "a/b"));
    }

    #[test]
    fn the_first_rule_for_assets_decides() {
        let rule = |kind, glob: &str| ModuleRule { kind, globs: vec![glob.to_owned()], fallthrough: false };
        let rules = [
            rule(ModuleRuleKind::EsModule, "**/*.md"),
            rule(ModuleRuleKind::Data, "raw/**"),
            rule(ModuleRuleKind::Text, "**/*.md"),
        ];
        assert_eq!(asset_kind(&rules, "./a.md"), Some(AssetKind::Text));
        assert_eq!(asset_kind(&rules, "raw/a.md"), Some(AssetKind::Data));
        assert_eq!(asset_kind(&rules, "./a.ts"), None);
    }
}
