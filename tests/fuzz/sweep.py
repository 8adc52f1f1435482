"""Runs every command on every hostile input, each in a process of its own, and prints what took most.

Usage: python -m tests.fuzz.sweep [--only WORD] [--worst 20] [--files] [--flips 300 --seed 1]

With --files the inputs are files of other programs that are made to harm; with --flips those of tests/foreign, cut at
every fiftieth of their length, and so many a format with bytes changed.

Ends with 1 where a text of 10 kB or less takes more than 2 s of processor time or 500 MB in any command, or a command
says that it has a bug. The interpreter's start is not counted (the processes are forked from one that has loaded it),
its memory is.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from pkgutil import walk_packages
from random import Random
from typing import NamedTuple

import shapecalc.cli
from tests.fuzz.doors import CHANGING, CHECK, FILE, LONGEST, READING
from tests.fuzz.hostile_files import damaged, hostile_files
from tests.fuzz.hostile_inputs import hostile_inputs
from tests.fuzz.trial import BYTES, NO_MEMORY, SECONDS

COMMANDS = (
    CHECK,
    *READING,
    *CHANGING,
    ("check", "--format", "svg", FILE),
    ("check", "--format", "sarif", FILE),
    ("check", "--stat", "--expand", FILE),
    ("check", "--format", "concise", FILE),
    ("verify", FILE),
    ("convert", "--to", "onnx", "-o", "net.onnx", FILE),
    ("reconcile", FILE, "--claimed", "macs=3.8G"),
    ("config", FILE),
)
CEILING = 4 * BYTES
"""Bytes at which a process ends, so that the machine is not in danger."""


class Taken(NamedTuple):
    """What one command took on one text."""

    seconds: float
    size: int
    words: str
    kind: str
    fault: str

    @property
    def too_much(self) -> bool:
        return bool(self.fault) or self.seconds > SECONDS or self.size > BYTES


def measured(words: list[str], kind: str, folder: Path) -> Taken:
    """Forks a process for a command; its processor time, its peak of memory, and what it says of a fault."""
    child = os.fork()
    if not child:
        _run(words, folder)
    _, status, used = os.wait4(child, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    said = (folder / "err").read_text(encoding="utf-8", errors="replace")
    fault = ""
    if os.WIFSIGNALED(status):
        fault = f"ended by signal {os.WTERMSIG(status)}"
    elif shapecalc.cli.BUG in said or NO_MEMORY in said:
        fault = said.strip()[:120]
    elif os.WEXITSTATUS(status) not in (0, 1, 2):
        fault = f"exit code {os.WEXITSTATUS(status)}"
    return Taken(used.ru_utime + used.ru_stime, used.ru_maxrss * unit, " ".join(words), kind, fault)


def _run(words: list[str], folder: Path) -> None:
    """Is the command, in the child process: never returns."""
    os.chdir(folder)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    resource.setrlimit(resource.RLIMIT_CPU, (10 * SECONDS, 10 * SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    sys.argv[1:] = words
    code = 70
    try:
        code = shapecalc.cli.main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs every command on every hostile input.")
    parser.add_argument("--only", default="", help="inputs with this word in their name, or with it as a command")
    parser.add_argument("--worst", type=int, default=20, help="lines that are printed")
    parser.add_argument("--files", action="store_true", help="files of other programs")
    parser.add_argument("--flips", type=int, help="files of other programs, cut and with bytes changed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="such as 2/3: this third of the inputs")
    chosen = parser.parse_args()
    os.environ["SHAPECALC_NO_CACHE"] = "1"
    for module in walk_packages(shapecalc.__path__, "shapecalc."):  # what every process would load again
        import_module(module.name)
    part, parts = map(int, chosen.part.split("/"))
    inputs = islice((i for i in _inputs(chosen) if chosen.only in i[0]), part - 1, None, parts)
    taken: list[Taken] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for kind, name, data in inputs:
            (folder / name).write_bytes(data)
            for command in COMMANDS if chosen.flips is None else (CHECK,):
                words = [name if word == FILE else word for word in command]
                taken.append(measured(words, kind, folder))
                if taken[-1].too_much:
                    print(_line(taken[-1]), flush=True)
    print(f"\n{len(taken)} runs; the longest and the largest:")
    for order in (0, 1):
        for one in sorted(taken, key=lambda t: t[order], reverse=True)[: chosen.worst // 2]:
            print(_line(one))
    sys.exit(any(t.too_much for t in taken))


def _inputs(chosen: argparse.Namespace) -> Iterator[tuple[str, str, bytes]]:
    """What each input tries, the name of its file, and its bytes."""
    if chosen.flips is not None:
        yield from damaged(Random(chosen.seed), chosen.flips)
    elif chosen.files:
        yield from hostile_files()
    else:
        for kind, suffix, text in hostile_inputs():
            data = text.encode("utf-8", "surrogateescape" if "\ud800" not in text else "surrogatepass")
            assert len(data) <= LONGEST, kind
            yield kind, f"net{suffix}", data


def _line(taken: Taken) -> str:
    return f"{taken.seconds:6.2f} s {taken.size / 1e6:7.0f} MB  {taken.words:40} {taken.kind[:60]:60} {taken.fault}"


if __name__ == "__main__":
    main()
