//! Finds the configuration file when none is named.

use std::path::{Path, PathBuf};

use crate::base::Diagnostic;

/// The names looked for, strongest first: a wrangler.json in a parent folder beats a wrangler.toml here, as
/// in wrangler.
pub const FILE_NAMES: [&str; 3] = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/// The configuration file for a person working in `directory`: the nearest `wrangler.json` going upward,
/// else the nearest `wrangler.jsonc`, else the nearest `wrangler.toml`.
///
/// # Errors
///
/// A diagnostic that says what to do when there is none.
pub fn discover(directory: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_path_buf());
    FILE_NAMES.iter().find_map(|name| find_upward(&directory, name)).ok_or_else(|| {
        let message =
            format!("No configuration file found in \"{}\" or any folder above it.", directory.display());
        let help = format!("name one with -c, or create one of {}", FILE_NAMES.join(", "));
        Box::new(Diagnostic::error(message).with_help(help))
    })
}

/// A warning when a build tool has left a redirection that wrangler would follow from `directory`.
///
/// Source: Cloudflare's documentation, "Configuration - Wrangler", "Generated Wrangler configuration".
pub fn redirection(directory: &Path) -> Option<Diagnostic> {
    let redirection = find_upward(directory, ".wrangler/deploy/config.json")?;
    let message = format!(
        "\"{}\" leads wrangler to a generated configuration; it is not followed here.",
        redirection.display()
    );
    Some(
        Diagnostic::warning(message)
            .with_help("name the generated configuration with -c to run what was built"),
    )
}

fn find_upward(directory: &Path, name: &str) -> Option<PathBuf> {
    directory.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_name_further_up_beats_a_weaker_one_nearby() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("packages/worker");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join("wrangler.toml"), "").unwrap();
        assert_eq!(discover(&inner), Ok(inner.join("wrangler.toml")));
        std::fs::write(root.path().join("wrangler.jsonc"), "").unwrap();
        assert_eq!(discover(&inner), Ok(root.path().join("wrangler.jsonc")));
        std::fs::create_dir(inner.join("wrangler.json")).unwrap();
        assert_eq!(discover(&inner), Ok(root.path().join("wrangler.jsonc")));
    }

    #[test]
    fn a_redirection_is_told() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("src");
        std::fs::create_dir_all(root.path().join(".wrangler/deploy")).unwrap();
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(root.path().join(".wrangler/deploy/config.json"), "{}").unwrap();
        let told = redirection(&inner).unwrap();
        assert!(told.message.contains(".wrangler/deploy/config.json\" leads wrangler"), "{told:?}");
    }

    #[test]
    fn nothing_found_says_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        // A folder above the temporary one may hold a file on some machine.
        if let Err(diagnostic) = discover(root.path()) {
            assert!(diagnostic.message.starts_with("No configuration file found in "));
            assert!(diagnostic.help.is_some_and(|help| help.contains("wrangler.jsonc")));
        }
    }
}
