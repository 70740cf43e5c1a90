//! The modules that come from the runtime instead of a file.

use std::ffi::OsStr;
use std::path::Path;

/// Every `cloudflare:` module that the runtime provides.
pub const CLOUDFLARE_MODULES_PROVIDED: &[&str] = &["cloudflare:workers"];

/// Every `node:` module that the runtime provides to Workers with the `nodejs_compat` flag, with its
/// prefix.
pub const NODE_MODULES_PROVIDED: &[&str] = &[
    "node:assert",
    "node:assert/strict",
    "node:async_hooks",
    "node:buffer",
    "node:crypto",
    "node:diagnostics_channel",
    "node:events",
    "node:path",
    "node:path/posix",
    "node:perf_hooks",
    "node:process",
    "node:querystring",
    "node:stream",
    "node:stream/consumers",
    "node:stream/promises",
    "node:stream/web",
    "node:string_decoder",
    "node:timers",
    "node:timers/promises",
    "node:url",
    "node:util",
    "node:util/types",
    "node:zlib",
];

/// The modules of Node.js that can be imported without the `node:` prefix
/// (<https://nodejs.org/api/module.html#modulebuiltinmodules>), sub-paths aside.
const NODE_MODULES: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The full name of the runtime's module that `specifier` asks for, when the runtime provides it.
///
/// A bare name such as `events` means Node.js's module, as wrangler reads it under `nodejs_compat`.
pub(super) fn provided(specifier: &str, nodejs_compat: bool) -> Option<&'static str> {
    let find = |list: &'static [&'static str], name: &str| list.iter().copied().find(|known| *known == name);
    if let Some(module) = find(CLOUDFLARE_MODULES_PROVIDED, specifier) {
        return Some(module);
    }
    if !nodejs_compat {
        return None;
    }
    node_module(specifier).and_then(|name| find(NODE_MODULES_PROVIDED, &name))
}

/// The name with its `node:` prefix, when `specifier` names a module of Node.js.
pub(super) fn node_module(specifier: &str) -> Option<String> {
    if specifier.starts_with("node:") {
        return Some(specifier.to_owned());
    }
    let first = specifier.split('/').next().unwrap_or(specifier);
    NODE_MODULES.contains(&first).then(|| format!("node:{specifier}"))
}

/// The package that a file belongs to: `name` or `@scope/name` behind the last `node_modules` of its path.
pub(super) fn package_of(file: &Path) -> Option<String> {
    let parts: Vec<_> = file.iter().filter_map(OsStr::to_str).collect();
    let start = parts.iter().rposition(|part| *part == "node_modules")? + 1;
    let name = parts.get(start)?;
    match name.starts_with('@') {
        true => Some(format!("{name}/{}", parts.get(start + 1)?)),
        false => Some((*name).to_owned()),
    }
}

/// Why a module that no file and no runtime provides is missing, and the remedy: `None` when it is none
/// of Cloudflare's or Node.js's.
pub(super) fn missing_from_runtime(specifier: &str, nodejs_compat: bool) -> Option<(String, String)> {
    if specifier.starts_with("cloudflare:") {
        let provided = CLOUDFLARE_MODULES_PROVIDED.join(", ");
        return Some((
            format!("the runtime does not provide `{specifier}`"),
            format!("of Cloudflare's modules it provides {provided}"),
        ));
    }
    node_module(specifier)?;
    if !nodejs_compat {
        return Some((
            format!("`{specifier}` is a module of Node.js, and this Worker does not enable them"),
            "add \"nodejs_compat\" to `compatibility_flags` in the configuration".to_owned(),
        ));
    }
    let provided = format!("of Node.js's modules it provides {}", NODE_MODULES_PROVIDED.join(", "));
    Some((format!("the runtime does not provide `{specifier}`"), provided))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_modules_are_known_with_and_without_prefix() {
        assert_eq!(node_module("fs/promises").as_deref(), Some("node:fs/promises"));
        assert_eq!(node_module("node:test").as_deref(), Some("node:test"));
        assert_eq!(node_module("eventsource"), None);
    }

    #[test]
    fn files_below_node_modules_belong_to_a_package() {
        let package = |file: &str| package_of(Path::new(file));
        assert_eq!(package("/a/node_modules/.pnpm/b@1/node_modules/@c/d/e.js").as_deref(), Some("@c/d"));
        assert_eq!(package("/a/node_modules/b/index.js").as_deref(), Some("b"));
        assert_eq!(package("/a/src/b.js"), None);
    }

    #[test]
    fn the_remedy_depends_on_the_compatibility_flag() {
        let remedy = |flag| missing_from_runtime("node:fs", flag).unwrap().1;
        assert!(remedy(false).contains("nodejs_compat"));
        assert!(!remedy(true).contains("nodejs_compat"));
        assert_eq!(missing_from_runtime("zod", true), None);
    }
}
