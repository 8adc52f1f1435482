"""`shapecalc verify`: runs the network in NumPy and holds every figure of the report against what happened."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli.networks import closing_options
from shapecalc.cli.options import expand_options, wants_color
from shapecalc.cli.progress import progress
from shapecalc.cli.values import MEMORY

if TYPE_CHECKING:
    from shapecalc.onnx_format.compare import Compared, Comparison
    from shapecalc.onnx_format.whole import ComparedOutput
    from shapecalc.report import Report
    from shapecalc.verify import Verification


class Refused(click.ClickException):
    """What was asked for cannot be done: exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """One line on standard error."""
        from shapecalc.display.excerpt import clean

        click.echo(f"error: {clean(self.message)}", err=True)


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where random numbers begin.")
@click.option(
    "--image",
    type=click.Path(),
    metavar="FILE.npy",
    help="Run on this array: width, height, channels, or many of them.",
)
@click.option("--zeros", is_flag=True, help="Run on an image of zeros instead of a random one.")
@click.option(
    "--memory-limit", type=MEMORY, metavar="8GiB", help="Refuse to take more; most of what is free by default."
)
@click.option(
    "--against", type=click.Choice(["onnxruntime"]), help="Compare layers and outputs with another program too."
)
@click.option("--json", "as_json", is_flag=True, help="Print every proof for programs.")
@click.option("--quiet", "-q", is_flag=True, help="Only the verdict.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colours; NO_COLOR and FORCE_COLOR are respected.",
)
@closing_options
def command(paths: tuple[str, ...], as_json: bool, **chosen: Any) -> None:
    """Prove the report by running the network in NumPy.

    Every layer is run with random weights, and its volume, parameters, multiply-accumulates, bytes, tiling and
    receptive field are compared with what check says. A figure that differs is a bug in shapecalc.

    \b
    Exit code: 0 every figure holds, 1 one differs or a volume is unknown, 2 usage, unreadable input, no memory, or
    a network that onnxruntime does not run.
    """
    from shapecalc.discover import find_networks
    from shapecalc.running.threads import keep_blas_single

    keep_blas_single()
    if chosen["image"] is not None and chosen["zeros"]:
        raise click.UsageError("give --image or --zeros, not both")
    if chosen["against"]:
        _require_onnx()
    files = list(find_networks(paths))
    if not files:
        raise click.UsageError(f"there are no networks (*.net, *.net.yaml) in {', '.join(paths)}")
    objects: list[dict[str, Any]] = []
    code = 0
    for file in files:
        try:
            code = max(code, _one(file, chosen, objects if as_json else None))
        except Refused as problem:
            # The other networks are still to be proved.
            code = 2
            problem.show()
            objects.append({"path": file, "ok": False, "error": problem.message})
    if as_json:
        import json

        click.echo(json.dumps({"version": 1, "networks": objects}, indent=2, ensure_ascii=False))
    sys.exit(code)


def _one(file: str, chosen: dict[str, Any], objects: list[dict[str, Any]] | None) -> int:
    """Proves the network in a file. Returns the exit code. Raises Refused."""
    report = _checked(file, chosen)
    if all(row.output is not None for row in report.rows) and report.rows:
        try:
            return _verified(report, chosen, objects)
        except MemoryError:
            raise Refused(f"there is not enough memory to run {report.name}") from None
    if objects is not None:
        objects.append(_unrun(report))
    _complain(report, chosen)
    return 1


def _checked(path: str, chosen: dict[str, Any]) -> Report:
    """The report of a file. Raises Refused for what cannot be read."""
    from shapecalc.check import CheckOptions, check
    from shapecalc.cli.files import read_source
    from shapecalc.diagnostics import Findings

    try:
        source = read_source(path, chosen["stdin_filename"])
    except Findings as problem:
        raise Refused(problem.diagnostics[0].message) from None
    return check(source, CheckOptions(expand_options(chosen)))


def _complain(report: Report, chosen: dict[str, Any]) -> None:
    """Says on standard error what leaves a volume unknown."""
    from shapecalc.display.excerpt import render

    color = wants_color(chosen["color"], sys.stderr)
    for diagnostic in report.diagnostics:
        if diagnostic.severity == "error":
            click.echo(f"{render(diagnostic, report.source, color=color)}\n", err=True)
    click.echo(f"{report.name}: there are volumes that are unknown, and so nothing to run", err=True)


def _unrun(report: Report) -> dict[str, Any]:
    """A network that was not run, for programs."""
    found = [{"code": d.code, "severity": d.severity, "message": d.message} for d in report.diagnostics]
    return {
        "path": report.source.path, "name": report.name, "ok": False,
        "layers": [], "totals": [], "diagnostics": found,
    }  # fmt: skip


def _verified(report: Report, chosen: dict[str, Any], objects: list[dict[str, Any]] | None) -> int:
    """Runs one network and prints its proofs, or adds them to the objects. Returns the exit code."""
    from shapecalc.display.excerpt import clean
    from shapecalc.running.prooftext import as_object
    from shapecalc.running.seeding import SeededWeights
    from shapecalc.verify import verify

    report, images = _images(report, chosen)
    weights = SeededWeights(report.rows, chosen["seed"])
    with progress(clean(report.name), len(report.rows)) as show:
        done = verify(report, seed=chosen["seed"], images=images, weights=weights, progress=show)
    if objects is None:
        _print_proofs(done, chosen)
    else:
        objects.append(as_object(done))
    if not chosen["against"] or not done.complete:
        return int(not done.ok)
    others = _compared(done, weights, images)
    if objects is None:
        _print_compared(report.name, others, quiet=chosen["quiet"])
    else:
        objects[-1] |= {
            "ok": done.ok and others.ok,
            "onnxruntime": [layer.as_object() for layer in others.layers],
            "outputs": [output.as_object() for output in others.outputs],
        }
    return int(not done.ok or not others.ok)


def _print_proofs(done: Verification, chosen: dict[str, Any]) -> None:
    from shapecalc.running.prooftext import lines, verdict

    color = wants_color(chosen["color"])
    for line in [verdict(done, color=color)] if chosen["quiet"] else lines(done, color=color):
        click.echo(line, color=True)


def _print_compared(name: str, others: Comparison, *, quiet: bool) -> None:
    """A line a layer and a line an output, those that differ in any case, and how many agree."""
    from shapecalc.display.excerpt import clean

    lines: list[Compared | ComparedOutput] = [*others.layers, *others.outputs]
    for other in lines:
        if not (quiet and other.ok):
            click.echo(f"onnxruntime {other}")
    layers, outputs = _agreeing("layer", others.layers), _agreeing("output", others.outputs)
    click.echo(f"{clean(name)}: {layers} and {outputs} of the whole run agree with onnxruntime")


def _agreeing(what: str, those: Sequence[Compared | ComparedOutput]) -> str:
    return f"{sum(one.ok for one in those):,} of {len(those):,} {what}{'s' * (len(those) != 1)}"


def _images(report: Report, chosen: dict[str, Any]) -> tuple[Report, dict[int, Any]]:
    """What to run on, by INPUT, and the report for as many images. Raises Refused before too much memory is taken."""
    from shapecalc.running.imagefile import NoImage, array, header
    from shapecalc.verify import NotVerifiable, batch_of, images_for

    given: Any = "zeros" if chosen["zeros"] else None
    try:
        if chosen["image"] is None:
            report = _with_batch(report, report.conventions.batch)
            _refuse_beyond(report, chosen)
        else:
            shape, dtype = header(chosen["image"])
            report = _with_batch(report, batch_of(report, shape, dtype))
            _refuse_beyond(report, chosen, prod(shape) * dtype.itemsize)
            given = array(chosen["image"])
        return report, images_for(report, chosen["seed"], given)
    except (NotVerifiable, NoImage) as problem:
        raise Refused(str(problem)) from None


def _with_batch(report: Report, batch: int) -> Report:
    """The report for as many images as there are."""
    from dataclasses import replace

    from shapecalc.measure import totals

    conventions = replace(report.conventions, batch=batch)
    return replace(report, conventions=conventions, totals=totals(report.rows, conventions))


def _refuse_beyond(report: Report, chosen: dict[str, Any], image: int = 0) -> None:
    """Raises Refused, before anything is allocated, when the run and reading an image take more than they may."""
    from shapecalc.running.footprint import available, needed

    limit = chosen["memory_limit"]
    wanted = needed(report, report.conventions.batch) + image
    if chosen["against"]:
        from shapecalc.onnx_format.compare import extra_bytes

        wanted += extra_bytes(report)
    allowed = limit if limit is not None else available() * 9 // 10
    if wanted > allowed:
        whose = "--memory-limit allows" if limit is not None else "is free"
        much, little = _told_apart(wanted, allowed)
        raise Refused(f"running {report.name} takes about {much} MiB, and {little} MiB {whose}")


def _told_apart(more: int, less: int) -> tuple[str, str]:
    """Two different amounts of bytes in MiB, with as many digits as it takes to see which is larger."""
    for digits in range(7):
        shown = f"{more / 2**20:,.{digits}f}", f"{less / 2**20:,.{digits}f}"
        if shown[0] != shown[1]:
            break
    return shown


def _compared(done: Verification, weights: Any, images: Any) -> Comparison:
    """The network compared with onnxruntime on the same weights and images. Raises Refused."""
    from shapecalc.display.excerpt import clean
    from shapecalc.onnx_format.compare import OnnxruntimeFailed, compare
    from shapecalc.onnx_format.export import Unwritable

    try:
        with progress(f"{clean(done.report.name)} in onnxruntime", None):
            return compare(done.report, weights=weights.arrays, inputs=images)
    except (OnnxruntimeFailed, Unwritable) as problem:
        raise Refused(str(problem)) from None


def _require_onnx() -> None:
    """Raises Refused where the packages are missing, before anything is run."""
    from shapecalc.onnx_format.export import MissingOnnx, require

    try:
        require("onnxruntime")
    except MissingOnnx as problem:
        raise Refused(str(problem)) from None
