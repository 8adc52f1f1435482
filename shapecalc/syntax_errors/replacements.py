"""What is written instead of another notation, where a pattern alone cannot say it: calls, ranges, branches, names."""

from __future__ import annotations

import re
from fractions import Fraction

from shapecalc.registry import layer_names
from shapecalc.syntax_errors.in_words import phrase
from shapecalc.syntax_errors.layer_words import ASSUMED_POOL, layer_of, letter_of
from shapecalc.syntax_errors.lexemes import INSIDE, NAME, SIZE, ahead
from shapecalc.syntax_errors.rewrite import Place


def argument(match: re.Match[str], place: Place) -> str | None:
    """`64 filters`, `kernel 3` and `stride of 2` as arguments of the layer around them."""
    layer = layer_of(place.call.strip())
    value, word = match["value"], match["word"]
    letter = letter_of(layer, word)
    if layer is None or letter is None:
        return None
    at = place.given.count(",")
    positional = match.start("value") < match.start("word") and at < len(layer.signature)
    return value if positional and layer.signature[at].letter == letter else f"{letter}={value}"


def row_of_mobilenet(match: re.Match[str], place: Place) -> str | None:
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


def settings(match: re.Match[str], place: Place) -> str | None:
    """`CONV7-64 S=2 P=3` and `CONV(64) S=2` as calls."""
    if layer_of(re.sub(r"\d*(?:-\d+)?$", "", match[1])) is None:
        return None
    values = re.findall(r"\w+\s?=\s?[\w.]+", match[3])
    return f"{match[1]}({', '.join(filter(None, [(match[2] or '').strip(), *values]))})"


def strided(match: re.Match[str], place: Place) -> str:
    """`CONV(64, 3x3)/2` and `POOL/3` as calls."""
    inner = (match[2] or "").strip()
    layer = layer_of(match[1])
    if not inner and layer and layer.kind == "POOL" and int(match[3]) > ASSUMED_POOL:
        return f"{match[1]}({match[3]})"
    return f"{match[1]}({inner}{', ' if inner else ''}S={match[3]})"


def round_group(match: re.Match[str], place: Place) -> str:
    """`(CONV 3x3, 64)*2` and `(CONV-RELU) x 2-(FC-RELU) x 1` as groups with a count."""
    groups = re.finditer(rf"\((?P<group>{INSIDE})\)\s*[*xX×]\s*(?P<count>\d+|[A-Z])", match[0])
    front, after = (" => " if match[dash] else "" for dash in ("front", "dash"))
    return front + " => ".join(map(counted, groups)) + after


def repeated_item(match: re.Match[str], place: Place) -> str | None:
    """`2x CONV3-64`, `2x Conv 3x3, 64` and `3*[CONV-RELU]` with the count after it."""
    item = match["item"]
    layers = phrase(item, place.arrow) if re.match(rf"{NAME}[ \t]+\d", item) else _with_arrows(item)
    return f"{layers}*{match['count']}" if layers else None


def _with_arrows(layers: str) -> str:
    return re.sub(r"(?<=[\w)])-(?=[^\W\d])", " => ", layers)


def counted(match: re.Match[str]) -> str:
    """`2x(CONV-RELU)` as a group with a count."""
    inside = _with_arrows(match["group"].strip())
    return f"[{phrase(inside, '=>') if _PAPER.fullmatch(inside) else inside}]*{match['count']}"


_PAPER = re.compile(rf"(?:{NAME}[ \t]+{SIZE}|{SIZE}[ \t]+{NAME}),[ \t]*\d+")
"""`CONV 3x3, 64` and `3x3 CONV, 64`."""


def layer_in_words(match: re.Match[str], place: Place) -> str | None:
    """The layer whose name is written in two or three words."""
    name = re.sub(r"(?<![ \t])[ \t]++(?i:layers?)$|[ \t-]", "", match[0]).upper()
    return name if name in layer_names() else None


def branches(match: re.Match[str], place: Place) -> str | None:
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


def values(match: re.Match[str], place: Place) -> str:
    """What is after `in` without its brackets; what `range(low, high)` counts, which leaves its end out."""
    counted = re.fullmatch(r"range\s*\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*\)", match["values"])
    if not counted:
        return match["values"].strip("[]() \t")
    low, high = counted[1] or "0", counted[2]
    return f"{low}..{int(high) - 1 if high.isdecimal() and len(high) < 10 else f'{high} - 1'}"


def loop(match: re.Match[str], place: Place) -> str:
    """`for c in 64, 128: CONV(c)` with the for after what it repeats."""
    body = match["body"].strip()
    bare = body[1:-1].strip() if body.startswith("[") and body.endswith("]") else body
    written = f"{bare} for {match['names']} in {values(match, place)}"
    return written if match["group"] else f"[{written}]"


def without_unit(match: re.Match[str], place: Place) -> str:
    """`1.2M` as all its digits."""
    value = Fraction(match[1].replace("_", "")) * 1000 ** (1 + "KMGT".index(match[2].upper()))
    return str(round(value))


def name_after(match: re.Match[str], place: Place) -> str | None:
    """`conv1: CONV(64)` with the name after `as`; what is a layer itself is no name."""
    return None if match[1].upper() in layer_names() else f"{match[2]} as {match[1]}"


def coloured(match: re.Match[str], place: Place) -> str | None:
    """`input (224 x 224 RGB image)`: an image in colour has three channels, a grey one has one."""
    sizes, colour = re.findall(r"\d+", match[2]), match["colour"].lower()
    if len(sizes) == 2 and colour == "image":
        return None
    channels = "1" if colour.startswith("gr") else "3"
    if len(sizes) > 2 and colour != "image" and sizes[-1] != channels:
        return None
    return f"{match[1]}({'x'.join(sizes if len(sizes) > 2 else [*sizes, channels])})"
