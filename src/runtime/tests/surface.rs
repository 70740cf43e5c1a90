//! Everything that a queue Worker expects to find, by name and kind.

use super::*;

/// A Worker that lists the APIs of the web, of Workers and of Node.js which it does not find.
const SURFACE: &str = include_str!("surface.js");

#[tokio::test(flavor = "multi_thread")]
async fn every_api_is_there_with_its_kind() {
    let files: &[(&str, &[u8])] = &[("index.ts", SURFACE.as_bytes())];
    let harness = Harness::of(blueprint_from(files, &["nodejs_compat"]).await).await;
    let said = harness.get("/").await.expect("answered").1;
    assert_eq!(said, "[]", "what is missing or of another kind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_node_that_is_not_there_throws_when_a_package_uses_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    };
    write(
        "node_modules/lib/index.js",
        "import fs, { readFileSync, constants } from 'node:fs'; import * as net from 'net'; import { METHODS } from 'http';
        const os = require('os');
        class Own extends net.Socket {}
        const attempt = (use) => { try { return use(); } catch (error) { return `${error.code} ${error.message}`; } };
        export default () => [METHODS.includes('GET'), os.EOL + { ...os }.platform(), typeof readFileSync, typeof constants.O_RDONLY, ({}) instanceof fs.Stats,
            [() => readFileSync('a'), () => fs.promises.open('b'), () => new Own(), () => `${os.hostname}`].map(attempt)];",
    );
    write("index.ts", "import lib from 'lib'; export default { fetch: () => Response.json(lib()) };");
    let mut request = BundleRequest::new("index.ts", folder.path(), Vec::new());
    request.nodejs_compat = true;
    let bundle = workers::bundle(&request).await.expect("bundled with warnings");
    let harness = Harness::of(blueprint_of(Code::Script(Arc::new(bundle)), &["nodejs_compat"])).await;
    let said = harness.get("/").await.expect("answered").1;
    let advice = "is not provided by qemu-dev: the package lib, which imports it, does not work here where it needs it";
    let errors = ["node:fs readFileSync", "node:fs promises.open", "node:net Socket", "node:os hostname"]
        .map(|used| format!("ERR_METHOD_NOT_IMPLEMENTED {used} {advice}"));
    let expected = serde_json::json!([true, "\nlinux", "function", "function", false, errors]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&said).expect("JSON"), expected);
}
