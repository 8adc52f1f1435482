"""A network that `shapecalc verify` has run, compared with onnxruntime."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli.options import wants_color
from shapecalc.cli.progress import progress, without_warnings
from shapecalc.cli.refused import refusing

if TYPE_CHECKING:
    from shapecalc.against.comparison import Comparison
    from shapecalc.verification.verify import Verification


def require_onnx() -> None:
    """Raises Refused where the packages are missing, before anything is run."""
    from shapecalc.writers.onnx.export_options import MissingOnnx, require

    with refusing(MissingOnnx):
        require("onnxruntime")


def compared_too(done: Verification, weights: Any, images: Any, chosen: dict[str, Any]) -> dict[str, Any]:
    """What the comparison adds to what is for programs; printed, unless all of it is. Raises Refused."""
    begun = time.perf_counter()
    found = _compared(done, weights, images)
    if not chosen["as_json"]:
        _print(done.report.name, found, time.perf_counter() - begun, chosen)
    return {
        "ok": done.ok and found.ok,
        "onnxruntime": [layer.as_object() for layer in found.layers],
        "outputs": [output.as_object() for output in found.outputs],
    }


def _compared(done: Verification, weights: Any, images: Any) -> Comparison:
    """The network compared with onnxruntime, or with the file itself as that runs it. Raises Refused."""
    from shapecalc.against.comparison import Comparison, compare
    from shapecalc.against.same_file import compare_with_file, runs_itself
    from shapecalc.against.session import OnnxruntimeFailed
    from shapecalc.display.characters import clean
    from shapecalc.writers.onnx.export_options import Unwritable

    waiting = progress(f"{clean(done.report.name)} in onnxruntime", None)
    with refusing(OnnxruntimeFailed, Unwritable), waiting, without_warnings():
        if done.stored and runs_itself(done.report):
            return Comparison(outputs=compare_with_file(done.report, weights, images))
        return compare(done.report, weights=weights.arrays, inputs=images)


def _print(name: str, others: Comparison, seconds: float, chosen: dict[str, Any]) -> None:
    from shapecalc.display.comparison_text import compared_lines

    color = wants_color(chosen["color"])
    for line in compared_lines(name, others, seconds, quiet=chosen["quiet"], color=color):
        click.echo(line, color=True)
