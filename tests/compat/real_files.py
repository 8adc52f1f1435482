"""Reads files of other people's repositories and prints how many are read to the end, with parameters of each.

    git clone https://github.com/AlexeyAB/darknet && python -m tests.compat.real_files darknet .cfg [--verbose]

Not part of the suite: the files are other people's. A file is read to the end where every volume is known.
"""

from __future__ import annotations

import sys
from pathlib import Path

from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.pipeline import CheckOptions, check_networks


def outcome(path: Path) -> tuple[int | None, str]:
    """The parameters of all networks in a file, and why there are none."""
    try:
        reports = check_networks(read_source(str(path)), CheckOptions(Options()))
    except Diagnosed as problem:
        return None, str(problem)
    counts = [report.totals.params if report.totals else None for report in reports]
    known = [count for count in counts if count is not None]
    if len(known) == len(counts):
        return sum(known), ""
    errors = [d.message for report in reports for d in report.diagnostics if d.severity == "error"]
    return None, errors[0] if errors else "volumes are unknown"


def main(arguments: list[str]) -> None:
    """Prints the table."""
    folder, ending = Path(arguments[0]), arguments[1]
    paths = [path for path in sorted(folder.rglob(f"*{ending}")) if "solver" not in path.name]
    found = {path: outcome(path) for path in paths}
    if "--verbose" in arguments:
        for path, (params, why) in found.items():
            print(f"{path.relative_to(folder)}: {why or f'{params:,}'}")
    print(f"{len(found)} files, {sum(params is not None for params, _ in found.values())} read to the end")


if __name__ == "__main__":
    main(sys.argv[1:])
