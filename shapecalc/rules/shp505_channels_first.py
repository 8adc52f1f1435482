"""SHP505: sizes that begin with the channels, as PyTorch writes them."""

from __future__ import annotations

from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.passes.channels_first import channels_last
from shapecalc.rules.rule import Context, Diagnostics, Example, Rule


class ChannelsFirst(Rule):
    """INPUT(3x32x32) is 3 wide, 32 high and 32 deep, and most who write it mean 3 channels of 32x32.

    Why: The last number of a size is always the depth: width x height x depth. PyTorch, Caffe and ONNX write the
    channels first. Read so, the first filters have 32 channels instead of 3, and every figure is another one.

    Instead: write the depth last, INPUT(32x32x3), also after --input. Where the volume is really 3 wide and as deep
    as it is high, name its sizes: INPUT(W=3, H=32, D=32).
    """

    severity = "warning"
    bad = (
        "INPUT(3x32x32) => CONV3-64",
        "INPUT(1, 28, 28) => CONV(8, 3, P=1) => FC(10)",
        "INPUT(3x16x112x112) => CONV(8, 3, P=1)",
        "---\ninput: 3x224x224\n---\nCONV3-64",
        Example("INPUT => CONV3-64", ("--input", "3x128x128")),
    )
    good = (
        "INPUT(32x32x3) => CONV3-64",
        "INPUT(W=3, H=32, D=32) => CONV3-64",
        "INPUT(3x3x3) => CONV3-64",
        "INPUT(1x128x64) => CONV(64, 1x3)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            node, volume = row.node, row.output
            last = channels_last(node, volume)
            if last is None or volume is None:
                continue
            channels, *sides = volume.sizes
            size = "x".join(map(str, last))
            names = ("width", "height", "depth") if len(sides) == 2 else ("width", "height", "third axis", "depth")
            yield self.report(
                node,
                f"{node.text} is read as {_read(names, volume.sizes)}: the depth comes last",
                label=f"{channels} wide and {sides[-1]} deep",
                help=(f"write the size as {size} if {channels} is the number of channels",),
                fixes=(Fix(f"put the channels last: {size}", (Edit(node.span, f"{node.kind}({size})"),)),)
                if node.literal
                else (),
            )


def _read(names: tuple[str, ...], sizes: tuple[int, ...]) -> str:
    return ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
