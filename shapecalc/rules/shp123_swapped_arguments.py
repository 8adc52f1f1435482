"""SHP123: a number of filters that looks like the extent of a kernel, and an extent that looks like filters."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.core.layer import WrittenWindow
from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import counted, plural
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.language import syntax
from shapecalc.passes.report import Row
from shapecalc.registry import find_argument
from shapecalc.rules.rule import Context, Diagnostics, Rule

KERNELS = frozenset({1, 2, 3, 4, 5, 7, 9, 11})
"""Extents that published kernels have; 11 is AlexNet's first."""
LARGEST_KERNEL = max(KERNELS)
MOST_VALUES = 2048
"""From which on an embedding has more values than a small table has rows."""
LARGEST_EXTENT = 7
"""The largest window of common depthwise convolutions."""
MOST_EVEN = 4
"""The largest even extent that is common."""
SMALLEST_ODD_FILTERS = 5
"""Nobody has 5, 7, 9 or 11 filters in a network where no layer has more; three are the colours of an image."""
FILTERS_LAST = 3
"""Arguments of CONV(3, 3, 64), which may be what arrives or an extent, the extent, and the filters."""
SHORTEST_STRIDE = 2
"""Of a window of 1x1."""
LONGEST_STRIDE = 8
"""No published network strides further than twice its window, or than this."""
SIZE_IN_NAME = lazy_pattern(r"[^\W\d]\w*\d[xX×]\d+")


class OtherReading(NamedTuple):
    """How numbers are read here, where another way is more likely."""

    says: str
    """What the layer has."""
    instead: str
    """What to write for the other, if there is something to write."""
    ours: str
    """What to write for this."""
    if_ours: str = "if this is intended"
    label: str = "the numbers are read in our order"
    edits: tuple[Edit, ...] = ()
    """What makes the other of it."""


class SwappedArguments(Rule):
    """CONV(3, 16) has 3 filters of 16x16, and most who write it mean 16 filters of 3x3.

    Why: K, the number of filters, comes first; F, the extent, second. In PyTorch and in many texts `k` is the kernel
    and `f` the filters, so that CONV(k=3, s=1, p=1) has 3 filters here, and not a kernel of 3x3. It is reported where
    the number of filters is a common extent, and the extent larger than any common one and than half of what the
    stride explains; or where a small k (or f) is written and not K (or F). So are the orders of others: filters, rows
    and columns (Keras 1), channels that arrive and filters (PyTorch), a window of two numbers and its stride.

    Instead: write the filters first, CONV(16, 3), or both by capital letters, which are always believed:
    CONV(K=3, F=16).
    """

    severity = "warning"
    bad = (
        "INPUT(32x32x3) => CONV(3,16) => FC(10)",
        "INPUT(32x32x3) => CONV(f=16, k=3) => FC(10)",
        "INPUT(32x32x3) => CONV(k=3, s=1, p=1) => FC(10)",
        "INPUT(64x64x3) => CONV(5, 32, 1, 2)",
        "INPUT(32x32x3) => CONV(3, 3, 64)",
        "INPUT(32x32x3) => CONV(3, 3, 3, 64)",
        "INPUT(32x32x3) => Conv3x3(3, 64)",
        "INPUT(32x32x64) => Conv1x1(64, 128)",
        "INPUT(28x28x4) => conv3x3(4, 16, 2)",
        "INPUT(27x27x4) => CONV(3, 8)",
        "INPUT(27x27x1) => CONV(32, 3, 3)",
        "INPUT(28x28x16) => UPCONV(16, 8, 2, 2)",
        "INPUT(28x28x16) => DWCONV(16, 3)",
        "INPUT(100x1) => EMBEDDING(300, 10000) => GAP",
        "INPUT(28x28x1) => CONV32-5 => FC-10",
        "INPUT(28x28x16) => CONV(16, 8)",
        "INPUT(32x32x3) => POOL(2, 2, 1)",
        "INPUT(32x32x3) => CONV(5) => POOL => CONV(3)",
        "INPUT(32x32x3) => CONV-3 => POOL-2 => FC-10",
        "INPUT(32x32x1) => CONV(3, 3, 1, 1) => FC(10)",
    )
    good = (
        "INPUT(32x32x3) => CONV(16, 3) => FC(10)",
        "INPUT(32x32x3) => CONV(K=3, F=16) => FC(10)",
        "INPUT(32x32x3) => CONV(k=64, f=3) => FC(10)",
        "INPUT(32x32x16) => CONV(3, 9, P=4)",
        "INPUT(16x16x21) => UPCONV(2, 16, S=8)",
        "INPUT(12x12x16) => CONV(10, 12)",
        "INPUT(32x32x3) => CONV(96, 4, 4)",
        "INPUT(16x16x21) => UPCONV(21, 16, 8, 4)",
        "INPUT(32x32x3) => CONV(32, 3, S=3) => CONV(3)",
        "INPUT(32x32x8) => CONV(16, 3, 1, 1) => CONV(3, 3, 1, 1)",
    )

    def check(self, context: Context) -> Diagnostics:
        yield from self._bare_extents(context)
        last = max((row.node.index for row in context.rows if row.weight_arrays), default=0)
        for row in context.rows:
            call = row.node.call
            reading = _other_reading(row, call, before_others=row.node.index < last) if call is not None else None
            if reading is not None:
                yield self.report(
                    row.node,
                    f"{row.node.text} has {reading.says}",
                    label=reading.label,
                    help=tuple(f"write {way}" for way in (reading.instead, f"{reading.ours} {reading.if_ours}") if way),
                    fixes=(Fix("swap the two", reading.edits),) if reading.edits else (),
                )

    def _bare_extents(self, context: Context) -> Diagnostics:
        """CONV(5) => CONV(3): every number of filters is an extent that kernels have."""
        bare = [row for row in context.rows if "F" in row.node.assumed and _filters(row) and _is_bare(row)]
        numbers = {_filters(row) for row in bare}
        short = any(row.node.call is not None and row.node.call.short for row in bare)
        if not numbers <= KERNELS - {2, 4} or max(numbers, default=0) < (3 if short else SMALLEST_ODD_FILTERS):
            return
        first, *more = bare
        kind, k = first.node.kind, _filters(first)
        yield self.report(
            first.node,
            f"{first.node.text} has {counted(k, 'filter')}, and no extent is written",
            label="K, the number of filters, comes first",
            notes=(f"the same holds for {', '.join(dict.fromkeys(row.node.text for row in more))}",) if more else (),
            help=(f"write {kind}(64, {k}) for a window of {k}x{k}", f"write {kind}(K={k}) if this is intended"),
        )


def _filters(row: Row) -> int:
    """The number of filters; 0 for what has none."""
    return row.node.layer.arguments.get("filters") or 0


def _numbers(call: syntax.Call) -> list[int]:
    """The arguments of a call that has whole numbers alone, none of them with a name."""
    whole = []
    for argument in call.arguments:
        if argument.name or not isinstance(argument.value, syntax.Number) or not isinstance(argument.value.value, int):
            return []
        whole.append(argument.value.value)
    return whole


def _is_bare(row: Row) -> bool:
    """Whether the number of filters stands alone: CONV(5), CONV-5."""
    call = row.node.call
    return call is not None and (bool(_numbers(call)) or (call.short and "K" not in row.node.assumed))


def _other_reading(row: Row, call: syntax.Call, *, before_others: bool) -> OtherReading | None:
    """The reading that is more likely than ours; `before_others` in front of other layers with weights."""
    numbers, filters = _numbers(call), _filters(row)
    return (
        (_of_short_form(row, call, numbers) if filters else None)
        or (_of_few_filters(row, call, filters) if filters in KERNELS else None)
        or _tall_values(row, call)
        or _other_order(row, [] if SIZE_IN_NAME.fullmatch(call.name) else numbers)
        or (_extent_twice(row, numbers) if before_others else None)
    )


# --- filters first, or last ---------------------------------------------------------------------


def _of_short_form(row: Row, call: syntax.Call, numbers: list[int]) -> OtherReading | None:
    """Conv3x3(64, 128), where the size is in the name: its stride is more than the window explains."""
    window = row.node.layer.written_window
    if window is None or len(numbers) < FILTERS_LAST - 1 or not SIZE_IN_NAME.fullmatch(call.name):
        return None
    extent, stride = max(window.extent), numbers[1]
    written = f"{row.node.kind}{extent}x{extent}({stride})"
    return _filters_last(row, extent, written, "stride", stride) if stride > max(extent, SHORTEST_STRIDE) else None


def _of_few_filters(row: Row, call: syntax.Call, filters: int) -> OtherReading | None:
    """Of a number of filters that is a common extent."""
    pair, names = _pair(call), {argument.name for argument in call.arguments}
    extent, window = _unusual_extent(row), row.node.layer.written_window
    if pair is None:
        if call.short and extent > LARGEST_KERNEL:
            return _extent_last(row, filters, extent)
        return _kernel(row, filters) if "k" in names and not _has_extent(row, names) else None
    if extent > (LARGEST_KERNEL if None in names else filters) or _is_odd_beside_even(filters, extent):
        return _swapped(row, pair, filters, extent)
    if window is None:
        return None
    widest = max(window.extent)
    for argument, number in (("stride", _third(call, window)), ("padding", _fourth(call))):
        if number >= LONGEST_STRIDE and number > 2 * widest:
            return _filters_last(row, widest, f"{row.node.kind}({number}, {widest})", argument, number)
    return None


def _third(call: syntax.Call, window: WrittenWindow) -> int:
    """The stride, where it is the last of three arguments without names and the same along every axis; 0 elsewhere."""
    alone = len(call.arguments) == FILTERS_LAST and len(set(window.stride)) == 1
    return window.stride[0] if alone and not any(argument.name for argument in call.arguments) else 0


def _fourth(call: syntax.Call) -> int:
    """The last of four arguments without names, where it is a whole number; 0 elsewhere."""
    values = [argument.value for argument in call.arguments if not argument.name]
    last = values[-1] if len(values) == FILTERS_LAST + 1 else None
    return last.value if isinstance(last, syntax.Number) and isinstance(last.value, int) else 0


def _swapped(row: Row, pair: tuple[syntax.Argument, syntax.Argument], filters: int, extent: int) -> OtherReading:
    from shapecalc.language.value_text import show_expression  # what only diagrams need, other files do not load

    kind, (k, f) = row.node.kind, [show_expression(argument.value) for argument in pair]
    edits = tuple(Edit(argument.value.span, text) for argument, text in zip(pair, (f, k), strict=True))
    return OtherReading(
        f"{counted(filters, 'filter')} of {extent}x{extent}",
        f"{kind}({f}, {k}) for {counted(extent, 'filter')} of {filters}x{filters}",
        f"{kind}(K={k}, F={f})",
        label="K, the number of filters, comes first; then F, the extent",
        edits=edits if row.node.literal else (),
    )


def _extent_last(row: Row, filters: int, extent: int) -> OtherReading:
    """CONV32-5, where the extent comes first."""
    kind = row.node.kind
    return OtherReading(
        f"{counted(filters, 'filter')} of {extent}x{extent}",
        f"{kind}{filters}-{extent} for {counted(extent, 'filter')} of {filters}x{filters}",
        f"{kind}(K={filters}, F={extent}, P={extent // 2})",
        label="in a short form the extent comes first",
    )


def _filters_last(row: Row, extent: int, written: str, argument: str, last: int) -> OtherReading:
    """Of what may be filters and is read as another argument; `written` is how to write them first."""
    return OtherReading(
        f"{counted(_filters(row), 'filter')} and a {argument} of {last}",
        f"{written} for {counted(last, 'filter')} of {extent}x{extent}",
        f"{argument[0].upper()}={last}",
        label="K, the number of filters, comes first; then F, then S and P",
    )


def _kernel(row: Row, filters: int) -> OtherReading:
    said = counted(filters, "filter")
    return OtherReading(
        f"{said}: k is read as K, the number of filters",
        f"F={filters} for a kernel of {filters}x{filters}, and the number of filters first: "
        f"{row.node.kind}(64, F={filters})",
        f"K={filters}",
        if_ours=f"if {said} {plural(filters, 'is', 'are')} meant",
        label="no extent is written",
    )


def _pair(call: syntax.Call) -> tuple[syntax.Argument, syntax.Argument] | None:
    """The arguments K and F of a call, if both come first without names or both have small letters."""
    named = {argument.name: argument for argument in call.arguments}
    if call.name[-1:].isdigit():  # the extent is in the name
        return None
    if [argument.name for argument in call.arguments[:2]] == [None, None]:
        return call.arguments[0], call.arguments[1]
    return (named["k"], named["f"]) if {"k", "f"} <= named.keys() else None


def _has_extent(row: Row, names: Iterable[str | None]) -> bool:
    """Whether F is written, under any of its names."""
    found = [find_argument(type(row.node.layer), name) for name in names if name]
    return any(argument is not None and argument.letter == "F" for argument in found)


def _unusual_extent(row: Row) -> int:
    """The extent of a square window; 0 where its stride, or the size of its input, explains why it is so large."""
    window = row.node.layer.written_window
    extents = set(window.extent) if window is not None else set()
    if window is None or len(extents) != 1 or 2 * max(window.stride) >= max(extents):
        return 0
    return 0 if row.arriving and extents & set(row.arriving.spatial) else max(extents)


def _is_odd_beside_even(filters: int, extent: int) -> bool:
    """Whether an odd number of filters is beside an even extent that kernels do not have: CONV(3, 8)."""
    return filters > 1 == filters % 2 and extent % 2 == 0 and extent > max(filters, MOST_EVEN)


# --- the orders of others -----------------------------------------------------------------------


def _other_order(row: Row, numbers: list[int]) -> OtherReading | None:
    """Numbers that others write in another order."""
    kind, filters, depth = row.node.kind, _filters(row), row.arriving.depth if row.arriving else 0
    match numbers:
        case [extent, stride, padding] if kind == "POOL" and extent == stride and padding:
            return OtherReading(
                f"a stride of {stride} and a padding of {padding}",
                f"POOL({extent}, S={padding}) for windows of {extent}x{stride} with that stride",
                f"P={padding}",
            )
        case [extent, stride, *_] if (
            kind == "DWCONV" and extent > LARGEST_EXTENT and (extent == depth or extent % 2 == 0) and stride > 1
        ):
            return OtherReading(
                f"a window of {extent}x{extent}, and {depth} channels arrive",
                f"DWCONV({stride}): it takes every channel",
                f"F={extent}",
            )
        case [first, extent] if (
            filters == depth == first > 1 and row.output and _no_kernel(extent, 1) and _unusual_extent(row)
        ):
            return OtherReading(
                f"a window of {extent}x{extent}, and {depth} channels arrive",
                f"{kind}({extent}, 3, in={depth}) if {depth} come in and {extent} go out, with its window for 3",
                f"{kind}(K={filters}, F={extent})",
            )
        case [first, extent, stride, *_] if filters == depth == first > 1 and _no_kernel(extent, stride):
            given = f"{kind}({', '.join(map(str, numbers[1:]))}, in={depth})"
            return OtherReading(
                f"a window of {extent}x{extent}, and {depth} channels arrive",
                f"{given} if {depth} come in and {extent} go out",
                f"{kind}(K={filters}, F={extent}, S={stride})",
            )
        case [first, extent, stride, *more] if filters and 1 < extent <= stride and (stride % 2 or stride > extent):
            window = f"{extent}" if extent == stride else f"{stride}x{extent}"
            shorter = f"{kind}({first}, {window}{f', S={more[0]}' if more and more[0] > 1 else ''})"
            rows = f"{shorter} for a window of {extent} rows and {stride} columns"
            says = f"a stride of {stride}, and its window is {extent} wide"
            return OtherReading(says, rows if stride <= LARGEST_KERNEL else "", f"S={stride}")
    return None


def _no_kernel(extent: int, stride: int) -> bool:
    """Whether an extent is larger than common ones, or even, and not twice its stride as in enlarging layers."""
    return extent != 2 * stride and (extent > LARGEST_KERNEL or (extent % 2 == 0 and extent > MOST_EVEN))


def _tall_values(row: Row, call: syntax.Call) -> OtherReading | None:
    """EMBEDDING(300, 10000), where the rows come second."""
    if row.node.kind != "EMBEDDING" or (not call.framework and any(a.name for a in call.arguments)):
        return None
    rows, values = (row.node.layer.arguments.get(field, 0) for field in ("rows", "units"))
    if values <= max(rows, MOST_VALUES):
        return None
    return OtherReading(
        f"{counted(rows, 'row')} of {values:,} values",
        f"EMBEDDING({values}, {rows})",
        f"EMBEDDING(rows={rows}, K={values})",
        if_ours="if it is intended",
    )


def _extent_twice(row: Row, numbers: list[int]) -> OtherReading | None:
    """CONV(3, 3, 1, 1) in front of other layers with weights, where 3x3 may be meant."""
    match numbers:
        case [filters, extent, *rest] if _filters(row) == filters == extent in KERNELS - {1, 2, 4}:
            kind, more = row.node.kind, "".join(f", {letter}={n}" for letter, n in zip("SP", rest, strict=False))
            return OtherReading(
                f"{filters} filters of {extent}x{extent}",
                f"{kind}(64, {extent}{more}) for a window of {extent}x{extent}",
                f"{kind}(K={filters}, F={extent}{more})",
            )
    return None
