//! `rules`: how imported files become modules.
//!
//! Source: Cloudflare's documentation, "Bundling", "Including non-JavaScript modules".

use super::environments::Scope;
use super::fields::Field;
use crate::config::problems::Problems;
use crate::config::resolved::{ModuleRule, ModuleRuleKind};
use crate::config::spelling::nearest;

const KINDS: [(&str, ModuleRuleKind); 7] = [
    ("ESModule", ModuleRuleKind::EsModule),
    ("CommonJS", ModuleRuleKind::CommonJs),
    ("CompiledWasm", ModuleRuleKind::CompiledWasm),
    ("Text", ModuleRuleKind::Text),
    ("Data", ModuleRuleKind::Data),
    ("PythonModule", ModuleRuleKind::PythonModule),
    ("PythonRequirement", ModuleRuleKind::PythonRequirement),
];

/// The rules that count: the file's own, then the defaults. A rule ends the rules of its kind unless it says
/// `fallthrough`, so those after it are left out.
pub(in crate::config) fn rules(scope: &Scope<'_>, problems: &mut Problems) -> Vec<ModuleRule> {
    let written = scope.inherited("rules").filter(|field| field.is_array(problems));
    let own: Vec<ModuleRule> = written
        .map(|field| field.elements().filter_map(|element| rule(&element, problems)).collect())
        .unwrap_or_default();
    let mut counting: Vec<ModuleRule> = Vec::new();
    for rule in own.into_iter().chain(defaults()) {
        let ended = counting.iter().any(|earlier| earlier.kind == rule.kind && !earlier.fallthrough);
        if !ended {
            counting.push(rule);
        }
    }
    counting
}

fn defaults() -> [ModuleRule; 3] {
    let rule = |kind, globs: &[&str]| ModuleRule {
        kind,
        globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        fallthrough: false,
    };
    [
        rule(ModuleRuleKind::Text, &["**/*.txt", "**/*.html", "**/*.sql"]),
        rule(ModuleRuleKind::Data, &["**/*.bin"]),
        rule(ModuleRuleKind::CompiledWasm, &["**/*.wasm", "**/*.wasm?module"]),
    ]
}

fn rule(field: &Field<'_>, problems: &mut Problems) -> Option<ModuleRule> {
    if !field.is_object(problems) {
        return None;
    }
    field.warn_unexpected(&["type", "globs", "fallthrough"], problems);
    let kind = kind(field, problems);
    let globs = globs(field, problems);
    let fallthrough = field.child("fallthrough").and_then(|field| field.boolean(problems)).unwrap_or(false);
    Some(ModuleRule { kind: kind?, globs: globs?, fallthrough })
}

fn kind(rule: &Field<'_>, problems: &mut Problems) -> Option<ModuleRuleKind> {
    let written = rule.child("type");
    let name = written.as_ref().and_then(|field| field.node.as_str());
    let kind = KINDS.iter().find(|(known, _)| Some(*known) == name);
    if kind.is_none() {
        let known = KINDS.map(|(name, _)| name);
        let span = written.as_ref().map_or(&rule.node.span, |field| &field.node.span);
        let message =
            format!("\"{}\" should have a string \"type\" field, one of {}.", rule.path, known.join(", "));
        let help = match name.and_then(|name| nearest(name, known)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "\"Text\" gives a string, \"Data\" an ArrayBuffer".to_owned(),
        };
        problems.error(span, message).help(help);
    }
    kind.map(|(_, kind)| *kind)
}

fn globs(rule: &Field<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    let Some(globs) = rule.child("globs") else {
        let help = format!("add {}", problems.field("globs", "[\"**/*.txt\"]"));
        problems.error(&rule.node.span, format!("\"{}.globs\" is a required field.", rule.path)).help(help);
        return None;
    };
    Some(globs.strings(problems))
}
