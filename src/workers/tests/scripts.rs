//! What the script contains.

use super::{Project, file_names, place_of};
use crate::config::{ModuleRule, ModuleRuleKind};
use crate::workers::{BundleRequest, OriginalPosition};

#[tokio::test]
async fn typescript_with_its_imports_becomes_one_script() {
    let project = Project::new(&[
        (
            "src/index.ts",
            "import { send } from './send';\nimport data from './data.json';\ninterface Env { Q: Queue }\n\
             export class Entry {}\nexport default { fetch(r: Request, env: Env) { return send(data.name as string) } };",
        ),
        ("src/send.ts", "export enum Kind { A, B }\nexport const send = (s: string): string => s + Kind.B;"),
        ("src/data.json", r#"{"name": "n"}"#),
    ]);
    let bundle = project.bundle().await;
    assert!(bundle.script.starts_with("\"use strict\"; const __qemu_dev_worker = () => {"));
    assert!(bundle.script.ends_with("}; __qemu_dev_worker()\n"));
    for left in ["interface", "import ", "export ", ": string"] {
        assert!(!bundle.script.contains(left), "{left} in {}", bundle.script);
    }
    assert_eq!(bundle.exports, ["Entry", "default"]);
    assert!(bundle.warnings.is_empty(), "{:?}", bundle.warnings);
    assert_eq!(
        file_names(&bundle.inputs, &project.path("")),
        ["src/data.json", "src/index.ts", "src/send.ts"]
    );
}

#[tokio::test]
async fn equal_sources_give_equal_hashes() {
    let project = Project::new(&[("src/index.ts", "export default { n: 1 };")]);
    let first = project.bundle().await.content_hash();
    assert_eq!(project.bundle().await.content_hash(), first);
    project.write("src/index.ts", "export default { n: 2 };");
    let second = project.bundle().await.content_hash();
    assert_ne!(second, first);
    assert_eq!(second.to_string().len(), 64);
}

#[tokio::test]
async fn positions_lead_back_to_the_users_files() {
    let index = "import { fail } from './lib/fail';\n\n\
                 export default {\n  fetch(): void { /* ü😀 */ fail(\"one\"); throw new Error(\"two\"); },\n};\n";
    let fail = "type Text = string;\n\nexport function fail(why: Text): never {\n  \
                const text: Text = `ü😀 ${why}`; throw new TypeError(text);\n}\n";
    let project = Project::new(&[("src/index.ts", index), ("src/lib/fail.ts", fail)]);
    let bundle = project.bundle().await;
    let original = |needle: &str| {
        let (line, column) = place_of(&bundle.script, needle);
        bundle.source_map().original_position(line, column)
    };
    let position = |file: &str, line, column| Some(OriginalPosition { file: file.into(), line, column });
    assert_eq!(original("new Error(\"two\")"), position("src/index.ts", 4, 48));
    assert_eq!(original("fail(\"one\")"), position("src/index.ts", 4, 29));
    assert_eq!(original("new TypeError"), position("src/lib/fail.ts", 4, 42));
    assert_eq!(bundle.source_map().original_position(1, 1), None);
    let last = u32::try_from(bundle.script.lines().count()).unwrap();
    assert_eq!(bundle.source_map().original_position(last, 4), None);

    let (line, column) = place_of(&bundle.script, "new TypeError");
    let (caller_line, caller_column) = place_of(&bundle.script, "fail(\"one\")");
    let stack = format!(
        "    at fail (<input>:{line}:{column})\n    at fetch (<input>:{caller_line}:{caller_column})\n    \
         at dispatch (queue.js:7:1)\n    at <eval> (<input>:{last}:4)\n"
    );
    assert_eq!(
        bundle.source_map().rewrite_stack(&stack),
        "    at fail (src/lib/fail.ts:4:42)\n    at fetch (src/index.ts:4:29)\n"
    );
}

#[tokio::test]
async fn a_script_without_exports_and_one_in_commonjs_work() {
    let project = Project::new(&[("src/index.ts", "addEventListener('fetch', () => {});")]);
    let bundle = project.bundle().await;
    assert!(bundle.exports.is_empty());
    assert!(bundle.script.contains("return __qemu_dev_namespace({ }, []);"));

    let mut project = Project::new(&[("worker.cjs", "module.exports = { fetch() {} };")]);
    project.request = BundleRequest { main: "worker.cjs".into(), ..project.request };
    assert!(
        project.script().await.contains("[\"default\"]: ")
            || project.script().await.contains("\"default\": ")
    );
}

#[tokio::test]
async fn top_level_await_makes_the_script_asynchronous() {
    let project = Project::new(&[("src/index.ts", "const n = await f();\nexport default { n };")]);
    assert!(project.script().await.starts_with("\"use strict\"; const __qemu_dev_worker = async () => {"));
}

#[tokio::test]
async fn dynamic_imports_are_part_of_the_script() {
    let project = Project::new(&[
        ("src/index.ts", "export default { async fetch() { return (await import('./lazy')).lazy } };"),
        ("src/lazy.ts", "export const lazy = 'here';"),
    ]);
    let script = project.script().await;
    assert!(script.contains("Promise.resolve().then(") && !script.contains("import("), "{script}");
}

#[tokio::test]
async fn modules_of_the_runtime_are_asked_for_at_run_time() {
    let project = Project::new(&[
        (
            "src/index.ts",
            "import { env, WorkerEntrypoint as Base } from 'cloudflare:workers';\n\
             import * as all from 'cloudflare:workers';\nimport cjs from './lib.cjs';\n\
             export { RpcTarget } from 'cloudflare:workers';\nexport * from 'cloudflare:workers';\n\
             export default class extends Base { f() { return [env, all, cjs, import('cloudflare:workers')] } }",
        ),
        ("src/lib.cjs", "module.exports = require('cloudflare:workers').env;"),
    ]);
    let script = project.script().await;
    for expected in [
        "= __qemu_dev_bind(\"cloudflare:workers\", [\"RpcTarget\", \"WorkerEntrypoint\", \"env\"]);",
        "const __qemu_dev_star_0 = __qemu_dev_bind(\"cloudflare:workers\", []);",
        "[\"RpcTarget\"]: () => RpcTarget",
        "[__qemu_dev_star_0]",
        "exports.then = (resolve) => resolve(globalThis.__qemu_dev_import(\"cloudflare:workers\"))",
        "module.exports = \"default\" in namespace ? namespace.default : namespace;",
    ] {
        assert!(script.contains(expected), "{expected} is not in {script}");
    }
    assert!(!script.contains(" import("));
}

#[tokio::test]
async fn text_data_and_webassembly_are_imported_by_rule() {
    let mut project = Project::new(&[
        (
            "src/index.ts",
            "import text from './a.txt';\nimport sql from 'queries/b.sql';\nimport data from './c.bin';\n\
             import wasm from './d.wasm?module';\nimport page from './e.md';\nexport default [text, sql, data, wasm, page];",
        ),
        ("src/a.txt", "text \"one\"\n"),
        ("src/queries/b.sql", "select 1"),
        ("src/e.md", "# head"),
    ]);
    project.write("src/c.bin", [0, 255, 254]);
    project.write("src/d.wasm", b"\0asm");
    let markdown =
        ModuleRule { kind: ModuleRuleKind::Text, globs: vec!["**/*.md".to_owned()], fallthrough: true };
    project.request.rules.insert(0, markdown);
    let bundle = project.bundle().await;
    for expected in [
        r#""text \"one\"\n""#,
        "\"select 1\"",
        "\"# head\"",
        "atob(\"AP/+\")",
        "__qemu_dev_import(\"qemu-dev:wasm-module\").default(",
    ] {
        assert!(bundle.script.contains(expected), "{expected} is not in {}", bundle.script);
    }
    let [module] = bundle.wasm_modules.as_slice() else { panic!("{:?}", bundle.wasm_modules) };
    assert_eq!(module.bytes.as_ref(), b"\0asm");
    assert!(bundle.script.contains(&format!(".default({:?}, \"d.wasm\")", module.name)), "{}", bundle.script);
    assert_eq!(
        file_names(&bundle.inputs, &project.path("src")),
        ["a.txt", "c.bin", "d.wasm", "e.md", "index.ts", "queries/b.sql"]
    );
}

#[tokio::test]
async fn awaits_are_visible_to_the_runtime_where_contexts_are_followed() {
    let index = "import { AsyncLocalStorage } from 'node:async_hooks';\nimport { twice } from './twice';\n\
                 export default { storage: new AsyncLocalStorage(), twice };";
    let twice = "export async function twice(n: number) {\n  await fetch(await n);\n  throw new Error();\n}";
    let mut project = Project::new(&[("src/index.ts", index), ("src/twice.ts", twice)]);
    project.request.nodejs_compat = true;
    let bundle = project.bundle().await;
    let expected = "await __qemu_dev_await(fetch(await __qemu_dev_await(n)))";
    assert!(bundle.script.contains(expected), "{}", bundle.script);
    let (line, column) = place_of(&bundle.script, "new Error");
    let position = OriginalPosition { file: "src/twice.ts".into(), line: 3, column: 9 };
    assert_eq!(bundle.source_map().original_position(line, column), Some(position));

    project.write("src/index.ts", "export { twice as default } from './twice';");
    assert!(!project.script().await.contains("__qemu_dev_await"));
}
