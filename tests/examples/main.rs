//! The sessions in the README files of `wrangler-examples`, replayed with the real binary.

mod curl;
mod readme;
mod replay;
#[path = "../support/mod.rs"]
mod support;
mod wasm_tools;

use std::collections::BTreeSet;

/// One test for each folder, so that they run side by side and fail by name.
macro_rules! examples {
    ($($test:ident => $folder:literal),* $(,)?) => {
        const FOLDERS: &[&str] = &[$($folder),*];
        $(#[test] fn $test() { replay::replay($folder); })*
    };
}

/// Needs Node.js, and is run by `.ci/vitest`.
const TESTED_WITH_VITEST: &str = "ci-vitest";

examples! {
    getting_started => "getting-started",
    publish_via_workers => "publish-via-workers",
    signup => "signup",
    rate_limits => "rate-limits",
    backoff => "backoff",
    many_queues => "many-queues",
    dead_letters => "dead-letters",
}

/// The same sessions with every Worker compiled by `qemu-dev build`.
mod built {
    macro_rules! built {
        ($($test:ident => $folder:literal),* $(,)?) => {
            $(#[test] fn $test() { crate::replay::replay_built($folder); })*
        };
    }

    built! {
        getting_started => "getting-started",
        publish_via_workers => "publish-via-workers",
        signup => "signup",
        rate_limits => "rate-limits",
        backoff => "backoff",
        many_queues => "many-queues",
        dead_letters => "dead-letters",
    }
}

/// Workers in other languages.
mod components {
    use crate::replay::replay;

    #[test]
    fn wat() {
        replay("components/wat");
    }

    #[test]
    #[ignore = "needs componentize-py; .ci/components installs and runs it"]
    fn python() {
        replay("components/python");
    }

    #[test]
    #[ignore = "needs componentize-py; .ci/components installs and runs it"]
    fn python_source() {
        crate::support::session::prepare_python();
        replay("components/python-source");
    }

    #[test]
    #[ignore = "needs npm and its registry; .ci/components runs it"]
    fn javascript() {
        replay("components/javascript");
    }
}

#[test]
fn every_example_has_its_test() {
    let folders = support::project::entries(&replay::examples());
    let folders = folders.iter().filter(|path| path.is_dir());
    let names: BTreeSet<_> = folders.filter_map(|path| path.file_name()?.to_str()).collect();
    let elsewhere = ["components", TESTED_WITH_VITEST];
    assert_eq!(names, BTreeSet::from_iter(FOLDERS.iter().copied().chain(elsewhere)));
}
