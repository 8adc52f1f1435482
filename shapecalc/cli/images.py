"""The images that `shapecalc verify` runs on, and whether there is memory for the run."""

from __future__ import annotations

from functools import partial
from typing import Any

from shapecalc.api.run import with_images
from shapecalc.cli.refused import Refused, refusing
from shapecalc.display.image_hint import hint
from shapecalc.display.memory_refusal import beyond_memory
from shapecalc.passes.report import Report
from shapecalc.verification.image_file import NoImage, header
from shapecalc.verification.memory_estimate import available, compared, needed
from shapecalc.verification.verify import NotVerifiable
from shapecalc.verification.work_estimate import beyond_work, usual_limit, work_to_allow

MOST_BYTES = 4 * 2**30
"""Memory of a run that nobody has to allow."""


def images(report: Report, chosen: dict[str, Any]) -> tuple[Report, dict[int, Any]]:
    """The report for as many images as there are, and what to run on. Raises Refused before much memory is taken."""
    try:
        refuse = partial(_refuse_beyond, chosen=chosen)
        with refusing(NoImage):
            return with_images(report, chosen["image"], chosen["seed"], refuse, zeros=chosen["zeros"])
    except NotVerifiable as problem:
        raise Refused(
            f"{report.name}: {problem}", help=_image_help(report, chosen) if chosen["image"] else ""
        ) from None


def _image_help(report: Report, chosen: dict[str, Any]) -> str:
    """What to do about an image that does not fit."""
    starts = [row.output.sizes for row in report.rows if row.output and not row.node.inputs]
    if len(starts) > 1:
        return "omit --image for random images, or give --zeros"
    shape, dtype = header(chosen["image"])
    fits = shape in (starts[0], (*shape[:1], *starts[0]))
    return "" if fits or dtype.kind not in "fiub" else hint(shape, starts[0])


def _refuse_beyond(report: Report, image: int, chosen: dict[str, Any]) -> None:
    """Raises Refused, before anything is allocated, when the run and reading an image take more than they may."""
    limit = chosen["memory_limit"]
    wanted = needed(report, report.conventions.batch) + image
    if chosen["against"]:
        from shapecalc.against.comparison import extra_bytes

        wanted += compared(report, extra_bytes(report))
    usual = MOST_BYTES + wanted - needed(report, report.conventions.batch)
    allowed = limit if limit is not None else min(available() * 9 // 10, usual)
    if wanted > allowed:
        raise Refused(*beyond_memory(report, wanted, allowed, limited=limit is not None or allowed == usual))
    refuse_long(report, chosen, "take a smaller --input")


def refuse_long(report: Report, chosen: dict[str, Any], instead: str) -> None:
    """Raises Refused, before anything is run, when a run takes more steps than it may."""
    limit = chosen["work_limit"]
    if found := beyond_work(report, limit if limit is not None else usual_limit(report)):
        raise Refused(*found, help=f"allow it with --work-limit {work_to_allow(report)}, or {instead}")
