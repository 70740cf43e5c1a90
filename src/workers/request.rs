//! What to bundle.

use std::path::PathBuf;

use crate::config::ModuleRule;

/// One Worker to bundle, as its configuration describes it
/// (<https://developers.cloudflare.com/workers/wrangler/configuration/>, <https://developers.cloudflare.com/workers/wrangler/bundling/>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleRequest {
    /// The Worker's entry file; a relative path starts at `directory`.
    pub main: PathBuf,
    /// The folder of the configuration file. Positions are reported relative to it.
    pub directory: PathBuf,
    /// The configuration's `rules` as resolved: the first whose globs match an import's specifier decides.
    pub rules: Vec<ModuleRule>,
    /// Whether the compatibility flags enable `nodejs_compat`.
    pub nodejs_compat: bool,
    /// The configuration's `define`: an identifier or a chain of properties, and the JavaScript
    /// expression that takes its place.
    pub defines: Vec<(String, String)>,
    /// The configuration's `alias`: an import specifier and the module that takes its place. A path that
    /// starts with a dot starts at `directory`.
    pub aliases: Vec<(String, String)>,
    /// The TypeScript configuration; without it, the `tsconfig.json` nearest to each file counts.
    pub tsconfig: Option<PathBuf>,
    /// The configuration's `jsx_factory`; with it, JSX becomes calls of that function.
    pub jsx_factory: Option<String>,
    /// The configuration's `jsx_fragment`.
    pub jsx_fragment: Option<String>,
    /// Whether files are known by their real paths, links followed; true unless there is no other way.
    pub follows_links: bool,
}

impl BundleRequest {
    /// The Worker whose entry is `main`, configured in `directory` with `rules`, everything else at its
    /// default.
    pub fn new(main: impl Into<PathBuf>, directory: impl Into<PathBuf>, rules: Vec<ModuleRule>) -> Self {
        Self {
            main: main.into(),
            directory: directory.into(),
            rules,
            nodejs_compat: false,
            defines: Vec::new(),
            aliases: Vec::new(),
            tsconfig: None,
            jsx_factory: None,
            jsx_fragment: None,
            follows_links: true,
        }
    }

    /// The absolute path of the entry file, links not resolved.
    pub fn main_path(&self) -> PathBuf {
        self.directory.join(&self.main)
    }
}
