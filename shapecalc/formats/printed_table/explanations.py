"""Layers of ours that make a printed row of what it reads, the plainest first, and why none can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import gcd, prod

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import ArgumentError, Sizes
from shapecalc.core.record import NamedTuple
from shapecalc.core.window import ShapeError
from shapecalc.formats.printed_table.asked_rows import Arguments, Asked, Guesses, Way
from shapecalc.formats.printed_table.window_guesses import WINDOWED
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.assembler import layer_of
from shapecalc.registry import by_name


def ways(asked: Asked) -> list[Way]:
    """The layers that explain a row; none where its filter, its order or its kind is not one that is tried."""
    kind = asked.named.type.kind
    found: list[Way] = []
    for name, groups in _guesses(asked):
        for arguments in groups:
            way = _verified(asked, name, arguments)
            if way and not any(_alike(way, other, asked) for other in found):
                found.append(way)
        if found:
            return found if kind in WINDOWED else found[:1]
    return found


def _alike(one: Way, other: Way, asked: Asked) -> bool:
    """Whether two ways slide the same windows: `same` and 1 are one padding of a 3x3."""
    volume = asked.before
    return one.layer.windows(volume) == other.layer.windows(volume) and (
        one.arguments.get("extent") == other.arguments.get("extent")
    )


def _verified(asked: Asked, name: str, arguments: Arguments) -> Way | None:
    named = by_name(name)
    assert named is not None
    try:
        layer = layer_of(named, arguments)
        outputs = [layer.output(*call) for call in asked.calls]
        arrays = layer.weights(*asked.calls[-1])
    except (ShapeError, ArgumentError, ValueError, ZeroDivisionError):
        return None
    state = sum(array.size for array in arrays if array.role == "running")
    params = sum(array.size for array in arrays) - state * (asked.framework == "torch")
    last = outputs[-1]
    same = last.sizes == asked.after.sizes if asked.after else asked.depth in (None, last.depth)
    return Way(name, arguments, layer) if same and params == asked.params else None


def _guesses(asked: Asked) -> Guesses:
    kind = asked.named.type.kind
    if kind in WINDOWED:
        return WINDOWED[kind](asked)
    plain = PLAIN.get(kind)
    if plain is None:
        stated = any(parameter.required for parameter in asked.named.type.signature)
        return iter([] if stated or kind in UNTRIED else [(asked.named.shown, iter([{}]))])
    return iter([(name, iter([arguments])) for name, arguments in plain(asked)])


# --- layers without windows -------------------------------------------------------------------------

Guess = Callable[[Asked], Iterator[tuple[str, Arguments]]]
"""Layers and their arguments that may explain a row, the plainest first."""


def _fully_connected(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    """Keras' Dense works along the depth, PyTorch's Linear on a row of values."""
    units = asked.depth or 1
    biases: list[Arguments] = [{}, {"bias": False}]
    point = {"filters": units, "extent": Sizes((1,)), "stride": Sizes((1,)), "padding": Padding("", ((0, 0),))}
    along = [("CONV", point | bias) for bias in biases]
    rows = [("FC", {"units": units} | bias) for bias in biases]
    row = asked.after is None or asked.after.flat or max(asked.after.spatial) == 1
    yield from rows if row else along


def _one_of(*choices: Arguments) -> Guess:
    """The layer with some of these arguments."""
    return lambda asked: iter([(asked.named.shown, dict(choice)) for choice in choices])


def _grouped(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    for groups in (32, 16, 8, 4, 2, 1):
        if asked.before.depth % groups == 0:
            yield "GN", {"groups": groups}
            yield "GN", {"groups": groups, "affine": False}


def _recurrent(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    """With as many biases a gate as the row has parameters for; every step is kept, or the last."""
    last = asked.spatial is None or set(asked.spatial) == {1}
    for bidirectional in (False, True):
        units = (asked.depth or 0) // (2 if bidirectional else 1)
        for biases in (1, 2, 0) if units else ():
            yield asked.layer, {"units": units, "biases": biases, "last": last, "bidirectional": bidirectional}


def _more(asked: Asked) -> list[int]:
    spatial = asked.spatial or asked.before.spatial
    return [a - b for a, b in zip(spatial, asked.before.spatial, strict=False)]


def _padded(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    """A row of one more is Keras' padding in front of a stride, ((0, 1), (0, 1))."""
    if min(_more(asked)) >= 0:
        yield "PAD", {"padding": Padding("", tuple((n // 2, n - n // 2) for n in _more(asked)))}


def _cropped(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    if max(_more(asked)) <= 0:
        yield "CROP", {"padding": Padding("", tuple((-n // 2, -n - -n // 2) for n in _more(asked)))}


def _enlarged(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    pairs = [*zip(asked.spatial or (), asked.before.spatial, strict=False)]
    if pairs and all(a % b == 0 for a, b in pairs):
        yield "UPSAMPLE", {"factor": Sizes(a // b for a, b in pairs)}
    elif pairs:
        yield "RESIZE", {"size": Sizes(a for a, _ in pairs)}


def _looked_up(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    if asked.depth and asked.params >= asked.depth:
        yield "EMBEDDING", {"rows": asked.params // asked.depth, "units": asked.depth}


def _reshaped(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    if asked.after:
        yield "RESHAPE", {"size": Sizes(asked.after.sizes)}


def _adaptive(asked: Asked) -> Iterator[tuple[str, Arguments]]:
    implied = asked.named.shown
    if asked.spatial and set(asked.spatial) == {1}:
        yield "GAP", {"mode": asked.named.implied.get("mode", "avg")}
    elif asked.spatial:
        yield implied, {"size": Sizes(asked.spatial)}


PLAIN: dict[str, Guess] = {
    "FC": _fully_connected, "BN": _one_of({}, {"scale": False}, {"shift": False}, {"affine": False}),
    **dict.fromkeys(("IN", "LN"), _one_of({"affine": True}, {"affine": False})), "GN": _grouped,
    "PRELU": _one_of({"shared": True}, {}, {"each": True}), "ACT": lambda asked: iter([("RELU", {})]),
    "PAD": _padded, "CROP": _cropped, "UPSAMPLE": _enlarged, "RESHAPE": _reshaped,
    "EMBEDDING": _looked_up, "ADAPTIVEPOOL": _adaptive,
    **dict.fromkeys(("RNN", "GRU", "LSTM"), _recurrent),
}  # fmt: skip
UNTRIED = ("LOCAL", "PERMUTE", "RESIZE", "OPAQUE", "SCALE", "PIXELSHUFFLE", "PIXELUNSHUFFLE")
"""Kinds that would explain too much without arguments; those that need one are not tried either."""


# --- rows that cannot be --------------------------------------------------------------------------

WITHOUT_PARAMETERS = frozenset({
    "POOL", "GAP", "ADAPTIVEPOOL", "FLATTEN", "DO", "ADD", "MUL", "SUB", "MAX", "CONCAT", "PAD", "CROP", "UPSAMPLE",
    "RESHAPE", "PERMUTE", "RELU", "LRELU", "RELU6", "ELU", "GELU", "SILU", "SIGMOID", "TANH", "SOFTMAX", "LRN",
    "PIXELSHUFFLE", "SHUFFLE", "INPUT", "HSWISH", "HSIGMOID", "SELU", "MISH", "SOFTPLUS",
})  # fmt: skip
"""Layers that never have any."""
KEEPING = frozenset({"BN", "DO", "RELU", "LRELU", "RELU6", "ELU", "GELU", "SILU", "SIGMOID", "TANH", "SOFTMAX", "LN"})
"""Layers that give the size that they read."""


class Contradiction(NamedTuple):
    """What is wrong with a row."""

    code: str
    message: str
    label: str


def contradiction(asked: Asked, name: str, *, certain: bool) -> Contradiction | None:
    """Why no layer of its kind can be such a row; `certain` is whether it is known what it reads."""
    kind, depth, params = asked.named.type.kind, asked.depth, asked.params
    printed = f"{name} is printed with {params:,} parameters"
    if kind in WITHOUT_PARAMETERS and params:
        return Contradiction("SHP302", f"{printed}, and {kind} has none", "0 expected")
    if depth and kind in ("CONV", "FC") and params % depth:
        rest = f"{params:,} / {depth} leaves a remainder of {params % depth}"
        return Contradiction("SHP302", f"{printed}, which {depth} outputs do not divide", rest)
    if not certain:
        return None
    return _wrong_parameters(asked, printed) or _wrong_size(asked, name)


def _wrong_parameters(asked: Asked, printed: str) -> Contradiction | None:
    kind, depth, params, before = asked.named.type.kind, asked.depth or 1, asked.params, asked.before
    if kind == "FC":
        values = before.size if before.flat else before.depth
        right = (values + 1) * depth
        if params not in (right, values * depth):
            message = f"{printed}, and {depth} units on {values:,} values have {right:,}"
            return Contradiction("SHP302", message, f"{values:,}·{depth} + {depth} = {right:,}")
    if kind == "CONV":
        shared = gcd(before.depth, depth)
        if all(values * shared % (before.depth * depth) or not values for values in (params, params - depth)):
            each = f"{before.depth} channels in and {depth} out: F·F·{before.depth * depth:,} + {depth}"
            return Contradiction("SHP302", f"{printed}, and no filter has so many", each)
    if kind in ("GRU", "LSTM") and asked.framework == "keras":  # explained neither with a bias nor without; RNN is any
        values = before.depth
        right = GATES[kind] * depth * (values + depth + 1)
        message = f"{printed}, and {depth} units on {values:,} values have {right:,}"
        return Contradiction("SHP302", message, f"{GATES[kind]}·{depth}·({values} + {depth} + 1) = {right:,}")
    if kind == "BN" and params not in [n * size for n in (2, 3, 4) for size in before.sizes]:
        right = 4 * before.depth
        message = f"{printed}, and BN on {before.depth} channels has {right:,}"
        return Contradiction("SHP302", message, f"4·{before.depth} = {right:,}")
    return None


def _wrong_size(asked: Asked, name: str) -> Contradiction | None:
    kind, before, after = asked.named.type.kind, asked.before, asked.after
    if after is None:
        return None
    wrong = kind in KEEPING and after.sizes != before.sizes
    wrong |= kind == "FLATTEN" and after.size != before.size
    wrong |= kind in ("POOL", "GAP", "DWCONV") and after.depth % before.depth != 0
    wrong |= kind in ("POOL", "CONV") and any(a > b for a, b in zip(after.spatial, before.spatial, strict=False))
    if not wrong:
        return None
    shown = f"{prod(before.sizes):,} values" if kind == "FLATTEN" else str(before)
    return Contradiction("SHP301", f"{name} is printed with {after}, and {kind} on {before} does not give that", shown)
