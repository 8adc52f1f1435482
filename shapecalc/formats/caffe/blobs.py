"""The blobs of a network and the layers between them, in the TEST phase."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import unreadable
from shapecalc.expansion.options import Options
from shapecalc.formats.caffe.caffe_layer import Blobs, CaffeLayer
from shapecalc.formats.caffe.layer_types import TYPES, measures, type_called, unknown_type
from shapecalc.formats.caffe.text_format import Message
from shapecalc.formats.caffe.weighted_layers import MARKS, RECURRENT, is_wide, step_blobs
from shapecalc.language.syntax import Settings
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.operator_call import Unread
from shapecalc.passes.graph import Graph

SIDES = {"im_info": 3, "gt_boxes": 5, "rois": 5}
"""What data of R-CNN have beside images, with the values of one: sizes and scale, or corners and a number."""
LABELLED = frozenset({"Data", "ImageData", "MemoryData"})
"""Layers whose second blob is one number an image."""
UNSTATED = frozenset({"HDF5Data", "Hdf5Data", "Python"})
"""Layers that give blobs of sizes that stand in no file."""
PHASES = {"TEST": ("TEST", "1"), "TRAIN": ("TRAIN", "0")}
"""How a phase is written."""
WORDS = (
    ("K", "num_output: {}"), ("F", "kernel_size: {}"), ("S", "stride: {}"), ("P", "pad: {}"), ("bias", "bias_term: {}"),
    ("groups", "group: {}"), ("dilation", "dilation: {}"), ("INPUT", "an input of dim: {d}, {h}, {w}"),
    ("CONV", "a Convolution with num_output: {} kernel_size: 1{stride}"), ("CONV.stride", " stride: {}"),
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
    state = _state(network, layers, has_input=bool(inputs))
    present = [message for message in layers if _is_in(state, message)]
    kept, asked = _parts(present, {name for name in inputs if _is_label(name)})
    blobs.timed = step_blobs([(_type(message), message) for message in kept])
    blobs.slid_over = {message.text("bottom") for message in kept if is_wide(_type(message), message)}
    read = {name for message in present for name in message.texts("bottom")}
    for place, name in enumerate(inputs):
        if name in asked or name not in read:  # others are labels, and weights of losses
            shape = shapes[place] if place < len(shapes) else []
            blobs.input(name, shape, network.span, name)
    for message in kept:
        _read_layer(blobs, message)
    return blobs.assembler.graph(Settings(name=network.text("name") or None))


def _is_label(name: str) -> bool:
    """Whether a blob of data is called so."""
    return name.startswith("label")


def _all_in(names: list[str], found: set[str]) -> bool:
    return bool(names) and found.issuperset(names)


def _parts(layers: Sequence[Message], labels: set[str]) -> tuple[list[Message], set[str]]:
    """The layers that are part of the network, and the blobs that these read.

    Others are losses, what losses read alone, and what reads losses. Losses read alone what is made of labels, and
    layers of Python; recurrent layers read marks of where a sequence begins, which change no figure.
    """
    lost: set[str] = set()
    aside: set[int] = set()
    for place, message in enumerate(layers):
        tops, bottoms = message.texts("top"), message.texts("bottom")
        if _gives_data(message):
            labels.update(tops[1:], filter(_is_label, tops))
        elif labels.issuperset(bottoms):
            labels.update(tops)
        if measures(_type(message), message) or lost.intersection(bottoms):
            aside.add(place)
            lost.update(set(tops) - set(bottoms))
    asked: set[str] = set()
    marks: set[str] = set()
    kept: list[Message] = []
    for place in range(len(layers) - 1, -1, -1):
        message = layers[place]
        tops, bottoms = message.texts("top"), message.texts("bottom")
        marking = _all_in(tops, marks)
        swallowed = marking or (_type(message) == "Python" and bottoms) or _all_in(bottoms or tops, labels)
        if place in aside or (swallowed and not asked.intersection(tops)):
            marks.update(bottoms if marking else ())
        else:
            kept.append(message)
            marked = bottoms[MARKS : MARKS + 1] if _type(message) in RECURRENT else []
            marks.update(marked)
            asked.update(name for name in bottoms if name not in marked)
    return kept[::-1], asked


def _gives_data(message: Message) -> bool:
    """Whether a layer reads nothing, and is of no type that has to."""
    return not message.texts("bottom") and (_type(message) not in TYPES or _type(message) == "Python")


def _read_layer(blobs: Blobs, message: Message) -> None:
    kind, tops, name = _type(message), message.texts("top"), message.text("name")
    if message.messages("layer"):
        problem = "this is Caffe's first format: layers { layer { … } }"
        raise unreadable(problem, message.span, help=("write it anew with upgrade_net_proto_text",))
    if _gives_data(message):
        blobs.sides |= dict.fromkeys(tops[1:], (message, kind))
        if tops:
            blobs.input(tops[0], _data_shape(message, 0), message.span, name)
        return
    inputs = []
    bottoms = message.texts("bottom")
    for bottom in [*bottoms[:MARKS], *bottoms[MARKS + 1 :]] if kind in RECURRENT else bottoms:
        if bottom in blobs.sides and bottom not in blobs.nodes:
            side, source = blobs.sides[bottom]
            stated = _data_shape(side, side.texts("top").index(bottom))
            if values := SIDES.get(bottom, int(source in LABELLED)):
                blobs.input(bottom, (1, values, 1, 1), side.span, bottom)
            elif source in UNSTATED or (stated and source not in TYPES and stated[-1] > 0):
                blobs.input(bottom, stated, side.span, bottom)
            else:
                blobs.nodes[bottom] = blobs.assembler.opaque(source, (), side.span, bottom, volume=None)
        if bottom not in blobs.nodes:
            problem = f"{shortened(name)} reads the blob {shortened(bottom)}, which no layer before it gives"
            raise unreadable(problem, message.span)
        inputs.append(blobs.nodes[bottom])
    if not inputs:
        raise unreadable(f"{shortened(name or kind)} reads no blob", message.span)
    layer = CaffeLayer(blobs, message, kind, name, tuple(inputs))
    try:
        ends = TYPES.get(kind, unknown_type)(layer)
    except Unread:
        ends = layer.opaque(None)
    made = ends if isinstance(ends, list) else [layer.made]
    for place, top in enumerate(tops):
        blobs.nodes[top] = made[min(place, len(made) - 1)]


def _type(message: Message) -> str:
    """The type under its name of the second version."""
    return type_called(message.text("type"))


State = tuple[str, frozenset[str]]
"""A phase and the stages of it."""


def _state(network: Message, layers: Sequence[Message], *, has_input: bool) -> State:
    """TEST and the stage `deploy`, when the network is used, or the first in which something gives it data.

    What the network states of itself comes first.
    """
    rules = [rule for message in layers for rule in (*message.messages("include"), *message.messages("exclude"))]
    stated = network.message("state")
    stages = {stage for rule in rules for key in ("stage", "not_stage") for stage in rule.texts(key)}
    first = (stated.text("phase", "TEST"), frozenset(stated.texts("stage") or stages & {"deploy"}))
    sources = [message for message in layers if _gives_data(message)]
    if has_input or not sources:
        return first
    included = [(rule.text("phase", "TEST"), frozenset(rule.texts("stage")))
                for message in sources for rule in message.messages("include")]  # fmt: skip
    states = [first, *sorted(included, key=lambda state: state[0] not in PHASES["TEST"])]
    return next((state for state in states if any(_is_in(state, message) for message in sources)), first)


def _is_in(state: State, message: Message) -> bool:
    """Whether a layer is there in a state. Source: Net::FilterNet, Net::StateMeetsRule."""
    included = message.messages("include")
    if included:
        return any(_meets(state, rule) for rule in included)
    return not any(_meets(state, rule) for rule in message.messages("exclude"))


def _meets(state: State, rule: Message) -> bool:
    phase, stages = state
    names = PHASES["TEST" if phase in PHASES["TEST"] else "TRAIN"]
    return (
        rule.text("phase", phase) in names
        and rule.number("min_level", 0) <= 0 <= rule.number("max_level", 0)
        and stages.issuperset(rule.texts("stage"))
        and stages.isdisjoint(rule.texts("not_stage"))
    )


def _data_shape(message: Message, place: int) -> list[int]:
    """The shape that a layer of data states of one of its blobs, with the batch first; 0 is open.

    Of images it is channels with height and width, or what it cuts out. The channels of cut images are as many as there
    are means; another number is nowhere written.
    """
    for key in ("input_param", "dummy_data_param"):
        param = message.message(key)
        shapes = [shape.numbers("dim") for shape in param.messages("shape")]
        old = [param.numbers(field) for field in ("num", "channels", "height", "width")]
        shapes = shapes or [list(shape) for shape in zip(*old, strict=False)]
        if shapes:
            return shapes[min(place, len(shapes) - 1)]
    if place:
        return []
    memory = message.message("memory_data_param")
    if memory.fields:
        return [1, *(memory.number(key, 0) for key in ("channels", "height", "width"))]
    transform = message.message("transform_param")
    params = [message.message(key) for key in message.fields if key.endswith("data_param")]
    crop = max(transform.number("crop_size", 0), *(param.number("crop_size", 0) for param in params), 0)
    images, resized = message.message("image_data_param"), transform.message("resize_param")
    width = images.number("new_width", resized.number("width", 0))
    height = images.number("new_height", resized.number("height", 0))
    length = [frames for param in params if (frames := param.number("new_length", 0))]  # of C3D's videos
    means = len(transform.texts("mean_value"))
    return [1, means, *length[:1], crop or height, crop or width]
