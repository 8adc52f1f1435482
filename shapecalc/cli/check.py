"""`shapecalc check`: the table of a network and what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli.checked_files import files
from shapecalc.cli.earlier_results import CheckedFile, CheckRun, Earlier, Print
from shapecalc.cli.option_groups import batch, closing_options, color, dtype, known_options, rule_options, style, width
from shapecalc.cli.parallel import ENOUGH, in_order
from shapecalc.cli.run_options import InOrder, is_asked, outputs, refuse_contradictions, run_options
from shapecalc.cli.values import CHECKPOINT, MEMORY, OneOf, one_of, option
from shapecalc.core.kept import DEVICES
from shapecalc.display.style import Style
from shapecalc.passes.optimizers import OPTIMIZERS
from shapecalc.renderers import formats, output_format

if TYPE_CHECKING:
    from shapecalc.cli.project import Wanted


@click.command(cls=InOrder)
@click.argument("paths", nargs=-1, metavar="[FILE…]")
@option(
    "--format formats",
    (OneOf(formats()), "FORMAT"),
    f"How to print the result: {', '.join(formats())}; text by default. May be given several times, each with an "
    "--output.",
    multiple=True,
)
@option("--output -o outputs", "FILE", "Write what the --format before it gives.", multiple=True)
@option(
    "--get figures",
    "PATH",
    "Print one figure of the JSON report, such as totals.params; may be given several times.",
    multiple=True,
)
@option("--fit", (MEMORY, "12GiB"), "Say how many images fit into so much memory.")
@closing_options
@option("--strict", bool, "Trimmed padding and assumed values are errors.")
@option(
    "--rounding",
    OneOf(["exact", "floor", "ceil"]),
    "How a quotient that is not an integer is treated; overrides the file.",
)
@one_of(("error", "warning", "note"), "--fail-on", "The lowest severity that makes the exit code 1.")
@rule_options
@known_options
@run_options
@batch
@dtype
@one_of(list(OPTIMIZERS), "--optimizer", "What updates the weights; it takes memory.", default="momentum")
@one_of(DEVICES, "--device", "Where training runs.", default="cpu")
@option(
    "--foreach/--no-foreach",
    bool,
    "The optimizer updates all weights at once, or array by array; by default at once on cuda alone.",
    default=None,
)
@option("--weight-decay", bool, "The optimizer decays weights, which takes memory of its own.")
@option(
    "--freeze",
    "NAMES",
    "Layers that are not trained: names of layers or blocks, and ranges, such as stem,conv1..conv3.",
)
@option(
    "--checkpoint",
    (CHECKPOINT, "every=N|sqrt"),
    "Say what a training step takes that keeps volumes every N layers only and runs the others twice.",
)
@option("--amp", bool, "Mixed precision: volumes of 2 bytes a value, weights as they are.")
@one_of(("whd", "hwc", "chw"), "--layout", "Order of the sizes in the table.")
@option("--columns", "A,B,…", "Columns of the table, in order, such as name,volume,receptive.")
@one_of(("iec", "si"), "--units", "MiB (2^20) or MB (10^6).")
@one_of(("sqrt", "log"), "--scale", "How sizes become lengths in pictures.")
@option("--expand unfold", bool, "Write repeated rows out instead of folding them.")
@option("--indent", bool, "JSON on several lines, as on a terminal.")
@option("--notes/--no-notes", bool, "Show notes in full, or hide them.", default=None)
@option("--quiet -q", bool, "Only what is wrong, no table.")
@color
@width
@click.pass_context
def command(context: click.Context, /, paths: tuple[str, ...], **chosen: Any) -> None:
    """Check networks: volumes, weights, work, memory, and every stride that does not fit.

    FILE is a diagram, a listing, a YAML config or a model of another tool (Keras, ONNX, torch.export, Darknet, Caffe,
    Ultralytics, or what print(model) prints); a folder means the networks in it, '-' or nothing for standard
    input. The text of a network may be written instead: shapecalc check 'INPUT => CONV => FC'.

    Exit code: 0 clean, 1 a diagnostic at or above --fail-on, 2 usage or unreadable input.
    """
    pairs = outputs(context, chosen)
    refuse_contradictions(paths, chosen, pairs)
    if chosen["watch"]:
        from shapecalc.cli.watching import watch

        watch(lambda: _checked(paths, context, pairs), lambda: files(paths, context))
    sys.exit(_checked(paths, context, pairs))


def _checked(paths: tuple[str, ...], context: click.Context, pairs: list[tuple[str, str | None]]) -> int:
    """Checks the files, and prints or writes what is asked for; the exit code."""
    chosen, named = context.params, files(paths, context)
    if is_asked(chosen):
        from shapecalc.cli.answers import answer

        return answer(named, context)
    prints = [(output_format(name), _style_for(path, chosen)) for name, path in pairs]
    found, codes = outcomes(named, context, prints, [name for name, _ in pairs]), [0]
    together = len(pairs) == 1 and not chosen["diff"]
    kept = found if together else list(found)
    for place, (_, path) in enumerate(pairs):
        _write(prints[place], _parts(kept, place, codes), path)
    return max(codes)


def _parts(found: Iterable[CheckedFile], place: int, codes: list[int]) -> Iterator[Any]:
    """What one format has to say of every network, as soon as it is known; `codes` takes the exit codes."""
    for outcome in found:
        codes.append(outcome.code)
        yield from outcome.parts[place]


def _style_for(path: str | None, chosen: dict[str, Any]) -> Style:
    """How people want to see it; a file has no colours and is as wide as it likes."""
    printed = style(chosen)
    if path is None:
        return printed
    from shapecalc.core.record import replace

    return replace(printed, color=False, width=None, unicode=True, indent=chosen["indent"])


def _write(how: Print, parts: Iterable[Any], path: str | None) -> None:
    """Prints what a format makes of its parts, text by text, or puts it into a file."""
    format_, style_ = how
    texts = format_.whole(parts, style_)
    if path is not None:
        from shapecalc.cli.networks import write_text

        write_text("".join(texts), path)
        return
    for text in texts:
        click.echo(text, nl=False, color=True)


# --- what became of every file ----------------------------------------------------------------

_WRITING = ("fix", "diff", "add_ignores")
"""Options that ask for more than a report, and may change the file."""


def _outcome(run: CheckRun, item: tuple[str, str | None, Wanted | None]) -> CheckedFile:
    """What became of a file with a key, if it has one, and how it is to be checked, if that is known by now."""
    path, key, wanted = item
    if run.earlier and key and (known := run.earlier.store.get(key)):
        return CheckedFile(*known)
    from shapecalc.cli.checking import check_and_keep
    from shapecalc.cli.project import wanted_for

    return check_and_keep(path, wanted or wanted_for(path, run.context), run)


def _earlier(context: click.Context, styles: Sequence[tuple[str, Style]], *, many: bool) -> Earlier | None:
    """The results of earlier runs; None where they are not asked for, or cannot be kept."""
    if context.params["no_cache"] or any(context.params[name] for name in _WRITING):
        return None
    from shapecalc.cli.result_key import run_key
    from shapecalc.cli.result_store import open_store

    store = open_store()
    return Earlier(store, run_key(context, styles, many=many)) if store else None


def outcomes(
    paths: Sequence[str], context: click.Context, prints: Sequence[Print], names: Sequence[str]
) -> Iterator[CheckedFile]:
    """What became of every file, in order; many that are not known yet are shared out to several processes.

    `prints` are the formats, `names` what they are called. Raises UsageError for a configuration that is wrong, before
    anything is printed.
    """
    chosen, many = context.params, len(paths) > 1
    earlier = _earlier(context, list(zip(names, [style for _, style in prints], strict=True)), many=many)
    keys = [earlier.key_of(path) if earlier else None for path in paths]
    missing = {path for path, key in zip(paths, keys, strict=True) if not (earlier and key and earlier.store.has(key))}
    wanted: dict[str, Wanted] = {}
    if missing:
        from shapecalc.cli.project import wanted_for

        wanted = {path: wanted_for(path, context) for path in paths if path in missing}
    alone = len(missing) < ENOUGH or "-" in missing or any(chosen[name] for name in _WRITING)
    run = CheckRun(context, prints, many, earlier)
    items = [(path, key, wanted.get(path)) for path, key in zip(paths, keys, strict=True)]
    return in_order(partial(_outcome, run), items, 1 if alone else chosen["jobs"])
