//! `build`: the custom build.

use std::path::{Path, PathBuf};

use super::environments::Scope;
use super::fields::Field;
use super::main::join;
use crate::config::problems::Problems;
use crate::config::resolved::Build;

const WATCH_DIR_DEFAULT: &str = "./src";

/// The custom build, if there is a command; its paths are relative to the configuration file.
pub(in crate::config) fn build(
    scope: &Scope<'_>,
    directory: &Path,
    problems: &mut Problems,
) -> Option<Build> {
    let field = scope.inherited("build").filter(|field| field.is_object(problems))?;
    field.warn_unexpected(&["command", "cwd", "watch_dir"], problems);
    let cwd = field.child("cwd").and_then(|cwd| cwd.string(problems));
    let watch_dirs = watch_dirs(&field, directory, problems);
    let command = field.child("command")?.string(problems)?;
    (!command.trim().is_empty()).then(|| Build {
        command: command.to_owned(),
        cwd: cwd.map_or_else(|| directory.to_path_buf(), |cwd| join(directory, Path::new(cwd))),
        watch_dirs,
    })
}

fn watch_dirs(build: &Field<'_>, directory: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let written = match build.child("watch_dir") {
        None => vec![WATCH_DIR_DEFAULT.to_owned()],
        Some(field) if field.node.as_array().is_some() => field.strings(problems),
        Some(field) => field.string(problems).map(str::to_owned).into_iter().collect(),
    };
    written.iter().map(|folder| join(directory, Path::new(folder))).collect()
}
