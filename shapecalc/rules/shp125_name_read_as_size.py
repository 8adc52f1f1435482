"""SHP125: conv1, conv2 and fc6 are read as sizes, and look like the names that figures give to layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shapecalc.core.named_tuple import NamedTuple
from shapecalc.core.patterns import lazy_pattern
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Rule

LARGEST_KERNEL = 11
"""The largest extent that is common: AlexNet's first layer."""
FEW_UNITS = 10
"""A layer of one digit in Keras' spelling, dense_1, is numbered; FC_10 has so many outputs."""
SHORT = lazy_pattern(r"(?P<word>[^\W\d](?:\w*[^\W\d_])?)(?P<line>_?)(?P<number>\d+)")
"""`CONV3`, `conv2d_1`, `fc6`: a short form with one number, without arguments."""


class _Short(NamedTuple):
    """A layer whose one number is in its name."""

    row: Row
    number: int
    of_keras: bool
    """Whether the name is one that Keras gives: small letters, a line, a number."""


class NameReadAsSize(Rule):
    """conv1 => conv2 => fc3 is read as sizes: a window of 1x1, one of 2x2, and 3 outputs.

    Why: CONV3 is short for a window of 3x3 and FC10 for 10 outputs, as in the table of VGG. Figures and frameworks
    number their layers in the same way: conv1, conv2, fc6, fc7, conv2d_1. Reported where the numbers of two such layers
    in a row follow each other, where the name is one that Keras gives, or where the window would be larger than any
    common one (conv64).

    Instead: write what the layer is, and its name after `as`: CONV(64, 3) as conv1.
    """

    severity = "warning"
    bad = (
        "INPUT(32x32x3) => conv1 => conv2 => POOL => FC(10)",
        "INPUT(32x32x3) => CONV(8, 3) => fc6 => fc7",
        "INPUT(32x32x3) => conv2d_1 => FC(10)",
        "INPUT(32x32x3) => CONV64 => CONV128 => FC(10)",
    )
    good = (
        "INPUT(32x32x3) => CONV(64, 3) as conv1 => CONV(64, 3) as conv2",
        "INPUT(32x32x3) => CONV3 => CONV3 => POOL2 => CONV1 => FC10",
        "INPUT(227x227x3) => CONV11 => CONV5 => FC1",
        "INPUT(32x32x3) => CONV(64) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        short = [found for row in context.rows if (found := _short(row)) is not None]
        windows = [found for found in short if "extent" in found.row.node.layer.arguments]  # type: ignore[union-attr]
        units = [found for found in short if found not in windows]
        wide = [found for found in windows if found.number > LARGEST_KERNEL]
        named = [*_numbered(windows), *_numbered(units), *(found for found in short if found.of_keras)]
        if named:
            yield self._names(named, short)
        elif wide:
            yield self._filters(wide)

    def _names(self, named: Sequence[_Short], short: Sequence[_Short]) -> Diagnostic:
        first = min(named, key=lambda found: found.row.node.index)
        return self._read(
            first,
            [found for found in short if found.row is not first.row],
            "it looks like the name of a layer",
            f"write what the layer is, and its name after it: {_example(first)} as {_written(first)}",
        )

    def _filters(self, wide: Sequence[_Short]) -> Diagnostic:
        first, *more = wide
        instead = f"write {first.row.node.kind}({first.number}) for {first.number} filters"
        return self._read(first, more, "no number of filters is written", instead)

    def _read(self, first: _Short, more: Sequence[_Short], why: str, instead: str) -> Diagnostic:
        others = ", ".join(dict.fromkeys(map(_written, more)))
        return self.report(
            first.row.node,
            f"{_written(first)} is read as {_reading(first)}, and {why}",
            label="the number in a short form is a size",
            notes=(f"the same holds for {others}",) if others else (),
            help=(instead, f"write {first.row.node.kind}({_letter(first)}={first.number}) if this is intended"),
        )


def _short(row: Row) -> _Short | None:
    """A convolution or FC whose name has its one number."""
    call, layer = row.node.call, row.node.layer
    if call is None or layer is None or call.arguments or not {"filters", "units"} & layer.arguments.keys():
        return None
    if not call.name[-1:].isdigit() or "-" in call.name:
        return None
    match = SHORT.fullmatch(call.name)
    if match is None or len(match["number"]) > 4:
        return None
    number, word = int(match["number"]), match["word"]
    keras = bool(match["line"]) and word == word.lower() and (word.endswith("d") or word == "dense")
    return _Short(row, number, keras and number < FEW_UNITS)


def _numbered(short: Sequence[_Short]) -> list[_Short]:
    """The first two of which the numbers follow each other: conv1 and conv2."""
    return next(([one, two] for one, two in pairwise(short) if two.number == one.number + 1), [])


def _written(found: _Short) -> str:
    return found.row.node.call.name if found.row.node.call is not None else found.row.node.kind


def _letter(found: _Short) -> str:
    return "F" if "extent" in found.row.node.layer.arguments else "K"  # type: ignore[union-attr]


def _reading(found: _Short) -> str:
    if _letter(found) == "K":
        return f"a layer with {found.number} output{'s' * (found.number != 1)}"
    return f"a window of {found.number}x{found.number}"


def _example(found: _Short) -> str:
    return f"{found.row.node.kind}({'64, 3' if _letter(found) == 'F' else '128'})"
