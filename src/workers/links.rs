//! The symbolic links that an import leads through: the bundler names real files, and a link may be given another target,
//! as package managers do.

use std::path::{Component, Path, PathBuf};

/// What a file of code may end with where an import does not say it.
const EXTENSIONS: [&str; 9] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json"];
/// Longest chain of links, as the system has it.
const CHAIN_LINKS_MAX: usize = 40;

/// The links between the file `importer`, a real path, and what it imports as `specifier`.
pub fn of_import(importer: &Path, specifier: &str) -> Vec<PathBuf> {
    let specifier = specifier.split(['?', '#']).next().unwrap_or(specifier);
    let Some(folder) = importer.parent() else { return Vec::new() };
    let is_path = specifier.starts_with(['.', '/']);
    let mut links: Vec<PathBuf> = if is_path { written(&folder.join(specifier)) } else { Vec::new() }
        .iter()
        .flat_map(|path| on_the_way(folder, path))
        .collect();
    if !is_path {
        // A bare name of a text may start at the importing file, too.
        links.extend(on_the_way(folder, &lexical(&folder.join(specifier))));
        links.extend(package(folder, specifier));
    }
    links.sort();
    links.dedup();
    links
}

/// The links between the folder `base`, a real path, and `path`, which need not exist.
pub fn on_the_way(base: &Path, path: &Path) -> Vec<PathBuf> {
    let below = path.ancestors().take_while(|ancestor| !base.starts_with(ancestor));
    below.flat_map(chain).collect()
}

/// The link itself and those that it leads to in turn; none when the path is no link.
fn chain(path: &Path) -> Vec<PathBuf> {
    let mut links = Vec::new();
    let mut next = path.to_owned();
    while links.len() < CHAIN_LINKS_MAX
        && let Ok(target) = next.read_link()
    {
        let folder = next.parent().unwrap_or(Path::new("/")).to_owned();
        links.push(std::mem::replace(&mut next, lexical(&folder.join(target))));
    }
    links
}

/// The package of a bare name, where it is a link.
fn package(folder: &Path, specifier: &str) -> Vec<PathBuf> {
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let name: PathBuf = specifier.split('/').take(parts).collect();
    let mut places = folder.ancestors().map(|above| above.join("node_modules"));
    let found = places.find(|packages| packages.join(&name).symlink_metadata().is_ok());
    found.map(|packages| on_the_way(&packages, &packages.join(&name))).unwrap_or_default()
}

/// What the path may mean: itself, with an extension, with that of TypeScript, the index of a folder.
fn written(path: &Path) -> Vec<PathBuf> {
    let path = lexical(path);
    let mut paths = vec![path.clone()];
    for extension in EXTENSIONS {
        let mut longer = path.clone().into_os_string();
        longer.push(".");
        longer.push(extension);
        paths.extend([
            longer.into(),
            path.with_extension(extension),
            path.join("index").with_extension(extension),
        ]);
    }
    paths
}

/// The path without `.` and `..`, as bundlers read it.
fn lexical(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut lexical, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(lexical.pop()),
            part => lexical.push(part),
        }
        lexical
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{create_dir_all, write};
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_to_files_folders_and_packages_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("real");
        for made in ["src/deep", "lib/b", "node_modules/@scope"] {
            create_dir_all(root.join(made)).expect("made");
        }
        write(root.join("lib/b/x.ts"), "").expect("written");
        for (target, link) in [
            ("../lib/b/x.ts", "src/text.txt"),
            ("text.txt", "src/twice.ts"),
            ("../lib/b", "src/shared"),
            ("../../lib/b", "node_modules/@scope/b"),
            ("../lib/b", "node_modules/plain"),
        ] {
            symlink(target, root.join(link)).expect("linked");
        }
        for (importer, specifier, expected) in [
            ("src/index.ts", "./text.txt", &["src/text.txt"][..]),
            ("src/index.ts", "text.txt?module", &["src/text.txt"]),
            ("src/index.ts", "./twice", &["src/twice.ts", "src/text.txt"]),
            ("src/index.ts", "./twice.js", &["src/twice.ts", "src/text.txt"]),
            ("src/index.ts", "./shared/x", &["src/shared"]),
            ("src/deep/other.ts", "../shared/missing", &["src/shared"]),
            ("src/index.ts", "@scope/b/x.ts", &["node_modules/@scope/b"]),
            ("src/deep/other.ts", "plain", &["node_modules/plain"]),
            ("src/index.ts", "./deep/../nothing", &[]),
            ("src/index.ts", "absent", &[]),
        ] {
            let found = of_import(&root.join(importer), specifier);
            let mut expected: Vec<PathBuf> = expected.iter().map(|link| root.join(link)).collect();
            expected.sort();
            assert_eq!(found, expected, "{specifier}");
        }
    }

    #[test]
    fn a_circle_of_links_has_an_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("real");
        symlink("b", root.join("a")).expect("linked");
        symlink("a", root.join("b")).expect("linked");
        assert!(of_import(&root.join("index.ts"), "./a").len() <= CHAIN_LINKS_MAX);
    }
}
