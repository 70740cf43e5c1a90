//! A WebAssembly module that a Worker imports: it travels beside the script.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// A module in WebAssembly's binary format, as it was on disk.
#[derive(Clone, PartialEq, Eq)]
pub struct WasmModule {
    /// The name by which the script asks for it: a hash of the bytes.
    pub name: String,
    /// The module.
    pub bytes: Arc<[u8]>,
}

impl WasmModule {
    /// The module in `file`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn read(file: &Path) -> io::Result<Self> {
        let bytes = std::fs::read(file)?;
        let name = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name, bytes: bytes.into() })
    }

    /// The code of the JavaScript module that stands for it: its default export is the `WebAssembly.Module`.
    /// `file` is for errors.
    pub(super) fn code(&self, file: &Path) -> String {
        let name = serde_json::Value::from(self.name.as_str());
        let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        let file = serde_json::Value::from(&*file);
        format!(
            "export default globalThis.__qemu_dev_import(\"qemu-dev:wasm-module\").default({name}, {file});"
        )
    }
}

impl fmt::Debug for WasmModule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WasmModule").field("name", &self.name).finish_non_exhaustive()
    }
}
