"""The store of earlier results: plain values by a hash of all that they depend on, in a folder of the user's own.

A result is one file, written under another name and then renamed, so that runs at the same time never see half of one.
What is not whole, or was changed, is taken for missing. A folder that others own or can write to is not used at all.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import zlib
from contextlib import suppress
from typing import Any

from shapecalc.core.phrases import reason
from shapecalc.core.record import NamedTuple

try:
    from _blake2 import blake2b  # as `hashlib` has it, which loads all of OpenSSL besides: a tenth of a small run
except ImportError:
    from hashlib import blake2b

DIGITS = 64


def digest(*parts: bytes) -> str:
    """The hash of some bytes in so many digits; where one part ends and the next begins counts, too."""
    found = blake2b(digest_size=DIGITS // 2)
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


MOST_BYTES = 256 * 2**20
"""Bytes that all results may take."""
_SHELVES = 256
"""Folders that results are shared out to by the first two digits of their hashes; each is kept to its share."""
_MOST_ON_SHELF = MOST_BYTES // _SHELVES
_UNFINISHED, _ABANDONED = 16, 60
"""Digits of a name that a result has until it is whole, and seconds after which nobody writes it any more."""
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Neither a link is followed nor a pipe waited for."""


def cache_folder() -> str:
    """Where results are kept: $SHAPECALC_CACHE_DIR, or where the system has the caches of a user."""
    if given := os.environ.get("SHAPECALC_CACHE_DIR"):
        return os.path.abspath(given)
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.join(home, ".cache")
    return os.path.join(base, "shapecalc")


class ResultStore(NamedTuple):
    """A folder of results that is ours alone."""

    folder: str

    def _file(self, key: str) -> str:
        return os.path.join(self.folder, key[:2], key)

    def has(self, key: str) -> bool:
        """Whether there is a result; it may still turn out not to be whole."""
        return os.path.exists(self._file(key))

    def get(self, key: str) -> Any:
        """A result; None where there is none that is whole."""
        try:
            with open(os.open(self._file(key), os.O_RDONLY | _AS_IT_IS), "rb") as file:
                said, packed = file.read(DIGITS), file.read(_MOST_ON_SHELF)
        except OSError:
            return None
        return json.loads(zlib.decompress(packed)) if digest(packed).encode() == said else None

    def put(self, key: str, result: Any) -> None:
        """Keeps a result of plain values; any other, one that is too large, and one that finds no room is left out."""
        try:
            packed = zlib.compress(json.dumps(result, separators=(",", ":")).encode(), level=1)  # a tenth, if not less
        except TypeError:  # a picture is no plain value
            return
        if DIGITS + len(packed) > _MOST_ON_SHELF:
            return
        path = self._file(key)
        with suppress(OSError):
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            _write_whole(path, digest(packed).encode() + packed)
            _make_room(os.path.dirname(path))

    def sizes(self) -> dict[str, int]:
        """The paths of all files that are kept, with their bytes. Raises OSError."""
        shelves = [shelf for shelf in os.scandir(self.folder) if _has_digits(shelf.name, 2)]
        folders = [shelf.path for shelf in shelves if shelf.is_dir(follow_symlinks=False)]
        return {path: size for folder in folders for _, size, path in _files(folder)}

    def clear(self) -> list[int]:
        """Removes all results; the bytes that each had. Raises OSError."""
        sizes = self.sizes()
        for path in sizes:
            with suppress(FileNotFoundError):
                os.unlink(path)
        return list(sizes.values())


def _write_whole(path: str, data: bytes) -> None:
    """Gives a file its name once all of it is written; nothing is left of one that is not. Raises OSError."""
    unfinished = os.path.join(os.path.dirname(path), f".{os.urandom(_UNFINISHED // 2).hex()}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise


def _has_digits(name: str, number: int) -> bool:
    return len(name) == number and set(name) <= set("0123456789abcdef")


def _files(shelf: str) -> list[tuple[float, int, str]]:
    """The results of a shelf: when each was written, its bytes, its path; without those that another run removes.

    What has no name of ours is the user's, should the folder be one that has other files.
    """
    found = []
    for file in os.scandir(shelf):
        if _has_digits(file.name, DIGITS) or (file.name[:1] == "." and _has_digits(file.name[1:], _UNFINISHED)):
            with suppress(FileNotFoundError):
                known = file.stat(follow_symlinks=False)
                found.append((known.st_mtime, known.st_size, file.path))
    return found


def _make_room(shelf: str) -> None:
    """Removes what a run that was killed has left on a shelf, and the oldest files until the others have room."""
    found = sorted(_files(shelf))
    left = sum(size for _, size, _ in found)
    newest = found[-1][0] if found else 0
    for written, size, path in found:
        abandoned = written < newest - _ABANDONED and os.path.basename(path).startswith(".")
        if abandoned or left > _MOST_ON_SHELF:
            with suppress(FileNotFoundError):
                os.unlink(path)
            left -= size


def open_store() -> ResultStore | None:
    """The store, made where there is none yet; None where there can be none that is ours alone."""
    folder = cache_folder()
    if not os.path.isabs(folder):  # nobody knows where the user is at home: not in the working folder
        return None
    with suppress(OSError):
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        os.mkdir(folder, 0o700)
    return None if why_unusable(folder) else ResultStore(folder)


def why_unusable(folder: str) -> str:
    """Why a folder is not used, which must be one that nobody else owns or can write to; empty where it is."""
    if not os.path.isabs(folder):
        return "HOME is not set, or is not an absolute path"
    try:
        known = os.lstat(folder)
    except OSError as problem:
        return reason(problem)
    if not stat.S_ISDIR(known.st_mode):
        return "it is a link" if stat.S_ISLNK(known.st_mode) else "it is not a folder"
    # Windows keeps a user's folders from others.
    shared = hasattr(os, "geteuid") and (known.st_uid != os.geteuid() or known.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    return "others own it or can write to it" if shared else ""
