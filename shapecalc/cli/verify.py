"""`shapecalc verify`: runs the network in NumPy and compares every figure of the report with what happened."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli.named_files import network_files
from shapecalc.cli.networks import print_diagnosed, say_member
from shapecalc.cli.option_groups import (
    closing_options,
    color,
    expand_options,
    memory_limit,
    shows_unicode,
    wants_color,
    work_limit,
)
from shapecalc.cli.progress import progress, without_warnings
from shapecalc.cli.refused import Refused, refusing, say, terminal_width
from shapecalc.cli.values import OneOf, WholeNumber, one_of, option
from shapecalc.core.phrases import counted
from shapecalc.core.record import NamedTuple
from shapecalc.display.style import clean, inert
from shapecalc.passes.report import Conventions, Report, unknown_volume

if TYPE_CHECKING:
    from shapecalc.against.comparison import Comparison
    from shapecalc.verification.verify import Verification


class Outcome(NamedTuple):
    """What became of one network."""

    code: int
    figures: int = 0
    """How many agree."""
    ran: bool = True
    """Whether it was run to its end."""
    found: dict[str, Any] | None = None
    """The same for programs."""


@click.command("verify")
@click.argument("paths", nargs=-1, metavar="[FILE…]")
@option("--seed", WholeNumber(0), "Seed of the random weights and the random image.", default=0, show_default=True)
@option(
    "--image",
    (click.Path(), "FILE.npy"),
    "Run on your own image instead of a random one: an array saved with numpy.save, of the sizes of INPUT "
    "(width, height, channels), or several images with their number in front.",
)
@option("--batch", WholeNumber(1, 2**31 - 1), "Run on so many images; one by default.")
@option("--zeros", bool, "Run on an image of zeros instead of a random one.")
@memory_limit
@work_limit
@option("--against", OneOf(["onnxruntime"]), "Compare layers and outputs with another program too.")
@option("--weights", bool, "Run on the weights in the file (.onnx, .keras, .h5) instead of random ones.")
@one_of(("text", "json"), "--format format_", "How to print it; json has every proof.")
@click.option("--json", "format_", flag_value="json", hidden=True)  # as it was written before --format
@option("--proofs", bool, "Print every figure that was proved, below its layer.")
@option("--quiet -q", bool, "Only the verdict.")
@color
@closing_options
def command(paths: tuple[str, ...], **chosen: Any) -> None:
    """Prove the report by running the network in NumPy.

    Every layer is run with random weights, or with those of the file (--weights), and its volume, parameters,
    multiply-accumulates, bytes, tiling and receptive field are compared with what check says. A figure that differs is
    a bug in shapecalc. FILE is a diagram, a listing, a YAML config or a file of another tool; a folder means the
    networks in it, '-' for standard input.

    Exit code: 0 every figure agrees, 1 one differs or a volume is unknown, 2 usage, unreadable input, no memory, or
    a network that onnxruntime does not run.
    """
    from shapecalc.numerics.freed_memory import keep_freed_memory
    from shapecalc.numerics.threads import keep_blas_single

    keep_blas_single()
    keep_freed_memory()
    if chosen["image"] is not None and chosen["zeros"]:
        raise click.UsageError("give --image or --zeros, not both")
    if chosen["image"] is not None and chosen["batch"] is not None:
        raise click.UsageError("give --image or --batch, not both: an image file states how many images it has")
    if chosen["proofs"] and (chosen["quiet"] or chosen["format_"] == "json"):
        raise click.UsageError(f"give --proofs or {'--quiet' if chosen['quiet'] else '--format json'}, not both")
    if chosen["against"]:
        from shapecalc.writers.onnx.export_options import MissingOnnx, require

        with refusing(MissingOnnx):
            require("onnxruntime")
    outcomes = [_tried(file, chosen) for file in network_files(paths)]
    if chosen["format_"] == "json":
        from shapecalc.display.proofs import document

        click.echo(document([outcome.found for outcome in outcomes if outcome.found], unicode=shows_unicode()))
    elif len(outcomes) > 1:
        _print([_summary(outcomes)])
    sys.exit(max(outcome.code for outcome in outcomes))


def _tried(file: str, chosen: dict[str, Any]) -> Outcome:
    """What becomes of one file: one that is refused does not keep the others from being proved."""
    try:
        return _one(file, chosen)
    except Refused as problem:
        from shapecalc.display.proofs import empty_object

        problem.show()
        name = os.path.splitext(os.path.basename(file))[0]
        return Outcome(2, ran=False, found=empty_object(file, name, problem.message))


def _summary(outcomes: list[Outcome]) -> str:
    """How many networks agree with their report, differ from it and were not run."""
    agree = sum(outcome.code == 0 for outcome in outcomes)
    differ = sum(outcome.code != 0 and outcome.ran for outcome in outcomes)
    parts = [counted(agree, "agrees", "agree")]
    if differ:
        parts.append(f"{counted(differ, 'differs', 'differ')}")
    if unrun := len(outcomes) - agree - differ:
        parts.append(f"{unrun:,} could not be run")
    return f"{len(outcomes):,} networks, {', '.join(parts)}: {sum(o.figures for o in outcomes):,} figures agree"


def _one(file: str, chosen: dict[str, Any]) -> Outcome:
    """Proves the network in a file. Raises Refused."""
    report = _checked(file, chosen)
    say_member(file, report.graph, chosen["member"])
    if report.rows and not report.text_errors and all(row.output is not None for row in report.rows):
        try:
            return _verified(report, chosen)
        except MemoryError:
            raise Refused(f"there is not enough memory to run {report.name}") from None
    from shapecalc.display.proofs import empty_object, found_by_check

    missing = unknown_volume(report.rows) or "there are no layers"
    why = f"nothing was run: {report.text_errors[0].message if report.text_errors else missing}"
    print_diagnosed(report.source, report.diagnostics, color=wants_color(chosen["color"], sys.stderr))
    say(f"{report.name}: {why}")
    found = empty_object(report.source.path, report.name, why) | {"diagnostics": found_by_check(report)}
    return Outcome(1 if report.readable else 2, ran=False, found=found)


def _checked(path: str, chosen: dict[str, Any]) -> Report:
    """The report of a file. Raises Refused for what cannot be read."""
    from shapecalc.diagnostics.diagnostic import Diagnosed
    from shapecalc.formats.sources import read_source
    from shapecalc.pipeline import CheckOptions, check

    try:
        source = read_source(path, chosen["stdin_filename"])
    except Diagnosed as problem:
        raise Refused(str(problem), help=" ".join(problem.diagnostics[0].help)) from None
    return check(source, CheckOptions(expand_options(chosen), Conventions(chosen["batch"] or 1)))


def _verified(report: Report, chosen: dict[str, Any]) -> Outcome:
    """Runs one network and prints its proofs, unless they are for programs. Raises Refused, MemoryError."""
    from shapecalc.cli.images import file_weights, images, refuse_without_weights
    from shapecalc.display.proofs import as_object
    from shapecalc.verification.run_weights import SeededWeights
    from shapecalc.verification.verify import verify

    if chosen["weights"]:
        refuse_without_weights(report)
    report, starts = images(report, chosen)
    seeded = SeededWeights(report.rows, chosen["seed"], keeps_all=bool(chosen["against"]))
    weights = file_weights(report) if chosen["weights"] else seeded
    with progress(clean(report.name), len(report.rows)) as show, without_warnings():
        done = verify(report, seed=chosen["seed"], images=starts, weights=weights, progress=show)
    if chosen["format_"] == "text":
        _print_proofs(done, chosen)
    code, found = int(not done.ok), as_object(done)
    if not chosen["against"] or not done.complete:
        return Outcome(code, done.proved, done.complete, found)
    try:
        found |= compared_too(done, weights, starts, chosen)
    except Refused as problem:
        problem.show()
        return Outcome(2, ran=False, found=found | {"ok": False, "error": problem.message})
    return Outcome(int(not found["ok"]), done.proved, found=found)


def _print_proofs(done: Verification, chosen: dict[str, Any]) -> None:
    from shapecalc.display.proofs import checked_too, lines, verdict

    color = wants_color(chosen["color"])
    every = lines(done, color=color, every=chosen["proofs"])
    _print([verdict(done, color=color)] if chosen["quiet"] else every)
    if note := checked_too(done):
        _print([note])


def _print(lines: Iterable[str]) -> None:
    """Prints lines in their colours, broken where the terminal ends."""
    from shapecalc.display.wrapping import broken

    for line in broken("\n".join(lines).split("\n"), terminal_width()):
        click.echo(inert(line), color=True)


# --- against another program ------------------------------------------------------------------


def compared_too(done: Verification, weights: Any, images: Any, chosen: dict[str, Any]) -> dict[str, Any]:
    """What the comparison adds to what is for programs; printed, unless all of it is. Raises Refused."""
    from shapecalc.display.proofs import compared_lines

    begun = time.perf_counter()
    found = _compared(done, weights, images)
    if chosen["format_"] == "text":
        seconds, color = time.perf_counter() - begun, wants_color(chosen["color"])
        _print(compared_lines(done.report.name, found, seconds, quiet=chosen["quiet"], color=color))
    return {
        "ok": done.ok and found.ok,
        "onnxruntime": [layer.as_object() for layer in found.layers],
        "outputs": [output.as_object() for output in found.outputs],
    }


def _compared(done: Verification, weights: Any, images: Any) -> Comparison:
    """The network compared with onnxruntime, or with the file itself as that runs it. Raises Refused."""
    from shapecalc.against.comparison import Comparison, compare
    from shapecalc.against.session import OnnxruntimeFailed, compare_with_file, runs_itself
    from shapecalc.writers.onnx.export_options import Unwritable

    waiting = progress(f"{clean(done.report.name)} in onnxruntime", None)
    with refusing(OnnxruntimeFailed, Unwritable), waiting, without_warnings():
        if done.stored and runs_itself(done.report):
            return Comparison(outputs=compare_with_file(done.report, weights, images))
        return compare(done.report, weights=weights.arrays, inputs=images)
