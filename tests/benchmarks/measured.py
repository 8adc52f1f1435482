"""What every benchmark gives: rows of one table, each a figure and how many times another one it is."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str
    """With its unit."""
    ratio: float | None = None
    of: str = ""
    """What the ratio is to."""
    instructions: float | None = None
    """The same ratio in instructions, which repeat on a noisy machine."""


def progress(text: str) -> None:
    """Says on standard error what is being measured."""
    print(f"measuring {text} …", file=sys.stderr, flush=True)


def best_in_turns(
    runs: Sequence[Callable[[], Any]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
    pause: float = 0,
) -> list[float]:
    """The fewest seconds of each of several runs in this process, one after the other in every round.

    Threads of the one before may go on for a while without work; `pause` is how many seconds they are waited for.
    """
    found: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, times in zip(runs, found, strict=True):
            time.sleep(pause)
            start = clock()
            run()
            times.append(clock() - start)
    return [min(times) for times in found]


def interleaved(commands: Mapping[str, Sequence[str]], rounds: int, environment: Mapping[str, str]) -> dict[str, float]:
    """The fewest CPU seconds of every command, run in turns, so that what slows the machine slows all of them."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before = _cpu()
            done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=False)
            if done.returncode > 1:
                sys.exit(f"{name} failed: {' '.join(command)}")
            found[name].append(_cpu() - before)
    return {name: min(times) for name, times in found.items()}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def instructions(command: Sequence[str], environment: Mapping[str, str]) -> int | None:
    """The instructions of a command; None where valgrind is not installed."""
    if shutil.which("valgrind") is None:
        return None
    counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    same = {**os.environ, **environment, "PYTHONHASHSEED": "0"}
    done = subprocess.run(counted, env=same, capture_output=True, text=True, check=False)
    said = [line.rpartition(":")[2] for line in done.stderr.splitlines() if "Collected" in line]
    return int(said[0]) if said else None
