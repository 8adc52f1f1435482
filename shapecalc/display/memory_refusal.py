"""What is said about a run that takes more memory than it may: how much, which layer needs it, and what helps."""

from __future__ import annotations

from shapecalc.core.bytes import UNITS, byte_text, distinct_byte_texts
from shapecalc.passes.report import Report
from shapecalc.verification.estimates import available, neediest


def beyond_memory(
    report: Report, wanted: int, allowed: int, *, limited: bool, keeps_weights: bool = False
) -> tuple[str, str, str]:
    """Headline, note and help about a run of `wanted` bytes where `allowed` are; `limited` by choice of the user.

    It may be one that keeps the weights of all layers.
    """
    much, little = distinct_byte_texts(wanted, allowed)
    whose = f"--memory-limit allows {little}" if limited else f"only {little} is free"
    row, most = neediest(report, report.conventions.batch, keeps_weights=keeps_weights)
    return (
        f"{report.name}: the run takes about {much}, and {whose}",
        f"the layer that needs the most is {row.node.name}, {row.node.text}: about {byte_text(most)}",
        _help(report, wanted),
    )


def _help(report: Report, wanted: int) -> str:
    ways = []
    # A limit above what the machine has would only be reached by swapping.
    if wanted <= available():
        ways.append(f"allow it with --memory-limit {_limit(wanted)}")
    if any(row.output.positions > 1 for row in report.rows if row.output and not row.inputs):
        ways.append("take a smaller --input")
    if report.conventions.batch > 1:
        ways.append("give fewer images at once")
    return ", or ".join(ways) or "this machine has too little memory for it"


def _limit(wanted: int) -> str:
    """The least amount of whole units, or of tenths where they are few, that is enough, as --memory-limit takes it."""
    power = max(0, min(4, (wanted.bit_length() - 1) // 10))
    tenths = -(-10 * wanted // 1024**power)
    return f"{-(-tenths // 10) if tenths >= 100 or tenths % 10 == 0 else tenths / 10}{UNITS['iec'][1][power]}"
