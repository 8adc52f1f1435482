"""A layer of a framework with its arguments as a diagram writes it, and how many axes it leaves."""

from __future__ import annotations

import ast
import math
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.dialects.forms import TABLES, CallForm, by_spelling, forms, squashed
from shapecalc.dialects.framework_of import KERAS_MODULES, SPELLED_ALIKE
from shapecalc.dialects.wrappers import SHAPES, is_wrapper
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    External,
    Function,
    Instance,
    LayerObject,
    Partial,
    Piece,
    Unknown,
    Value,
)

NO_WEIGHTS = frozenset({
    "POOL", "AVGPOOL", "L2POOL", "ADAPTIVEAVGPOOL", "ADAPTIVEMAXPOOL", "GAP", "GLOBALMAXPOOL", "DO", "IDENTITY", "RELU",
    "RELU6", "LRELU", "ELU", "SELU", "GELU", "SILU", "MISH", "HSWISH", "HSIGMOID", "SIGMOID", "TANH", "SOFTPLUS",
    "SOFTMAX", "FLATTEN", "RESHAPE", "UPSAMPLE", "RESIZE", "PIXELSHUFFLE", "PIXELUNSHUFFLE", "SHUFFLE", "PAD", "CROP",
    "LRN", "PERMUTE", "-",
})  # fmt: skip
"""Our layers that a function without weights can stand for; `-` is what an argument says."""
OF_EACH_VALUE = NO_WEIGHTS - {
    "POOL", "AVGPOOL", "L2POOL", "ADAPTIVEAVGPOOL", "ADAPTIVEMAXPOOL", "GAP", "GLOBALMAXPOOL", "RESHAPE", "UPSAMPLE",
    "RESIZE", "PIXELSHUFFLE", "PIXELUNSHUFFLE", "SHUFFLE", "PAD", "CROP", "PERMUTE", "-",
} | {"DROPPATH"}  # fmt: skip
"""Those that leave every size as it is."""
WHOLE = frozenset({"K", "F", "S", "in", "groups", "dilation", "output_padding", "rows", "heads"})
"""Our arguments that are whole numbers."""
MOST_PIECES = 2_000
"""Parts of a layer, with those of the layers that are its arguments."""
_OF_KERAS = ("Keras", "Keras 1")

USUAL_NAMES = {
    "nn": "torch.nn", "F": "torch.nn.functional", "tf": "tensorflow", "layers": "keras.layers", "keras": "keras",
    "torch": "torch", "np": "numpy", "K": "keras.backend", "ops": "keras.ops",
}  # fmt: skip
"""What names stand for in programs that are pasted without their imports."""


OTHER_FRAMEWORKS = frozenset({"mlx", "mindspore", "flax", "mxnet", "haiku", "chainer"})
"""Frameworks with layers of the same names that pad, or order axes, in another way."""
MODULES = ("Module", "Model", "Layer", "Sequential", "Block")
"""How the classes end that models are made from."""
_CALLED = (ast.Attribute, ast.Name)
PACKAGES = frozenset({
    "torch", "torchvision", "torchaudio", "timm", "paddle", "keras", "tensorflow", "tf_keras", "keras_core", "numpy",
    "einops",
    *OTHER_FRAMEWORKS, *sys.stdlib_module_names,
})  # fmt: skip
"""Modules whose names mean what they say; those of the program's author may be anything."""


def is_own(module: str) -> bool:
    """Whether a module is not one of a framework, or of Python."""
    return module.partition(".")[0] not in PACKAGES


_THINGS = PACKAGES - sys.stdlib_module_names | {"functools", "math"}
_SETTINGS = ("torch.backends.", "torch.cuda.", "torch.version.")


def is_true(name: External) -> bool:
    """Whether what is imported is a class, a function or a module, and no setting: `sys.argv`, `config.use_bn`."""
    is_class = name.base[:1].isupper() and not name.base.isupper()  # USE_BN is a setting
    if is_layer(name) or (name.is_known and is_class):
        return True
    is_of_framework = name.name.partition(".")[0] in _THINGS
    return is_of_framework and not name.base.isupper() and not name.name.startswith(_SETTINGS)


def makes_layers(node: ast.AST) -> bool:
    """Whether a part of a program calls what is named as layers and models are."""
    calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    names = [made.attr if isinstance(made, ast.Attribute) else made.id for made in calls if isinstance(made, _CALLED)]
    return any(name.endswith(MODULES) or is_layer(External(name, name)) for name in names)


@lru_cache(4096)
def is_keras(name: External) -> bool:
    """Whether a layer is one of Keras: by its modules, or by its case where it has none."""
    if name.is_own:
        return False
    modules = set(name.name.split(".")[:-1])
    if modules & KERAS_MODULES:
        return True
    known = name.base in OTHERS or any(name.base in forms(one) for one in _OF_KERAS)
    return not modules and name.base not in forms("PyTorch") and known


def form_of(name: External) -> CallForm | None:
    """What the framework's call is; None where that is not known."""
    if is_keras(name):
        return forms("Keras").get(name.base) or forms("Keras 1").get(name.base)
    return by_spelling("PyTorch").get(squashed(name.base))


@lru_cache(4096)
def is_layer(name: External) -> bool:
    """Whether calling it makes a layer: one that is known, or what a framework has among its layers."""
    module, _, base = name.name.rpartition(".")
    if not base[:1].isupper():
        return False
    if name.is_own:  # of the program's author: activations and the like are what they are called
        form = by_spelling("PyTorch").get(squashed(base))
        return form is not None and form.ours in OF_EACH_VALUE
    known = is_wrapper(base) or any(base in forms(framework) for framework in TABLES) or base in OTHERS
    return known or module.endswith(("torch.nn", "layers"))


DENSE = External("keras.layers.Dense", "layers.Dense")


def layer_base(made: ClassValue, after: ClassValue | None = None) -> External | None:
    """The layer of a framework that a class is made from, or what comes after one of its bases."""
    base = next((one for one in made.after(after) if isinstance(one, External)), None)
    return base if base and (base.base in OTHERS or form_of(base)) else None


OTHERS = frozenset({
    "Add", "Concatenate", "Multiply", "Subtract", "Maximum", "Average", "Minimum", "Dot", "Lambda", "RepeatVector",
    "Normalization", "RMSNormalization", "Attention", "AdditiveAttention", "RNN", "LSTMCell", "GRUCell",
    "SimpleRNNCell", "StackedRNNCells", "EinsumDense",
})  # fmt: skip
"""Layers of Keras that are not in its table."""
JOINS = {
    "Add": "ADD", "Concatenate": "CONCAT", "Multiply": "MUL", "Subtract": "SUB", "Maximum": "MAX",
}  # fmt: skip
"""Our layer for Keras' `Add()([x, y])`."""


def layer_call(
    name: External, node: ast.Call, arguments: list[Value], named: Mapping[str, Value], places: Places
) -> LayerObject | Unknown:
    """The layer that a call makes; Unknown where one of its arguments is not known."""
    given = {**{str(place): value for place, value in enumerate(arguments)}, **named}
    reads: tuple[Piece, ...] = next((value.reads for value in given.values() if isinstance(value, LayerObject)), ())
    for key, value in given.items():
        if (reader := _says_input(name, form_of(name), key)) and (text := input_text(reader, value)):
            reads = ((text, places.span(_sites(node, arguments).get(key, node))),)
    made = LayerObject(name, (), places.span(node), given, node, reads)
    inner = given.get("layer", given.get("0"))
    is_around = name.base == "TimeDistributed" or (is_wrapper(name.base) and not isinstance(inner, LayerObject))
    if is_keras(name) and (name.base in OTHERS or is_around):
        return made
    pieces = pieces_of(made, {} if own_activation(made) is None else {"activation": None}, places)
    return pieces if isinstance(pieces, Unknown) else replace(made, pieces=pieces)


def own_activation(layer: LayerObject) -> Value:
    """The function of the program that a layer has as its activation; None where it has none."""
    form = form_of(layer.name)
    slot = form.slot("activation") if form else None
    given = argument_of(layer, "activation") if slot and slot.reader == "activation" else None
    return given if isinstance(given, Function | Partial | Instance) else None


def pieces_of(layer: LayerObject, changed: Mapping[str, Value], places: Places) -> tuple[Piece, ...] | Unknown:
    """A layer as a diagram writes it, some of its arguments `changed`, or left out where they are None."""
    name, node = layer.name, layer.node
    form = form_of(name)
    module = "layers." if name.written in SPELLED_ALIKE and is_keras(name) else ""
    pieces: list[Piece] = [(f"{module}{name.written}(", places.span(node.func))]
    sites = _sites(node, [key for key in layer.arguments if key.isdigit()])
    for key, value in {**_by_name(layer, changed), **changed}.items():
        site = sites.get(key, node)
        if _says_input(name, form, key) or (key in changed and value is None):
            continue
        written = None if _is_broken(form, key, value) else _written(value, site, places)
        if written is None:
            if key in SHAPES or (not key.isdigit() and _has_no_effect(name, key)):
                continue
            return _not_known(name, key, value, site, places)
        if len(pieces) > 1:
            pieces.append((", ", places.span(site)))
        pieces += written if key.isdigit() else [(f"{key}=", places.span(site)), *written]
    pieces.append((")", _end_of(places.span(node))))
    if len(pieces) > MOST_PIECES:
        return Unknown(f"{name.base} has too many arguments", places.span(node))
    return tuple(pieces)


def _by_name(layer: LayerObject, changed: Mapping[str, Value]) -> Mapping[str, Value]:
    """The arguments of a layer; where some are changed, with the names of those that have only places.

    TensorFlow has no Keras 1, whose layers have others in these places.
    """
    form = form_of(layer.name)
    slots = form.slots if (changed or layer.name.name.startswith("tensorflow.")) and form else ()
    names = {str(place): slot.name for place, slot in enumerate(slots)}
    return {names.get(key, key): value for key, value in layer.arguments.items()}


def _sites(node: ast.Call, arguments: Sequence[Value]) -> dict[str, ast.AST]:
    """Where the arguments of a call are, by their names or places."""
    spread = any(isinstance(part, ast.Starred) for part in node.args) or len(node.args) != len(arguments)
    sites: dict[str, ast.AST] = {} if spread else {str(place): part for place, part in enumerate(node.args)}
    return sites | {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}


_READERS = {"input_shape": "input", "batch_input_shape": "batch_input", "input_dim": "input_dim"}
"""How wrappers have what arrives, as the layers have it inside of them."""


def _says_input(name: External, form: CallForm | None, key: str) -> str:
    """How an argument of a layer says what arrives; empty for others, and for the arguments of an input."""
    slot = form.slot(key) if form and form.ours != "INPUT" else None
    whole = form is None or is_wrapper(name.base)
    found = _READERS.get(key, "") if whole else slot.reader if slot else ""
    return found if found in _READERS.values() else ""


OPEN = "IDENTITY()"
"""What stands for an input some of whose sizes are open: the command line says them."""


def input_text(reader: str, value: Value) -> str:
    """An input of a shape, as a diagram has it; empty where the shape is not known."""
    axes = value if isinstance(value, list | tuple) else (value,)
    if reader == "batch_input":
        axes = axes[1:]
    if not axes or not all(isinstance(one, int | None) for one in axes):
        return ""
    if None in axes:
        return OPEN
    if len(axes) == 1:
        return f"INPUT(1x1x{axes[0]})"
    return f"keras.Input(shape=({', '.join(map(str, axes))},))"


def stated_shape(layer: LayerObject) -> tuple[Value, ...] | None:
    """The shape, without its batch, that a layer says that it reads."""
    for key, reader in _READERS.items():
        value = layer.arguments.get(key)
        if _says_input(layer.name, form_of(layer.name), key) and value is not None:
            axes = tuple(value) if isinstance(value, list | tuple) else (value,)
            return axes[reader == "batch_input" :]
    inner = layer.arguments.get("0", layer.arguments.get("layer"))
    return stated_shape(inner) if is_wrapper(layer.name.base) and isinstance(inner, LayerObject) else None


def _is_broken(form: CallForm | None, key: str, value: Value) -> bool:
    """Whether a size is 8.0, which frameworks refuse."""
    slots = form.slots if form else ()
    place = int(key) if key.isdigit() else next((n for n, slot in enumerate(slots) if slot.name == key), len(slots))
    return isinstance(value, float) and place < len(slots) and slots[place].ours in WHOLE


def _not_known(name: External, key: str, value: Value, site: ast.AST, places: Places) -> Unknown:
    if isinstance(value, Unknown):
        return value
    what = f"argument {int(key) + 1}" if key.isdigit() else key
    if isinstance(value, float):
        return Unknown(f"{what} of {name.base} is {value}, which is not a whole number", places.span(site))
    return Unknown(f"{what} of {name.base} is {places.shown(site)}, which is no number or word", places.span(site))


def _end_of(span: Span) -> Span:
    return span[1] - 1, span[1]


def _has_no_effect(name: External, key: str) -> bool:
    """Whether no figure hangs on an argument."""
    found = [forms(one).get(name.base) for one in _OF_KERAS] if is_keras(name) else [form_of(name)]
    slots = [form.slot(key) for form in found if form]
    return key == "name" or any(slot is not None and slot.ours == "-" and not slot.reader for slot in slots)


def _written(value: Value, site: ast.AST, places: Places) -> list[Piece] | None:
    """A value as a diagram has it; None where it has no such value."""
    span = places.span(site)
    if isinstance(value, list | tuple) and len(value) <= MOST_PIECES and _is_flat(value):
        parts = (
            site.elts
            if isinstance(site, ast.Tuple | ast.List) and len(site.elts) == len(value)
            else [site] * len(value)
        )
        found = [_written(one, part, places) for one, part in zip(value, parts, strict=True)]
        comma, pieces = (", ", span), list[Piece]()
        for one in found:
            if one is None:
                return None
            pieces += [comma, *one] if pieces else one
        return [("(", span), *pieces, (",)" if len(value) == 1 else ")", _end_of(span))]
    if isinstance(value, LayerObject):
        return [*value.pieces]
    text = _plain(value)
    return [(text, span)] if text is not None else None


def _is_flat(value: Value, depth: int = 3) -> bool:
    """Whether lists are in each other no deeper than frameworks have them."""
    inside = value if isinstance(value, list | tuple) else ()
    return depth > 0 and all(_is_flat(one, depth - 1) for one in inside)


def _plain(value: Value) -> str | None:
    match value:
        case None | bool() | int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case str() if re.fullmatch(r"[\w .-]*", value):
            return f"'{value}'"
        case External() if value.is_known:
            return value.written
    return None


def argument_of(layer: LayerObject, name: str) -> Value:
    """An argument of a layer, by its name or at its place; None where it is not given."""
    form = form_of(layer.name)
    place = next((n for n, slot in enumerate(form.slots if form else ()) if slot.name == name), None)
    return layer.arguments.get(name, layer.arguments.get(str(place)))


def rank_after(layer: LayerObject, rank: int | None) -> int | None:
    """How many axes, with that of the batch, a layer leaves of so many; None where that is not known."""
    base, form = layer.name.base, form_of(layer.name)
    ours = form.ours if form else ""
    said = re.search(r"(?<=[a-z])[123](?=[dD])", base)
    if is_wrapper(base):
        inner = layer.arguments.get("0", layer.arguments.get("layer"))
        if not isinstance(inner, LayerObject):
            return None
        if base == "Bidirectional":
            return rank_after(inner, rank)
        within = rank_after(inner, rank and rank - 1)
        return within and within + 1
    if ours == "FLATTEN":
        return 2
    if ours in ("GAP", "GLOBALMAXPOOL") and not argument_of(layer, "keepdims"):
        return 2
    if ours in ("LSTM", "GRU", "RNN"):
        return 3 if argument_of(layer, "return_sequences") else 2
    if ours == "EMBEDDING":
        return None if rank is None else rank + 1
    if ours == "RESHAPE":
        target = argument_of(layer, "target_shape")
        return len(target) + 1 if isinstance(target, list | tuple) else None
    if ours == "PERMUTE":
        return rank if form and form.framework != "PyTorch" else None
    if rank is None and said and base != "BatchNorm1d":  # which also reads rows of values
        return int(said.group()) + 2
    return rank


_OWN_DEPTH = frozenset({"FLATTEN", "RESHAPE", "PERMUTE", "PIXELSHUFFLE", "PIXELUNSHUFFLE", "EMBEDDING"})
"""Our layers whose depth is not that of what they read, and no argument of theirs."""


def depth_after(layer: LayerObject, depth: int | None) -> int | None:
    """How many channels a layer gives for so many; None where that is not known."""
    form = form_of(layer.name)
    if form is None or form.ours in _OWN_DEPTH or is_wrapper(layer.name.base):
        return None
    if form.ours == "DWCONV":
        times = argument_of(layer, "depth_multiplier") or 1
        return depth * times if depth and isinstance(times, int) and form.framework == "Keras" else None
    for place, slot in enumerate(form.slots):
        if slot.ours == "K":
            given = layer.arguments.get(slot.name, layer.arguments.get(str(place)))
            return given if isinstance(given, int) and not layer.arguments.get("bidirectional") else None
    return depth
