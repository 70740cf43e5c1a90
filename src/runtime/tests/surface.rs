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
