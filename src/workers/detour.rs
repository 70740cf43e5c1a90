//! A way around folders whose names are not UTF-8: the bundler names files by texts.
//!
//! On Linux an open folder can be reached through its number below `/proc/self/fd`, which is text. Everything is
//! bundled through that name, and what comes out is given its real name again. Links are not followed on the way, since
//! following them leads to the real names.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::bundle::{Bundle, BundleFailure};
use super::request::BundleRequest;
use crate::base::Source;

/// A name that is text for a folder that has none.
pub(super) struct Detour {
    /// The name is good as long as this is open.
    _folder: File,
    /// The uppermost folder below which all names are text.
    real: PathBuf,
    /// The name that is text.
    name: PathBuf,
}

impl Detour {
    /// The detour that this request needs; `None` where its paths are text, or where there is no detour.
    pub fn around(request: &BundleRequest) -> Option<Self> {
        let directory = &request.directory;
        let depth = directory.components().count();
        let text =
            directory.components().rev().take_while(|part| part.as_os_str().to_str().is_some()).count();
        let real: PathBuf = directory.components().take(depth - text).collect();
        if real.as_os_str().is_empty() {
            return None;
        }
        let folder = File::open(&real).ok()?;
        let name = Self::name(&folder)?;
        Some(Self { _folder: folder, real, name })
    }

    #[cfg(target_os = "linux")]
    fn name(folder: &File) -> Option<PathBuf> {
        use std::os::fd::AsRawFd;
        Some(PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())))
    }

    #[cfg(not(target_os = "linux"))]
    fn name(_: &File) -> Option<PathBuf> {
        None
    }

    /// The request with names that are text.
    pub fn request(&self, request: BundleRequest) -> BundleRequest {
        BundleRequest {
            main: self.text(request.main_path()),
            directory: self.text(request.directory),
            tsconfig: request.tsconfig.map(|path| self.text(path)),
            follows_links: false,
            ..request
        }
    }

    /// What was built, with real names.
    pub fn result(&self, mut result: Result<Bundle, BundleFailure>) -> Result<Bundle, BundleFailure> {
        let (diagnostics, inputs) = match &mut result {
            Ok(bundle) => (&mut bundle.warnings, &mut bundle.inputs),
            Err(failure) => (&mut failure.diagnostics, &mut failure.inputs),
        };
        for (source, _) in diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.place.as_mut()) {
            *source = Source::new(self.real(source.path()), source.text());
        }
        for path in inputs {
            *path = self.real(path);
        }
        result
    }

    fn text(&self, path: PathBuf) -> PathBuf {
        renamed(&path, &self.real, &self.name)
    }

    fn real(&self, path: &Path) -> PathBuf {
        renamed(path, &self.name, &self.real)
    }
}

/// A path below `from` as one below `to`; any other as it is.
fn renamed(path: &Path, from: &Path, to: &Path) -> PathBuf {
    path.strip_prefix(from).map_or_else(|_| path.to_owned(), |rest| to.join(rest))
}
