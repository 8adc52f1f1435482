"""Reads the YAML files of the package ultralytics and holds the counts in their comments against ours.

    pip download --no-deps ultralytics && unzip ultralytics-*.whl
    python -m tests.compat.ultralytics ultralytics/cfg/models [--verbose]

Not part of the suite: the files are other people's.
Prints how many counts come out as stated, and the others with ours.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.pipeline import CheckOptions, check

SCALE = re.compile(r"^\s+([nsmlx]): \[.*?\].*?summary: .*?([\d,]{5,}) parameters", re.MULTILINE)
ALONE = re.compile(r"^# .*?summary: .*?([\d,]{5,}) parameters", re.MULTILINE)


def stated(text: str) -> Iterator[tuple[str, int]]:
    """Scales and the counts that comments state of them; the scale of a file without scales is empty."""
    found = [(letter, int(count.replace(",", ""))) for letter, count in SCALE.findall(text)]
    yield from found or [("", int(count.replace(",", ""))) for count in ALONE.findall(text)]


def named(path: Path, scale: str) -> str:
    """The name of a file that says a scale: yolo11-obb.yaml becomes yolo11n-obb.yaml."""
    return re.sub(r"(yolo(?:e-)?v?\d+)(.*)", rf"\g<1>{scale}\g<2>", path.name) if scale else path.name


def counted(path: Path, scale: str) -> tuple[int | None, list[str]]:
    """The parameters of a file at a scale, and what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / named(path, scale)
        copy.write_bytes(path.read_bytes())
        report = check(read_source(str(copy)), CheckOptions(Options()))
    errors = [d.message for d in report.diagnostics if d.severity == "error" and d.code != "SHP303"]
    return (report.totals.params if report.totals else None), errors


def main(arguments: list[str]) -> None:
    """Prints the table."""
    folder = Path(arguments[0])
    right = total = read = files = 0
    for path in sorted(folder.rglob("*.yaml")):
        claims = list(stated(path.read_text(encoding="utf-8")))
        files += 1
        read += not counted(path, "")[1]
        for scale, count in claims:
            ours, errors = counted(path, scale)
            total += 1
            right += ours == count
            if ours != count and "--verbose" in arguments:
                print(f"{path.name} {scale}: stated {count:,}, ours {ours and f'{ours:,}'} {errors[:1]}")
        if not claims and "--verbose" in arguments and (errors := counted(path, "")[1]):
            print(f"{path.name}: {errors[:2]}")
    print(f"{files} files, {read} read to the end; {right} of {total} counts come out as stated")


if __name__ == "__main__":
    main(sys.argv[1:])
