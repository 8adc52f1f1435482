"""Many files: layers a second with every sample, how much JSON takes beside one-line output, and the cache."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measured import Row, interleaved, progress
from tests.benchmarks.start_up import ENTRY, SAMPLES


def rows(copies: int = 1) -> Iterator[Row]:
    """Rows for a folder with all samples, each so many times."""
    with tempfile.TemporaryDirectory() as folder:
        nets, number = Path(folder, "nets"), 0
        nets.mkdir()
        for sample in sorted(SAMPLES.glob("*.net")):
            for copy in range(copies):
                text = sample.read_text(encoding="utf-8")
                (nets / f"{copy}-{sample.name}").write_text(f"{text}\n# copy {copy}\n", encoding="utf-8")
                number += 1
        environment = {"SHAPECALC_CACHE_DIR": str(Path(folder, "cache")), "SHAPECALC_NO_CACHE": ""}
        check = [sys.executable, "-c", ENTRY, "check", str(nets)]
        commands = {
            "--version": [sys.executable, "-c", ENTRY, "--version"],
            "concise": [*check, "--format", "concise", "--no-cache", "-j", "1"],
            "json": [*check, "--format", "json", "--no-cache", "-j", "1"],
            "concise, unchanged": [*check, "--format", "concise"],
            "json, unchanged": [*check, "--format", "json"],
        }
        progress(f"a folder of {number} networks")
        interleaved({name: commands[name] for name in commands if "unchanged" in name}, 1, environment)
        seconds = interleaved(commands, 1, environment)
    start, plain = seconds["--version"], seconds["concise"]
    layers = _layers() * copies
    yield Row(f"{number} networks, concise", f"{layers / (plain - start):,.0f} layers/s")
    spent = seconds["json"]
    yield Row(f"{number} networks, json", f"{layers / (spent - start):,.0f} layers/s", spent / plain, "concise")
    for name in ("concise", "json"):
        again = seconds[f"{name}, unchanged"]
        yield Row(f"{number} networks, {name}, unchanged", f"{1000 * again:.0f} ms", again / start, "--version")


def _layers() -> int:
    """The layers of all samples, members of families included."""
    import shapecalc

    return sum(
        len(report.layers) for sample in sorted(SAMPLES.glob("*.net")) for report in shapecalc.check_files([sample])
    )
