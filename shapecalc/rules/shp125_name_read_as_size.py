"""SHP125: conv1, conv2 and fc6 are read as sizes, and look like the names that figures give to layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.language import syntax
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Rule

LARGEST_KERNEL = 11
"""The largest extent that is common: AlexNet's first layer."""
FEW_UNITS = 10
"""A layer of one digit in Keras' spelling, dense_1, is numbered; FC_10 has so many outputs."""
SHORT = lazy_pattern(r"(?!.*\d[xX×])(?P<word>[^\W\d](?:\w*[^\W\d_])?)(?P<line>_?)(?P<number>\d+)")
"""`CONV3`, `conv2d_1`, `fc6`: a short form with one number."""
LARGEST_STRIDE = 2
"""Of a window of 1x1."""
LARGEST_POOL = 3
"""The number of a larger pool with two arguments, `pool5(3, 2)`, counts pools."""
LITERALS = (syntax.Number, syntax.SizeLiteral)
MOST_NUMBERS = 2
"""Arguments beside the number in a name: the filters and the extent, or an extent and a stride."""


class _Short(NamedTuple):
    """A layer whose one number is in its name."""

    row: Row
    number: int
    is_a_name: bool
    """Whether it is one that Keras gives, or what a figure gives a layer whose arguments say something else."""


class NameReadAsSize(Rule):
    """conv1 => conv2 => fc3 is read as sizes: a window of 1x1, one of 2x2, and 3 outputs.

    Why: CONV3 is short for a window of 3x3 and FC10 for 10 outputs, as in the table of VGG. Figures and frameworks
    number their layers in the same way: conv1, conv2, fc6, fc7, conv2d_1. Reported where the numbers of two such layers
    in a row follow each other, where the name is one that Keras gives, or where the window would be larger than any
    common one (conv64). With arguments it is the same: conv1(6, 5) has a window of 1x1 and a stride of 5.

    Instead: write what the layer is, and its name after `as`: CONV(64, 3) as conv1.
    """

    severity = "warning"
    bad = (
        "INPUT(32x32x3) => conv1 => conv2 => POOL => FC(10)",
        "INPUT(32x32x3) => CONV(8, 3) => fc6 => fc7",
        "INPUT(32x32x3) => conv2d_1 => FC(10)",
        "INPUT(32x32x3) => CONV64 => CONV128 => FC(10)",
        "INPUT(31x31x1) => conv1(6, 5)",
        "INPUT(32x32x1) => conv1(6) => POOL(2) => conv2(16) => POOL(2)",
        "INPUT(32x32x3) => Conv2d_1(32, 1)",
        "INPUT(14x14x8) => pool5(3, 2)",
        "INPUT(32x32x3) => conv1 => pool1 => fc1",
        "INPUT(32x32x3) => Conv32(3) => CONV(8, 3)",
        "INPUT(28x28x1) => FC-1 => FC-2 => FC-3",
    )
    good = (
        "INPUT(32x32x3) => CONV(64, 3) as conv1 => CONV(64, 3) as conv2",
        "INPUT(32x32x3) => CONV3 => CONV3 => POOL2 => CONV1 => FC10",
        "INPUT(227x227x3) => CONV11 => CONV5 => FC1",
        "INPUT(28x28x1) => FC(2) => FC-1",
        "INPUT(56x56x64) => CONV1(64) => CONV3(64) => CONV1(256, 2) => POOL3(2, 1)",
        "INPUT(32x32x3) => CONV(64) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        short = [found for row in context.rows if (found := _short(row)) is not None]
        windows = [found for found in short if _letter(found) == "F"]
        wide = [found for found in windows if found.number > LARGEST_KERNEL and _could_be_filters(found)]
        named = [*_numbered(short), *(found for found in short if found.is_a_name)]
        if named:
            yield self._names(named, short)
        elif wide:
            yield self._filters(wide)
        elif counted := _counted(context):
            yield self._counting(counted)

    def _names(self, named: Sequence[_Short], short: Sequence[_Short]) -> Diagnostic:
        first = min(named, key=lambda found: found.row.node.index)
        return self._read(
            first,
            [found for found in short if found.row is not first.row],
            "it looks like the name of a layer",
            f"write what the layer is, and its name after it: {_example(first)} as {_name(first)}",
        )

    def _counting(self, rows: Sequence[Row]) -> Diagnostic:
        first, second = rows[:2]
        kind = first.node.kind
        return self.report(
            first.node,
            f"{first.node.text} and {second.node.text} are read as layers of 1 and 2, and look like names of layers",
            label="the number counts what the layer gives",
            help=(
                f"write what the layer is, and its name after it: {kind}(128) as {kind.lower()}1",
                f"write {kind}(K=1) if this is intended",
            ),
        )

    def _filters(self, wide: Sequence[_Short]) -> Diagnostic:
        first, *more = wide
        extent = "".join(f", {size}" for size in _numbers(first.row))
        why = f"{_numbers(first.row)[0]} as the number of filters" if extent else "no number of filters is written"
        instead = f"write {first.row.node.kind}({first.number}{extent}) for {first.number} filters"
        return self._read(first, more, why, instead)

    def _read(self, first: _Short, more: Sequence[_Short], why: str, instead: str) -> Diagnostic:
        others = ", ".join(dict.fromkeys(map(_written, more)))
        return self.report(
            first.row.node,
            f"{_written(first)} is read as {_reading(first)}, and {why}",
            label="the number in a short form is a size",
            notes=(f"the same holds for {others}",) if others else (),
            help=(instead, f"write {first.row.node.kind}({_letter(first)}={first.number}) if this is intended"),
        )


def _counted(context: Context) -> list[Row]:
    """The layers of a kind with one number each, of which the first two are 1 and 2: FC-1 => FC-2, FC 1 => FC 2."""
    found: dict[str, list[Row]] = {}
    for row in context.rows:
        call, given = row.node.call, row.node.layer.arguments
        bare = call is not None and (_has_one_number(call) or call.short)
        if bare and {"units", "filters"} & given.keys():
            found.setdefault(row.node.kind, []).append(row)
    return next((rows for rows in found.values() if [_count(row) for row in rows[:2]] == [1, 2]), [])


def _has_one_number(call: syntax.Call) -> bool:
    given = [argument.value for argument in call.arguments if argument.name is None]
    return len(call.arguments) == 1 == len(given) and isinstance(given[0], syntax.Number) and not call.framework


def _count(row: Row) -> int:
    given = row.node.layer.arguments
    return given.get("units") or given.get("filters") or 0


def _short(row: Row) -> _Short | None:
    """A convolution, a pool with arguments or an FC whose name has its one number."""
    call, layer = row.node.call, row.node.layer
    if call is None or not call.name[-1:].isdigit() or "-" in call.name:
        return None
    match = SHORT.fullmatch(call.name)
    if match is None or len(match["number"]) > 4:
        return None
    number, word = int(match["number"]), match["word"].lower()
    first_pool = row.node.kind == "POOL" and number == 1  # a window of 1x1 pools nothing
    if not {"filters", "units", *(("extent",) if call.arguments or first_pool else ())} & layer.arguments.keys():
        return None
    keras = bool(match["line"]) and word.endswith(("d", "dense")) and number < FEW_UNITS
    return _Short(row, number, keras or first_pool or _has_its_extent(row, number))


def _numbers(row: Row) -> list[int]:
    """The arguments of a call, where they are numbers or square sizes and have no names."""
    arguments = row.node.call.arguments if row.node.call is not None else ()
    values = [argument.value for argument in arguments if not argument.name]
    sizes = [v.sizes if isinstance(v, syntax.SizeLiteral) else (v.value,) for v in values if isinstance(v, LITERALS)]
    whole = [size[0] for size in sizes if len(set(size)) == 1 and isinstance(size[0], int)]
    return whole if len(whole) == len(arguments) else []


def _has_its_extent(row: Row, number: int) -> bool:
    """Whether the extent is among the arguments: conv1(6, 5), where 5 would be the stride; pool5(3, 2)."""
    numbers = _numbers(row)
    if len(numbers) != MOST_NUMBERS:
        return False
    return number > LARGEST_POOL if row.node.kind == "POOL" else numbers[-1] > max(number, LARGEST_STRIDE)


def _could_be_filters(found: _Short) -> bool:
    """Whether the number in a name may count filters: conv64, Conv32(3)."""
    call, numbers = found.row.node.call, _numbers(found.row)
    return call is not None and (not call.arguments or (numbers != [] and numbers[0] <= LARGEST_KERNEL))


def _numbered(short: Sequence[_Short]) -> list[_Short]:
    """The first two of a kind of which the numbers follow each other: conv1 and conv2."""
    kinds = dict.fromkeys(found.row.node.kind for found in short)
    pairs = (pair for kind in kinds for pair in pairwise(found for found in short if found.row.node.kind == kind))
    return next(([one, two] for one, two in pairs if two.number == one.number + 1), [])


def _written(found: _Short) -> str:
    """The call as it is written, with its arguments."""
    call, (_, opened, arguments) = found.row.node.call, found.row.node.text.partition("(")
    return call.name + opened + arguments if call is not None else found.row.node.kind


def _letter(found: _Short) -> str:
    return "F" if "extent" in found.row.node.layer.arguments else "K"


def _reading(found: _Short) -> str:
    if _letter(found) == "K":
        return f"a layer with {found.number} output{'s' * (found.number != 1)}"
    return f"a window of {found.number}x{found.number}"


def _name(found: _Short) -> str:
    return found.row.node.call.name if found.row.node.call is not None else ""


def _example(found: _Short) -> str:
    """The layer with the arguments that it has, or such as it may have."""
    given = ", ".join(map(str, _numbers(found.row)))
    assumed = {"CONV": "64, 3", "POOL": "2"}.get(found.row.node.kind, "128" if _letter(found) == "K" else "64, 3")
    return f"{found.row.node.kind}({given or assumed})"
