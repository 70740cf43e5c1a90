//! What is reported, and where.

use super::{Project, file_names};

#[tokio::test]
async fn every_broken_file_is_reported_at_once() {
    let project = Project::new(&[
        (
            "src/index.ts",
            "import './one';\nimport './two';\nimport './data.json';\nimport './gone';\nexport {};\n",
        ),
        ("src/one.ts", "const ü = 1;\nconst = 2;\n"),
        ("src/two.ts", "function f() { return await 1 }\n"),
        ("src/data.json", "{\n  \"a\": ,\n}"),
    ]);
    assert_eq!(
        project.problems().await,
        [
            "src/data.json:2:8 ,: invalid JSON: expected value",
            "src/index.ts:4:8 './gone': cannot resolve \"./gone\", imported by src/index.ts: there is no such file (did you mean \"./one\"?)",
            "src/one.ts:2:7 =: Unexpected token",
            "src/two.ts:1:23 await: `await` is only allowed within async functions and at the top levels of modules (Either remove this `await` or add the `async` keyword to the enclosing function)",
        ]
    );
}

#[tokio::test]
async fn missing_modules_come_with_their_remedy() {
    let project = Project::new(&[
        (
            "src/index.ts",
            "import a from './helpre';\nimport b from \"zod\";\nimport c from 'listed/sub';\nimport d from 'shut/inner';\n\
             import e from 'https://example.com/e.js';\nimport f from 'cloudflare:sockets';\nimport g from './lib.cjs';\n\
             export default [a, b, c, d, e, f, g];",
        ),
        ("src/helper.ts", "export default 1;"),
        ("src/lib.cjs", "try { require('optional') } catch {}\nmodule.exports = require('needed');"),
        ("package.json", r#"{"dependencies": {"listed": "1"}}"#),
        ("node_modules/shut/package.json", r#"{"exports": {".": "./index.js"}}"#),
    ]);
    assert_eq!(
        project.problems().await,
        [
            "src/index.ts:1:15 './helpre': cannot resolve \"./helpre\", imported by src/index.ts: there is no such file (did you mean \"./helper\"?)",
            "src/index.ts:2:15 \"zod\": cannot resolve \"zod\", imported by src/index.ts: the package \"zod\" is not installed (run `npm install zod`)",
            "src/index.ts:3:15 'listed/sub': cannot resolve \"listed/sub\", imported by src/index.ts: the package \"listed\" is not installed (run `npm install`: package.json lists it, but it is not installed)",
            "src/index.ts:4:15 'shut/inner': cannot resolve \"shut/inner\", imported by src/index.ts: the package \"shut\" does not export \"./inner\" to Workers (`exports` in the package.json of shut says what it does export)",
            "src/index.ts:5:15 'https://example.com/e.js': cannot resolve \"https://example.com/e.js\", imported by src/index.ts: it is a URL (install the package, or keep a copy of the file)",
            "src/index.ts:6:15 'cloudflare:sockets': cannot resolve \"cloudflare:sockets\", imported by src/index.ts: the runtime does not provide `cloudflare:sockets` (of Cloudflare's modules it provides cloudflare:workers)",
            "src/lib.cjs:2:26 'needed': cannot resolve \"needed\", imported by src/lib.cjs: the package \"needed\" is not installed (run `npm install needed`)",
        ]
    );
}

#[tokio::test]
async fn modules_of_node_ask_for_the_flag_or_are_named() {
    let mut project = Project::new(&[(
        "src/index.ts",
        "import fs from 'node:fs';\nimport { promises } from \"fs/promises\";\nexport default [fs, promises];",
    )]);
    let problems = project.problems().await;
    assert_eq!(problems.len(), 2);
    for (problem, place) in problems.iter().zip(["src/index.ts:1:16 ", "src/index.ts:2:26 "]) {
        assert!(problem.starts_with(place) && problem.contains("add \"nodejs_compat\""), "{problem}");
    }
    project.request.nodejs_compat = true;
    let problems = project.problems().await;
    assert!(problems[0].contains("the runtime does not provide `node:fs`"), "{problems:?}");
}

#[tokio::test]
async fn a_package_may_have_the_name_of_a_module_of_node() {
    let project = Project::new(&[
        ("src/index.ts", "import Events from 'events';\nexport default [Events];"),
        ("node_modules/events/index.js", "module.exports = 'from npm';"),
    ]);
    assert!(project.script().await.contains("from npm"));
}

#[tokio::test]
async fn a_missing_export_names_the_nearest() {
    let project = Project::new(&[
        ("src/index.ts", "import { sendMesage, other } from './lib';\nexport default [sendMesage, other];"),
        ("src/lib.ts", "export const sendMessage = 1;\nexport const receive = 2;"),
    ]);
    assert_eq!(
        project.problems().await,
        [
            "src/index.ts:1:10 sendMesage: \"sendMesage\" is not exported by \"src/lib.ts\". (did you mean \"sendMessage\"?)",
            "src/index.ts:1:22 other: \"other\" is not exported by \"src/lib.ts\". (the file exports receive, sendMessage)",
        ]
    );
}

#[tokio::test]
async fn optional_dynamic_imports_only_warn() {
    let project = Project::new(&[(
        "src/index.ts",
        "export default { async fetch() { try { return await import('optional') } catch { return 1 } } };",
    )]);
    let bundle = project.bundle().await;
    let warnings: Vec<String> = bundle.warnings.iter().map(|warning| project.show(warning)).collect();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].starts_with("src/index.ts:1:60 'optional': cannot resolve \"optional\""),
        "{warnings:?}"
    );
    assert!(bundle.script.contains("throw new Error(\"Cannot find module 'optional'\")"));
}

#[tokio::test]
async fn names_that_a_namespace_lacks_are_warned_about() {
    let project = Project::new(&[
        ("src/index.ts", "import * as lib from './lib';\nexport default [lib.absent];"),
        ("src/lib.ts", "export const present = 1;"),
    ]);
    let bundle = project.bundle().await;
    assert_eq!(bundle.warnings.len(), 1);
    assert!(project.show(&bundle.warnings[0]).starts_with("src/index.ts:2:17 "));
}

#[tokio::test]
async fn a_mended_file_is_among_the_inputs_of_the_failure() {
    let project =
        Project::new(&[("src/index.ts", "import './gone/deep';\nimport 'absent';\nimport './dir';")]);
    project.write("src/dir/readme.md", "");
    let inputs = file_names(&project.failure().await.inputs, &project.path(""));
    for input in ["src", "src/index.ts", "src/gone/deep", "src/dir", "node_modules", "package.json"] {
        assert!(inputs.iter().any(|known| known == input), "{input} is not in {inputs:?}");
    }
    project.write("src/gone/deep.ts", "");
    project.write("src/dir/index.ts", "");
    project.write("node_modules/absent/index.js", "");
    project.bundle().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_reported_where_it_is_imported() {
    let project = Project::new(&[("src/index.ts", "import a from './bytes.ts';\nexport default a;")]);
    project.write("src/bytes.ts", [0xff, 0xfe, 0]);
    assert_eq!(
        project.problems().await,
        ["src/index.ts:1:15 './bytes.ts': cannot read src/bytes.ts: stream did not contain valid UTF-8"]
    );
}

#[tokio::test]
async fn a_missing_entry_is_named() {
    let mut project = Project::new(&[("src/index.ts", "")]);
    project.request.main = "src/indx.ts".into();
    let failure = project.failure().await;
    assert_eq!(
        project.show(&failure.diagnostics[0]),
        "the Worker's main file src/indx.ts does not exist (did you mean src/index.ts?)"
    );
    assert_eq!(file_names(&failure.inputs, &project.path("")), ["src", "src/indx.ts"]);
}

#[tokio::test]
async fn senseless_requests_fail_with_a_reason() {
    let mut project = Project::new(&[("src/index.ts", "export default {};")]);
    for main in ["", ".", "\0", "../../../../../../../../nowhere.ts"] {
        project.request.main = main.into();
        assert!(!project.failure().await.diagnostics.is_empty(), "{main:?}");
    }
    project.request.main = "src/index.ts".into();
    project.request.defines = vec![("a b".to_owned(), "((".to_owned())];
    assert!(!project.failure().await.diagnostics.is_empty());
    project.request.defines.clear();
    project.write("tsconfig.json", "{");
    assert!(!project.failure().await.diagnostics.is_empty());
}

#[tokio::test]
async fn packages_may_import_modules_of_node_that_are_not_provided() {
    let mut project = Project::new(&[
        ("src/index.ts", "import { open } from 'lib';\nexport default { open };"),
        ("node_modules/lib/package.json", r#"{ "name": "lib", "main": "index.js" }"#),
        (
            "node_modules/lib/index.js",
            "const fs = require('fs');\nrequire('./more');\nlet os; try { os = require('os'); } catch {}\nexports.open = () => fs.openSync('a');",
        ),
        ("node_modules/lib/more.js", "require('fs'); require('node:net');"),
    ]);
    project.request.nodejs_compat = true;
    let bundle = project.bundle().await;
    let warnings: Vec<String> = bundle.warnings.iter().map(|warning| project.show(warning)).collect();
    let [fs, net] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(fs.contains("the package \"lib\" imports \"fs\" (node_modules/lib/"), "{fs}");
    assert!(net.contains("imports \"node:net\" (node_modules/lib/more.js)"), "{net}");
    assert!(bundle.script.contains(r#".default("node:fs", "lib")"#), "{}", bundle.script);
    project.request.nodejs_compat = false;
    assert!(!project.problems().await.is_empty());
}
