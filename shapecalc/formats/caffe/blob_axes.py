"""Layers that join, cut or turn blobs along their axes, which Caffe counts from the batch: channels, height, width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes
from shapecalc.formats.caffe.caffe_layer import MOST_SIZES, CaffeLayer
from shapecalc.lowering.flow import volume_of

LEVELS = 20
"""Levels of a pyramid at most: the last has more parts than any map has positions."""

NAMES = {1: ("length",), 2: ("width", "height"), 3: ("width", "height", "slices")}
"""What the language calls the axes before the depth, by how many there are."""


def _along(layer: CaffeLayer, place: int) -> str | None:
    """The name of an axis; None for the depth, which needs none."""
    return NAMES[len(layer.volume.spatial)][place] if layer.volume and place >= 0 else None


def _along_batch(layer: CaffeLayer, axis: int) -> None:
    """Joined or cut along the batch, there are more images or fewer, of the same size."""
    same = axis == 0 and layer.axes[:1] == (None,)
    layer.opaque(layer.volume if same else None)
    if same and layer.volume:
        layer.regroups("makes another number of images: what follows is counted for one of them")


def concat(layer: CaffeLayer) -> None:
    """One blob after the other along an axis."""
    param = layer.param("concat_param")
    axis = param.number("axis", param.number("concat_dim", 1))
    place = layer.axis(axis)
    if len(layer.inputs) == 1:
        layer.add("IDENTITY")
    elif layer.volume is not None and place is None:
        _along_batch(layer, axis)
    elif param.flag("per_fla_fuse", False):  # Intel's: each is permuted and flattened before
        layer.add("CONCAT", [layer.aside("FLATTEN", (node,)) for node in layer.inputs])
    else:
        layer.add("CONCAT", layer.inputs, axis=None if place is None else _along(layer, place))


def cut(layer: CaffeLayer) -> list[int] | None:
    """What is between the points of an axis, or equal parts for every top."""
    param, volume, tops = layer.param("slice_param"), layer.volume, len(layer.message.texts("top"))
    axis = param.number("axis", param.number("slice_dim", 1))
    place = layer.axis(axis)
    if volume is None or place is None:
        _along_batch(layer, axis)
        return None
    size = volume.sizes[place]
    part = -(-size // max(tops, 1))  # the last of parts that are not equal reads beyond the end, which is reported
    equal = [part * i for i in range(1, tops + 1)]
    ends = [*param.numbers("slice_point"), size] if "slice_point" in param.fields else equal
    along = _along(layer, place)
    return [layer.add("SLICE", start=start, stop=end, axis=along) for start, end in pairwise([0, *ends])]


def permute(layer: CaffeLayer) -> None:
    """The axes in another order; the images stay the first."""
    rank, order = len(layer.known(layer.volume).sizes), layer.param("permute_param").numbers("order")
    order += [axis for axis in range(rank + 1) if axis not in order]
    layer.needs(sorted(order) == list(range(rank + 1)) and order[0] == 0)
    # ours counts the width as 1 and the channels last
    layer.add("PERMUTE", order=tuple(rank + 1 - axis for axis in reversed(order[1:])))


def interpolate(layer: CaffeLayer) -> None:
    """To a height and width, those of a second blob, or so many times as far apart: PSPNet's Interp."""
    param, volume = layer.param("interp_param"), layer.known(layer.volume)
    layer.needs(len(volume.spatial) == 2)
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
        layer.add("RESIZE", size=Sizes(sizes), mode="bilinear")


def reorder(layer: CaffeLayer) -> None:
    """Blocks of positions become channels, and back: Darknet's Reorg, as MobileNet-YOLO's Caffe has it."""
    param, volume = layer.param("reorg_param"), layer.volume
    stride, back = param.number("stride", 0), param.flag("reverse", False)
    sizes = () if volume is None else (volume.depth,) if back else volume.spatial
    layer.needs(stride > 0 and not any(n % (stride**2 if back else stride) for n in sizes))
    layer.add("PIXELSHUFFLE" if back else "PIXELUNSHUFFLE", factor=stride)


def argmax(layer: CaffeLayer) -> None:
    """The places of the largest values along an axis, or of all values where none is named."""
    param = layer.param("argmax_param")
    most, both = param.number("top_k", 1), 1 + param.flag("out_max_val", False)
    if "axis" not in param.fields:  # batch x 2 where values are asked for too x top_k, and as many axes as before
        layer.opaque(volume_of([both, most, *[1] * (len(layer.dims) - 2)], last=False) if layer.volume else None)
    else:
        layer.opaque(layer.resized({layer.known(layer.axis(param.number("axis", 0))): most}))


def tile(layer: CaffeLayer) -> None:
    """So many times the same along an axis."""
    param = layer.param("tile_param")
    place = layer.known(layer.axis(param.number("axis", 1)))
    layer.opaque(layer.resized({place: param.number("tiles", 1) * layer.known(layer.volume).sizes[place]}))


def reduction(layer: CaffeLayer) -> None:
    """One number of the last axes: a mean of all positions is GAP, and of all values there is one an image left."""
    param, volume = layer.param("reduction_param"), layer.known(layer.volume)
    axes, mean = layer.axes, param.text("operation", "SUM") in ("MEAN", "4")
    axis = param.number("axis", 0)
    axis += len(axes) if axis < 0 else 0
    layer.needs(1 <= axis < len(axes) and not layer.steps)
    if axis == len(axes) - len(volume.spatial) and mean:
        layer.add("GAP", mode="avg")
    else:
        layer.opaque(volume_of(layer.dims[: axis - 1], last=False))


def pyramid(layer: CaffeLayer) -> None:
    """1, 4, 16, … parts of the map, one value each a channel, in a row: He et al. 2014."""
    levels = layer.param("spp_param").number("pyramid_height", 1)
    parts = (4 ** min(levels, LEVELS) - 1) // 3
    layer.needs(parts > 0)
    layer.opaque(Volume((1, 1), layer.known(layer.volume).depth * parts, flat=True))


def upsample(layer: CaffeLayer) -> None:
    """SegNet's: maxima return to the places that a mask holds, in a map so many times as large or of a size."""
    param, volume = layer.param("upsample_param"), layer.known(layer.volume)
    scale = param.number("scale", 2)
    sizes = [param.number(f"upsample_{side}", scale * n - param.flag(f"pad_out_{side}", False))
             for side, n in zip("wh", volume.spatial, strict=False)]  # fmt: skip
    layer.needs(len(sizes) == 2 and min(sizes) > 0)
    layer.opaque(Volume(tuple(sizes), volume.depth))


def crop(layer: CaffeLayer) -> None:
    """From `axis` on the sizes of the second blob, after the offsets: one for every axis, or one for all."""
    param, volume = layer.param("crop_param"), layer.known(layer.volume)
    other = layer.known(layer.blobs.volume(layer.inputs[1]) if len(layer.inputs) > 1 else None)
    first, offsets = param.number("axis", 2), param.numbers("offset") or [0]
    first += len(layer.axes) if first < 0 else 0
    places = layer.axes[first:]
    offsets = offsets * len(places) if len(offsets) == 1 else offsets
    layer.needs(places and None not in places and len(offsets) == len(places))
    layer.needs(len(other.sizes) == len(volume.sizes))
    pairs = [(start := offsets[places.index(place)], volume.sizes[place] - start - other.sizes[place])
             if place in places else (0, 0) for place in (*range(len(volume.spatial)), -1)]  # fmt: skip
    layer.needs(min(min(pair) for pair in pairs) >= 0)
    if pairs.pop() == (0, 0):
        layer.add("CROP", padding=Padding("", tuple(pairs)))
    else:
        layer.opaque(layer.resized({place: other.sizes[place] for place in places if place is not None}))


def flatten(layer: CaffeLayer) -> None:
    """The axes from `axis` to `end_axis` become one."""
    param, dims = layer.param("flatten_param"), layer.dims
    first, last = (n + len(layer.axes) if n < 0 else n for n in (param.number("axis", 1), param.number("end_axis", -1)))
    if layer.volume is None or (first == 1 and last == len(dims)):
        layer.add("FLATTEN")
    else:
        layer.needs(1 <= first <= last <= len(dims) and not layer.steps)
        _as_dims(layer, [*dims[: first - 1], prod(dims[first - 1 : last]), *dims[last:]])


def _as_dims(layer: CaffeLayer, dims: Sequence[int]) -> None:
    """The same values with sizes in Caffe's order, without the batch."""
    if layer.volume and dims == [layer.volume.size]:
        layer.add("FLATTEN")
    else:
        layer.needs(0 < len(dims) <= MOST_SIZES and min(dims) > 0)
        layer.add("RESHAPE", size=Sizes((*(reversed(dims[1:]) if len(dims) > 1 else (1, 1)), dims[0])))


def reshape(layer: CaffeLayer) -> None:
    """`dim: 0` keeps a size, -1 is what is left; channels come first.

    With another number of images, steps of sequences among them, what follows is counted for one of them.
    """
    param, volume = layer.param("reshape_param"), layer.known(layer.volume)
    stated, first, count = param.message("shape").numbers("dim"), param.number("axis", 0), param.number("num_axes", -1)
    before = [0, *layer.dims]
    first += len(before) + 1 if first < 0 else 0
    end = len(before) if count < 0 else first + count
    layer.needs(first <= end <= len(before) and stated.count(-1) < 2 and not layer.steps)
    kept = [before[first + place] if n == 0 and first + place < len(before) else n for place, n in enumerate(stated)]
    images, *dims = [*before[:first], *kept, *before[end:]] or [0]
    if -1 in dims:
        known = prod(n for n in dims if n != -1)
        dims[dims.index(-1)] = volume.size // known if known else 0
    if layer.blobs.timed.intersection(layer.message.texts("top")):
        values = prod(dims[1:])
        if values == volume.size:
            layer.add("RESHAPE", size=Sizes((1, values)))
        else:
            layer.opaque(Volume((1,), values) if values > 0 else None)
        layer.blobs.steps.add(layer.made)
        layer.regroups("makes sequences of images: what follows is counted for one step of one sequence")
    elif prod(dims) == volume.size or images == 0 or (images > 0 and images * prod(dims) % volume.size):
        _as_dims(layer, dims)
    else:
        layer.opaque(volume_of(dims, last=False))
        layer.regroups("makes another number of images: what follows is counted for one of them")
