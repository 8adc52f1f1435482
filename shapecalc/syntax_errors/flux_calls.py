"""Layers as Flux and Lux write and print them, `Conv((5, 5), 1 => 6, relu, pad=2),  # 156 parameters`, in our words."""

from __future__ import annotations

import re

from shapecalc.syntax_errors.replacements import layer_of

LAYERS = {
    "Conv": "CONV F K", "CrossCor": "CONV F K", "ConvTranspose": "UPCONV F K", "MaxPool": "POOL F",
    "MeanPool": "AVGPOOL F", "GlobalMeanPool": "GAP", "GlobalMaxPool": "GLOBALMAXPOOL",
    "AdaptiveMeanPool": "ADAPTIVEAVGPOOL size", "AdaptiveMaxPool": "ADAPTIVEMAXPOOL size", "Dense": "FC in K",
    "BatchNorm": "BN in", "InstanceNorm": "IN in", "GroupNorm": "GN in groups", "LayerNorm": "LN in", "Dropout": "DO p",
    "flatten": "FLATTEN", "FlattenLayer": "FLATTEN", "identity": "IDENTITY",
}  # fmt: skip
"""Our layer, and what its arguments without names are."""
NAMED = {
    "pad": "P",
    "stride": "S",
    "dilation": "dilation",
    "groups": "groups",
    "bias": "bias",
    "outpad": "output_padding",
}
_CALL = re.compile(r"(?:\w+\s*=\s*)?(?:\w+\.)*(\w+)(?:\{[^{}]*\})?\s*(?:\((.*)\))?", re.DOTALL)
_PART = re.compile(r"(?:[^,;()]|\([^()]*\))+")
_FROM_TO = re.compile(r"([\d_]+)\s*=>\s*([\d_]+)")
_COUNT = re.compile(r",?[ \t]*#[ \t]*([\d_]+) parameters")


def flux_call(written: str, comment: str) -> str | None:
    """A layer in our words, with the parameters that the comment after it says as a claim; None for any other text.

    >>> flux_call("Conv((3, 5), 1 => 16, relu; pad=1)", ",  # 256 parameters")
    'CONV(16, F=3x5, in=1, P=1): params=256 => RELU'
    """
    found = _CALL.fullmatch(written.strip())
    layer, *slots = (LAYERS.get(found[1]) or _activation(found[1])).split() or [""] if found else [""]
    if found is None or not layer:
        return None
    given, after = dict[str, str](), ""
    for part in map(str.strip, _PART.findall(found[2] or "")):
        name, equals, value = (one.strip() for one in part.partition("="))
        if both := _FROM_TO.fullmatch(part):
            given |= {"in": both[1], "K": both[2]}
        elif equals and name in NAMED:
            given[NAMED[name]] = _size(value)
        elif re.fullmatch(r"[\d_.]+|\([\d_, ]+\)", part) and len(slots) > len(given.keys() & {*slots}):
            given[next(slot for slot in slots if slot not in given)] = _size(part)
        elif part == "identity" or (not after and _activation(part.rpartition(".")[2])):
            after = "" if part == "identity" else f" => {_activation(part.rpartition('.')[2])}"
        elif part and part != "nothing":
            return None
    if layer == "UPCONV":
        given.setdefault("P", "0")
    first = [given.pop("K")] if "K" in given else []
    arguments = ", ".join([*first, *(f"{letter}={value}" for letter, value in given.items())])
    count = _COUNT.match(comment)
    return f"{layer}{f'({arguments})' if arguments else ''}{f': params={count[1]}' if count else ''}{after}"


def _activation(word: str) -> str:
    """Our name of a function of single values; empty for any other word."""
    layer = layer_of({"σ": "sigmoid"}.get(word, word))
    return layer.kind if layer and (layer.op_category == "activation" or layer.kind == "SOFTMAX") else ""


def _size(value: str) -> str:
    """`(3, 5)` as 3x5, which Flux has as width and height too, and four numbers as they are."""
    numbers = re.findall(r"[\d_.]+", value)
    if value.startswith("SamePad"):
        return "same"
    return "x".join(numbers) if value.startswith("(") and len(numbers) < 4 else value
