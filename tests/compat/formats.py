"""Reads every file of ../shared/truth/formats and prints a table: files read, layers equal, totals equal.

    python -m tests.compat.formats [keras darknet …] [--verbose]

The truth is what the software itself says of each layer. A layer is equal where ours of the same name has the same
output, or where ours have as many layers of that output as the truth requires. Slow tests of the suite hold the table.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from shapecalc.core.parameters import Sizes
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import CheckOptions, check

TRUTH = Path(__file__).parents[3] / "shared" / "truth" / "formats"
FORMATS = ("darknet", "keras", "caffe", "pt2", "onnx", "ultralytics", "tables")


class Outcome(NamedTuple):
    """What became of one file."""

    read: bool
    required: int = 0
    equal: int = 0
    params: bool = False
    buffers: bool = False
    why: str = ""


def checked(path: Path, arguments: list[str]) -> CheckedNetwork:
    """The report of a file under the options that the truth names; an open size is what the advice proposes."""
    report = with_input(path, arguments[arguments.index("--input") + 1] if "--input" in arguments else "")
    advice = next((d.help[0] for d in report.diagnostics if d.code == "SHP114"), "")
    return with_input(path, advice.split()[-1]) if advice else report


def with_input(path: Path, size: str) -> CheckedNetwork:
    """The report of a file under an --input, if there is one."""
    sizes = Sizes(map(int, size.split("x"))) if size else None
    return check(read_source(str(path)), CheckOptions(Options(input=sizes)))


def bare(sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes without the ones in front: a row of values is 1x1x10 here and 10 there."""
    found = tuple(sizes)
    while len(found) > 1 and found[0] == 1:
        found = found[1:]
    return found


def outcome(path: Path, truth: dict[str, Any]) -> Outcome:
    """One file compared with what its own software says."""
    required = [layer for layer in truth["layers"] if layer.get("required")]
    try:
        report = checked(path, truth.get("args", []))
    except Diagnosed as problem:
        return Outcome(False, len(required), why=str(problem))
    if report.totals is None or not report.rows:
        return Outcome(False, len(required), why="; ".join(d.message for d in report.diagnostics[:2]))
    ours = {row.node.name: row for row in report.rows}
    there = Counter(bare(row.output.sizes) for row in report.rows if row.output)
    names = Counter(layer["name"] for layer in required)
    equal, wrong = 0, []
    for layer in required:
        size = bare(layer["output"] or ())
        row = ours.get(layer["name"]) if names[layer["name"]] == 1 else None
        sizes = (size, bare(layer.get("native") or ()))  # the first axis of a tensor is not always its batch
        size = next((one for one in sizes if there[one] > 0), size)
        same = there[size] > 0 if row is None else row.output is not None and bare(row.output.sizes) in sizes
        if same:
            there[size] -= 1
            equal += 1
        else:
            wrong.append(f"{layer['name']} {layer['kind']} {size}, ours {row.output if row else 'is not there'}")
    params = truth.get("params_used", truth.get("params"))
    buffers = truth.get("buffers")
    errors = [d.message for d in report.diagnostics if d.severity == "error"]
    totals = report.totals
    why = f"params {totals.params} for {params}, buffers {totals.buffers} for {buffers}; {wrong[:4]} {errors[:3]}"
    return Outcome(True, len(required), equal, totals.params == params, totals.buffers == buffers, why)


def outcomes(name: str) -> dict[str, Outcome]:
    """What became of every file of a format."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(TRUTH / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
        base = Path(folder) / name
        truth = json.loads((base / "truth.json").read_text(encoding="utf-8"))
        return {file: outcome(base / file, said) for file, said in truth.items() if (base / file).exists()}


def main(arguments: list[str]) -> None:
    """Prints the table, and with --verbose what is wrong with each file."""
    verbose = "--verbose" in arguments
    chosen = [a for a in arguments if not a.startswith("-")] or list(FORMATS)
    print(f"{'format':12} {'files':>6} {'read':>6} {'layers':>12} {'params':>7} {'buffers':>8}")
    for name in chosen:
        found = outcomes(name)
        layers = f"{sum(o.equal for o in found.values())}/{sum(o.required for o in found.values())}"
        print(
            f"{name:12} {len(found):6} {sum(o.read for o in found.values()):6} {layers:>12} "
            f"{sum(o.params for o in found.values()):7} {sum(o.buffers for o in found.values()):8}"
        )
        for file, o in found.items():
            if verbose and not (o.read and o.equal == o.required and o.params and o.buffers):
                print(f"    {file}: {o.why[:400]}")


if __name__ == "__main__":
    main(sys.argv[1:])
