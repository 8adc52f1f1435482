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
from tests.fuzz.doors import CHECK, FILE, Door

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
    words = [name if word == FILE else word for word in command]
    wrong, out = _run(words, folder, seconds)
    if not wrong and command == CHECK and _run(words, folder, seconds) != ("", out):
        return "check prints other things of the same text the second time"
    if wrong or command[: command.index(FILE)] not in READ_AGAIN or out[0]:
        return wrong
    (folder / "again.net").write_text(out[1], encoding="utf-8")
    wrong, out = _run(["check", "--format", "concise", "again.net"], folder, seconds)
    codes = sorted(set(SYNTAX.findall(out[1])))
    return wrong or (f"what {' '.join(command[:-1])} prints is not read again: {', '.join(codes)}" if codes else "")


def _run(words: list[str], folder: Path, seconds: float) -> tuple[str, tuple[int, str]]:
    """What was wrong, and the exit code and output of a command that is done."""
    try:
        with limits(seconds):
            done = run(*words, cwd=folder)
    except OutOfTime:
        return f"{words[0]} takes more than {seconds:g} s", (2, "")
    except Exception as problem:
        return f"{words[0]} lets {type(problem).__name__} out: {problem}"[:200], (2, "")
    if BUG in done.stderr:
        return f"{words[0]}: " + done.stderr.partition(BUG)[0].strip()[-200:], (2, "")
    if NO_MEMORY in done.stderr:
        return f"{words[0]} takes more than {BYTES:,} bytes", (2, "")
    if done.returncode not in (0, 1, 2):
        return f"{words[0]} ends with {done.returncode}", (2, "")
    return "", (done.returncode, done.stdout)
