"""Runs a command on a text under limits, and says what was wrong with how it ended."""

from __future__ import annotations

import contextlib
import re
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from shapecalc.cli import BUG
from tests.command import run
from tests.fuzz.binary import as_bytes
from tests.fuzz.doors import FILE, Door

SECONDS, BYTES = 2, 500_000_000
"""What a text of 10 kB may take in any command: processor time, and memory on top of what is loaded."""
NO_MEMORY = "there is not enough memory"
READ_AGAIN = {("expand",), ("expand", "--level", "block"), ("convert", "--to", "net")}
"""Commands whose output is a diagram."""
SYNTAX = re.compile(r"error\[(SHP0\d\d)\]")


class OutOfTime(BaseException):
    """A command took longer than it may; no handler of exceptions catches it."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


@contextlib.contextmanager
def limits(seconds: float, size: int = BYTES) -> Iterator[None]:
    """Ends what takes more processor time with OutOfTime, what takes more memory with MemoryError (on Linux)."""
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGPROF, _stop)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + size, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def fault(door: Door, text: str, command: tuple[str, ...], folder: Path, seconds: float = SECONDS) -> str:
    """What is wrong with what a command says of a text, and with the time that it takes; empty where nothing is."""
    name = f"net{door.suffix}"
    (folder / name).write_bytes(as_bytes(text))
    wrong, out = _run([name if word == FILE else word for word in command], folder, seconds)
    if wrong or command[: command.index(FILE)] not in READ_AGAIN or not out:
        return wrong
    (folder / "again.net").write_text(out, encoding="utf-8")
    wrong, out = _run(["check", "--format", "concise", "again.net"], folder, seconds)
    codes = sorted(set(SYNTAX.findall(out)))
    return wrong or (f"what {' '.join(command[:-1])} prints is not read again: {', '.join(codes)}" if codes else "")


def _run(words: list[str], folder: Path, seconds: float) -> tuple[str, str]:
    """What was wrong, and what was printed by a command that is done."""
    try:
        with limits(seconds):
            done = run(*words, cwd=folder)
    except OutOfTime:
        return f"{words[0]} takes more than {seconds:g} s", ""
    except Exception as problem:
        return f"{words[0]} lets {type(problem).__name__} out: {problem}"[:200], ""
    if BUG in done.stderr:
        return f"{words[0]}: " + done.stderr.partition(BUG)[0].strip()[-200:], ""
    if NO_MEMORY in done.stderr:
        return f"{words[0]} takes more than {BYTES:,} bytes", ""
    if done.returncode not in (0, 1, 2):
        return f"{words[0]} ends with {done.returncode}", ""
    return "", done.stdout if done.returncode == 0 else ""
