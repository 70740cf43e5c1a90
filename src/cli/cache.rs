//! Where what is made once is kept.

use std::path::PathBuf;

/// The program's folder in the user's cache folder, by the conventions of the system.
pub fn cache_directory() -> PathBuf {
    let home = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let base = if cfg!(target_os = "macos") {
        home("HOME").map(|home| home.join("Library/Caches"))
    } else if cfg!(windows) {
        home("LOCALAPPDATA")
    } else {
        home("XDG_CACHE_HOME").or_else(|| home("HOME").map(|home| home.join(".cache")))
    };
    base.unwrap_or_else(std::env::temp_dir).join("qemu-dev")
}
