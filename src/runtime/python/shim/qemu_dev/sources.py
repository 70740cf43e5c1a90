"""The Worker's modules, imported from what the host handed over instead of from files."""

import importlib.abc
import importlib.resources.readers
import importlib.util
import linecache
import sys
import types

from qemu_dev import file_system
from wit_world.imports import host

_files = {}
_roots = []


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds packages and modules among the Worker's files."""

    def find_spec(self, name, path=None, target=None):
        relative = name.replace(".", "/")
        for root in _roots:
            base = f"{root}/{relative}" if root else relative
            for candidate, is_package in ((f"{base}/__init__.py", True), (f"{base}.py", False)):
                if candidate in _files:
                    return self._spec(name, candidate, is_package)
            if file_system.is_folder(base):
                spec = importlib.util.spec_from_loader(name, None, is_package=True)
                spec.submodule_search_locations = [base]
                return spec
        return None

    def _spec(self, name, path, is_package):
        spec = importlib.util.spec_from_loader(name, self, origin=path, is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [path.rpartition("/")[0]]
        return spec

    def get_data(self, path):
        """The bytes of a file, for pkgutil."""
        return file_system.read(path)

    def get_resource_reader(self, name):
        """What lies beside a module, for importlib.resources."""
        origin = sys.modules[name].__spec__.origin
        return importlib.resources.readers.FileReader(types.SimpleNamespace(path=origin))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        path = module.__spec__.origin
        module.__file__ = path
        exec(_compile(path), module.__dict__)


def is_own(path):
    """Whether a file is the Worker's."""
    return path in _files


def run_main(handed_over):
    """Runs the main file as the module it is; other files of the Worker can import it, too."""
    for file in handed_over.files:
        _files[file.path] = file.text
        file_system.add(file.path, file.text.encode)
    for path in handed_over.data:
        file_system.add(path, lambda path=path: host.read_data(path))
    _roots.extend(handed_over.roots)
    # Where importlib.metadata looks.
    sys.path[:0] = _roots
    sys.meta_path.insert(0, _Finder())
    sys.path_importer_cache.clear()
    name = handed_over.main.rpartition("/")[2].removesuffix(".py")
    spec = importlib.util.spec_from_loader(name, sys.meta_path[0], origin=handed_over.main)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _compile(path):
    text = _files[path]
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    return compile(text, path, "exec")
