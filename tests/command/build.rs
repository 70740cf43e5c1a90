//! Compiling a Worker.

use std::fs;

use crate::{printed, project, qemu_dev, refused};

#[test]
fn a_component_never_takes_the_place_of_what_it_is_made_from() {
    let project = project();
    let folder = project.path().join("my shop");
    for input in ["index.js", "wrangler.jsonc"] {
        let before = fs::read(folder.join(input)).unwrap();
        let told = refused(qemu_dev(&project, &["build", "-o", input]), 1);
        assert!(told.contains("is a file that the component is made from"), "{told}");
        assert_eq!(fs::read(folder.join(input)).unwrap(), before);
    }
    fs::write(folder.join("shop.wasm"), "an older one").unwrap();
    let shown = printed(qemu_dev(&project, &["build", "-o", "shop.wasm"]));
    assert!(shown.starts_with("shop.wasm (") && shown.contains("fetch(), queue() of worker shop"), "{shown}");
    assert!(fs::read(folder.join("shop.wasm")).unwrap().starts_with(b"\0asm"));
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, ["index.js", "shop.wasm", "wrangler.jsonc"]);
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_anything_is_made() {
    let project = project();
    let folder = project.path().join("my shop");
    fs::write(folder.join("index.js"), "this is no JavaScript").unwrap();
    for (output, reason) in [("gone/shop.wasm", "cannot write gone/shop.wasm: "), (".", "it is a folder")] {
        let told = refused(qemu_dev(&project, &["build", "-o", output]), 1);
        assert!(told.contains(reason) && !told.contains("index.js"), "{told}");
    }
}

#[test]
fn a_component_can_go_to_standard_output() {
    let project = project();
    let output = qemu_dev(&project, &["build", "-o", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.starts_with(b"\0asm"));
    assert!(!project.path().join("my shop/-").exists());
}

#[test]
fn why_a_script_cannot_start_is_told_once() {
    let project = project();
    fs::write(project.path().join("my shop/index.js"), "await new Promise(() => {});").unwrap();
    let told = refused(qemu_dev(&project, &["build"]), 1);
    assert_eq!(told.matches("never settles").count(), 1, "{told}");
}
