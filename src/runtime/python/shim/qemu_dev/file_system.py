"""The Worker's files for code that opens, lists or looks for them. They can be read; there is nothing else to open.

WASI has no files here, so the functions that Python's libraries use are given the Worker's own.
"""

import builtins
import errno
import io
import os
import posixpath
import stat

_READ_ONLY = 0o444
_readers = {}
_read = {}
_folders = {"": set()}


def add(path, read):
    """One file; `read` gives its bytes when they are asked for."""
    path = _key(path)
    _readers[path] = read
    while path:
        folder, _, name = path.rpartition("/")
        _folders.setdefault(folder, set()).add(name)
        path = folder


def is_folder(path):
    """Whether files are beneath it."""
    return _key(path) in _folders


def read(path):
    """The bytes of a file."""
    key = _key(path)
    if key not in _readers:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if key not in _read:
        _read[key] = _readers[key]()
    return _read[key]


def _key(path):
    """The path as files are known here: from the Worker's folder, which is the current one and the root."""
    path = os.fspath(path)
    key = posixpath.normpath(os.fsdecode(path)).lstrip("/")
    return "" if key == "." else key


def _is_own(path):
    return isinstance(path, (str, bytes, os.PathLike)) and (_key(path) in _readers or _key(path) in _folders)


def _for_own(original, own):
    """The function that does `own` for the Worker's files and folders, and what it did for all else."""

    def act(path=".", *arguments, **named):
        return (own if _is_own(path) else original)(path, *arguments, **named)

    return act


def _open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if set(mode) & set("wax+"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), file)
    if _key(file) in _folders:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), file)
    contents = io.BytesIO(read(file))
    contents.name = file
    return contents if "b" in mode else io.TextIOWrapper(contents, encoding or "utf-8", errors, newline)


def _stat(path, *, dir_fd=None, follow_symlinks=True):
    key = _key(path)
    if key in _folders:
        return os.stat_result((stat.S_IFDIR | _READ_ONLY, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    return os.stat_result((stat.S_IFREG | _READ_ONLY, 0, 0, 1, 0, 0, len(read(path)), 0, 0, 0))


def _names(path):
    if _key(path) not in _folders:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return sorted(_folders[_key(path)])


class _Entry:
    """What os.scandir() gives for each name."""

    def __init__(self, folder, name):
        self.name = name
        self.path = posixpath.join(os.fspath(folder), name)

    def __fspath__(self):
        return self.path

    def is_dir(self, *, follow_symlinks=True):
        return is_folder(self.path)

    def is_file(self, *, follow_symlinks=True):
        return not is_folder(self.path)

    def is_symlink(self):
        return False

    def is_junction(self):
        return False

    def inode(self):
        return 0

    def stat(self, *, follow_symlinks=True):
        return _stat(self.path)


class _Entries:
    """What os.scandir() gives."""

    def __init__(self, folder):
        self._entries = iter([_Entry(folder, name) for name in _names(folder)])

    def __iter__(self):
        return self._entries

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def close(self):
        """There is nothing to close."""


io.open = builtins.open = _for_own(builtins.open, _open)
os.stat = _for_own(os.stat, _stat)
os.lstat = _for_own(os.lstat, _stat)
os.listdir = _for_own(os.listdir, _names)
os.scandir = _for_own(os.scandir, _Entries)
