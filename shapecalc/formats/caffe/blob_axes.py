"""Layers that join, cut or turn blobs along their axes, which Caffe counts from the batch: channels, height, width."""

from __future__ import annotations

from math import prod

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.caffe.caffe_layer import CaffeLayer

SPATIAL = {1: {2: "length"}, 2: {2: "height", 3: "width"}, 3: {2: "slices", 3: "height", 4: "width"}}
"""What an axis is called, by how many there are behind the channels."""


def _axis(volume: Volume, axis: int) -> str | None:
    """The name of an axis; None for that of the images, and for one that is not there."""
    rank = len(volume.spatial)
    axis += rank + 2 if axis < 0 else 0
    return "depth" if axis == 1 or (volume.flat and axis == rank + 1) else SPATIAL.get(rank, {}).get(axis)


def concat(layer: CaffeLayer) -> None:
    """One blob after the other along an axis."""
    param, volume = layer.message.message("concat_param"), layer.volume
    axis = _axis(volume, param.number("axis", param.number("concat_dim", 1))) if volume else "depth"
    if axis is None:
        layer.opaque(None)
    elif len(layer.inputs) == 1:
        layer.add("IDENTITY")
    else:
        layer.add("CONCAT", layer.inputs, axis=None if axis == "depth" else Word(axis))


def cut(layer: CaffeLayer) -> list[int] | None:
    """What is between the points of an axis, or equal parts for every top."""
    param, volume, tops = layer.message.message("slice_param"), layer.volume, len(layer.message.texts("top"))
    axis = _axis(volume, param.number("axis", param.number("slice_dim", 1))) if volume else None
    if volume is None or axis is None:
        layer.opaque(None)
        return None
    size = volume.sizes[{"height": 1, "slices": 2, "depth": -1}.get(axis, 0)]
    points = param.numbers("slice_point") or [size * i // tops for i in range(1, tops)]
    along = None if axis == "depth" else Word(axis)
    ends = zip([0, *points], [*points, size], strict=True)
    return [layer.add("SLICE", start=start, stop=end, axis=along) for start, end in ends]


def permute(layer: CaffeLayer) -> None:
    """The axes in another order; the images stay the first."""
    volume, order = layer.volume, layer.message.message("permute_param").numbers("order")
    rank = len(volume.sizes) if volume else 0
    order += [axis for axis in range(rank + 1) if axis not in order]
    if volume is None or sorted(order) != list(range(rank + 1)) or order[0] != 0:
        layer.opaque(None)
    else:  # ours counts the width as 1 and the channels last
        layer.add("PERMUTE", order=tuple(rank + 1 - axis for axis in reversed(order[1:])))


def interpolate(layer: CaffeLayer) -> None:
    """To a height and width, those of a second blob, or so many times as far apart: PSPNet's Interp."""
    param, volume = layer.message.message("interp_param"), layer.volume
    if volume is None or len(volume.spatial) != 2:
        layer.opaque(None)
        return
    shrink, zoom = param.number("shrink_factor", 1), param.number("zoom_factor", 1)
    border = param.number("pad_beg", 0) + param.number("pad_end", 0)
    sizes = [(n + border - 1) // max(shrink, 1) + 1 for n in volume.spatial]
    sizes = [n + (n - 1) * (zoom - 1) for n in sizes]
    if param.fields.keys() & {"height", "width"}:
        sizes = [param.number("width", 0), param.number("height", 0)]
    elif len(layer.inputs) > 1 and (other := layer.blobs.volume(layer.inputs[1])) is not None:
        sizes = list(other.spatial)
    if border or min(sizes) < 1:
        layer.opaque(Volume(tuple(sizes), volume.depth) if min(sizes) > 0 else None)
    else:
        layer.add("RESIZE", size=Sizes(sizes), mode=Word("bilinear"))


def reorder(layer: CaffeLayer) -> None:
    """Blocks of positions become channels, and back: Darknet's Reorg, as MobileNet-YOLO's Caffe has it."""
    param, volume = layer.message.message("reorg_param"), layer.volume
    stride, back = param.number("stride", 0), param.flag("reverse", False)
    sizes = () if volume is None else (volume.depth,) if back else volume.spatial
    if stride < 1 or any(n % (stride**2 if back else stride) for n in sizes):
        layer.opaque(None)
    else:
        layer.add("PIXELSHUFFLE" if back else "PIXELUNSHUFFLE", factor=stride)


def argmax(layer: CaffeLayer) -> None:
    """The places of the largest values along an axis, or of all values where none is named."""
    param, volume = layer.message.message("argmax_param"), layer.volume
    most, both = param.number("top_k", 1), 1 + param.flag("out_max_val", False)
    axis = _axis(volume, param.number("axis", 0)) if volume else None
    if volume is not None and axis is None:
        layer.opaque(Volume((1, 1), most * both, flat=True))
    else:
        layer.opaque(Volume(volume.spatial, most) if volume and axis == "depth" else None)


def upsample(layer: CaffeLayer) -> None:
    """SegNet's: maxima return to the places that a mask holds, in a map so many times as large or of a size."""
    param, volume = layer.message.message("upsample_param"), layer.volume
    scale = param.number("scale", 2)
    sizes = [param.number(f"upsample_{side}", scale * n - param.flag(f"pad_out_{side}", False))
             for side, n in zip("wh", volume.spatial if volume else (), strict=False)]  # fmt: skip
    layer.opaque(Volume(tuple(sizes), volume.depth) if volume and len(sizes) == 2 and min(sizes) > 0 else None)


def crop(layer: CaffeLayer) -> None:
    """From `axis` on the sizes of the second blob, after the offsets: one for every axis, or one for all."""
    param = layer.message.message("crop_param")
    volumes = [layer.blobs.volume(node) for node in layer.inputs]
    axis, offsets = param.number("axis", 2), param.numbers("offset") or [0]
    if len(volumes) != 2 or axis not in (2, 3) or None in volumes:
        layer.opaque(None)
        return
    given, wanted = (volume.spatial for volume in volumes if volume is not None)
    each = offsets * 2 if len(offsets) == 1 else [0] * (axis - 2) + offsets
    pairs = []
    for place, (size, want) in enumerate(zip(given, wanted, strict=False)):
        offset = each[1 - place] if place < 2 else 0
        cut = axis == 2 or place == 0
        pairs.append((offset, size - offset - want) if cut else (0, 0))
    if len(pairs) != 2 or min(min(pair) for pair in pairs) < 0:
        layer.opaque(None)
    else:
        layer.add("CROP", padding=Padding("", tuple(pairs)))


def reshape(layer: CaffeLayer) -> None:
    """`dim: 0` keeps a size, -1 is what is left; channels come first."""
    volume, dims = layer.volume, layer.message.message("reshape_param").message("shape").numbers("dim")
    if volume is None or not 2 <= len(dims) <= 4 or dims.count(-1) > 1:
        layer.opaque(None)
        return
    before = [1, volume.depth, *reversed(volume.spatial)]
    sizes = [before[place] if n == 0 and place < len(before) else n for place, n in enumerate(dims)][1:]
    if -1 in sizes:
        known = prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = volume.size // known if known else 0
    if len(sizes) == 1:
        layer.add("FLATTEN")
    elif min(sizes) < 1:
        layer.opaque(None)
    else:
        layer.add("RESHAPE", size=Sizes((*reversed(sizes[1:]), sizes[0])))
