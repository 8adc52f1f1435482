"""SHP205: windows that are larger than their padded input."""

from shapecalc.core.volumes import axis_name
from shapecalc.rules.rule import Context, Diagnostics, Rule


class WindowTooLarge(Rule):
    """A window is larger than its padded input.

    Why: not one window fits, so that there is no output. It happens where a network pools too often for its input, or
    where width, height and depth are given in another order. A pool that rounds up takes one window all the same, in
    PyTorch, ONNX Runtime and Caffe, and its result is not what the sizes say.

    Instead: begin with a larger input, pool less often, pad, or write a smaller F. GAP takes the whole width and
    height, whatever they are.
    """

    bad = ("INPUT(40x40x8) => AVGPOOL(90)", "INPUT(2x2x3) => POOL(3, S=2, ceil=true)")
    good = ("INPUT(40x40x8) => AVGPOOL(40)", "INPUT(40x40x8) => GAP")

    def check(self, context: Context) -> Diagnostics:
        """Rounding up, one window is left that goes beyond the end; layers report the other cases."""
        for row in context.rows:
            sizes = row.arriving.spatial if row.arriving and row.output else ()
            for axis, (window, size) in enumerate(zip(row.windows, sizes, strict=False)):
                if window.hangs_over(size):
                    noun, adjective = axis_name(axis, len(row.windows))
                    padded = size + window.before + window.after
                    yield self.report(
                        row.node,
                        f"{row.node.kind} is larger than its input: a window {window.effective} {adjective} "
                        f"on {padded}",
                        label=f"expected {noun} of at most {padded}, found {window.effective}",
                        notes=("rounded up, one window is left, which goes beyond the end",),
                    )
                    break
