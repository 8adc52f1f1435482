"""Compares .cfg files with what a Darknet program prints of their layers and writes as their weights.

    python -m tests.compat.darknet_program /usr/bin/darknet darknet/cfg/*.cfg

Debian packages the original program; AlexeyAB's is built from its repository. `ops` prints the sizes, `partial` saves
every value behind a header of 20 bytes. Not part of the suite: program and files are other people's.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from math import prod
from pathlib import Path

from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import CheckOptions, check_networks

HEADER, BYTES = 20, 4
ROW = re.compile(r"^\s+(\d+) \S")
VOLUME = re.compile(r"->\s*(\d+)(?:\s*x\s*(\d+)\s*x\s*(\d+))?( image)?")


def asked(program: str, path: Path) -> tuple[dict[int, tuple[int, ...]], int | None]:
    """The output of each layer that the program prints, and how many values it saves; None where it stops before."""
    text = re.sub(r"(?m)^\s*(batch|subdivisions)\s*=.*$", r"\1=1", path.read_text(encoding="utf-8", errors="replace"))
    with tempfile.TemporaryDirectory() as folder:
        cfg, empty, saved = (Path(folder) / name for name in ("net.cfg", "empty.weights", "saved.weights"))
        cfg.write_text(text, encoding="utf-8")
        empty.write_bytes(bytes(HEADER))
        printed = subprocess.run([program, "ops", str(cfg)], capture_output=True, check=False, timeout=100)
        command = [program, "partial", str(cfg), str(empty), str(saved), "1000"]
        subprocess.run(command, capture_output=True, check=False, timeout=100)
        values = (saved.stat().st_size - HEADER) // BYTES if saved.exists() else None
    return sizes_in((printed.stderr + printed.stdout).decode("utf-8", "replace")), values


def sizes_in(log: str) -> dict[int, tuple[int, ...]]:
    """Width x height x depth by the number of the layer."""
    sizes: dict[int, tuple[int, ...]] = {}
    number = -1
    for line in log[max(log.find("layer  "), 0) :].split("\n"):
        row, volume = ROW.match(line), VOLUME.search(line)
        number += bool(row and int(row[1]) == number + 1)
        if volume and number >= 0:
            one, two, three = (int(n) for n in (volume[1], volume[2] or 1, volume[3] or 1))
            sizes[number] = (1, 1, one) if volume[2] is None else (two, one, three) if volume[4] else (one, two, three)
    return sizes


def ours(networks: list[CheckedNetwork]) -> tuple[dict[int, tuple[int, ...]], int]:
    """The same of shapecalc: a layer's name ends with its number."""
    rows = [row for network in networks for row in network.rows if row.output is not None]
    numbered = [(re.search(r"_(\d+)$", row.node.name or ""), row.output) for row in rows]
    sizes = {int(found[1]): output.sizes for found, output in numbered if found and output}
    return sizes, sum(n.totals.params + n.totals.buffers for n in networks if n.totals and n.totals.params is not None)


def is_same(printed: tuple[int, ...], size: tuple[int, ...]) -> bool:
    """Whether a layer has the output that is printed of it, which may be all values in a row."""
    return size == printed or (printed[:2] == (1, 1) and bool(size) and prod(size) == printed[2])


def main(arguments: list[str]) -> None:
    """Prints the files that differ, and how many layers and files are equal."""
    program, *files = arguments
    layers = equal = saved = same = 0
    for file in files:
        theirs, values = asked(program, Path(file))
        sizes, count = ours(list(check_networks(read_source(file), CheckOptions(Options()))))
        wrong = {n: size for n, size in theirs.items() if not is_same(size, sizes.get(n, ()))}
        layers, equal = layers + len(theirs), equal + len(theirs) - len(wrong)
        saved, same = saved + (values is not None), same + (values == count)
        if wrong or values not in (count, None):
            print(f"{file}: {dict(list(wrong.items())[:3])}, {count:,} values for {values}")
    print(f"{len(files)} files, {equal:,} of {layers:,} layers, {same} of {saved} with the values that are saved")


if __name__ == "__main__":
    main(sys.argv[1:])
