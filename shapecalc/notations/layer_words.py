"""What people call layers and their arguments."""

from __future__ import annotations

import re

from shapecalc.core.layer import Layer
from shapecalc.registry import layer_names

INPUTS = ("INPUT", "DATA", "IMAGE")
"""Names of the layer that a chain begins with."""
ASSUMED_POOL = 2
"""The extent of a pool of which nothing is written."""

_SYNONYMS = {
    "filter": "K", "kernels": "K", "channel": "K", "channels": "K", "maps": "K", "feature": "K", "features": "K",
    "neurons": "K", "nodes": "K", "hidden": "K", "outputs": "K", "classes": "K", "unit": "K", "units": "K",
    "filters": "K", "kernel": "F", "window": "F", "pool": "F", "stride": "S", "strides": "S", "step": "S",
    "pad": "P", "pads": "P", "padding": "P", "rate": "p", "n": "K", "steps": "S", "ksize": "F", "ks": "F",
    "out_ch": "K", "out_planes": "K", "planes": "K", "cout": "K", "c_out": "K", "oc": "K",
}  # fmt: skip
"""What people call arguments beside their names."""


def layer_of(word: str) -> type[Layer] | None:
    """The layer type of a name, be it with a number or in several words."""
    known = layer_names().get(re.sub(r"[\s_-]|(?<!\d)\d+$", "", word).upper()) or layer_names().get(word.upper())
    return known[0] if known else None


def letter_of(layer: type[Layer] | None, word: str) -> str | None:
    """The letter of the argument that a word means for a layer."""
    if layer is None:
        return None
    word = word.lower().split()[-1] if " " in word else word
    dilated = word.lower() == "rate" and any(a.letter == "dilation" for a in layer.signature)
    meant = "dilation" if dilated else _SYNONYMS.get(word.lower(), word)
    exact = [a.letter for a in layer.signature if a.letter == meant]
    named = [a.letter for a in layer.signature if meant.lower() == a.letter.lower() or word.lower() in a.names]
    return next(iter(exact or named), None)
