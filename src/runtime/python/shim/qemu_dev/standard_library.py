"""Imports the standard library while the engine is made: its files are not there any more when a Worker runs."""

import importlib
import pkgutil
import sys

# What has no use without a screen, a terminal, files, processes or a compiler.
LEFT_OUT = {
    "antigravity", "ensurepip", "idlelib", "lib2to3", "pip", "pydoc", "pydoc_data", "test", "this", "tkinter",
    "turtle", "turtledemo", "venv",
}
# Packages whose parts are imported by name.
PACKAGES = [
    "asyncio", "collections", "concurrent", "email", "encodings", "html", "http", "importlib", "json", "logging",
    "os", "unittest", "urllib", "xml", "zipfile", "zoneinfo",
]


def _import(name):
    try:
        importlib.import_module(name)
    except (ImportError, OSError, AttributeError, NotImplementedError, RuntimeError):
        # What is not in this build of Python is missed by whoever imports it.
        pass


for _name in sorted(sys.stdlib_module_names):
    if not _name.startswith("_") and _name not in LEFT_OUT:
        _import(_name)
for _package in PACKAGES:
    _module = sys.modules.get(_package)
    for _part in pkgutil.walk_packages(getattr(_module, "__path__", []), f"{_package}.", onerror=lambda name: None):
        if not _part.name.endswith("__main__"):
            _import(_part.name)
