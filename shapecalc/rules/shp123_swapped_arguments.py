"""SHP123: a number of filters that looks like the extent of a kernel, and an extent that looks like filters."""

from __future__ import annotations

from collections.abc import Iterable

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import counted, plural
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix
from shapecalc.language import syntax
from shapecalc.passes.report import Row
from shapecalc.registry import find_argument
from shapecalc.rules.rule import Context, Diagnostics, Rule

KERNELS = frozenset({1, 2, 3, 4, 5, 7, 9, 11})
"""Extents that published kernels have; 11 is AlexNet's first."""
LARGEST_KERNEL = max(KERNELS)


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
        told = set[int]()
        for found in (*self._two_swapped(context), *self._bare_extents(context)):
            told.add(found.layer or 0)
            yield found
        last = max((row.node.index for row in context.rows if row.weight_arrays), default=0)
        for row in context.rows:
            numbers = _numbers(row) if row.node.index not in told else []
            other = _tall_values(row) or (_other_order(row, numbers) if numbers else None)
            if other is None and row.node.index < last:
                other = _extent_twice(row, numbers)
            if other is not None:
                message, *help = other
                yield self.report(row.node, message, label="the numbers are read in our order", help=tuple(help))

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

    def _two_swapped(self, context: Context) -> Diagnostics:
        for row in context.rows:
            call, layer = row.node.call, row.node.layer
            filters = layer.arguments.get("filters")
            if call is not None and filters and (stride := _stride_of_short_form(call, row)):
                yield self._filters_last(row, filters, stride, "stride")
            if call is None or filters not in KERNELS:
                continue
            pair, names = _pair(call), {argument.name for argument in call.arguments}
            if pair is not None:
                extent = _unusual_extent(row)
                if extent > (LARGEST_KERNEL if None in names else filters) or _is_odd_beside_even(filters, extent):
                    yield self._swapped(row, pair, filters, extent)
                elif (stride := _unusual_stride(call, row)) and len(call.arguments) == FILTERS_LAST:
                    yield self._filters_last(row, filters, stride, "stride")
                elif padding := _unusual_padding(call, row):
                    yield self._filters_last(row, filters, padding, "padding")
            elif call.short and _unusual_extent(row) > LARGEST_KERNEL:
                yield self._short(row, filters, _unusual_extent(row))
            elif "k" in names and not _has_extent(row, names):
                yield self._kernel(row, filters)

    def _swapped(
        self, row: Row, pair: tuple[syntax.Argument, syntax.Argument], filters: int, extent: int
    ) -> Diagnostic:
        given, kind = _written(pair), row.node.kind
        edits = tuple(Edit(a.value.span, text) for a, text in zip(pair, given[::-1], strict=True))
        return self.report(
            row.node,
            f"{row.node.text} has {counted(filters, 'filter')} of {extent}x{extent}",
            label="K, the number of filters, comes first; then F, the extent",
            help=(
                f"write {kind}({given[1]}, {given[0]}) for {counted(extent, 'filter')} of {filters}x{filters}",
                f"write {kind}(K={given[0]}, F={given[1]}) if this is intended",
            ),
            fixes=(Fix("swap the two", edits),) if row.node.literal else (),
        )

    def _short(self, row: Row, filters: int, extent: int) -> Diagnostic:
        """CONV32-5, where the extent comes first."""
        kind = row.node.kind
        return self.report(
            row.node,
            f"{row.node.text} has {counted(filters, 'filter')} of {extent}x{extent}",
            label="in a short form the extent comes first",
            help=(
                f"write {kind}{filters}-{extent} for {counted(extent, 'filter')} of {filters}x{filters}",
                f"write {kind}(K={filters}, F={extent}, P={extent // 2}) if this is intended",
            ),
        )

    def _filters_last(self, row: Row, filters: int, last: int, argument: str) -> Diagnostic:
        window = row.node.layer.written_window
        extent = max(window.extent) if window is not None else filters
        filters_first = f"{row.node.kind}({last}, {extent})"
        if SIZE_IN_NAME.fullmatch(row.node.call.name if row.node.call else ""):
            filters_first = f"{row.node.kind}{extent}x{extent}({last})"
        return self.report(
            row.node,
            f"{row.node.text} has {counted(filters, 'filter')} and a {argument} of {last}",
            label="K, the number of filters, comes first; then F, then S and P",
            help=(
                f"write {filters_first} for {counted(last, 'filter')} of {extent}x{extent}",
                f"write {argument[0].upper()}={last} if this is intended",
            ),
        )

    def _kernel(self, row: Row, filters: int) -> Diagnostic:
        kind = row.node.kind
        return self.report(
            row.node,
            f"{row.node.text} has {counted(filters, 'filter')}: k is read as K, the number of filters",
            label="no extent is written",
            help=(
                f"write F={filters} for a kernel of {filters}x{filters}, and the number of filters first: "
                f"{kind}(64, F={filters})",
                f"write K={filters} if {counted(filters, 'filter')} {plural(filters, 'is', 'are')} meant",
            ),
        )


def _filters(row: Row) -> int:
    """The number of filters; 0 for what has none."""
    return row.node.layer.arguments.get("filters") or 0


def _numbers(row: Row) -> list[int]:
    """The arguments of a call that has whole numbers alone, none of them with a name."""
    arguments = row.node.call.arguments if row.node.call is not None else ()
    whole = []
    for argument in arguments:
        if argument.name or not isinstance(argument.value, syntax.Number) or not isinstance(argument.value.value, int):
            return []
        whole.append(argument.value.value)
    return whole


def _is_bare(row: Row) -> bool:
    """Whether the number of filters stands alone: CONV(5), CONV-5."""
    return bool(_numbers(row)) or (row.node.call is not None and row.node.call.short and "K" not in row.node.assumed)


def _other_order(row: Row, numbers: list[int]) -> tuple[str, ...] | None:
    """What numbers say here that others write in another order, and what to write; None where ours is likely."""
    kind = row.node.kind
    depth = row.arriving.depth if row.arriving else 0
    by_name = SIZE_IN_NAME.fullmatch(row.node.call.name) if row.node.call else None
    match numbers:
        case _ if by_name:
            return None
        case [extent, stride, padding] if kind == "POOL" and extent == stride and padding:
            message = f"{row.node.text} has a stride of {stride} and a padding of {padding}"
            with_stride = f"write POOL({extent}, S={padding}) for windows of {extent}x{stride} with that stride"
            return message, with_stride, f"write P={padding} if this is intended"
        case [extent, stride, *_] if (
            kind == "DWCONV" and extent > LARGEST_EXTENT and (extent == depth or extent % 2 == 0) and stride > 1
        ):
            message = f"{row.node.text} has a window of {extent}x{extent}, and {depth} channels arrive"
            return message, f"write DWCONV({stride}): it takes every channel", f"write F={extent} if this is intended"
        case [filters, extent] if (
            _filters(row) == depth == filters > 1 and row.output and _no_kernel(extent, 1) and _unusual_extent(row)
        ):
            message = f"{row.node.text} has a window of {extent}x{extent}, and {depth} channels arrive"
            given = (
                f"write {kind}({extent}, 3, in={depth}) if {depth} come in and {extent} go out, with its window for 3"
            )
            return message, given, f"write {kind}(K={filters}, F={extent}) if this is intended"
        case [filters, extent, stride, *_] if _filters(row) == depth == filters > 1 and _no_kernel(extent, stride):
            message = f"{row.node.text} has a window of {extent}x{extent}, and {depth} channels arrive"
            given = (
                f"write {kind}({', '.join(map(str, numbers[1:]))}, in={depth}) if {depth} come in and {extent} go out"
            )
            return message, given, f"write {kind}(K={filters}, F={extent}, S={stride}) if this is intended"
        case [filters, extent, stride, *more] if (
            _filters(row) and 1 < extent <= stride and (stride % 2 or stride > extent)
        ):
            message = f"{row.node.text} has a stride of {stride}, and its window is {extent} wide"
            window = f"{extent}" if extent == stride else f"{stride}x{extent}"
            shorter = f"{kind}({filters}, {window}{f', S={more[0]}' if more and more[0] > 1 else ''})"
            rows = f"write {shorter} for a window of {extent} rows and {stride} columns"
            return message, *((rows,) if stride <= LARGEST_KERNEL else ()), f"write S={stride} if this is intended"
    return None


def _tall_values(row: Row) -> tuple[str, ...] | None:
    """What is said of EMBEDDING(300, 10000), where the rows come second."""
    call = row.node.call
    if row.node.kind != "EMBEDDING" or call is None or (not call.framework and any(a.name for a in call.arguments)):
        return None
    rows, values = (row.node.layer.arguments.get(field, 0) for field in ("rows", "units"))
    if values <= max(rows, MOST_VALUES):
        return None
    message = f"{row.node.text} has {counted(rows, 'row')} of {values:,} values"
    return message, f"write EMBEDDING({values}, {rows})", f"write EMBEDDING(rows={rows}, K={values}) if it is intended"


def _extent_twice(row: Row, numbers: list[int]) -> tuple[str, ...] | None:
    """What is said of CONV(3, 3, 1, 1) in front of other layers with weights, where 3x3 may be meant."""
    match numbers:
        case [filters, extent, *rest] if _filters(row) == filters == extent in KERNELS - {1, 2, 4}:
            kind, more = row.node.kind, "".join(f", {letter}={n}" for letter, n in zip("SP", rest, strict=False))
            message = f"{row.node.text} has {filters} filters of {extent}x{extent}"
            window = f"write {kind}(64, {extent}{more}) for a window of {extent}x{extent}"
            return message, window, f"write {kind}(K={filters}, F={extent}{more}) if this is intended"
    return None


MOST_VALUES = 2048
"""From which on an embedding has more values than a small table has rows."""
LARGEST_EXTENT = 7
"""The largest window of common depthwise convolutions."""
SMALLEST_ODD_FILTERS = 5
"""Nobody has 5, 7, 9 or 11 filters in a network where no layer has more; three are the colours of an image."""


def _no_kernel(extent: int, stride: int) -> bool:
    """Whether an extent is larger than common ones, or even, and not twice its stride as in enlarging layers."""
    return extent != 2 * stride and (extent > LARGEST_KERNEL or (extent % 2 == 0 and extent > MOST_EVEN))


MOST_EVEN = 4
"""The largest even extent that is common."""


def _is_odd_beside_even(filters: int, extent: int) -> bool:
    """Whether an odd number of filters is beside an even extent that kernels do not have: CONV(3, 8)."""
    return filters > 1 == filters % 2 and extent % 2 == 0 and extent > max(filters, MOST_EVEN)


def _has_extent(row: Row, names: Iterable[str | None]) -> bool:
    """Whether F is written, under any of its names."""
    found = [find_argument(type(row.node.layer), name) for name in names if name]
    return any(argument is not None and argument.letter == "F" for argument in found)


def _pair(call: syntax.Call) -> tuple[syntax.Argument, syntax.Argument] | None:
    """The arguments K and F of a call, if both come first without names or both have small letters."""
    named = {argument.name: argument for argument in call.arguments}
    if call.name[-1:].isdigit():  # the extent is in the name
        return None
    if [argument.name for argument in call.arguments[:2]] == [None, None]:
        return call.arguments[0], call.arguments[1]
    return (named["k"], named["f"]) if {"k", "f"} <= named.keys() else None


FILTERS_LAST = 3
"""Arguments of CONV(3, 3, 64), which may be what arrives or an extent, the extent, and the filters."""
SHORTEST_STRIDE = 2
"""Of a window of 1x1."""
LONGEST_STRIDE = 8
"""No published network strides further than twice its window, or than this."""


def _unusual_stride(call: syntax.Call, row: Row) -> int:
    """The stride that no window explains, where all arguments have no names; 0 for any other."""
    window = row.node.layer.written_window
    if window is None or any(argument.name for argument in call.arguments) or len(set(window.stride)) != 1:
        return 0
    stride = max(window.stride)
    return stride if stride >= LONGEST_STRIDE and stride > 2 * max(window.extent) else 0


SIZE_IN_NAME = lazy_pattern(r"[^\W\d]\w*\d[xX×]\d+")


def _stride_of_short_form(call: syntax.Call, row: Row) -> int:
    """The stride of Conv3x3(64, 128), where the size is in the name; 0 for one that the window explains."""
    window, numbers = row.node.layer.written_window, _numbers(row)
    if window is None or len(numbers) < FILTERS_LAST - 1 or not SIZE_IN_NAME.fullmatch(call.name):
        return 0
    return numbers[1] if numbers[1] > max(*window.extent, SHORTEST_STRIDE) else 0


def _unusual_padding(call: syntax.Call, row: Row) -> int:
    """The padding larger than any window, fourth of four arguments without names: CONV(3, 3, 3, 64); 0 for others."""
    window = row.node.layer.written_window
    values = [argument.value for argument in call.arguments if not argument.name]
    last = values[-1] if len(values) == FILTERS_LAST + 1 else None
    padding = last.value if isinstance(last, syntax.Number) else 0
    if window is None or not isinstance(padding, int):
        return 0
    return padding if padding >= LONGEST_STRIDE and padding > 2 * max(window.extent) else 0


def _unusual_extent(row: Row) -> int:
    """The extent of a square window; 0 where its stride, or the size of its input, explains why it is so large."""
    window = row.node.layer.written_window
    extents = set(window.extent) if window is not None else set()
    if window is None or len(extents) != 1 or 2 * max(window.stride) >= max(extents):
        return 0
    return 0 if row.arriving and extents & set(row.arriving.spatial) else max(extents)


def _written(arguments: Iterable[syntax.Argument]) -> list[str]:
    from shapecalc.language.value_text import show_expression  # what only diagrams need, other files do not load

    return [show_expression(argument.value) for argument in arguments]
