"""Spoils samples and fixtures, and runs every command on them, until the time is over or one of them fails.

Usage: python -m tests.fuzz [--seconds 60] [--seed 1] [--each 2] [--door KIND]

With a seed the texts are the same in every run. Where atheris is installed, it chooses the texts by what they reach;
--plain leaves it out. The first text that fails is printed, as small as it gets, and kept in the folder that is named.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.fuzz.doors import CHECK, DOORS, LONGEST, Door
from tests.fuzz.guided import fuzz_guided
from tests.fuzz.shrink import shrink
from tests.fuzz.trial import SECONDS, fault


class Fuzzer:
    """Tries texts in a folder of its own, and counts them."""

    def __init__(self, folder: Path, each: float = SECONDS) -> None:
        self.folder, self.each, self.tried = folder, each, 0

    def attempt(self, door: Door, text: str, command: tuple[str, ...]) -> None:
        """Ends the process with 1 where a command fails on a text, and prints the smallest text on which it does."""
        # Should the interpreter itself hang or crash, the text is in the folder, and where it was is on the terminal.
        faulthandler.dump_traceback_later(30 * self.each, exit=True)
        found = fault(door, text, command, self.folder, self.each)
        self.tried += 1
        if not found:
            return
        faulthandler.cancel_dump_traceback_later()
        small = shrink(text, lambda t: fault(door, t, command, self.folder, self.each) == found)
        fault(door, small, command, self.folder, self.each)
        words = " ".join(command).replace("FILE", f"{self.folder}/net{door.suffix}")
        print(f"{found}\n  shapecalc {words}\n\n{small!r}", flush=True)
        os._exit(1)

    def fuzz(self, seconds: float, seed: int, doors: tuple[Door, ...]) -> None:
        """Goes through the doors in turn: every text by `check`, and by one other command."""
        random = Random(seed)
        texts = {door.kind: list(door.seeds()) for door in doors}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for door in doors:
                text = door.change(random.choice(texts[door.kind]), texts[door.kind], random)[:LONGEST]
                for command in (CHECK, random.choice(door.commands)):
                    self.attempt(door, text, command)


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs every command on spoiled samples and fixtures.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=float, default=SECONDS, help="seconds of processor time that a text may take")
    parser.add_argument("--door", choices=[door.kind for door in DOORS], help="this kind of text alone")
    parser.add_argument("--plain", action="store_true", help="without atheris, even where it is installed")
    chosen = parser.parse_args()
    faulthandler.enable()
    os.environ["SHAPECALC_NO_CACHE"] = "1"
    fuzzer = Fuzzer(Path(tempfile.mkdtemp(prefix="shapecalc-fuzz-")), chosen.each)
    print(f"texts are tried in {fuzzer.folder}", file=sys.stderr)
    if not chosen.plain and not chosen.door:
        try:
            import atheris
        except ImportError:
            pass
        else:
            fuzz_guided(atheris, chosen.seconds, chosen.seed, fuzzer.folder, fuzzer.attempt)
    doors = tuple(door for door in DOORS if chosen.door in (None, door.kind))
    fuzzer.fuzz(chosen.seconds, chosen.seed, doors)
    faulthandler.cancel_dump_traceback_later()
    shutil.rmtree(fuzzer.folder)
    print(f"{fuzzer.tried} runs of commands, and none failed (seed {chosen.seed})")


if __name__ == "__main__":
    main()
