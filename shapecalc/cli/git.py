"""What git says about a folder."""

from __future__ import annotations

import os
import subprocess

from shapecalc.core.phrases import reason


class GitFailed(Exception):
    """git is not there, or says in the message why it gives nothing."""


def git(folder: str, *words: str) -> bytes:
    """What a command of git prints. Raises GitFailed."""
    try:
        done = subprocess.run(["git", "-C", folder or ".", *words], capture_output=True, check=False)
    except OSError as problem:
        raise GitFailed(f"git cannot be run: {reason(problem)}") from None
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise GitFailed(said.removeprefix("fatal: ") or "git does not say why")
    return done.stdout
