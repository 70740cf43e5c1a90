//! The files that the engine is made from.

/// A file that is part of this program.
pub struct File {
    /// Its path in the folder that the engine is made in.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! files {
    ($folder:literal, $($path:literal),* $(,)?) => {
        [$(File { path: $path, text: include_str!(concat!($folder, $path)) }),*]
    };
}

/// The modules.
pub const FILES: [File; 16] = files!(
    "shim/",
    "js.py",
    "pyodide/__init__.py",
    "pyodide/ffi.py",
    "qemu_dev/__init__.py",
    "qemu_dev/absent.py",
    "qemu_dev/batches.py",
    "qemu_dev/bindings.py",
    "qemu_dev/event_loop.py",
    "qemu_dev/failures.py",
    "qemu_dev/file_system.py",
    "qemu_dev/sources.py",
    "qemu_dev/standard_library.py",
    "qemu_dev/values.py",
    "qemu_dev/web.py",
    "qemu_dev_engine.py",
    "workers.py",
);

/// The contract.
pub const WIT: [File; 2] = [
    File { path: "python.wit", text: include_str!("../../../wit/python.wit") },
    File { path: "deps/worker.wit", text: include_str!("../../../wit/worker.wit") },
];
