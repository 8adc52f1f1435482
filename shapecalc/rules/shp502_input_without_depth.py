"""SHP502: sizes of one axis that look like an image whose depth was forgotten."""

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Rule

SMALLEST_IMAGE = 5
"""From which width on two equal numbers look like an image whose depth was forgotten."""
_DEPTH = r"(?i)\bD\s*[=:]"


class InputWithoutDepth(Rule):
    """INPUT(28x28) is one axis of 28 positions with a depth of 28, and most who write it mean an image.

    Why: the last number of a size is always the depth. Read as one axis, convolutions slide along one side only and
    every figure is another one. Where no layer slides a window, both readings give the same, and nothing is reported.

    Instead: write the depth, or name it where one axis is meant: INPUT(W=28, D=28).
    """

    severity = "note"
    bad = ("INPUT(28x28) => CONV(32, 3) => FC(10)", "---\ninput: 28x28\n---\nCONV(32, 3) => FC(10)")
    good = (
        "INPUT(28x28x1) => CONV(32, 3) => FC(10)",
        "INPUT(W=28, D=28) => CONV(32, 3) => FC(10)",
        "INPUT(28x28) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows if any(map(_slides, context.rows)) else ():
            volume = row.output
            if row.node.inputs or volume is None or len(volume.sizes) != 2 or not row.node.layer.understood:
                continue
            width, depth = volume.sizes
            span = _written(row, context, width)
            if width == depth and width >= SMALLEST_IMAGE and not re.search(_DEPTH, context.source.text[slice(*span)]):
                yield self._about(row, f"{width}x{depth}", span)

    def _about(self, row: Row, size: str, span: Span) -> Diagnostic:
        width, depth = size.split("x")
        return self.report(
            row.node,
            f"INPUT({size}) is read as {width} positions of depth {depth}, not as an image",
            span=span,
            label="width and depth: the last number is always the depth",
            help=(
                f"write INPUT({size}x1) for a grey image, INPUT({size}x3) for one in colour",
                f"or INPUT(W={width}, D={depth}) if one axis is meant, which gives no note",
            ),
            fixes=(Fix("make it a grey image", (Edit(span, f"INPUT({size}x1)"),)),) if row.node.literal else (),
        )


def _slides(row: Row) -> bool:
    """Whether a layer slides a window, or does not fit what arrives."""
    return bool(row.windows) or (row.output is None and row.node.layer.understood and None not in row.inputs)


def _written(row: Row, context: Context, width: int) -> Span:
    """Where the size is written: on the layer, or in the front matter."""
    given = context.settings.input
    elsewhere = str(width) not in context.source.text[slice(*row.node.span)]
    same = given is not None and row.output is not None and given.sizes == row.output.sizes
    return given.span if given is not None and same and elsewhere else row.node.span
