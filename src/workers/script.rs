//! From the bundler's ES module to the script that the runtime evaluates.
//!
//! The module has only what the bundler itself writes around the code: imports of the runtime's modules,
//! one a line, at its head, and its exports at its end. The imports become lookups in place, the exports
//! become the value of a function around everything. Every line of code keeps its text and moves down by
//! [`HEADER_LINES`].

use std::fmt::Write as _;

use super::module_syntax::{bindings, items, specifier_at_end};

/// How many lines the script has before the bundler's first.
pub(super) const HEADER_LINES: u32 = 1;

/// The function around the module. It has a name because the engine reads a parenthesised function twice.
pub(super) const WRAPPER_NAME: &str = "__qemu_dev_worker";

/// Finds a module of the runtime and checks that it has the names that are imported from it, as linking a
/// real module would.
const IMPORT_FUNCTION: &str = "const __qemu_dev_bind = (specifier, names) => { \
    const namespace = globalThis.__qemu_dev_import(specifier); \
    for (const name of names) if (!(name in namespace)) throw new SyntaxError(\
    `The requested module '${specifier}' does not provide an export named '${name}'`); \
    return namespace; }; ";

/// The namespace object: no prototype, live bindings, closed, as that of a real module.
const NAMESPACE_FUNCTION: &str = "const __qemu_dev_namespace = (exports, others) => { \
    const namespace = Object.create(null); \
    const define = (name, get) => Object.defineProperty(namespace, name, { enumerable: true, get }); \
    for (const name of Object.keys(exports)) define(name, exports[name]); \
    for (const other of others) for (const name of Object.keys(other)) \
    if (name !== \"default\" && !(name in namespace)) define(name, () => other[name]); \
    Object.defineProperty(namespace, Symbol.toStringTag, { value: \"Module\" }); \
    return Object.preventExtensions(namespace); }; ";

/// Without a default export a Worker is written in service-worker syntax: its bindings are global variables, also
/// while it is evaluated.
const EXPOSE_BINDINGS: &str = "globalThis.__qemu_dev_expose_bindings(); ";

/// A part of the bundler's output that this module does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bundler wrote a statement that has no counterpart in a script: {0}")]
pub(super) struct UnknownStatement(String);

/// The script for `module`, an ES module in one piece. An `asynchronous` one evaluates to a promise.
pub(super) fn from_module(module: &str, asynchronous: bool) -> Result<String, UnknownStatement> {
    let (module, hashbang) = without_hashbang(module);
    let (head, rest) = split_head(module);
    let (body, tail) = split_tail(rest);
    let mut script = String::with_capacity(module.len() + 2048);
    script.push_str("\"use strict\"; const ");
    script.push_str(WRAPPER_NAME);
    script.push_str(if asynchronous { " = async () => { " } else { " = () => { " });
    if !has_default_export(tail) {
        script.push_str(EXPOSE_BINDINGS);
    }
    script.push_str(NAMESPACE_FUNCTION);
    if !head.is_empty() {
        script.push_str(IMPORT_FUNCTION);
    }
    script.push_str(if hashbang { "\n\n" } else { "\n" });
    let mut stars = Vec::new();
    for line in head.lines() {
        import(line, &mut stars, &mut script).ok_or_else(|| UnknownStatement(line.to_owned()))?;
        script.push('\n');
    }
    script.push_str(body);
    if !body.is_empty() && !body.ends_with('\n') {
        script.push('\n');
    }
    exports(tail, &stars, &mut script)?;
    writeln!(script, "}}; {WRAPPER_NAME}()").map_err(|error| UnknownStatement(error.to_string()))?;
    Ok(script)
}

fn without_hashbang(module: &str) -> (&str, bool) {
    if !module.starts_with("#!") {
        return (module, false);
    }
    (module.split_once('\n').map_or("", |(_, rest)| rest), true)
}

/// The lines with imports and star exports, and everything after them. Nothing else precedes the code, so
/// the first line of another kind ends them.
fn split_head(module: &str) -> (&str, &str) {
    let mut end = 0;
    for line in module.split_inclusive('\n') {
        let directive = end == 0 && line.starts_with('"');
        let blank = line.trim().is_empty();
        if !(line.starts_with("import ") || line.starts_with("export * from ") || directive || blank) {
            break;
        }
        end += line.len();
    }
    module.split_at(end)
}

/// The code, and the lines with exports after it.
fn split_tail(rest: &str) -> (&str, &str) {
    let mut start = rest.len();
    for line in rest.split_inclusive('\n').rev() {
        let export = line.starts_with("export { ") || line.starts_with("export default ");
        if !(export || line.trim().is_empty()) {
            break;
        }
        start -= line.len();
    }
    rest.split_at(start)
}

/// Writes the lookup that `line` stands for.
fn import(line: &str, stars: &mut Vec<String>, script: &mut String) -> Option<()> {
    let line = line.trim_end().trim_end_matches(';');
    if line.starts_with('"') || line.trim().is_empty() {
        return Some(());
    }
    let (statement, specifier) = specifier_at_end(line)?;
    if statement == "export *" {
        let name = format!("__qemu_dev_star_{}", stars.len());
        write!(script, "const {name} = __qemu_dev_bind({specifier}, []);").ok()?;
        stars.push(name);
        return Some(());
    }
    let clause = statement.strip_prefix("import")?.trim();
    if let Some(namespace) = clause.strip_prefix("* as ") {
        return write!(script, "const {namespace} = __qemu_dev_bind({specifier}, []);").ok();
    }
    let bindings = bindings(clause)?;
    let names: Vec<String> = bindings.iter().map(|(name, _)| quoted(name)).collect();
    let pattern: Vec<String> =
        bindings.iter().map(|(name, local)| format!("{}: {local}", quoted(name))).collect();
    let (names, pattern) = (names.join(", "), pattern.join(", "));
    write!(script, "const {{ {pattern} }} = __qemu_dev_bind({specifier}, [{names}]);").ok()
}

/// Writes the statement that gives the namespace object for the export lines of `tail`.
fn exports(tail: &str, stars: &[String], script: &mut String) -> Result<(), UnknownStatement> {
    let mut getters = String::new();
    for line in tail.lines().map(|line| line.trim().trim_end_matches(';')).filter(|line| !line.is_empty()) {
        export(line, &mut getters, script).ok_or_else(|| UnknownStatement(line.to_owned()))?;
    }
    let stars = stars.join(", ");
    script.push_str("return __qemu_dev_namespace({ ");
    script.push_str(&getters);
    script.push_str("}, [");
    script.push_str(&stars);
    script.push_str("]);\n");
    Ok(())
}

/// Whether one of the export lines of `tail` gives the default export.
fn has_default_export(tail: &str) -> bool {
    let is_default = |(local, alias): &(String, Option<String>)| alias.as_ref().unwrap_or(local) == "default";
    tail.lines().map(|line| line.trim().trim_end_matches(';')).any(|line| {
        let list = line.strip_prefix("export {").and_then(|line| line.strip_suffix('}'));
        line.starts_with("export default ")
            || list.and_then(items).is_some_and(|items| items.iter().any(is_default))
    })
}

fn export(line: &str, getters: &mut String, script: &mut String) -> Option<()> {
    if let Some(expression) = line.strip_prefix("export default ") {
        write!(script, "const __qemu_dev_default = {expression}; ").ok()?;
        return write!(getters, "\"default\": () => __qemu_dev_default, ").ok();
    }
    let braces = line.strip_prefix("export {")?.strip_suffix('}')?;
    for (local, alias) in items(braces)? {
        let name = quoted(alias.as_deref().unwrap_or(&local));
        // `__proto__: …` would set the prototype of the literal; a computed key is a property like any other.
        write!(getters, "[{name}]: () => {local}, ").ok()?;
    }
    Some(())
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(module: &str) -> Vec<String> {
        let script = from_module(module, false).unwrap();
        script.lines().skip(HEADER_LINES as usize).map(str::to_owned).collect()
    }

    #[test]
    fn imports_become_lookups_in_their_lines() {
        let module = "import a, { b, \"x-y\" as c, d as e } from \"m\";\nimport * as n from \"m\";\nimport \"m\" with { type: \"x\" };\nf(a);\n";
        assert_eq!(
            lines(module)[..4],
            [
                "const { \"default\": a, \"b\": b, \"x-y\": c, \"d\": e } = __qemu_dev_bind(\"m\", [\"default\", \"b\", \"x-y\", \"d\"]);",
                "const n = __qemu_dev_bind(\"m\", []);",
                "const {  } = __qemu_dev_bind(\"m\", []);",
                "f(a);",
            ]
        );
    }

    #[test]
    fn exports_become_getters() {
        assert_eq!(
            lines("let a = 1;\nexport { a, a as default, a as \"x, y\" };"),
            [
                "let a = 1;",
                "return __qemu_dev_namespace({ [\"a\"]: () => a, [\"default\"]: () => a, [\"x, y\"]: () => a, }, []);",
                "}; __qemu_dev_worker()",
            ]
        );
        assert_eq!(
            lines("export default require_a();\n"),
            [
                "const __qemu_dev_default = require_a(); return __qemu_dev_namespace({ \"default\": () => __qemu_dev_default, }, []);",
                "}; __qemu_dev_worker()",
            ]
        );
    }

    #[test]
    fn bindings_are_globals_only_without_a_default_export() {
        let exposes = |module: &str| from_module(module, false).unwrap().contains("expose_bindings()");
        assert!(exposes("addEventListener(\"fetch\", f);\n"));
        assert!(exposes("let a = 1;\nexport { a };"));
        assert!(!exposes("export default f();\n"));
        assert!(!exposes("let a = 1;\nexport { b, a as default };"));
    }

    #[test]
    fn text_that_looks_like_a_statement_stays() {
        let module = "const a = `\nimport b from \"c\";\nexport { a };\n`;\nexport { a };";
        assert_eq!(lines(module)[..4], ["const a = `", "import b from \"c\";", "export { a };", "`;"]);
    }

    #[test]
    fn what_is_not_understood_is_reported() {
        assert!(from_module("import b c from \"d\"; x\n", false).is_err());
        assert!(from_module("f();\nexport { a b };", false).is_err());
    }
}
