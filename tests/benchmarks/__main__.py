"""`python -m tests.benchmarks`: how fast shapecalc is, in one table of ratios, which say more than seconds do.

python -m tests.benchmarks [start_up] [folders] [linear] [diagnosing] [forward]
"""

from __future__ import annotations

import sys
from importlib import import_module

PARTS = ("start_up", "folders", "linear", "diagnosing", "forward")


def main(*names: str) -> None:
    """Prints a row as soon as it is measured; all parts where none is named."""
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"there is no part {', '.join(unknown)}: {', '.join(PARTS)}")
    print(f"{'':38} {'':>24} {'ratio':>6}  {'to':28} {'in instructions':>15}")
    for name in names or PARTS:
        for row in import_module(f"tests.benchmarks.{name}").rows():
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
            counted = "" if row.instructions is None else f"{row.instructions:.2f}"
            line = f"{row.what:38} {row.figure:>24} {ratio:>6}  {row.of if ratio else '':28} {counted:>15}"
            print(line.rstrip(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
