"""Puts bytes into a file that a user named: all of them, or the file stays as it was."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from functools import cache

try:
    import fcntl
except ImportError:  # Windows: a file that is open cannot be removed there
    fcntl = None  # type: ignore[assignment]

_STREAMS = ("/dev/fd/", "/dev/std", "/proc/")
"""Names of what is open already: it is written on, and whatever may be in it stays."""

_PREFIX, _DIGITS = ".shapecalc-", 16
"""How files are called until they are whole: this, and so many digits."""


def names_stdout(path: str) -> bool:
    """Whether a path is another name of standard output."""
    return path in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def place(path: str, data: bytes) -> None:
    """Writes a file, new or in the place of the one that is there, in one step.

    A link goes on pointing to the file, which keeps its permissions; pipes and devices are written to. Raises OSError
    when it cannot be written: nothing new is left then, and a file that was there is as it was. A file that has
    several names, or whose folder takes no other file, is written over once there is room for it.
    """
    if path.endswith(os.sep):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    try:
        there = os.stat(path)
    except FileNotFoundError:
        there = None
    if path.startswith(_STREAMS):
        _write(path, "ab", data)
    elif there is not None and not stat.S_ISREG(there.st_mode):
        _write(path, "wb", data)
    elif there is not None and there.st_nlink > 1:
        _write_over(path, data, there)
    else:
        _replace(os.path.realpath(path), data, there)


def _write(path: str, mode: str, data: bytes) -> None:
    with open(path, mode) as file:
        file.write(data)


def is_stream(path: str) -> bool:
    """Whether a path names a pipe, a device, or what is open already: it is read once, and not replaced."""
    return path.startswith(_STREAMS) or (os.path.exists(path) and not os.path.isfile(path))


def _write_over(path: str, data: bytes, there: os.stat_result) -> None:
    """Writes on a file itself, after its disk has promised the space."""
    handle = os.open(path, os.O_WRONLY)
    try:
        if len(data) > there.st_size and hasattr(os, "posix_fallocate"):
            os.posix_fallocate(handle, 0, len(data))
    except OSError:
        os.ftruncate(handle, there.st_size)
        os.close(handle)
        raise
    with open(handle, "wb") as file:
        file.write(data)
        file.truncate()


@cache
def _remove_leftovers(folder: str) -> None:
    """Removes what a run that was killed has left in a folder: a file of ours that no process has locked."""
    if fcntl is None:
        return
    for entry in os.scandir(folder):
        digits = entry.name.removeprefix(_PREFIX)
        if len(digits) == _DIGITS and digits != entry.name and entry.is_file(follow_symlinks=False):
            # Should it have become a pipe since, opening it does not wait.
            with (
                suppress(OSError),
                open(os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file,
            ):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(entry.path)


def _replace(target: str, data: bytes, there: os.stat_result | None) -> None:
    """Writes another file in the same folder, and gives it the name."""
    if there is not None:
        os.close(os.open(target, os.O_WRONLY))  # a file that may not be written is not replaced either
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f"{_PREFIX}{os.urandom(_DIGITS // 2).hex()}")
    try:
        _remove_leftovers(folder)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except PermissionError:
        if there is None:
            raise
        _write_over(target, data, there)
        return
    try:
        with open(handle, "wb") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            file.write(data)
            file.flush()
            os.fsync(handle)
        if there is not None:
            _take_after(temporary, there)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _take_after(temporary: str, there: os.stat_result) -> None:
    """Gives a file the owner and the permissions of another."""
    if (there.st_uid, there.st_gid) != (os.getuid(), os.getgid()):
        # Only root can give files away; everybody else may have the permissions all the same.
        with suppress(PermissionError):
            os.chown(temporary, there.st_uid, there.st_gid)
    os.chmod(temporary, stat.S_IMODE(there.st_mode))
