"""What a command prints on a terminal that somebody watches."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest


def watched(
    words: Sequence[str], environment: Mapping[str, str], cwd: os.PathLike[str] | None = None, until: bytes = b""
) -> bytes:
    """The standard error of a command that succeeds, on a terminal, or what there is of it once a text is there."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    done = subprocess.Popen(words, stderr=theirs, cwd=cwd, env={**os.environ, **environment})
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how a terminal says that nobody writes to it any more
        while data := os.read(ours, 4096):
            shown += data
            if until and until in shown:
                done.kill()
                break
    os.close(ours)
    if until:
        done.wait()
        return shown
    assert done.wait() == 0
    return shown
