"""Rows of tables in papers, ResNet's, MobileNet's and the head of VGG's, and shapes as summaries print them."""

from __future__ import annotations

import re

from shapecalc.dialects.stated_shapes import instead_of_shape, volume_of_shape
from shapecalc.language.lexemes import NAME
from shapecalc.notations.layer_words import layer_of, letter_of
from shapecalc.notations.rewrite import Surroundings


def table_of_resnet(match: re.Match[str], around: Surroundings) -> str:
    """`[3x3, 64] x 3` as a plain chain."""
    return f"[{_table_layers(match[0])}]{_times(match[0])}"


def two_readings_of_a_row(match: re.Match[str]) -> str:
    """`[3x3, 64] x 3` as a plain chain and as residual blocks."""
    layers, times = _table_layers(match[0]), _times(match[0])
    return (
        f"as a plain chain: write [{layers}]{times}\n"
        f"or as residual blocks: write [ADD[{layers} | ] => RELU]{times}; "
        "the table leaves out the stride of the first block and the CONV(…, 1) in parallel to it"
    )


def _table_layers(text: str) -> str:
    inside = text[: text.rindex("]")]
    pairs = re.findall(r"(?<!\d)(\d++)\s*+[xX×]\s*+(\d++)(?:\s++[^\W\d]++)?\s*+,\s*(\d+)", inside)
    return " => RELU => ".join(
        f"CONV({k}, {a if a == b else f'{a}x{b}'}{f', P={int(a) // 2}' if int(a) > 1 else ''})" for a, b, k in pairs
    )


def _times(text: str) -> str:
    count = re.search(r"\]\s*[xX×*]\s*(\d+)$", text)
    return f"*{count[1]}" if count else ""


def row_of_mobilenet(match: re.Match[str], around: Surroundings) -> str | None:
    """`Conv dw / s1 3x3x32 dw`, a row of the table of MobileNet: type, stride, filter, size of the input."""
    *words, last = match[1].split()
    name = "".join(words if last.lower() == "dw" else [*words, last])
    layer, stride = layer_of(name), f"S={match[2]}"
    sides = re.findall(r"\d+", match[3] or "")
    if layer is None:
        return None
    if last.lower() == "dw":
        return f"DWCONV({sides[0] if sides else 3}, {stride}, P=same)"
    if layer.kind == "POOL":
        return f"{name}({', '.join([*sides[:1], stride])})"
    if letter_of(layer, "F"):
        kernel = len(sides) == len(("height", "width", "arrive", "filters"))
        return f"{name}({f'{sides[3]}, {sides[0]}, {stride}, P=same' if kernel else stride})"
    return f"{name}({sides[1]})" if letter_of(layer, "K") and len(sides) > 1 else name


def coloured(match: re.Match[str], around: Surroundings) -> str | None:
    """`input (224 x 224 RGB image)`: an image in colour has three channels, a grey one has one."""
    sizes, colour = re.findall(r"\d+", match[2]), match["colour"].lower()
    if len(sizes) == 2 and colour == "image":
        return None
    channels = "1" if colour.startswith("gr") else "3"
    if len(sizes) > 2 and colour != "image" and sizes[-1] != channels:
        return None
    return f"{match[1]}({'x'.join(sizes if len(sizes) > 2 else [*sizes, channels])})"


# --- rows of summaries ----------------------------------------------------------------------------

SHAPE = r"[(\[]\s*(?P<batch>None|-1)\s*(?P<sizes>(?:,\s*\d{1,9})+)\s*,?\s*[)\]]"
ROW = rf"(?P<name>[^\W\d]\w*?)(?:[-_]\d+)?\s*(?P<at>{SHAPE})"
"""`Conv2d-1 [-1, 64, 222, 222]`."""
NAMED_ROW = rf"{NAME}\s*\((?P<name>{NAME})\)\s*(?P<at>{SHAPE})"
"""`conv2d_1 (Conv2D) (None, 26, 26, 32)`."""


def claimed(match: re.Match[str], around: Surroundings) -> str:
    """The shape as a claim."""
    return f": {_volume(match)}"


def row(match: re.Match[str], around: Surroundings) -> str:
    """The layer with the shape as a claim."""
    return f"{match['name']}: {_volume(match)}"


def instead(match: re.Match[str]) -> str:
    """What to write in place of a row."""
    own = instead_of_shape(match["name"], _volume(match))
    return f"{own}\nor paste the whole summary, with its first lines"


def _volume(match: re.Match[str]) -> str:
    return volume_of_shape(match["batch"], [int(n) for n in re.findall(r"\d+", match["sizes"])])
