"""What each section of a .cfg is in our words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Ends, Sizes
from shapecalc.core.phrases import size_text
from shapecalc.diagnostics.diagnostic import unreadable
from shapecalc.diagnostics.spelling import nearest
from shapecalc.expansion.options import Options
from shapecalc.formats.darknet.network import DarknetNetwork
from shapecalc.formats.darknet.recurrent_cells import recurrent
from shapecalc.formats.darknet.routes import joined, route, shortcut
from shapecalc.formats.darknet.sections import Section
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Graph

SHORT = {
    "conv": "convolutional", "max": "maxpool", "conn": "connected", "avg": "avgpool", "deconv": "deconvolutional",
    "soft": "softmax", "lrn": "normalization", "norm": "normalization", "network": "net",
    "reorg_old": "reorg", "reorg3d": "reorg", "local_avg": "local_avgpool", "quantize_convolutional": "convolutional",
}  # fmt: skip
"""Other names of sections."""
AS_THEY_ARE = (
    "yolo4", "iseg", "cost", "empty", "silence", "contrastive", "l2norm", "normalize",
)  # fmt: skip
"""Sections that give what they get; `yolo4` and `normalize` are a fork's."""
_OF_A_BOX = {"yolo": 5, "gaussian_yolo": 9}
"""Values of a box besides those of classes: where it is, how large, and whether there is an object."""
WORDS = (
    ("K", "filters={}"), ("F", "size={}"), ("S", "stride={}"), ("P", "pad=0, padding={}"),
    ("P.half", "pad=1"),
    ("POOL.P", "padding={twice}"), ("groups", "groups={}"), ("dilation", "dilation={}"),
    ("INPUT", "an input of width={w} and height={h}"), ("RESIZE", "[upsample] stride={factor}"),
    ("CONV", "[convolutional] filters={} size=1{stride}"), ("CONV.stride", " stride={}"),
)  # fmt: skip
"""How a .cfg spells arguments and layers; the padding of a pool is that of both sides."""


def read_layers(sections: Sequence[Section], options: Options) -> Graph:
    """The graph of all sections.

    Raises Diagnosed SHP010 for what refers to no layer or states no number, and for an --input that is no image.
    """
    net, *layers = sections
    if options.input is not None and len(options.input) not in (len("D"), len("WHD")):
        given = size_text(options.input)
        message = f"--input {given} is not an image: Darknet reads width x height x channels"
        raise unreadable(message, net.span, help=("give it as in --input 416x416x3",))
    network = DarknetNetwork(Assembler(options))
    network.assembler.words = WORDS
    network.here = network.assembler.input(_input(net), net.span, "input")
    network.check_keys(net)
    for section in layers:
        kind = SHORT.get(section.name, section.name)
        size = section.number("output", 0)
        meant = kind if kind in _KINDS else nearest(kind, list(_KINDS))
        if meant in _KINDS:
            _KINDS[meant](network, section)
            network.check_keys(section)
        else:
            network.opaque(section, Volume((1, 1), size) if size > 0 else None)
        if meant not in (kind, None):
            network.report("SHP101", f"Darknet has no layer called {section.name}", section, help=(f"write [{meant}]",))
        network.ends.append(network.here)
    return network.assembler.graph()


def _input(net: Section) -> tuple[int | None, ...]:
    """Width x height x channels; `inputs` alone is a row of values."""
    sizes = tuple(net.number(key, 0) or None for key in ("width", "height", "channels"))
    if sizes == (None, None, None) and net.has("inputs"):
        return 1, 1, net.number("inputs", 0) or None
    return sizes


def _strides(section: Section, default: int = 1) -> Sizes:
    stride = section.number("stride", default)
    return Sizes((section.number("stride_x", stride), section.number("stride_y", stride)))


def _convolutional(network: DarknetNetwork, section: Section) -> None:
    """`pad=1` stands for size // 2. A dilated one is counted as without dilation: SHP103 where that is another size."""
    size = section.number("size", 1)
    dilation = section.number("dilation", 1) if size > 1 else 1
    pad = size // 2 if section.number("pad", 0) else section.number("padding", 0)
    if dilation > 1 and 2 * pad != size - 1:
        message = f"Darknet counts this layer as without its dilation of {dilation}, and then its windows do not fit"
        network.report("SHP103", message, section, "dilation", help=("write pad=1 and an odd size",))
    _weighted(
        network, section, "UPCONV" if section.name.startswith("deconv") else "CONV",
        filters=section.number("filters", 1), extent=size, stride=_strides(section), padding=pad * dilation,
        dilation=dilation if dilation > 1 else None, groups=section.number("groups", 1),
    )  # fmt: skip


def _connected(network: DarknetNetwork, section: Section) -> None:
    _weighted(network, section, "FC", units=section.number("output", 1))


def _weighted(network: DarknetNetwork, section: Section, kind: str, **arguments: Any) -> None:
    """A layer with weights, its normalisation, which takes the place of the biases, and its activation."""
    normalised = bool(section.number("batch_normalize", 0))
    main = norm = None
    if section.has("share_index"):
        main, norm = network.mains[network.section(section.number("share_index", 0), section)]
    own = network.add(kind, section, None, main, bias=False if normalised else None, **arguments)
    network.mains[-1] = own, network.add("BN", section, None, norm) if normalised else None
    network.activate(section, "logistic")


def _local(network: DarknetNetwork, section: Section) -> None:
    """With `pad=1` it has (W − 1)/S + 1 positions: the padding is size − 1 in all."""
    size = section.number("size", 1)
    pair = ((size - 1) // 2, size // 2) if section.number("pad", 0) else (0, 0)
    network.add(
        "LOCAL", section, filters=section.number("filters", 1), extent=size, stride=_strides(section),
        padding=Padding("", (pair, pair)),
    )  # fmt: skip
    network.activate(section, "logistic")


def _pool(mode: str) -> Callable[[DarknetNetwork, Section], None]:
    """A pool whose `padding` counts both sides together, size − 1 where it is not written, and is no part of a mean."""

    def read(network: DarknetNetwork, section: Section) -> None:
        before = network.volume()
        if section.number("maxpool_depth", 0):
            network.opaque(section, before and Volume(before.spatial, section.number("out_channels", 1)))
            return
        size = section.number("size", section.number("stride", 1))
        total = section.number("padding", size - 1)
        pair = (total // 2, total - total // 2)
        network.add(
            "POOL", section, extent=size, stride=_strides(section), padding=Padding("", (pair, pair)), mode=mode,
            count_include_pad=False if mode == "avg" else None,
        )  # fmt: skip

    return read


def _boxes(network: DarknetNetwork, section: Section) -> None:
    """What a detector gives, as it is; SHP214 is reported where that is not what its boxes and classes take.

    Source: make_yolo_layer, make_gaussian_yolo_layer, make_region_layer and make_detection_layer. A fork may state
    neither, or what else it reads.
    """
    kind, volume = section.name, network.volume()
    classes, side = section.number("classes", 0), section.number("side", 7)
    boxes = len(section.numbers("mask")) if kind in _OF_A_BOX else section.number("num", 1)
    each = _OF_A_BOX.get(kind) or 1 + section.number("coords", 1 if kind == "detection" else 4)
    if kind == "detection":
        wanted, taken = side**2 * (boxes * each + classes), f"{side}·{side}·({boxes}·{each} + {classes})"
        found, what, write = volume and volume.size, "values", "output={} in the [connected] before it"
    else:
        wanted, taken = boxes * (each + classes), f"{boxes}·({each} + {classes})"
        found, what, write = volume and volume.depth, "channels", "filters={} in the [convolutional] before it"
    stated = section.has("classes") and section.has("mask" if kind in _OF_A_BOX else "num") and not section.has("from")
    if stated and found not in (wanted, None):
        message = f"[{kind}] reads {taken} = {wanted} {what}, and {found} arrive"
        network.report("SHP214", message, section, "classes", help=(f"write {write.format(wanted)}",))
    network.add("IDENTITY", section)


def _reorg(network: DarknetNetwork, section: Section) -> None:
    """Blocks of S x S positions become S·S times the depth; `reverse` goes back; `extra` adds zeros to a row.

    The values of `reorg` itself go to other positions in Darknet, which mixes up rows, columns and channels there.
    """
    volume, stride, extra = network.volume(), section.number("stride", 1), section.number("extra", 0)
    back = section.number("reverse", 0)
    if extra > 0:
        row = network.aside("FLATTEN", section, network.here)
        network.add("PAD", section, (row,), depth=Ends((0, extra)))
        return
    if volume is None or stride < 1:
        network.opaque(section, None)
        return
    (width, height), depth = volume.spatial, volume.depth
    if back:
        after = Volume((width * stride, height * stride), depth // stride**2)
    else:
        after = Volume((width // stride, height // stride), depth * stride**2)
    if after.size == volume.size:
        network.add("PIXELSHUFFLE" if back else "PIXELUNSHUFFLE", section, factor=stride)
    else:  # Darknet rounds down
        network.opaque(section, after if after.size else None)


def _crop(network: DarknetNetwork, section: Section) -> None:
    """The middle of an image, whose values x become 2x − 1 unless `noadjust` says otherwise. Source: crop_layer.c."""
    volume = network.volume()
    wanted = (section.number("crop_width", 1), section.number("crop_height", 1))
    left = [max(size - want, 0) for size, want in zip(volume.spatial if volume else wanted, wanted, strict=True)]
    network.add("CROP", section, padding=Padding("", tuple((n // 2, n - n // 2) for n in left)))
    if not section.number("noadjust", 0):
        network.add("RESCALE", section, scale=2, offset=-1)


def _batchnorm(network: DarknetNetwork, section: Section) -> None:
    """A section of its own stores means, variances and scales, and no biases."""
    network.add("BN", section, affine=False)
    network.add("SCALE", section, bias=False)


def _history(network: DarknetNetwork, section: Section) -> None:
    """The last volumes, one after the other in depth."""
    volume = network.volume()
    network.opaque(section, volume and Volume(volume.spatial, volume.depth * section.number("history_size", 4)))


def _implicit(network: DarknetNetwork, section: Section) -> None:
    """Values that are learned, and read no layer. Source: Implicit of AlexeyAB, ImplicitA and ImplicitM of YOLOR."""
    size = Sizes((1, section.number("atoms", 1), section.number("filters", 128)))
    network.add("LEARNED", section, (0,), size=size)


def _softmax(network: DarknetNetwork, section: Section) -> None:
    """Over all values, or over each of `groups` that are cut channel by channel; with `spatial` over the depth.

    A tree is in another file, and a temperature divides what the language has no word for.
    Source: softmax_layer.c; there only what runs on a GPU looks at `spatial`.
    """
    volume, groups = network.volume(), section.number("groups", 1)
    if section.has("tree") or section.real("temperature", 1) != 1:
        network.opaque(section, volume and Volume((1, 1), volume.size, flat=True))
        return
    if volume and (groups < 1 or volume.size % groups):
        message = f"groups={groups} does not divide the {volume.size} values that arrive"
        network.report("SHP207", message, section, "groups")
        groups = 1
    if section.number("spatial", 0) or volume is None:
        network.add("SOFTMAX", section)
    elif groups == 1:
        if volume.positions > 1:
            network.add("FLATTEN", section)
        network.add("SOFTMAX", section)
    else:
        if volume.positions > 1:
            network.add("PERMUTE", section, order=(3, 2, 1))
        network.add("RESHAPE", section, size=Sizes((1, groups, volume.size // groups)))
        network.add("SOFTMAX", section)
        network.add("FLATTEN", section)


def _normalization(network: DarknetNetwork, section: Section) -> None:
    """Darknet multiplies the sum of squares by `alpha`, and never adds the square of channel size // 2, a slip."""
    size, alpha = section.number("size", 5), Fraction(str(section.real("alpha", 0.0001)))
    beta, kappa = section.real("beta", 0.75), section.real("kappa", 1)
    network.add("LRN", section, n=size, alpha=alpha * size, beta=beta, k=kappa)


def _upsample(network: DarknetNetwork, section: Section) -> None:
    network.add("UPSAMPLE", section, factor=section.number("stride", 2))


def _dropout(network: DarknetNetwork, section: Section) -> None:
    network.add("DO", section, p=Fraction(str(section.real("probability", 0.5))))


def _activation(network: DarknetNetwork, section: Section) -> None:
    before = len(network.mains)
    network.activate(section)
    if len(network.mains) == before:
        network.add("IDENTITY", section)


def _plain(kind: str) -> Callable[[DarknetNetwork, Section], None]:
    """A layer that is one of ours as it is."""

    def read(network: DarknetNetwork, section: Section) -> None:
        network.add(kind, section)

    return read


_KINDS: dict[str, Callable[[DarknetNetwork, Section], None]] = {
    "convolutional": _convolutional, "deconvolutional": _convolutional, "connected": _connected, "local": _local,
    "maxpool": _pool("max"), "local_avgpool": _pool("avg"), "avgpool": _plain("GAP"), "route": route,
    "shortcut": shortcut, "scale_channels": joined("MUL"), "sam": joined("MUL"), "control_channels": joined("MUL"),
    "shift_channels": joined("ADD"), "route_lhalf": route, "upsample": _upsample, "reorg": _reorg,
    "crop": _crop, "batchnorm": _batchnorm, "history": _history, "dropout": _dropout,
    "activation": _activation, "softmax": _softmax, "logistic": _plain("SIGMOID"),
    "normalization": _normalization,
    **dict.fromkeys(("rnn", "gru", "lstm", "crnn", "conv_lstm"), recurrent),
    **dict.fromkeys(("yolo", "gaussian_yolo", "region", "detection"), _boxes),
    **dict.fromkeys(AS_THEY_ARE, _plain("IDENTITY")),
    **dict.fromkeys(("implicit", "implicit_add", "implicit_mul"), _implicit),
}  # fmt: skip
"""The reader of each kind of section."""
