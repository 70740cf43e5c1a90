//! How files are found and read: packages, configuration, JSX, links.

use super::{BundleRequest, Project, TempDir, bundle, default_rules, file_names};

#[tokio::test]
async fn packages_give_what_they_export_to_workers() {
    let project = Project::new(&[
        (
            "src/index.ts",
            "import pick from 'pick';\nimport { old } from '@scope/old/sub';\nexport default [pick, old];",
        ),
        (
            "node_modules/pick/package.json",
            r#"{"name": "pick", "exports": {".": {"node": "./node.js", "workerd": "./workerd.js", "default": "./default.js"}}}"#,
        ),
        ("node_modules/pick/node.js", "export default 'for node'"),
        ("node_modules/pick/workerd.js", "export default 'for workerd'"),
        ("node_modules/pick/default.js", "export default 'for others'"),
        ("node_modules/@scope/old/sub.js", "exports.old = 'in ' + 'commonjs';"),
    ]);
    let bundle = project.bundle().await;
    assert!(
        bundle.script.contains("for workerd") && bundle.script.contains("in commonjs"),
        "{}",
        bundle.script
    );
    assert!(!bundle.script.contains("for node") && !bundle.script.contains("for others"));
    assert_eq!(
        file_names(&bundle.inputs, &project.path("")),
        ["node_modules/@scope/old/sub.js", "node_modules/pick/workerd.js", "src/index.ts"]
    );
}

#[tokio::test]
async fn the_configuration_defines_and_renames() {
    let mut project = Project::new(&[
        (
            "src/index.ts",
            "import real from 'fake';\nexport default [real, VERSION, process.env.NODE_ENV, import.meta.url];",
        ),
        ("src/mock.ts", "export default 'mock';"),
    ]);
    project.request.defines = vec![("VERSION".to_owned(), "\"1.2.3\"".to_owned())];
    project.request.aliases = vec![("fake".to_owned(), "./src/mock.ts".to_owned())];
    let script = project.script().await;
    for expected in ["\"mock\"", "\"1.2.3\"", "\"development\"", "\"file:///worker.js\""] {
        assert!(script.contains(expected), "{expected} is not in {script}");
    }
}

#[tokio::test]
async fn jsx_follows_the_configurations() {
    let mut project = Project::new(&[
        ("src/index.tsx", "import { h } from './h';\nexport default () => <b id=\"x\">text</b>;\nh;"),
        ("src/h.ts", "export const h = (...a: unknown[]) => a;"),
    ]);
    project.request.main = "src/index.tsx".into();
    project.request.jsx_factory = Some("h".to_owned());
    assert!(project.script().await.contains("h(\"b\", { id: \"x\" }, \"text\")"));

    project.request.jsx_factory = None;
    project.write(
        "tsconfig.json",
        r#"{"compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "hono/jsx"}}"#,
    );
    project.write("node_modules/hono/package.json", r#"{"exports": {"./jsx/jsx-runtime": "./runtime.js"}}"#);
    project.write("node_modules/hono/runtime.js", "export const jsx = (tag) => ['hono', tag];");
    let bundle = project.bundle().await;
    assert!(bundle.script.contains("\"hono\""), "{}", bundle.script);
    assert!(bundle.inputs.contains(&project.path("tsconfig.json")));
}

#[cfg(unix)]
#[tokio::test]
async fn inputs_are_real_files_behind_links_and_the_links() {
    let project = Project::new(&[
        (
            "real/worker.ts",
            "import text from './text.txt';\nexport default [text];\nthrow new Error('at start');",
        ),
        ("real/text.txt", "text"),
    ]);
    std::os::unix::fs::symlink(project.path("real"), project.path("src")).unwrap();
    std::os::unix::fs::symlink(project.path("real/worker.ts"), project.path("real/index.ts")).unwrap();
    let bundle = project.bundle().await;
    let inputs = file_names(&bundle.inputs, &project.path(""));
    assert_eq!(inputs, ["real/text.txt", "real/worker.ts", "src", "src/index.ts"]);
    let (line, column) = super::place_of(&bundle.script, "new Error");
    let position = bundle.source_map().original_position(line, column).unwrap();
    assert_eq!((position.file.to_str(), position.line, position.column), (Some("real/worker.ts"), 3, 7));
}

#[tokio::test]
async fn style_sheets_and_hash_bangs_have_no_effect() {
    let project = Project::new(&[
        ("src/index.ts", "#!/usr/bin/env node\nimport './a.css';\nexport default { here: boom() };"),
        ("src/a.css", "b { color: red }"),
    ]);
    let bundle = project.bundle().await;
    assert!(!bundle.script.contains("#!") && !bundle.script.contains("color"));
    let (line, column) = super::place_of(&bundle.script, "boom()");
    let position = bundle.source_map().original_position(line, column).unwrap();
    assert_eq!((position.line, position.column), (3, 24));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_may_have_a_name_that_is_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let outer = TempDir::new().unwrap();
    let inner = outer.path().canonicalize().unwrap().join(OsStr::from_bytes(b"m\xfcll")).join("worker");
    std::fs::create_dir_all(inner.join("src")).unwrap();
    std::fs::create_dir_all(inner.join("node_modules/package")).unwrap();
    let write = |file: &str, text: &str| std::fs::write(inner.join(file), text).unwrap();
    write("node_modules/package/index.js", "export const two = 'two';");
    write("src/part.ts", "export const one: string = 'one';");
    write(
        "src/index.ts",
        "import { one } from './part'; import { two } from 'package'; export default { one, two };",
    );
    let request = BundleRequest::new("src/index.ts", &inner, default_rules());
    let bundle = bundle(&request).await.unwrap();
    assert!(bundle.script.contains("one") && bundle.script.contains("two"), "{}", bundle.script);
    for file in ["src/index.ts", "src/part.ts"] {
        assert!(bundle.inputs.contains(&inner.join(file)), "{:?}", bundle.inputs);
    }
    write("src/part.ts", "export const one = ;");
    let failure = super::bundle(&request).await.unwrap_err();
    let (source, _) = failure.diagnostics[0].place.as_ref().unwrap();
    assert_eq!(source.path(), inner.join("src/part.ts"));
    assert!(failure.inputs.contains(&inner.join("src/part.ts")), "{:?}", failure.inputs);
}
