"""The blobs of a network and the layers between them, in the TEST phase."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.expansion.options import Options
from shapecalc.formats.caffe.caffe_layer import Blobs, CaffeLayer
from shapecalc.formats.caffe.layer_types import TYPES, V1_NUMBERS, V1_TYPES, measures, unknown_type
from shapecalc.formats.caffe.text_format import Message
from shapecalc.language.syntax import Settings
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Graph

SIDES = {"im_info": 3, "gt_boxes": 5, "rois": 5}
"""What data of R-CNN have beside images, with the values of one: sizes and scale, or corners and a number."""
LABELLED = frozenset({"Data", "ImageData", "MemoryData"})
"""Layers whose second blob is one number an image."""
WORDS = (
    ("K", "num_output: {}"), ("F", "kernel_size: {}"), ("S", "stride: {}"), ("P", "pad: {}"), ("bias", "bias_term: {}"),
    ("groups", "group: {}"), ("dilation", "dilation: {}"), ("INPUT", "an input of dim: {d}, {h}, {w}"),
    ("CONV", "a Convolution with num_output: {} kernel_size: 1{stride}"), ("CONV.S", " stride: {}"),
    ("CROP", "a Crop with offset: {}"),
)  # fmt: skip
"""How a .prototxt spells arguments and layers."""


def read_network(network: Message, options: Options) -> Graph:
    """The graph of a network's message. Raises Diagnosed SHP010 for a layer that reads a blob that nothing gives."""
    blobs = Blobs(Assembler(options))
    blobs.assembler.words = WORDS
    shapes = [message.numbers("dim") for message in network.messages("input_shape")]
    flat = network.numbers("input_dim")
    shapes += [flat[i : i + 4] for i in range(0, len(flat), 4)]
    inputs = network.texts("input")
    layers = (*network.messages("layer"), *network.messages("layers"))
    phase = _phase(layers, has_input=bool(inputs))
    present = [message for message in layers if _is_in(phase, message)]
    aside = _aside(present)
    kept = [message for place, message in enumerate(present) if place not in aside]
    measured = {name for place in aside for name in present[place].texts("bottom")}
    measured -= {name for message in kept for name in message.texts("bottom")}
    for place, name in enumerate(inputs):
        if name not in measured:  # labels and weights of losses
            shape = shapes[place] if place < len(shapes) else []
            blobs.nodes[name] = blobs.assembler.input(_sizes(shape), network.span, name)
    for message in kept:
        _read_layer(blobs, message)
    return blobs.assembler.graph(Settings(name=network.text("name") or None))


def _aside(layers: Sequence[Message]) -> set[int]:
    """The places of layers that are no part of the network: losses, what losses read alone, and what reads losses.

    Losses read alone what is made of labels, and layers of Python.
    """
    found: set[int] = set()
    lost: set[str] = set()
    labels: set[str] = set()
    for place, message in enumerate(layers):
        tops, bottoms = message.texts("top"), message.texts("bottom")
        if _gives_data(message):
            labels.update(tops[1:])
        elif labels.issuperset(bottoms):
            labels.update(tops)
        if measures(_type(message), message) or lost.intersection(bottoms):
            found.add(place)
            lost.update(set(tops) - set(bottoms))
    asked: set[str] = set()
    for place in range(len(layers) - 1, -1, -1):
        message = layers[place]
        tops, bottoms = message.texts("top"), message.texts("bottom")
        swallowed = bottoms and (_type(message) == "Python" or labels.issuperset(bottoms))
        if place in found or (swallowed and not asked.intersection(tops)):
            found.add(place)
        else:
            asked.update(bottoms)
    return found


def _gives_data(message: Message) -> bool:
    """Whether a layer reads nothing, and is of no type that has to."""
    return not message.texts("bottom") and (_type(message) not in TYPES or _type(message) == "Python")


def _read_layer(blobs: Blobs, message: Message) -> None:
    kind, tops, name = _type(message), message.texts("top"), message.text("name")
    if message.messages("layer"):
        told, newer = (
            "this is Caffe's first format: layers { layer { … } }",
            "write it anew with upgrade_net_proto_text",
        )
        raise Diagnosed(report("SHP010", told, message.span, help=(newer,)))
    if _gives_data(message):
        blobs.sides |= dict.fromkeys(tops[1:], (message, kind))
        if tops:
            blobs.nodes[tops[0]] = blobs.assembler.input(_data_size(message), message.span, name)
        return
    inputs = []
    for bottom in message.texts("bottom"):
        if bottom in blobs.sides and bottom not in blobs.nodes:
            side, source = blobs.sides[bottom]
            if values := SIDES.get(bottom, int(source in LABELLED)):
                blobs.nodes[bottom] = blobs.assembler.input((1, 1, values), side.span, bottom)
            else:
                blobs.nodes[bottom] = blobs.assembler.opaque(source, (), side.span, bottom, volume=None)
        if bottom not in blobs.nodes:
            problem = f"{shortened(name)} reads the blob {shortened(bottom)}, which no layer before it gives"
            raise Diagnosed(report("SHP010", problem, message.span))
        inputs.append(blobs.nodes[bottom])
    if not inputs:
        raise Diagnosed(report("SHP010", f"{shortened(name or kind)} reads no blob", message.span))
    layer = CaffeLayer(blobs, message, kind, name, tuple(inputs))
    ends = TYPES.get(kind, unknown_type)(layer)
    made = ends if isinstance(ends, list) else [layer.made]
    for place, top in enumerate(tops):
        blobs.nodes[top] = made[min(place, len(made) - 1)]


def _type(message: Message) -> str:
    """The type under its name of the second version."""
    kind = message.text("type")
    return V1_NUMBERS.get(kind, V1_TYPES.get(kind, kind))


def _phase(layers: Sequence[Message], *, has_input: bool) -> str:
    """TEST, when the network is used; TRAIN where only then something gives it data."""
    sources = [message for message in layers if _gives_data(message)]
    train = not has_input and sources and not any(_is_in("TEST", message) for message in sources)
    return "TRAIN" if train else "TEST"


def _is_in(phase: str, message: Message) -> bool:
    """Whether a layer is there in a phase."""
    names = (phase, str(("TRAIN", "TEST").index(phase)))
    included, excluded = message.messages("include"), message.messages("exclude")
    if included:
        return any(rule.text("phase", phase) in names for rule in included)
    return not any(rule.text("phase") in names for rule in excluded)


def _sizes(shape: Sequence[int]) -> list[int | None]:
    """Width x height x depth of a shape with the batch first; None is open, as with 0 or -1."""
    known = [n if n > 0 else None for n in shape[1:]]
    if not known:
        return [None, None, None]
    return [1, 1, known[0]] if len(known) == 1 else [*reversed(known[1:]), known[0]]


def _data_size(message: Message) -> list[int | None]:
    """What a layer of data states: a shape, channels with height and width, or what it cuts out.

    The channels of cut images are as many as there are means; another number is nowhere written.
    """
    for key in ("input_param", "dummy_data_param"):
        for shape in message.message(key).messages("shape"):
            return _sizes(shape.numbers("dim"))
    memory = message.message("memory_data_param")
    if memory.fields:
        return _sizes([1, *(memory.number(key, 0) for key in ("channels", "height", "width"))])
    transform = message.message("transform_param")
    sizes = [message.message(key).number("crop_size", 0) for key in message.fields if key.endswith("data_param")]
    crop = max(transform.number("crop_size", 0), *sizes, 0)
    images, resized = message.message("image_data_param"), transform.message("resize_param")
    width = images.number("new_width", resized.number("width", 0))
    height = images.number("new_height", resized.number("height", 0))
    return [crop or width or None, crop or height or None, len(transform.texts("mean_value")) or None]
