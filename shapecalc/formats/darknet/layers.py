"""What each section of a .cfg is in our words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Sizes, Word
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.expansion.options import Options
from shapecalc.formats.darknet.sections import Section
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Graph

SHORT = {
    "conv": "convolutional", "max": "maxpool", "conn": "connected", "avg": "avgpool", "deconv": "deconvolutional",
    "soft": "softmax", "lrn": "normalization", "norm": "normalization", "network": "net",
    "reorg_old": "reorg", "reorg3d": "reorg", "local_avg": "local_avgpool",
}  # fmt: skip
"""Other names of sections."""
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "leaky": ("LRELU", {"slope": Fraction(1, 10)}), "logistic": ("SIGMOID", {}), "swish": ("SILU", {}),
    "relu": ("RELU", {}), "relu6": ("RELU6", {}), "mish": ("MISH", {}), "elu": ("ELU", {}), "selu": ("SELU", {}),
    "gelu": ("GELU", {}), "tanh": ("TANH", {}),
}  # fmt: skip
"""Activations by name; another one is an elementwise function without weights."""


WORDS = (
    ("K", "filters={}"), ("F", "size={}"), ("S", "stride={}"), ("P", "padding={}"), ("P.half", "pad=1"),
    ("POOL.P", "padding={twice}"), ("groups", "groups={}"), ("dilation", "dilation={}"),
    ("INPUT", "an input of width={w} and height={h}"),
)  # fmt: skip
"""How a .cfg spells arguments; the padding of a pool is that of both sides."""


@dataclass(slots=True)
class _Network:
    """The sections that are read so far."""

    assembler: Assembler
    ends: list[int] = field(default_factory=list)
    """The last node of each section."""
    mains: list[tuple[int, int | None]] = field(default_factory=list)
    """The node that owns the weights of each section, and its normalisation."""
    here: int = 0
    """The node that the next section reads."""

    def add(
        self,
        kind: str,
        section: Section,
        inputs: Sequence[int] | None = None,
        shares: int | None = None,
        /,
        **arguments: Any,
    ) -> int:
        """One more node, which the next one reads."""
        reads = (self.here,) if inputs is None else inputs
        first = len(self.mains) == len(self.ends)
        name = f"{section.name}_{len(self.ends)}" if first else ""
        self.here = self.assembler.add(kind, reads, section.span, name, shares, **arguments)
        if first:
            self.mains.append((self.here, None))
        return self.here

    def opaque(self, section: Section, volume: Volume | None, inputs: Sequence[int] = (), params: int = 0) -> None:
        """A node that the language has no word for."""
        name = f"{section.name}_{len(self.ends)}"
        reads = inputs or (self.here,)
        self.here = self.assembler.opaque(section.name, reads, section.span, name, volume=volume, params=params)
        self.mains.append((self.here, None))

    def volume(self, node: int | None = None) -> Volume | None:
        """The volume after a node, the last one unless another is given."""
        return self.assembler.volumes[self.here if node is None else node]

    def section(self, index: int, by: Section) -> int:
        """The number of another section: counted from here where negative. Raises Diagnosed SHP010."""
        number = len(self.ends) + index if index < 0 else index
        if not 0 <= number < len(self.ends):
            message = f"[{by.name}] refers to layer {index}, and there are {len(self.ends)} layers before it"
            raise Diagnosed(report("SHP010", message, by.span))
        return number


def read_layers(sections: Sequence[Section], options: Options) -> Graph:
    """The graph of all sections. Raises Diagnosed SHP010 for what refers to no layer, or states no number."""
    network = _Network(Assembler(options))
    network.assembler.words = WORDS
    net, *layers = sections
    network.here = network.assembler.input(_input(net), net.span, "input")
    for section in layers:
        kind = SHORT.get(section.name, section.name)
        reader = _KINDS.get(kind)
        if reader is not None:
            reader(network, section)
        else:
            size = section.number("output", 0)
            network.opaque(section, Volume((1, 1), size) if size > 0 else None)
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


def _convolutional(network: _Network, section: Section) -> None:
    """`pad=1` stands for size // 2. A dilated one keeps the size that it has without dilation."""
    size, dilation = section.number("size", 1), section.number("dilation", 1)
    pad = size // 2 if section.number("pad", 0) else section.number("padding", 0)
    _weighted(
        network,
        section,
        "CONV",
        filters=section.number("filters", 1),
        extent=size,
        stride=_strides(section),
        padding=pad * dilation,
        dilation=dilation if dilation > 1 and size > 1 else None,
        groups=section.number("groups", 1) if section.has("groups") else None,
    )


def _deconvolutional(network: _Network, section: Section) -> None:
    size = section.number("size", 1)
    pad = size // 2 if section.number("pad", 0) else section.number("padding", 0)
    _weighted(
        network, section, "UPCONV", filters=section.number("filters", 1), extent=size, stride=_strides(section),
        padding=pad,
    )  # fmt: skip


def _connected(network: _Network, section: Section) -> None:
    _weighted(network, section, "FC", units=section.number("output", 1))


def _weighted(network: _Network, section: Section, kind: str, **arguments: Any) -> None:
    """A layer with weights, its normalisation, which takes the place of the biases, and its activation."""
    normalised = bool(section.number("batch_normalize", 0))
    main = norm = None
    if section.has("share_index"):
        main, norm = network.mains[network.section(section.number("share_index", 0), section)]
    own = network.add(kind, section, None, main, bias=False if normalised else None, **arguments)
    own_norm = network.add("BN", section, None, norm) if normalised else None
    network.mains[-1] = (own, own_norm)
    _activate(network, section, "logistic")


def _activate(network: _Network, section: Section, default: str = "linear") -> None:
    name = section.text("activation", default).lower()
    if name != "linear":
        kind, arguments = ACTIVATIONS.get(name, ("ACT", {"name": Word(name)}))
        network.add(kind, section, **arguments)


def _local(network: _Network, section: Section) -> None:
    """With `pad=1` it has (W − 1)/S + 1 positions: the padding is size − 1 in all."""
    size = section.number("size", 1)
    pair = ((size - 1) // 2, size // 2) if section.number("pad", 0) else (0, 0)
    network.add(
        "LOCAL", section, filters=section.number("filters", 1), extent=size, stride=_strides(section),
        padding=Padding("", (pair, pair)),
    )  # fmt: skip
    _activate(network, section, "logistic")


def _pool(mode: str) -> Callable[[_Network, Section], None]:
    """A pool whose `padding` counts both sides together, size − 1 where it is not written."""

    def read(network: _Network, section: Section) -> None:
        before = network.volume()
        if section.number("maxpool_depth", 0):
            depth = section.number("out_channels", 1)
            network.opaque(section, Volume(before.spatial, depth) if before else None)
            return
        size = section.number("size", section.number("stride", 1))
        total = section.number("padding", size - 1)
        pair = (total // 2, total - total // 2)
        network.add(
            "POOL", section, extent=size, stride=_strides(section), padding=Padding("", (pair, pair)), mode=Word(mode)
        )

    return read


def _route(network: _Network, section: Section) -> None:
    """Several layers one after the other in depth, or one as it is; `groups` takes a part of each."""
    sources = [network.ends[network.section(index, section)] for index in section.numbers("layers")]
    groups, number = section.number("groups", 1), section.number("group_id", 0)
    if groups > 1:
        parts = []
        for source in sources:
            volume = network.volume(source)
            share = volume.depth // groups if volume else 1
            place = section.span
            name = f"{section.name}_{len(network.ends)}" if len(sources) == 1 else ""
            parts.append(
                network.assembler.add(
                    "SLICE", (source,), place, name, start=share * number, stop=max(1, share * (number + 1))
                )
            )
        sources = parts
        network.here = parts[0]
    if len(sources) > 1:
        network.add("CONCAT", section, sources)
    elif groups <= 1:
        network.add("IDENTITY", section, sources)
    else:
        network.mains.append((network.here, None))


def _shortcut(network: _Network, section: Section) -> None:
    """Adds layers to the one before, whose volume stays: of larger ones only a part is read."""
    before = network.volume()
    others = [network.ends[network.section(index, section)] for index in section.numbers("from")]
    inputs = (network.here, *others)
    weighted = section.text("weights_type", "none") not in ("none", "")
    if weighted and before is not None:
        each = before.depth if section.text("weights_type") == "per_channel" else 1
        network.opaque(section, before, inputs, each * len(inputs))
    elif before is None or all(network.volume(node) in (before, None) for node in others):
        network.add("ADD", section, inputs)
    else:
        network.opaque(section, before, inputs)
    _activate(network, section)


def _scaled(network: _Network, section: Section) -> None:
    """The volume of an earlier layer, multiplied with this one."""
    other = network.ends[network.section(section.number("from", -1), section)]
    network.add("MUL", section, (other, network.here))
    _activate(network, section)


def _reorg(network: _Network, section: Section) -> None:
    """Blocks of S x S positions become S·S times the depth; `reverse` goes back."""
    volume, stride = network.volume(), section.number("stride", 1)
    after = None
    if volume is not None and stride > 0:
        (width, height), depth = volume.spatial[:2], volume.depth
        after = Volume((width // stride, height // stride), depth * stride * stride)
        if section.number("reverse", 0):
            after = Volume((width * stride, height * stride), depth // (stride * stride))
    network.opaque(section, after if after and min(after.sizes) > 0 else None)


def _crop(network: _Network, section: Section) -> None:
    volume = network.volume()
    wanted = (section.number("crop_width", 1), section.number("crop_height", 1))
    pairs = []
    for size, want in zip(volume.spatial if volume else wanted, wanted, strict=True):
        left = max(size - want, 0)
        pairs.append((left // 2, left - left // 2))
    network.add("CROP", section, padding=Padding("", tuple(pairs)))


def _batchnorm(network: _Network, section: Section) -> None:
    """A section of its own stores scales, means and variances, and no biases."""
    volume = network.volume()
    network.here = network.assembler.opaque(
        section.name, (network.here,), section.span, f"{section.name}_{len(network.ends)}", volume=volume,
        params=volume.depth if volume else 0, buffers=2 * volume.depth if volume else 0,
    )  # fmt: skip
    network.mains.append((network.here, None))


def _upsample(network: _Network, section: Section) -> None:
    network.add("UPSAMPLE", section, factor=section.number("stride", 2))


def _dropout(network: _Network, section: Section) -> None:
    network.add("DO", section, p=Fraction(str(section.real("probability", 0.5))))


def _activation(network: _Network, section: Section) -> None:
    before = len(network.mains)
    _activate(network, section)
    if len(network.mains) == before:
        network.add("IDENTITY", section)


def _plain(kind: str) -> Callable[[_Network, Section], None]:
    """A layer that is one of ours as it is."""

    def read(network: _Network, section: Section) -> None:
        network.add(kind, section)

    return read


_KINDS: dict[str, Callable[[_Network, Section], None]] = {
    "convolutional": _convolutional, "deconvolutional": _deconvolutional, "connected": _connected, "local": _local,
    "maxpool": _pool("max"), "local_avgpool": _pool("avg"), "avgpool": _plain("GAP"), "route": _route,
    "shortcut": _shortcut, "scale_channels": _scaled, "sam": _scaled, "upsample": _upsample, "reorg": _reorg,
    "crop": _crop, "batchnorm": _batchnorm, "dropout": _dropout, "activation": _activation,
    "softmax": _plain("SOFTMAX"), "normalization": _plain("LRN"),
    **dict.fromkeys(
        ("yolo", "gaussian_yolo", "region", "detection", "cost", "empty", "logxent", "l2norm"), _plain("IDENTITY")
    ),
}  # fmt: skip
"""The reader of each kind of section."""
