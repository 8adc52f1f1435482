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
    stride explains; or where a small k (or f) is written and not K (or F).

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
    )
    good = (
        "INPUT(32x32x3) => CONV(16, 3) => FC(10)",
        "INPUT(32x32x3) => CONV(K=3, F=16) => FC(10)",
        "INPUT(32x32x3) => CONV(k=64, f=3) => FC(10)",
        "INPUT(32x32x16) => CONV(3, 9, P=4)",
        "INPUT(16x16x21) => UPCONV(2, 16, S=8)",
        "INPUT(12x12x16) => CONV(10, 12)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            call, layer = row.node.call, row.node.layer
            filters = layer.arguments.get("filters") if layer is not None else None
            if call is not None and filters and (stride := _stride_of_short_form(call, row)):
                yield self._filters_last(row, filters, stride, "stride")
            if call is None or filters not in KERNELS:
                continue
            pair, names = _pair(call), {argument.name for argument in call.arguments}
            if pair is not None:
                extent = _unusual_extent(row)
                if extent > (LARGEST_KERNEL if None in names else filters):
                    yield self._swapped(row, pair, filters, extent)
                elif (stride := _unusual_stride(call, row)) and len(call.arguments) == FILTERS_LAST:
                    yield self._filters_last(row, filters, stride, "stride")
                elif padding := _unusual_padding(call, row):
                    yield self._filters_last(row, filters, padding, "padding")
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

    def _filters_last(self, row: Row, filters: int, last: int, argument: str) -> Diagnostic:
        window = row.node.layer.written_window if row.node.layer is not None else None
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


def _has_extent(row: Row, names: Iterable[str | None]) -> bool:
    """Whether F is written, under any of its names."""
    found = [find_argument(type(row.node.layer), name) for name in names if name and row.node.layer is not None]
    return any(argument is not None and argument.letter == "F" for argument in found)


def _pair(call: syntax.Call) -> tuple[syntax.Argument, syntax.Argument] | None:
    """The arguments K and F of a call, if both come first without names or both have small letters."""
    named = {argument.name: argument for argument in call.arguments}
    if [argument.name for argument in call.arguments[:2]] == [None, None]:
        return call.arguments[0], call.arguments[1]
    return (named["k"], named["f"]) if {"k", "f"} <= named.keys() else None


FILTERS_LAST = 3
"""Arguments of CONV(3, 3, 64), which may be what arrives or an extent, the extent, and the filters."""
LONGEST_STRIDE = 8
"""No published network strides further than twice its window, or than this."""


def _unusual_stride(call: syntax.Call, row: Row) -> int:
    """The stride that no window explains, where all arguments have no names; 0 for any other."""
    window = row.node.layer.written_window if row.node.layer is not None else None
    if window is None or any(argument.name for argument in call.arguments) or len(set(window.stride)) != 1:
        return 0
    stride = max(window.stride)
    return stride if stride >= LONGEST_STRIDE and stride > 2 * max(window.extent) else 0


SIZE_IN_NAME = lazy_pattern(r"[^\W\d]\w*\d+[xX×]\d+")


def _stride_of_short_form(call: syntax.Call, row: Row) -> int:
    """The stride of Conv3x3(64, 128), where the size is in the name; 0 for one that the window explains."""
    two = len(call.arguments) == FILTERS_LAST - 1
    return _unusual_stride(call, row) if two and SIZE_IN_NAME.fullmatch(call.name) else 0


def _unusual_padding(call: syntax.Call, row: Row) -> int:
    """The padding larger than any window, fourth of four arguments without names: CONV(3, 3, 3, 64); 0 for others."""
    window = row.node.layer.written_window if row.node.layer is not None else None
    values = [argument.value for argument in call.arguments if not argument.name]
    last = values[-1] if len(values) == FILTERS_LAST + 1 else None
    padding = last.value if isinstance(last, syntax.Number) else 0
    if window is None or not isinstance(padding, int):
        return 0
    return padding if padding >= LONGEST_STRIDE and padding > 2 * max(window.extent) else 0


def _unusual_extent(row: Row) -> int:
    """The extent of a square window; 0 where its stride, or the size of its input, explains why it is so large."""
    window = row.node.layer.written_window if row.node.layer is not None else None
    extents = set(window.extent) if window is not None else set()
    volume = row.inputs[0] if row.inputs else None
    if window is None or len(extents) != 1 or 2 * max(window.stride) >= max(extents):
        return 0
    return 0 if volume is not None and extents & set(volume.spatial) else max(extents)


def _written(arguments: Iterable[syntax.Argument]) -> list[str]:
    from shapecalc.language.value_text import show_expression  # what only diagrams need, other files do not load

    return [show_expression(argument.value) for argument in arguments]
