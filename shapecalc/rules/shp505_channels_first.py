"""SHP505: sizes that begin with the channels, as PyTorch writes them."""

from __future__ import annotations

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import size_text
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix
from shapecalc.language import syntax
from shapecalc.passes.channels_first import CHANNELS, SMALLEST_OBLONG, channels_last
from shapecalc.passes.graph import Node
from shapecalc.passes.report import Row
from shapecalc.rules.rule import Context, Diagnostics, Example, Rule


class ChannelsFirst(Rule):
    """INPUT(3x32x32) is 3 wide, 32 high and 32 deep, and most who write it mean 3 channels of 32x32.

    Why: The last number of a size is always the depth: width x height x depth. PyTorch, Caffe and ONNX write the
    channels first. Read so, the first filters have 32 channels instead of 3, and every figure is another one. So it is
    with RESHAPE(512x4x4), and with the number of images in front: INPUT(64x28x28x1) has three axes of positions.

    Instead: write the depth last, INPUT(32x32x3), also after --input. Where the volume is really 3 wide and as deep
    as it is high, name its sizes: INPUT(W=3, H=32, D=32).
    """

    severity = "warning"
    bad = (
        "INPUT(3x32x32) => CONV3-64",
        "INPUT(1, 28, 28) => CONV(8, 3, P=1) => FC(10)",
        "INPUT(3x16x112x112) => CONV(8, 3, P=1)",
        "INPUT(16x3x112x112) => CONV(8, 3, P=1)",
        "INPUT(3x480x640) => CONV(8, 3)",
        "INPUT(1x64x128) => CONV(8, 3, P=1)",
        "---\ninput: 3x224x224\n---\nCONV3-64",
        "INPUT(12x1000) => CONV(32, 3)",
        "INPUT(16x112x112x3) => CONV(8, 3) => POOL(1x2x2)",
        "INPUT(64x28x28x1) => CONV(16, 3) => FC(10)",
        "INPUT(1x1x100) => FC(8192) => RESHAPE(512x4x4)",
        Example("INPUT => CONV3-64", ("--input", "3x128x128")),
    )
    good = (
        "INPUT(32x32x3) => CONV3-64",
        "INPUT(W=3, H=32, D=32) => CONV3-64",
        "INPUT(3x3x3) => CONV3-64",
        "INPUT(1x128x64) => CONV(64, 1x3)",
        "INPUT(50x300) => CONV(64, 3)",
        "INPUT(64x28x28x1) => CONV3D(16, 3) => FC(10)",
        "INPUT(W=12, D=1000) => CONV(32, 3)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in context.rows:
            node, volume = row.node, row.output
            last = channels_last(node, volume) or _of_narrow(row, context) or _pictures_third(row, context)
            last = last or _reshaped(row)
            if last is None and volume is not None and _counts_images(row, context):
                yield self._batch(node, volume)
            if last is None or volume is None:
                continue
            first, *_, deep = volume.sizes
            size = size_text(last)
            names = (*("width", "height", *("third axis",) * len(volume.sizes))[: len(volume.sizes) - 1], "depth")
            help = [f"write the size as {size} if {_moved(volume.sizes, last)}"]
            if len(last) > len("WHD") and volume.sizes[1] == last[-1]:
                help.append(f"or {last[0]}x{last[1]}x{last[-1]} if {first} is the number of images")
            yield self.report(
                node,
                f"{node.text} is read as {_read(names, volume.sizes)}: the depth comes last",
                label=f"{first} wide and {deep} deep",
                help=tuple(help),
                fixes=(Fix(f"write the size as {size}", (Edit(node.span, f"{node.kind}({size})"),)),)
                if node.literal
                else (),
            )

    def _batch(self, node: Node, volume: Volume) -> Diagnostic:
        first, *image = volume.sizes
        return self.report(
            node,
            f"{node.text} has three axes of positions, and a depth of {volume.depth}",
            label=f"{first} positions, or {first} images?",
            help=(
                f"write INPUT({size_text(image)}), and --batch {first}, if {first} is the number of images",
                "write CONV3D in place of CONV where windows have three axes",
            ),
        )


VOLUMETRIC = 3
"""Axes of positions that CONV3D has."""


def _counts_images(row: Row, context: Context) -> bool:
    """Whether 64x28x28x1 may be 64 images: no layer says that it has three axes."""
    sizes = row.output.sizes if row.output is not None and not row.node.inputs and row.node.literal else ()
    if len(sizes) != 4 or sizes[3] not in CHANNELS or not SMALLEST_OBLONG <= sizes[1] == sizes[2] != sizes[0]:
        return False
    others = [call for call in context.calls if call is not row.node.call]
    values = [argument.value for call in others for argument in call.arguments]
    sizes_of_three = any(isinstance(value, syntax.SizeLiteral) and len(value.sizes) > 2 for value in values)
    return not sizes_of_three and all(call.named_axes != VOLUMETRIC for call in others)


def _reshaped(row: Row) -> tuple[int, ...] | None:
    """The size with its channels last of RESHAPE(512x4x4), after a layer of 8,192 units, or 96x49 after 7x7x96."""
    volume, arrives, call = row.output, row.arriving, row.node.call
    if row.node.kind != "RESHAPE" or volume is None or arrives is None or call is None or call.framework:
        return None
    if len(volume.sizes) == 2 and volume.sizes == (arrives.depth, arrives.positions) != arrives.sizes[:2]:
        return volume.sizes[::-1] if volume.sizes[0] != volume.sizes[1] and arrives.positions > 1 else None
    channels, *sides = volume.sizes
    return (*sides, channels) if len(sides) == 2 and 1 < sides[0] == sides[1] < channels else None


def _of_narrow(row: Row, context: Context) -> tuple[int, ...] | None:
    """The size with its channels last of a volume one wide or of a signal, where a window that reads it is wider."""
    volume = row.output
    if row.node.inputs or volume is None:
        return None
    if row.node.call and any(argument.name for argument in row.node.call.arguments):
        return None
    reading = [context.rows[index] for index in context.consumers[row.node.index]]
    windows = [window for reader in reading if (window := reader.node.layer.written_window) is not None]
    square = any(len(set(window.extent)) == 1 for window in windows) and reading[0].output is not None
    if square and _is_vector(*volume.sizes):
        return volume.sizes[::-1]
    narrow = _is_narrow(*volume.sizes) or _is_signal(*volume.sizes)
    return volume.sizes[::-1] if narrow and any(window.extent[0] > 1 for window in windows) else None


def _is_vector(channels: int, *more: int) -> bool:
    """Whether 100x1x1 looks like the 100 values that a generator begins with, where windows are square."""
    return channels > 1 and more == (1, 1)


def _is_narrow(width: int, *sizes: int) -> bool:
    return width == 1 and len(sizes) == 2 and min(sizes) >= SMALLEST_OBLONG


MOST_LEADS = 16
"""Channels of a signal: an electrocardiogram has 12."""


def _is_signal(channels: int, samples: int, *more: int) -> bool:
    """Whether 12x1000 looks like 12 channels of 1,000 samples: so few positions with so many values are rare."""
    return not more and channels <= MOST_LEADS and samples >= MOST_LEADS * max(channels, MOST_LEADS)


def _pictures_third(row: Row, context: Context) -> tuple[int, ...] | None:
    """The size of a film, 16x112x112x3, with its pictures along the third axis, where windows tell the axes apart."""
    sizes = row.output.sizes if row.output is not None else ()
    if row.node.inputs or len(sizes) != 4 or not sizes[3] <= max(CHANNELS) < sizes[0] < sizes[1] == sizes[2]:
        return None
    told = any(len({(w.extent, w.stride, w.before, w.after) for w in other.windows}) > 1 for other in context.rows)
    return (*sizes[1:3], sizes[0], sizes[3]) if told else None


def _moved(sizes: tuple[int, ...], last: tuple[int, ...]) -> str:
    return f"{sizes[0]} is the number of pictures" if sizes[-1] == last[-1] else f"{last[-1]} is the number of channels"


def _read(names: tuple[str, ...], sizes: tuple[int, ...]) -> str:
    return ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
