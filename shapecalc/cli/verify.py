"""`shapecalc verify`: runs the network in NumPy and holds every figure of the report against what happened."""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from shapecalc.cli.networks import closing_options
from shapecalc.cli.options import expand_options, wants_color
from shapecalc.cli.progress import progress
from shapecalc.cli.values import MEMORY

if TYPE_CHECKING:
    from shapecalc.onnx_format.compare import Comparison
    from shapecalc.report import Report
    from shapecalc.verify import Verification


class Refused(click.ClickException):
    """What was asked for cannot be done: exit code 2."""

    exit_code = 2

    def __init__(self, message: str, note: str = "", help: str = "") -> None:
        super().__init__(message)
        self.note, self.help = note, help

    def show(self, file: Any = None) -> None:
        """A line on standard error, and one each for a fact and for what to do."""
        from shapecalc.display.excerpt import clean

        click.echo(f"error: {clean(self.message)}", err=True)
        for kind, text in (("note", self.note), ("help", self.help)):
            if text:
                click.echo(f"  = {kind}: {clean(text)}", err=True)


class Outcome(NamedTuple):
    """What became of one network."""

    code: int
    figures: int = 0
    """How many hold."""
    ran: bool = True
    """Whether it was run to its end."""


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where random numbers begin.")
@click.option(
    "--image",
    type=click.Path(),
    metavar="FILE.npy",
    help="Run on your own image instead of a random one: an array saved with numpy.save, of the sizes of INPUT "
    "(width, height, channels), or several images with their number in front.",
)
@click.option("--zeros", is_flag=True, help="Run on an image of zeros instead of a random one.")
@click.option(
    "--memory-limit", type=MEMORY, metavar="8GiB", help="Refuse to take more; most of what is free by default."
)
@click.option(
    "--against", type=click.Choice(["onnxruntime"]), help="Compare layers and outputs with another program too."
)
@click.option("--json", "as_json", is_flag=True, help="Print every proof for programs.")
@click.option("--proofs", is_flag=True, help="Print every figure that was proved, below its layer.")
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
    if chosen["proofs"] and (chosen["quiet"] or as_json):
        raise click.UsageError(f"give --proofs or {'--quiet' if chosen['quiet'] else '--json'}, not both")
    if chosen["against"]:
        _require_onnx()
    files = list(find_networks(paths))
    if not files:
        raise click.UsageError(f"there are no networks (*.net, *.net.yaml) in {', '.join(paths)}")
    objects: list[dict[str, Any]] = []
    outcomes = [_tried(file, chosen, objects if as_json else None) for file in files]
    if as_json:
        from shapecalc.running.prooftext import document

        click.echo(document(objects))
    elif len(outcomes) > 1:
        click.echo(_summary(outcomes))
    sys.exit(max(outcome.code for outcome in outcomes))


def _tried(file: str, chosen: dict[str, Any], objects: list[dict[str, Any]] | None) -> Outcome:
    """What becomes of one file: one that is refused does not keep the others from being proved."""
    before = len(objects or ())
    try:
        return _one(file, chosen, objects)
    except Refused as problem:
        problem.show()
        if objects is not None:
            from shapecalc.running.prooftext import empty_object

            if len(objects) == before:
                objects.append(empty_object(file, file, None))
            objects[-1] |= {"ok": False, "error": problem.message}
        return Outcome(2, ran=False)


def _summary(outcomes: list[Outcome]) -> str:
    """How many networks hold, differ and were not run."""
    hold = sum(outcome.code == 0 for outcome in outcomes)
    differ = sum(outcome.code != 0 and outcome.ran for outcome in outcomes)
    parts = [f"{hold:,} hold{'s' * (hold == 1)}"]
    if differ:
        parts.append(f"{differ:,} differ{'s' * (differ == 1)}")
    if unrun := len(outcomes) - hold - differ:
        parts.append(f"{unrun:,} could not be run")
    return f"{len(outcomes):,} networks, {', '.join(parts)}: {sum(o.figures for o in outcomes):,} figures hold"


def _one(file: str, chosen: dict[str, Any], objects: list[dict[str, Any]] | None) -> Outcome:
    """Proves the network in a file. Raises Refused."""
    report = _checked(file, chosen)
    if all(row.output is not None for row in report.rows) and report.rows:
        try:
            return _verified(report, chosen, objects)
        except MemoryError:
            raise Refused(f"there is not enough memory to run {report.name}") from None
    why = _why_unrun(report)
    if objects is not None:
        from shapecalc.running.prooftext import empty_object, found_by_check

        unrun = empty_object(report.source.path, report.name, why)
        objects.append(unrun | {"diagnostics": found_by_check(report)})
    _complain(report, why, chosen)
    return Outcome(1 if report.readable else 2, ran=False)


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


def _why_unrun(report: Report) -> str:
    """What keeps a network from being run."""
    errors = [d for d in report.diagnostics if d.severity == "error"]
    if any(d.code == "SHP114" for d in errors):
        sets = [word for d in errors for text in d.help for word in re.findall(r"--set \S+=[^\s,]+", text)]
        return f"nothing was run: the diagram is open: choose a network with {' '.join(sets) or '--set'}"
    unknown = [row.node.name for row in report.rows if row.output is None]
    if unknown:
        more = f" and of {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        return f"nothing was run: the volume of {unknown[0]}{more} is unknown"
    return f"nothing was run: {errors[0].message if errors else 'there are no layers'}"


def _complain(report: Report, why: str, chosen: dict[str, Any]) -> None:
    """Says on standard error what is wrong, and that nothing was run."""
    from shapecalc.display.excerpt import clean, render

    color = wants_color(chosen["color"], sys.stderr)
    for diagnostic in report.diagnostics:
        if diagnostic.severity == "error":
            click.echo(f"{render(diagnostic, report.source, color=color)}\n", err=True)
    click.echo(f"{clean(report.name)}: {clean(why)}", err=True)


def _verified(report: Report, chosen: dict[str, Any], objects: list[dict[str, Any]] | None) -> Outcome:
    """Runs one network and prints its proofs, or adds them to the objects."""
    from shapecalc.display.excerpt import clean
    from shapecalc.running.prooftext import as_object
    from shapecalc.running.seeding import SeededWeights
    from shapecalc.verify import verify

    report, images = _images(report, chosen)
    weights = SeededWeights(report.rows, chosen["seed"])
    with progress(clean(report.name), len(report.rows)) as show, _without_warnings():
        done = verify(report, seed=chosen["seed"], images=images, weights=weights, progress=show)
    if objects is None:
        _print_proofs(done, chosen)
    else:
        objects.append(as_object(done))
    if not chosen["against"] or not done.complete:
        return Outcome(int(not done.ok), done.proved, done.complete)
    begun = time.perf_counter()
    others = _compared(done, weights, images)
    if objects is None:
        _print_compared(report.name, others, time.perf_counter() - begun, chosen)
    else:
        objects[-1] |= {
            "ok": done.ok and others.ok,
            "onnxruntime": [layer.as_object() for layer in others.layers],
            "outputs": [output.as_object() for output in others.outputs],
        }
    return Outcome(int(not done.ok or not others.ok), done.proved)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Values that leave float32 are told in our own words, by the layer that they leave it in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _print_proofs(done: Verification, chosen: dict[str, Any]) -> None:
    from shapecalc.running.prooftext import checked_too, lines, verdict

    color = wants_color(chosen["color"])
    every = chosen["proofs"]
    for line in [verdict(done, color=color)] if chosen["quiet"] else lines(done, color=color, every=every):
        click.echo(line, color=True)
    if note := checked_too(done):
        click.echo(note)


def _print_compared(name: str, others: Comparison, seconds: float, chosen: dict[str, Any]) -> None:
    from shapecalc.running.comparedtext import compared_lines

    color = wants_color(chosen["color"])
    for line in compared_lines(name, others, seconds, quiet=chosen["quiet"], color=color):
        click.echo(line, color=True)


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
    except NoImage as problem:
        raise Refused(str(problem)) from None
    except NotVerifiable as problem:
        raise Refused(f"{report.name}: {problem}", help=_image_help(report, chosen)) from None


def _image_help(report: Report, chosen: dict[str, Any]) -> str:
    """What to do about an image that does not fit."""
    from shapecalc.running.imagefile import header
    from shapecalc.running.imagehint import hint

    starts = [row.output.sizes for row in report.rows if row.output and not row.node.inputs]
    if len(starts) > 1:
        return "leave --image out for random images, or give --zeros"
    shape, dtype = header(chosen["image"])
    fits = shape in (starts[0], (*shape[:1], *starts[0]))
    return "" if fits or dtype.kind not in "fiub" else hint(shape, starts[0])


def _with_batch(report: Report, batch: int) -> Report:
    """The report for as many images as there are."""
    from dataclasses import replace

    from shapecalc.measure import totals

    conventions = replace(report.conventions, batch=batch)
    return replace(report, conventions=conventions, totals=totals(report.rows, conventions))


def _refuse_beyond(report: Report, chosen: dict[str, Any], image: int = 0) -> None:
    """Raises Refused, before anything is allocated, when the run and reading an image take more than they may."""
    from shapecalc.running.footprint import available, compared, needed

    limit = chosen["memory_limit"]
    wanted = needed(report, report.conventions.batch) + image
    if chosen["against"]:
        from shapecalc.onnx_format.compare import extra_bytes

        wanted += compared(report, extra_bytes(report))
    allowed = limit if limit is not None else available() * 9 // 10
    if wanted > allowed:
        from shapecalc.running.refusal import beyond_memory

        raise Refused(*beyond_memory(report, wanted, allowed, limited=limit is not None))


def _compared(done: Verification, weights: Any, images: Any) -> Comparison:
    """The network compared with onnxruntime on the same weights and images. Raises Refused."""
    from shapecalc.display.excerpt import clean
    from shapecalc.onnx_format.compare import OnnxruntimeFailed, compare
    from shapecalc.onnx_format.export import Unwritable

    try:
        with progress(f"{clean(done.report.name)} in onnxruntime", None), _without_warnings():
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
