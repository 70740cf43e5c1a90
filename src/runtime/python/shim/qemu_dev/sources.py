"""The Worker's modules, imported from what the host handed over instead of from files."""

import importlib.abc
import importlib.util
import linecache
import sys

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
            if any(file.startswith(f"{base}/") for file in _files):
                spec = importlib.util.spec_from_loader(name, None, is_package=True)
                spec.submodule_search_locations = [base]
                return spec
        return None

    def _spec(self, name, path, is_package):
        return importlib.util.spec_from_loader(name, self, origin=path, is_package=is_package)

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
    _files.update((file.path, file.text) for file in handed_over.files)
    _roots.extend(handed_over.roots)
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
