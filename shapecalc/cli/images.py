"""The images and the weights of a file that `shapecalc verify` runs on, and whether there is memory for the run."""

from __future__ import annotations

from functools import partial
from typing import Any

from shapecalc.api.run import with_images
from shapecalc.cli.refused import Refused, refusing
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.display.memory_refusal import beyond_memory
from shapecalc.formats.read import open_weights
from shapecalc.passes.report import Report
from shapecalc.verification.estimates import (
    available,
    beyond_work,
    compared,
    is_published,
    needed,
    usual_limit,
    work_to_allow,
)
from shapecalc.verification.image_file import NoImage
from shapecalc.verification.run_weights import StoredWeights, WeightsMissing, load_weights, runnable
from shapecalc.verification.verify import NotVerifiable, WrongShape

MOST_BYTES, MOST_PUBLISHED_BYTES = 500_000_000, 4 * 2**30
"""Memory of a run that nobody has to allow, and of one with the figures of a network of the zoo."""
TURNED = (
    "save image.transpose(1, 0, 2) where its rows come first, image.transpose(2, 1, 0) where its channels do, "
    "image.T[..., None] where it is grey and has no axis for them; or "
)
"""What to do about the axes of one photograph, of which most programs save the rows first."""


def images(report: Report, chosen: dict[str, Any]) -> tuple[Report, dict[int, Any]]:
    """The report for as many images as there are, and what to run on. Raises Refused before much memory is taken."""
    try:
        refuse = partial(_refuse_beyond, chosen=chosen)
        with refusing(NoImage):
            return with_images(report, chosen["image"], chosen["seed"], refuse, zeros=chosen["zeros"])
    except NotVerifiable as problem:
        help = _image_help(problem, report) if chosen["image"] else ""
        raise Refused(f"{report.name}: {problem}", help=help) from None


def _image_help(problem: NotVerifiable, report: Report) -> str:
    """What to do about an image that does not fit."""
    starts = [row.output for row in report.rows if row.output and not row.inputs]
    if isinstance(problem, WrongShape):
        return (TURNED if len(starts[0].spatial) == 2 else "") + "give the network another size with --input"
    return "omit --image for random images, or give --zeros" if len(starts) > 1 else ""


def _refuse_beyond(report: Report, image: int, chosen: dict[str, Any]) -> None:
    """Raises Refused, before anything is allocated, when the run and reading an image take more than they may."""
    keeps_weights = bool(chosen["against"] or chosen["weights"])
    run = needed(report, report.conventions.batch, keeps_weights=keeps_weights)
    wanted = run + image
    if chosen["against"]:
        from shapecalc.against.comparison import extra_bytes

        wanted += compared(report, extra_bytes(report))
    refuse_large(report, chosen, wanted, wanted - run, keeps_weights=keeps_weights)
    refuse_long(report, chosen, "take a smaller --input")


def refuse_large(
    report: Report, chosen: dict[str, Any], wanted: int, besides: int = 0, instead: str = "", *, keeps_weights: bool
) -> None:
    """Raises Refused where a run takes more bytes than it may; what it takes `besides` is not counted if none is said.

    What may be done `instead` is said after what else helps.
    """
    limit = chosen["memory_limit"]
    usual = MOST_BYTES + besides
    if limit is None and wanted > usual and is_published(report):
        usual = MOST_PUBLISHED_BYTES + besides
    allowed = limit if limit is not None else min(available() * 9 // 10, usual)
    if wanted > allowed:
        limited = limit is not None or allowed == usual
        message, note, advice = beyond_memory(report, wanted, allowed, limited=limited, keeps_weights=keeps_weights)
        raise Refused(message, note, ", or ".join(filter(None, (advice, instead))))


def refuse_long(report: Report, chosen: dict[str, Any], instead: str) -> None:
    """Raises Refused, before anything is run, when a run takes more steps than it may."""
    limit = chosen["work_limit"]
    if found := beyond_work(report, limit if limit is not None else usual_limit(report)):
        raise Refused(*found, help=f"allow it with --work-limit {work_to_allow(report)}, or {instead}")


# --- weights of the file ----------------------------------------------------------------------


def refuse_without_weights(report: Report) -> None:
    """Raises Refused, before anything is read, where the file has no weights or layers that cannot be run."""
    with refusing(WeightsMissing, of=report.name):
        runnable(report)


def file_weights(report: Report) -> StoredWeights:
    """All weights of a file. Raises Refused."""
    with refusing(Diagnosed), refusing(WeightsMissing, of=report.name), open_weights(report.source) as load:
        return load_weights(report, load)
