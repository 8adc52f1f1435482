"""Layers that slide windows, and what changes width and height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.formats.keras.tensors import KerasTensor
from shapecalc.formats.keras.use import Read, Use
from shapecalc.lowering import arrangements
from shapecalc.lowering.arrangements import swapped_extents, transposed_last


def window_of(use: Use) -> dict[str, Any]:
    """Extent, stride, padding and dilation of a convolution, in the order width, height."""
    settings, rank = use.settings, use.rank
    extent = settings.axes("kernel_size", rank)
    dilation = settings.axes("dilation_rate", rank)
    padding: Any = Word("same") if settings.text("padding") == "same" else 0
    if settings.text("padding") == "causal":
        padding = pairs_of([(d * (f - 1), 0) for f, d in zip(extent, dilation, strict=True)])
    return {
        "extent": turned(extent),
        "stride": turned(settings.axes("strides", rank)),
        "padding": padding,
        "dilation": turned(dilation) if set(dilation) != {1} else None,
        "bias": None if settings.flag("use_bias", True) else False,
    }


def turned(sizes: Sequence[int]) -> Sizes:
    """Sizes in our order: Keras has the height first."""
    return Sizes(reversed(sizes))


def pairs_of(pairs: Sequence[tuple[int, int]]) -> Padding:
    """Padding before and after each axis in our order."""
    return Padding("", tuple(reversed(pairs)))


def convolution(use: Use) -> KerasTensor:
    """A convolution, with its activation."""
    use = use.laid()
    groups = use.settings.whole("groups", 1)
    made = use.add(
        "CONV", filters=use.settings.whole("filters"), groups=groups if groups > 1 else None, **window_of(use)
    )
    return use.activated(use.holding(made, ("kernel", swapped_extents), "bias"))


def depthwise(use: Use) -> KerasTensor:
    """A convolution of each channel by itself."""
    use = use.laid()
    multiplier = use.settings.whole("depth_multiplier", 1)
    made = use.add("DWCONV", multiplier=multiplier if multiplier > 1 else None, **window_of(use))
    return use.activated(use.holding(made, ("kernel", arrangements.depthwise), "bias"))


def separable(use: Use) -> KerasTensor:
    """A depthwise convolution, then one of 1x1; the bias is after the second."""
    use = use.laid()
    multiplier = use.settings.whole("depth_multiplier", 1)
    made = use.add(
        "SEPCONV",
        filters=use.settings.whole("filters"),
        multiplier=multiplier if multiplier > 1 else None,
        **window_of(use),
    )
    kernels = (("depthwise", arrangements.depthwise), ("pointwise", swapped_extents))
    return use.activated(use.holding(made, *kernels, "bias"))


def transposed(use: Use) -> KerasTensor:
    """A transposed convolution: its `valid` is ours."""
    use = use.laid()
    window = window_of(use)
    if window["padding"] == 0:
        window["padding"] = Word("valid")
    extra = use.settings.values.get("output_padding")
    if extra is not None:
        window["output_padding"] = turned(use.settings.axes("output_padding", use.rank))
    made = use.add("UPCONV", filters=use.settings.whole("filters"), **window)
    return use.activated(use.holding(made, ("kernel", transposed_last), "bias"))


def local(use: Use) -> KerasTensor:
    """A convolution whose weights differ from place to place."""
    use = use.laid()
    window = window_of(use)
    del window["dilation"]
    return use.activated(use.add("LOCAL", filters=use.settings.whole("filters"), **window))


def dense(use: Use) -> KerasTensor:
    """Works on the last axis, whatever the rank."""
    units, bias = use.settings.whole("units"), None if use.settings.flag("use_bias", True) else False
    if use.tensor.rank <= 1:
        return use.activated(use.holding(use.add("FC", rank=1, units=units, bias=bias), "kernel", "bias"))
    if use.tensor.first:
        shape = use.shape
        params = units * (shape[-1] + use.settings.flag("use_bias", True)) if shape else 0
        return use.activated(use.shaped((*shape[:-1], units) if shape else None, params))
    made = use.add("CONV", filters=units, extent=1, stride=1, padding=0, bias=bias)
    return use.activated(use.holding(made, "kernel", "bias"))


def pool(mode: str) -> Read:
    """The reader of a pool; without strides it moves by its size."""

    def read(use: Use) -> KerasTensor:
        use = use.laid()
        settings = use.settings
        extent = settings.axes("pool_size", use.rank, 2)
        stride = settings.axes("strides", use.rank) if settings.values.get("strides") is not None else extent
        same = settings.text("padding") == "same"
        return use.add(
            "POOL",
            extent=turned(extent),
            stride=turned(stride),
            padding=Word("same") if same else 0,
            mode=Word(mode),
            count_include_pad=False if same and mode == "avg" else None,
        )

    return read


def global_pool(mode: str) -> Read:
    """The reader of a pool over everything: a row of values, unless the axes are kept."""

    def read(use: Use) -> KerasTensor:
        use = use.laid()
        return use.add("GAP", rank=None if use.settings.flag("keepdims", False) else 1, mode=Word(mode))

    return read


def adaptive(mode: str) -> Read:
    """The reader of a pool to a size."""

    def read(use: Use) -> KerasTensor:
        use = use.laid()
        return use.add("ADAPTIVEPOOL", size=turned(use.settings.axes("output_size", use.rank)), mode=Word(mode))

    return read


def border(kind: str, key: str) -> Read:
    """The reader of a layer that adds or cuts a border."""

    def read(use: Use) -> KerasTensor:
        use = use.laid()
        return use.add(kind, padding=pairs_of(use.settings.pairs(key, use.rank)))

    return read


def upsampling(use: Use) -> KerasTensor:
    """Every axis so many times as long."""
    use = use.laid()
    how = use.settings.text("interpolation", "nearest")
    factor = turned(use.settings.axes("size", use.rank, 2))
    made = use.add("UPSAMPLE", factor=factor, mode=Word("bilinear") if how == "bilinear" else None)
    return use.differing(made, "" if how in ("nearest", "bilinear") else f"it interpolates by {how}")


def resizing(use: Use) -> KerasTensor:
    """To a height and a width, whatever they were."""
    use = use.laid()
    how, settings = use.settings.text("interpolation", "bilinear"), use.settings
    size = Sizes((settings.whole("width"), settings.whole("height")))
    made = use.add("RESIZE", size=size, mode=Word("bilinear") if how == "bilinear" else None)
    cuts = any(settings.flag(f"{way}_to_aspect_ratio", False) for way in ("crop", "pad"))
    other = "" if how in ("nearest", "bilinear") else f"it interpolates by {how}"
    return use.differing(made, "it keeps the aspect ratio" if cuts else other)


def center_crop(use: Use) -> KerasTensor:
    """The middle of the image; a smaller image is resized."""
    use = use.laid()
    wanted = (use.settings.whole("width"), use.settings.whole("height"))
    spatial = use.volume.spatial if use.volume else wanted
    spare = [size - want for size, want in zip(spatial, wanted, strict=False)]
    if min(spare) < 0:
        made = use.add("RESIZE", size=Sizes(wanted), mode=Word("bilinear"))
        return use.differing(made, "it keeps the aspect ratio")
    return use.add("CROP", padding=Padding("", tuple((n // 2, n - n // 2) for n in spare)))
