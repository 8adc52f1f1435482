"""What is written instead of another notation, where a pattern alone cannot say it: calls, ranges, branches, names."""

from __future__ import annotations

import re
from fractions import Fraction

from shapecalc.core.layer import Layer
from shapecalc.registry import layer_names
from shapecalc.syntax_errors.context import ErrorContext
from shapecalc.syntax_errors.lexemes import CONFUSABLE, INSIDE, NAME, ahead

SIZE = r"\d+(?:\s*[xX×]\s*\d+)+"
_SYNONYMS = {
    "filter": "K", "kernels": "K", "channel": "K", "channels": "K", "maps": "K", "feature": "K", "features": "K",
    "neurons": "K", "nodes": "K", "hidden": "K", "outputs": "K", "classes": "K", "unit": "K", "units": "K",
    "filters": "K", "kernel": "F", "window": "F", "pool": "F", "stride": "S", "strides": "S", "step": "S",
    "pad": "P", "pads": "P", "padding": "P", "rate": "p",
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


def argument(match: re.Match[str], context: ErrorContext) -> str | None:
    """`64 filters`, `kernel 3` and `stride of 2` as arguments of the layer around them."""
    opener = context.inner
    if opener is None or opener.kind != "LPAR":
        return None
    layer = layer_of(context.text[opener.item : opener.at.start].strip())
    value, word = match["value"], match["word"]
    letter = letter_of(layer, word)
    if layer is None or letter is None:
        return None
    at = context.text.count(",", opener.at.end, match.start())
    positional = match.start("value") < match.start("word") and at < len(layer.signature)
    return value if positional and layer.signature[at].letter == letter else f"{letter}={value}"


def tuple_as_claim(match: re.Match[str], context: ErrorContext) -> str:
    """`=> (26, 26, 32)` and `=> (32, 26, 26)` as the claim of what comes before."""
    first, second, third = match.groups()[-3:]
    turned = (third, second, first) if second == third else (second, first, third)
    return f": {'x'.join(turned)}"


def volumes_alone(match: re.Match[str]) -> str:
    """Advice on `32x32x3 => 28x28x6`, where the layers are left out."""
    first, second = re.findall(SIZE, match[0])[:2]
    return (
        f"write the layer that gives each volume, such as INPUT({first}) => CONV({second.rpartition('x')[2]}): {second}"
    )


def squared(match: re.Match[str], context: ErrorContext) -> str:
    """`224²` and `224²x3` as sizes."""
    return "x".join(filter(None, (match[1], match[1], match[2])))


def row_of_mobilenet(match: re.Match[str], context: ErrorContext) -> str | None:
    """`Conv dw / s1 3x3x32 dw`, a row of the table of MobileNet: type, stride, filter, size of the input."""
    words = match[1].split()
    depthwise = words[-1].lower() == "dw"
    layer = layer_of("".join(words[:-1] if depthwise else words))
    sizes = re.findall(r"\d+", match[3] or "")
    if layer is None:
        return None
    if depthwise:
        return f"DWCONV({sizes[0] if sizes else 3}, S={match[2]}, P=same)"
    if layer.kind == "POOL":
        return f"{''.join(words)}({sizes[0]}, S={match[2]})" if sizes else f"{''.join(words)}(S={match[2]})"
    if letter_of(layer, "F"):
        kernel = len(sizes) == len(("height", "width", "arrive", "filters"))
        return f"{words[0]}({sizes[3]}, {sizes[0]}, S={match[2]}, P=same)" if kernel else f"{words[0]}(S={match[2]})"
    return f"{words[0]}({sizes[1]})" if letter_of(layer, "K") and len(sizes) > 1 else words[0]


def settings(match: re.Match[str], context: ErrorContext) -> str | None:
    """`CONV7-64 S=2 P=3` and `CONV(64) S=2` as calls."""
    if layer_of(re.sub(r"\d*(?:-\d+)?$", "", match[1])) is None:
        return None
    values = re.findall(r"\w+\s?=\s?[\w.]+", match[3])
    return f"{match[1]}({', '.join(filter(None, [(match[2] or '').strip(), *values]))})"


def strided(match: re.Match[str], context: ErrorContext) -> str:
    """`CONV(64, 3x3)/2` and `POOL/3` as calls."""
    inner = (match[2] or "").strip()
    layer = layer_of(match[1])
    if not inner and layer and layer.kind == "POOL" and int(match[3]) > ASSUMED_POOL:
        return f"{match[1]}({match[3]})"
    return f"{match[1]}({inner}{', ' if inner else ''}S={match[3]})"


ASSUMED_POOL = 2
"""The extent of a pool of which nothing is written."""


def enlarged(match: re.Match[str], context: ErrorContext) -> str | None:
    """`upsample x2` and `upsample 2x`, where a count would repeat it."""
    layer = layer_of(match[1])
    return f"{match[1]}({match[2]})" if layer is not None and layer.kind == "UPSAMPLE" else None


def round_group(match: re.Match[str], context: ErrorContext) -> str:
    """`(CONV 3x3, 64)*2` and `(CONV-RELU) x 2-(FC-RELU) x 1` as groups with a count."""
    groups = re.finditer(rf"\((?P<group>{INSIDE})\)\s*[*xX×]\s*(?P<count>\d+|[A-Z])", match[0])
    front, after = (" => " if match[dash] else "" for dash in ("front", "dash"))
    return front + " => ".join(map(_group, groups)) + after


def counted_group(match: re.Match[str], context: ErrorContext) -> str:
    """`2x(CONV-RELU)` as a group with a count."""
    return _group(match) + (" => " if match["dash"] else "")


def count_and_dash(match: re.Match[str], context: ErrorContext) -> str | None:
    """`x2-` between a group and what follows it."""
    return f"*{match[1]} => " if match["dash"] else None


def repeated_item(match: re.Match[str], context: ErrorContext) -> str:
    """`2x CONV3-64` and `3*[CONV-RELU]` with the count after it."""
    return f"{_with_arrows(match['item'])}*{match['count']}"


def _with_arrows(layers: str) -> str:
    return re.sub(r"(?<=[\w)])-(?=[^\W\d])", " => ", layers)


def _group(match: re.Match[str]) -> str:
    inside = _with_arrows(match["group"].strip())
    size, filters = rf"(?P<size>{SIZE})", r",[ \t]*(?P<filters>\d+)"
    paper = re.fullmatch(rf"(?P<name>{NAME})[ \t]+{size}{filters}", inside)
    paper = paper or re.fullmatch(rf"{size}[ \t]+(?P<name>{NAME}){filters}", inside)
    chain = f"{paper['name']}({paper['filters']}, {paper['size']})" if paper else inside
    return f"[{chain}]*{match['count']}"


def maps_or_volume(match: re.Match[str]) -> str:
    """Advice on a claim of one number, `CONV: 64`."""
    volume = f"write {match[1]}: 1x1x{match['at']} for so many values"
    layer = layer_of(match[1])
    return (
        volume
        if layer is None or letter_of(layer, "K") is None
        else f"{volume}\nor {match[1]}({match['at']}) for so many filters or units"
    )


def layer_in_words(match: re.Match[str], context: ErrorContext) -> str | None:
    """The layer whose name is written in two or three words."""
    name = re.sub(r"(?<![ \t])[ \t]++(?i:layers?)$|[ \t-]", "", match[0]).upper()
    return name if name in layer_names() else None


def branches(match: re.Match[str], context: ErrorContext) -> str | None:
    """`ADD(CONV | RELU)` and `CONCAT(CONV(64), CONV(32))` with their branches in square brackets."""
    known = layer_names().get(match[1].upper())
    if known is None or not known[0].merges:
        return None
    body = match["body"]
    bar = "|" if "|" in body else ","
    bars = [part for depth, part in ahead(body, 0) if part.text == bar and depth == 0]
    cuts = [0, *(place for part in bars for place in (part.start, part.end)), len(body)]
    parts = [body[start:end].strip() for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    return f"{match[1]}[ {' | '.join(parts)} ]" if bars else None


def values(match: re.Match[str], context: ErrorContext) -> str:
    """What is after `in` without its brackets; what `range(low, high)` counts, which leaves its end out."""
    counted = re.fullmatch(r"range\s*\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*\)", match["values"])
    if not counted:
        return match["values"].strip("[]() \t")
    low, high = counted[1] or "0", counted[2]
    return f"{low}..{int(high) - 1 if high.isdecimal() and len(high) < 10 else f'{high} - 1'}"


def loop(match: re.Match[str], context: ErrorContext) -> str:
    """`for c in 64, 128: CONV(c)` with the for after what it repeats."""
    body = match["body"].strip()
    bare = body[1:-1].strip() if body.startswith("[") and body.endswith("]") else body
    written = f"{bare} for {match['names']} in {values(match, context)}"
    return written if match["group"] else f"[{written}]"


def look_alike(match: re.Match[str], context: ErrorContext) -> str:
    """The sign that a character is taken for."""
    return CONFUSABLE[match[0]]


def share(match: re.Match[str], context: ErrorContext) -> str:
    """`50%` as a number."""
    return f"{float(match[1].replace('_', '')) / 100:g}"


def without_unit(match: re.Match[str], context: ErrorContext) -> str:
    """`1.2M` as all its digits."""
    value = Fraction(match[1].replace("_", "")) * 1000 ** (1 + "KMGT".index(match[2].upper()))
    return str(round(value))


def name_after(match: re.Match[str], context: ErrorContext) -> str | None:
    """`conv1: CONV(64)` with the name after `as`; what is a layer itself is no name."""
    return None if match[1].upper() in layer_names() else f"{match[2]} as {match[1]}"


def coloured(match: re.Match[str], context: ErrorContext) -> str | None:
    """`input (224 x 224 RGB image)`: an image in colour has three channels, a grey one has one."""
    sizes, colour = re.findall(r"\d+", match[2]), match["colour"].lower()
    if len(sizes) == 2 and colour == "image":
        return None
    channels = "1" if colour.startswith("gr") else "3"
    if len(sizes) > 2 and colour != "image" and sizes[-1] != channels:
        return None
    return f"{match[1]}({'x'.join(sizes if len(sizes) > 2 else [*sizes, channels])})"
