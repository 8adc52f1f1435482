"""`shapecalc verify`: runs the network in NumPy and holds every figure of the report against what happened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli.networks import closing_options
from shapecalc.cli.options import expand_options, wants_color
from shapecalc.cli.values import MEMORY

if TYPE_CHECKING:
    from shapecalc.report import Report
    from shapecalc.verify import Progress, Verification


class Refused(click.ClickException):
    """What was asked for cannot be done: exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """One line on standard error."""
        click.echo(f"error: {self.message}", err=True)


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
@click.option("--against", type=click.Choice(["onnxruntime"]), help="Compare every layer with another program too.")
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
    Exit code: 0 every figure holds, 1 one differs or a volume is unknown, 2 usage, unreadable input, no memory.
    """
    from shapecalc.discover import find_networks
    from shapecalc.running.threads import keep_blas_single

    keep_blas_single()
    if chosen["image"] and chosen["zeros"]:
        raise click.UsageError("give --image or --zeros, not both")
    files = list(find_networks(paths))
    if not files:
        raise click.UsageError(f"there are no networks (*.net, *.net.yaml) in {', '.join(paths)}")
    objects: list[dict[str, Any]] = []
    code = 0
    for file in files:
        report = _checked(file, chosen)
        if all(row.output is not None for row in report.rows) and report.rows:
            try:
                code = max(code, _verified(report, chosen, objects if as_json else None))
            except MemoryError:
                raise Refused(f"there is not enough memory to run {report.name}") from None
        else:
            code = 1
            objects.append(_unrun(report))
            _complain(report, chosen)
    if as_json:
        import json

        click.echo(json.dumps({"version": 1, "networks": objects}, indent=2, ensure_ascii=False))
    sys.exit(code)


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
    from shapecalc.running.prooftext import as_object, lines, verdict
    from shapecalc.running.seeding import SeededWeights
    from shapecalc.verify import NotVerifiable, batch_of, images_for, verify

    try:
        if chosen["image"]:
            shape, dtype = _header(chosen["image"])
            report = _with_batch(report, batch_of(report, shape, dtype))
            _refuse_beyond(report, chosen["memory_limit"], prod(shape) * dtype.itemsize)
        else:
            report = _with_batch(report, report.conventions.batch)
            _refuse_beyond(report, chosen["memory_limit"])
        images = images_for(report, chosen["seed"], _image(chosen))
    except NotVerifiable as problem:
        raise Refused(str(problem)) from None
    weights = SeededWeights(report.rows, chosen["seed"])
    with _progress(len(report.rows)) as progress:
        done = verify(report, seed=chosen["seed"], images=images, weights=weights, progress=progress)
    others = _compared(done, weights, images) if chosen["against"] and done.complete else []
    color = wants_color(chosen["color"])
    if objects is not None:
        objects.append(as_object(done) | ({"onnxruntime": [str(o) for o in others]} if others else {}))
    elif chosen["quiet"]:
        click.echo(verdict(done, color=color), color=True)
    else:
        for line in lines(done, color=color):
            click.echo(line, color=True)
        for other in others:
            click.echo(f"onnxruntime {other}", color=True)
    if others and objects is None:
        agreeing = sum(other.ok for other in others)
        click.echo(f"{report.name}: {agreeing:,} of {len(others):,} layers agree with onnxruntime")
    return int(not done.ok or not all(other.ok for other in others))


def _header(path: str) -> tuple[tuple[int, ...], Any]:
    """The shape and the type of an array in a file, before anything of it is read."""
    import numpy as np

    with _array_file(path) as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    return shape, dtype


def _image(chosen: dict[str, Any]) -> Any:
    """What to run on: an array from a file, 'zeros', or None for random. Raises Refused for what is no array."""
    if chosen["zeros"]:
        return "zeros"
    if not chosen["image"]:
        return None
    import numpy as np

    with _array_file(chosen["image"]) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


@contextmanager
def _array_file(path: str) -> Iterator[Any]:
    """A file that an array is read from. Raises Refused for one that cannot be read or holds something else."""
    try:
        with open(path, "rb") as file:
            yield file
    except OSError as problem:
        raise Refused(f"{path} cannot be read: {(problem.strerror or str(problem)).lower()}") from None
    except (ValueError, EOFError, OverflowError) as problem:
        raise Refused(f"{path} is not an array of numbers in NumPy's .npy format: {problem}") from None


def _with_batch(report: Report, batch: int) -> Report:
    """The report for as many images as there are."""
    from dataclasses import replace

    from shapecalc.measure import totals

    conventions = replace(report.conventions, batch=batch)
    return replace(report, conventions=conventions, totals=totals(report.rows, conventions))


def _refuse_beyond(report: Report, limit: int | None, image: int = 0) -> None:
    """Raises Refused, before anything is allocated, when the run and reading an image take more than they may."""
    from shapecalc.running.footprint import available, needed

    wanted = needed(report, report.conventions.batch) + image
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


def _compared(done: Verification, weights: Any, images: Any) -> list[Any]:
    """The layers compared with onnxruntime on the same weights and images."""
    from shapecalc.onnx_format.compare import compare
    from shapecalc.onnx_format.export import MissingOnnx, Unwritable

    try:
        return list(compare(done.report, weights=weights.arrays, inputs=images))
    except (MissingOnnx, Unwritable) as problem:
        raise Refused(str(problem)) from None


@contextmanager
def _progress(count: int) -> Iterator[Progress | None]:
    """A bar on standard error for what takes longer than a second, if somebody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    name = TextColumn("{task.fields[layer]}", markup=False)
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    bar = Progress(name, BarColumn(), MofNCompleteColumn(), console=console, transient=True)
    task = bar.add_task("", total=count, layer="")
    begun = time.monotonic()

    def show(done: int, layer: str) -> None:
        if not bar.live.is_started and time.monotonic() - begun > 1:
            bar.start()
        bar.update(task, completed=done, layer=layer)

    try:
        yield show
    finally:
        bar.stop()
