//! Cryptography and compression as a Worker uses them. The scripts of this folder say what is expected; Node.js
//! runs them too, so they can be checked against another implementation.

use super::*;

const CHECK: &str = include_str!("check.js");
const HANDLER: &str = "export default { async fetch() { return new Response(await run(tests)); } };";

async fn run(script: &str) {
    let (worker, recorder) = Harness::unloaded();
    let harness = Harness { worker, recorder };
    let source = format!("{CHECK}\n{script}\n{HANDLER}");
    let mut blueprint = blueprint_with(&source, &["nodejs_compat"]).await;
    // Generating keys takes its time without optimisation.
    blueprint.cpu_ms = 120_000;
    harness.worker.load(blueprint).await.expect("starts");
    assert_eq!(harness.get("/").await.expect("answered").1, "all good");
}

macro_rules! scripts {
    ($($name:ident: $file:literal),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            run(include_str!($file)).await;
        })*
    };
}

scripts! {
    secret_keys_compute_what_is_published: "secrets.js",
    pairs_of_keys_compute_what_is_published: "pairs.js",
    misuse_is_refused_as_the_specification_says: "idl.js",
    the_additions_of_workers_are_there: "workers.js",
    node_crypto_is_what_node_has: "node_crypto.js",
    compression_streams_and_says_what_is_wrong: "compression.js",
}
