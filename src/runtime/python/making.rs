//! Making the engine with componentize-py.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use super::shim::{self, File};

/// The tool.
pub const PROGRAM: &str = "componentize-py";
/// The environment variable that says where the tool is.
pub const VARIABLE: &str = "QEMU_DEV_COMPONENTIZE_PY";
/// What `pip install` is given.
pub const REQUIREMENT: &str = "componentize-py==0.25.1";

/// The module that the engine begins with.
const ENTRY: &str = "qemu_dev_engine";
/// How much of what the tool says is shown, in characters; the end of it has the reason.
const COMPLAINT_CHARACTERS_MAX: usize = 2000;

/// The tool is nowhere.
#[derive(Debug, thiserror::Error)]
#[error("{PROGRAM} is not installed")]
pub struct NotInstalled;

/// The tool: what the environment variable names, the first of `candidates` that is a file, or what is on the PATH.
pub fn find(candidates: &[PathBuf]) -> Option<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join(&name));
    candidates.iter().cloned().chain(on_path).find(|file| file.is_file())
}

/// Makes the engine.
///
/// # Errors
///
/// When the tool cannot be run, or fails; the text has what it said.
pub fn make(tool: &Path) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let (modules, wit, output) =
        (folder.path().join("modules"), folder.path().join("wit"), folder.path().join("engine.wasm"));
    write(&modules, &shim::FILES)?;
    write(&wit, &shim::WIT)?;
    let mut command = Command::new(tool);
    command.arg("-d").arg(&wit).args(["-w", "engine", "componentize", ENTRY]).arg("-p").arg(&modules);
    let finished = command
        .arg("-o")
        .arg(&output)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} cannot be run", tool.display()))?;
    if !finished.status.success() {
        bail!("{} ended with {}: {}", tool.display(), finished.status, complaint(&finished.stderr));
    }
    fs::read(&output).with_context(|| format!("{} made no component", tool.display()))
}

fn write(folder: &Path, files: &[File]) -> Result<()> {
    for file in files {
        let path = folder.join(file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all).context("no temporary folder")?;
        fs::write(&path, file.text).context("the engine's files cannot be written")?;
    }
    Ok(())
}

/// The end of what the tool said.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let text = text.trim();
    let left_out = text.chars().count().saturating_sub(COMPLAINT_CHARACTERS_MAX);
    text.chars().skip(left_out).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_candidate_that_is_there_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("tool");
        fs::write(&there, "").expect("written");
        assert_eq!(find(&[folder.path().join("missing"), there.clone()]), Some(there));
    }

    #[test]
    fn what_a_failing_tool_says_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = make(&folder.path().join("missing")).expect_err("there is no tool");
        assert!(format!("{error:#}").contains("missing cannot be run"), "{error:#}");
        let long = format!("{}the reason", "x".repeat(3 * COMPLAINT_CHARACTERS_MAX));
        let told = complaint(long.as_bytes());
        assert!(told.ends_with("the reason") && told.len() == COMPLAINT_CHARACTERS_MAX, "{told}");
    }
}
