"""SHP122: a call that can be read in two ways, with other figures."""

from fractions import Fraction

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import size_text
from shapecalc.diagnostics.diagnostic import Diagnostic, Severity
from shapecalc.language.value_text import show_expression
from shapecalc.passes.report import Row
from shapecalc.rules.neighbours import before, multiplies
from shapecalc.rules.preconditions import LARGE
from shapecalc.rules.rule import Context, Diagnostics, Rule

LARGEST_FACTOR = 8
"""No published network enlarges more at once."""
COMMON_FACTOR = 4
"""The largest factor that is common."""
ASSUMED = 2
"""The extent of a pool or a transposed convolution of which nothing is written."""

KEEPING_THIRDS = frozenset({"PERMUTE", "RESHAPE", "FLATTEN", "IDENTITY", "DO", "DROPPATH", "BN", "SCALE"})
"""What may be between a layer that makes a query, a key and a value, and ATTENTION."""
OF_ALL = frozenset({"FC", "FLATTEN", "SOFTMAX", "DO"})
"""What papers have after the average of a whole map."""

_OF_UNITS = "write the number with the layer before, if it is the number of its filters or units"
INSTEAD = {
    "eps": "leave it out if it is a momentum or a number of channels, on which no size hangs",
    "slope": _OF_UNITS, "alpha": _OF_UNITS,
    "p": "leave the layer out if all values are to be kept: p is the part that is dropped",
}  # fmt: skip
"""What to write in place of an argument without a name that is hardly ever so large."""


class TwoReadings(Rule):
    """A call or an argument can be read in two ways, as by one framework and by the next, and the figures differ.

    Why: Conv2d(32, 3) lacks its kernel in PyTorch, and here it would be 32 filters of 3x3; Conv2D(32, 3, 3) is a stride
    of 3 in Keras 3 and a 3x3 kernel in Keras 1; FC(128 > 64) is a comparison, and may be meant as an arrow;
    AVGPOOL before an FC is 2x2 here, and the whole map in papers; UPCONV(64, 2) has a stride of 1, and U-Net's doubles;
    ATTENTION(8) alone reads query, key and value from three thirds, and multi-head attention makes them.
    A choice made in silence would be wrong for half of those who write it.

    Instead: write the one that is meant, as the help shows it.
    """

    bad = (
        "INPUT(8x8x3) => Conv2d(32, 3)",
        "INPUT(32x32x3) => Conv2D(32, 3, 3)",
        "INPUT(8x8x3) => CONV(8) => PReLU()",
        "INPUT(10x10x8) => Upsample(2)",
        "INPUT(1x1x128) => FC(128 > 64)",
        "INPUT(8x8x3) => CONV(64-3)",
        "INPUT(8x8x3) => CONV(3*3)",
    )
    good = (
        "INPUT(8x8x3) => Conv2d(3, 32, 3)",
        "INPUT(32x32x3) => Conv2D(32, 3)",
        "INPUT(8x8x3) => CONV(32, 3)",
        "INPUT(10x10x8) => RESIZE(size=2)",
        "INPUT(10x10x8) => UPCONV(4, 2, S=2)",
        "INPUT(1x1x100) => UPCONV(4, 2)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            arrives, gives = row.arriving, row.output
            if row.node.call is not None and arrives is not None and gives is not None:
                yield from self._enlarged(row, arrives, gives)
                yield from self._averaged(row, arrives, context)
                yield from self._not_doubled(row, arrives, gives)
                yield from self._not_one(row, gives, context)
                yield from self._in_thirds(row, arrives, context)
                yield from self._deeper(row, arrives, gives)
                yield from self._unlikely(row)
                yield from self._framed(row, arrives, gives)

    def _either(self, row: Row, message: str, label: str, *help: str, severity: Severity = "warning") -> Diagnostic:
        return self.report(row.node, message, severity=severity, label=label, help=help)

    def _enlarged(self, row: Row, arrives: Volume, gives: Volume) -> Diagnostics:
        """PyTorch's Upsample(2) gives 2x2: nobody enlarges to something smaller; UPSAMPLE(14) of 7x7 gives 98x98."""
        call = row.node.call
        written = (call.written or call.name) if call is not None else ""
        enlarges, named = "UPSAMPL" in written.upper(), call is None or any(a.name for a in call.arguments)
        kind, size = row.node.kind, gives.spatial[0]
        if len(set(gives.spatial)) > 1 or (named and not enlarges):
            return
        factor = size if kind == "RESIZE" else size // arrives.spatial[0]
        most = LARGEST_FACTOR if enlarges else COMMON_FACTOR
        smaller = kind == "RESIZE" and factor <= most and size < min(arrives.spatial)
        square = len(set(arrives.spatial)) == 1 < arrives.spatial[0] and not named
        larger = kind == "UPSAMPLE" and factor > LARGEST_FACTOR and square and factor % arrives.spatial[0] == 0
        if smaller or larger:
            becomes = "smaller" if smaller else str(gives)
            yield self._either(
                row,
                f"{written} {'to' if smaller else 'by'} {factor} makes {arrives} {becomes}",
                "a size, or a factor?",
                f"write scale_factor={factor}, or UPSAMPLE({factor}), for a factor"
                if smaller
                else f"write UPSAMPLE(factor={factor}) for a factor",
                f"write RESIZE(size={factor}) for a size",
                severity="error" if smaller and enlarges else "warning",
            )

    def _not_doubled(self, row: Row, arrives: Volume, gives: Volume) -> Diagnostics:
        """UPCONV(64, 2) as in the drawing of U-Net, where the stride of 2 is not written."""
        layer, call = row.node.layer, row.node.call
        window = layer.written_window if row.node.kind == "UPCONV" else None
        if window is None or call is None or call.framework or "S" not in row.node.assumed:
            return
        if set(window.stride) == {1} and set(window.extent) == {ASSUMED} and min(arrives.spatial) > 1:
            before, after = size_text(arrives.spatial), size_text(gives.spatial)
            yield self._either(
                row,
                f"{row.node.text} has a stride of 1 and makes {after} of {before}",
                "a window of 2x2 most often doubles the size",
                "write S=2 to double the size",
                "write S=1 if this is intended",
            )

    def _not_one(self, row: Row, gives: Volume, context: Context) -> Diagnostics:
        """CONCAT(along=length)[ CLASSTOKEN | ], which would have as many tokens as there are words."""
        layer = row.node.layer
        if not layer.learned or layer.arguments.get("size") or gives.positions == 1:
            return
        joins = [context.graph.nodes[index].layer for index in context.consumers[row.node.index]]
        if any(join.arguments.get("axis", "depth") != "depth" for join in joins):
            yield self._either(
                row,
                f"{row.node.text} without a size is as large as what arrives, {gives}",
                "one position, or all of them?",
                f"write LEARNED({size_text((*(1 for _ in gives.spatial), gives.depth))}) for one position",
                f"write LEARNED({gives}) if this is intended",
            )

    def _in_thirds(self, row: Row, arrives: Volume, context: Context) -> Diagnostics:
        """ATTENTION(12) after LN, where no layer makes a query, a key and a value of what arrives."""
        if row.node.kind != "ATTENTION" or len(row.inputs) > 1:
            return
        source, depth = before(context, row, KEEPING_THIRDS), arrives.depth
        if source is not None and not multiplies(source):
            yield self._either(
                row,
                f"{row.node.text} reads query, key and value from three thirds of the {depth} channels",
                f"gives {depth // 3} channels",
                f"write CONV({3 * depth}, 1) => {row.node.text} => CONV({depth}, 1) for attention of all {depth}",
                f"write {row.node.text}[ | | ] if {source.node.name} is query, key and value",
            )

    def _deeper(self, row: Row, arrives: Volume, gives: Volume) -> Diagnostics:
        """PAD(1, 1), whose second number adds channels."""
        arguments = row.node.call.arguments if row.node.kind == "PAD" and row.node.call is not None else ()
        if gives.depth > arrives.depth and len(arguments) > 1 and not arguments[1].name:
            first, second = show_expression(arguments[0].value), show_expression(arguments[1].value)
            yield self._either(
                row,
                f"{row.node.text} pads by {first} and makes {arrives.depth} channels {gives.depth}",
                "the second number, a depth or a height?",
                f"write PAD(P={first if first == second else f'{first}x{second}'}) to pad width and height",
                f"write PAD({first}, depth={second}) if this is intended",
            )

    def _unlikely(self, row: Row) -> Diagnostics:
        """BN(0.9), ELU(64) and DO(1), whose numbers are an eps, a slope and all values."""
        call, given = row.node.call, row.node.layer.arguments
        name, most = LARGE.get(row.node.kind, ("", 0))
        unnamed = sum(not argument.name for argument in call.arguments) if call is not None else 0
        if name in [*given][:unnamed] and given[name] > most:
            value = f"{name}={given[name]:g}"
            intended = f"write {value} if this is intended"
            yield self._either(row, f"{row.node.text} has {value}", f"read as {name}", INSTEAD[name], intended)

    def _framed(self, row: Row, arrives: Volume, gives: Volume) -> Diagnostics:
        """PAD(34x34) of 32x32, where the size that it is to have is written."""
        call = row.node.call if row.node.kind == "PAD" else None
        unnamed = call is not None and not call.framework and call.arguments and not call.arguments[0].name
        padding = row.node.layer.arguments.get("padding") if unnamed else None
        wide = [first for first, _ in padding.pairs] if padding is not None else []
        if len(wide) == len(arrives.spatial) and all(w > n for w, n in zip(wide, arrives.spatial, strict=True)):
            halves = size_text(Fraction(w - n, 2) for w, n in zip(wide, arrives.spatial, strict=True))
            fits = () if "/" in halves else (f"write PAD({halves}) for {size_text(wide)}",)
            yield self._either(
                row,
                f"{row.node.text} makes {arrives} {gives}",
                "what is added on every side, or the size?",
                *fits,
                f"write PAD(P={size_text(wide)}) if this is intended",
            )

    def _averaged(self, row: Row, arrives: Volume, context: Context) -> Diagnostics:
        """AVGPOOL => FC, where papers mean the average of the whole map, and a window of 2x2 is assumed."""
        layer, readers = row.node.layer, context.consumers[row.node.index]
        if not {"F", "S"} <= {*row.node.assumed} or layer.arguments.get("mode") != "avg":
            return
        follow = [kind for index in readers if (kind := context.graph.nodes[index].kind) in OF_ALL]
        if row.node.kind == "POOL" and follow and min(arrives.spatial) > ASSUMED:
            side = size_text(arrives.spatial)
            yield self._either(
                row,
                f"{row.node.text} is read as windows of 2x2, and {follow[0]} follows",
                f"the average of 2x2, or of {side}?",
                f"write GAP for the average of the whole {side}",
                "write AVGPOOL(2) for windows of 2x2",
            )
