//! `main`: the worker's entry point.

use std::path::{Component, Path, PathBuf};

use super::environments::Scope;
use crate::base::Span;
use crate::config::document::Node;
use crate::config::problems::Problems;
use crate::config::resolved::Resolved;

/// The entry point as an absolute path, and where it is written, unless it was `given` elsewhere. Whether it exists is for [`check_exists`].
pub(in crate::config) fn main(
    scope: &Scope<'_>,
    root: &Node,
    directory: &Path,
    given: Option<&Path>,
    problems: &mut Problems,
) -> Option<(PathBuf, Option<Span>)> {
    if let Some(given) = given {
        return Some((join(directory, given), None));
    }
    let Some(field) = scope.inherited("main") else {
        let help = format!("add {}, relative to this file", problems.field("main", "\"src/index.ts\""));
        problems
            .error(&(root.span.start..root.span.start), "Missing entry-point to Worker script.")
            .help(help);
        return None;
    };
    let path = field.string(problems)?;
    if path.is_empty() {
        problems
            .error(&field.node.span, format!("The field \"{}\" is empty.", field.path))
            .help("write the path of the entry point, such as \"src/index.ts\", relative to this file");
        return None;
    }
    Some((join(directory, Path::new(path)), Some(field.node.span.clone())))
}

/// Reports an entry point that is not on disk. A custom build may still make it, so then nothing is checked.
pub(in crate::config) fn check_exists(resolved: &Resolved, problems: &mut Problems) {
    if resolved.build.is_some() || resolved.main.is_file() {
        return;
    }
    let shown = shown(&resolved.main, &resolved.directory);
    let span = resolved.main_span.as_ref();
    if resolved.main.is_dir() {
        problems
            .error_where(span, format!("The entry-point path \"{shown}\" is a folder, not a file."))
            .help(format!("name the file in it, such as \"{shown}/index.ts\""));
        return;
    }
    if resolved.main.exists() {
        problems
            .error_where(span, format!("The entry-point path \"{shown}\" is no regular file."))
            .help("name a file; a pipe, a socket or a device cannot be read again when it changes");
        return;
    }
    let help = match similar_file(&resolved.main) {
        Some(similar) => format!("did you mean \"{}\"?", self::shown(&similar, &resolved.directory)),
        None if span.is_none() => "check the path; it is relative to the working directory".to_owned(),
        None => "\"main\" is relative to this file; check the path".to_owned(),
    };
    problems
        .error_where(span, format!("The entry-point file at \"{shown}\" was not found."))
        .label("no such file")
        .help(help);
}

/// `path` below `directory`, without `.` and `..`, and without following links.
pub(super) fn join(directory: &Path, path: &Path) -> PathBuf {
    let mut joined = PathBuf::new();
    for component in directory.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}

fn shown(path: &Path, directory: &Path) -> String {
    path.strip_prefix(directory).unwrap_or(path).display().to_string()
}

/// A file beside the one looked for that has the same name but another ending.
fn similar_file(missing: &Path) -> Option<PathBuf> {
    let stem = missing.file_stem()?;
    let folder = std::fs::read_dir(missing.parent()?).ok()?;
    let mut similar: Vec<PathBuf> = folder
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_stem() == Some(stem) && path.is_file())
        .collect();
    similar.sort();
    similar.into_iter().next()
}
