//! The sessions in the README files of `wrangler-examples`, replayed with the real binary.

mod curl;
mod readme;
mod replay;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

/// One test for each folder, so that they run side by side and fail by name.
macro_rules! examples {
    ($($test:ident => $folder:literal),* $(,)?) => {
        const FOLDERS: &[&str] = &[$($folder),*];
        $(#[test] fn $test() { replay::replay($folder); })*
    };
}

examples! {
    getting_started => "getting-started",
    publish_via_workers => "publish-via-workers",
    signup => "signup",
    rate_limits => "rate-limits",
    backoff => "backoff",
    many_queues => "many-queues",
    dead_letters => "dead-letters",
}

#[test]
fn every_example_has_its_test() {
    let folders = support::project::entries(&replay::examples());
    let folders = folders.iter().filter(|path| path.is_dir());
    let names: BTreeSet<_> = folders.filter_map(|path| path.file_name()?.to_str()).collect();
    assert_eq!(names, BTreeSet::from_iter(FOLDERS.iter().copied()));
}
