"""Writes every file of ../shared/truth/formats as a diagram and compares the figures of both.

    python -m tests.compat.recovered [keras darknet …]

Not part of the suite: it takes a minute. A line for each file whose diagram has other figures, and a table.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

from shapecalc.core.parameters import Sizes
from shapecalc.diagnostics.diagnostic import Diagnosed, Source
from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import CheckOptions, check
from shapecalc.writers.diagram.recovered import Unwordable, recovered_diagram
from tests.compat.formats import FORMATS, TRUTH

OPEN_SIZES = {"k2_app_MobileNetV3Small.json": (224, 224, 3), "app_MobileNetV3Small.json": (224, 224, 3)}


def figures(report: CheckedNetwork) -> tuple[int, ...]:
    """What must be the same: parameters, buffers, work, values, and bytes of the forward pass."""
    totals = report.totals
    assert totals is not None
    return (totals.params, totals.buffers, totals.macs, totals.activations, totals.memory.forward)


def outcome(path: Path) -> tuple[str, str]:
    """What became of one file, and why; its diagram's own claims are among what is compared."""
    size = OPEN_SIZES.get(path.name)
    try:
        report = check(read_source(str(path)), CheckOptions(Options(input=Sizes(size) if size else None)))
        text = recovered_diagram(report)
    except (Diagnosed, Unwordable) as problem:
        return "refused", str(problem)
    again = check(Source("a.net", text), CheckOptions(Options()))
    if again.totals is None:
        return "differs", "; ".join(d.message for d in again.diagnostics[:2])
    claims = [d.message for d in again.diagnostics if d.code.startswith("SHP3")]
    if figures(report) != figures(again) or claims:
        return "differs", f"{figures(again)} for {figures(report)} {claims[:1]}"
    return "equal", f"{len(text.splitlines())} lines for {len(report.rows)} layers"


def main(arguments: list[str]) -> None:
    """Prints the table, and with --verbose a line for every file."""
    verbose = "--verbose" in arguments
    print(f"{'format':12} {'files':>6} {'equal':>6} {'differ':>7} {'refused':>8}")
    for name in [a for a in arguments if not a.startswith("-")] or FORMATS:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(TRUTH / f"{name}.tar.xz") as archive:
            archive.extractall(folder, filter="data")
            files = sorted(p for p in (Path(folder) / name).iterdir() if p.suffix not in (".data", ".md"))
            found = {
                p.name: outcome(p) for p in files if p.name not in ("truth.json", "torch_leaves.json", "published.json")
            }
        kinds = [what for what, _ in found.values()]
        print(
            f"{name:12} {len(found):6} {kinds.count('equal'):6} {kinds.count('differs'):7} {kinds.count('refused'):8}"
        )
        for file, (what, why) in found.items():
            if verbose or what == "differs":
                print(f"    {file}: {what}, {why[:300]}")


if __name__ == "__main__":
    main(sys.argv[1:])
