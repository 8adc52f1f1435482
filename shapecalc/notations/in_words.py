"""Arguments in words, `Conv (64 filters of size 3x3, stride 1)`, and groups of them that are repeated."""

from __future__ import annotations

import re

from shapecalc.core.layer import Layer
from shapecalc.language.lexemes import ARROW, BROKEN, FOREIGN_ARROW, INSIDE, NAME, SIZE
from shapecalc.notations.layer_words import ASSUMED_POOL, layer_of, letter_of
from shapecalc.notations.rewrite import Surroundings
from shapecalc.registry import layer_names

COUNTED = r"(?:(?:hidden[ \t]+|feature[ \t]+)?(?:filter|kernel|channel|ch|map|unit|neuron|node|output)s?|classes)"
_IS = r"[ \t]*(?:[=:][ \t]*|of[ \t]+)?"
IN_TWO_WORDS = r"(?:(?i:max|avg|average|fully)[ \t-]+)"
"""The first of the two words of `max pooling` and `fully connected`."""
PIECES = tuple(
    (letter, re.compile(pattern, re.IGNORECASE))
    for letter, pattern in (
        ("in", rf"(\d+)[ \t]*(?:{ARROW}|{BROKEN}|{FOREIGN_ARROW})[ \t]*(?=\d)"),
        ("in", r"(\d+)[ \t]+(?:input(?:[ \t]+channel)?s?|channels?[ \t]+in)\b"),
        ("K", r"(\d+)[ \t]*@[ \t]*(?=\d)|@[ \t]*(\d+)(?![ \t]*[xX×])"),
        ("S", r"(\d+)[ \t]+strides?\b(?![ \t=:]*\d)"),
        ("P", r"(\d+)[ \t]+padding\b(?![ \t=:]*\d)"),
        ("K", rf"(\d+)[ \t]+{COUNTED}\b(?:[ \t]+(?:of|with)\b)?(?:[ \t]+size\b)?"),
        ("F", rf"(?:(?:kernel|filter|window|pool)s?(?:[ \t]+size)?|size){_IS}({SIZE}|\d+)"),
        ("F", r"k[= ]?(\d+)\b"),
        ("dilation", rf"(?:dilation|dilated|rate|[dr]){_IS}(\d+)(?![\w.])"),
        ("F", rf"({SIZE})(?:[ \t]+(?:kernels?|filters?|windows?))?"),
        ("S", rf"(?:strides?|steps?|s){_IS}({SIZE}|\d+)|/[ \t]*(\d+)"),
        ("P", rf"(?:zero[- ]?)?(?:pad|padding|p){_IS}(\d+|same|valid)\b|(same|valid)\b(?:[ \t]+padding)?"),
        ("0", r"(?:no|without)[ \t]+padding"),
        ("p", rf"(?:(?:rate|p|prob\w*){_IS})?(0?\.\d+)"),
        ("mode", r"(max|avg|average)(?:[ \t]*pool\w*)?\b"),
        ("K", rf"{COUNTED}{_IS}(\d+)(?![ \t]*[xX×])"),
        ("", r"(\d+)(?![\w.])"),
        ("-", r"[,;\s()\[\]]+|(?:and|with|using|at|of|hidden|output|layers?)\b|w/"),
        ("after", rf"({NAME})(?:[ \t]+activation)?"),
    )
)
"""What a piece says, tried in this order; `0` is P=0, a number alone is what the layer takes first."""
_IN_ORDER = {"POOL": "FS"}
"""What numbers alone are; of the filters and the extent, a third may be a stride or a padding."""
_MOST = 16
"""Pieces of one layer, with what is between them."""


def in_words(match: re.Match[str], around: Surroundings) -> str | None:
    """The call for a layer whose arguments are words, with its name after it where that has a number.

    None where a word is not known, an argument is said twice, or all is written as a call already is.
    """
    listed = not match[0][len(match["name"]) :].lstrip().startswith("(")
    return called_in_words(match["name"], match["words"], around.arrow, listed=listed)


def spoken(match: re.Match[str], around: Surroundings) -> str | None:
    """The call for words of which some are the name of the layer, or none: `64 filters of 3x3`, `3x3 conv, 64, /2`."""
    return phrase(match[0], around.arrow)


def extent_and_filters(match: re.Match[str], around: Surroundings) -> str | None:
    """`conv3x3, 32` as the short form, which keeps the size; `conv 7x7/2, 64` as a call."""
    text = re.sub(r"(?<!\s)\s*[xX×*]\s*", "x", match[0])
    short = re.match(r"[^\W\d_]+((\d+)x\2)(?!\d)", text)
    call = phrase(text.replace(short[1], "", 1) if short else text, around.arrow)
    return call.replace("(", f"{short[1]}(", 1) if short and call else call


def pool_with_stride(match: re.Match[str], around: Surroundings) -> str | None:
    """`MaxPool/2` and `pool 3x3/2`: a pool has nothing but these two; its extent is assumed where it is not said.

    A larger stride than the assumed extent would leave values out, and nothing is said of that.
    """
    call, layer = phrase(match[0], around.arrow), layer_of(re.sub(r"[ \t-]", "", match[1]))
    return call if layer and layer.kind == "POOL" and (match[2] or int(match[3]) <= ASSUMED_POOL) else None


def phrase(text: str, arrow: str) -> str | None:
    """The call for words among which the name of the layer is; without a name it has filters, or units."""
    layers = ((word, layer_of(word[0])) for word in _NAME.finditer(text))
    named = next((word for word, layer in layers if any(letter_of(layer, letter) == letter for letter in "KFp")), None)
    name = named[0] if named else next((name for name, words in _UNNAMED if words.search(text)), "")
    words = f"{text[: named.start()]},{text[named.end() :]}" if named else text
    words = re.sub(r"(?<![\dxX])(?!(\d+)[xX]\1[xX])(\d+)[xX](?=(\d+)[xX]\3(?![\dxX]))", r"\2 ", words)
    return called_in_words(name, re.sub(r"(\d[xX]\d+)[xX](?=\d)", r"\1 ", words), arrow, listed=True, sure=True)


_NAME = re.compile(rf"{IN_TWO_WORDS}?[^\W\d]\w*?(?=\d+[xX×]\d|\b)")
_UNNAMED = tuple(
    (layer, re.compile(rf"\d[ \t-]+(?:hidden[ \t]+|feature[ \t]+)?(?:{words})\b", re.IGNORECASE))
    for layer, words in (
        ("FC", r"(?:unit|neuron|node|output|classe)s?|soft-?max"),
        ("CONV", r"(?:filter|kernel|channel|map)s?"),
    )
)
"""The layer whose name is left out, by what it has so many of; a softmax has so many inputs."""


def called_in_words(written_name: str, words: str, arrow: str, *, listed: bool, sure: bool = False) -> str | None:
    """The call for a name and words.

    `listed` where they have no brackets, so that one number is an argument too; `sure` where it is no claim.
    """
    name = re.sub(r"[ \t-]|(?i:layers?)$", "", written_name)
    layer = layer_of(name)
    said = _said(words.strip(), layer) if layer is not None else None
    if layer is None or said is None or not said:
        return None
    after = said.pop("after", "")
    if not said.keys() - {"words"}:
        return None
    if not (sure or after or (listed and _is_alone(layer, said))) and said.pop("words", "") == "":
        return None
    said.pop("words", None)
    told = set(said)
    first = [said.pop(letter) for letter in ("K", "p") if letter in said]
    if "F" in said and (first or layer.signature[0].letter == "F"):
        first.append(said.pop("F"))
    written = ", ".join([*first, *(f"{letter}={value}" for letter, value in said.items())])
    label = re.fullmatch(r"([^\W\d_]+)_?\d+", name) if listed or "F" in told or layer.kind == "FC" else None
    name = layer.kind if "in" in told else name
    call = f"{label[1]}({written}) as {name}" if label else f"{name}({written})"
    return f"{call} {arrow} {after}" if after else call


def _is_alone(layer: type[Layer], said: dict[str, str]) -> bool:
    """Whether a list has one argument that cannot be a claim: `FC: 10`, `Pool: 2x2`, `Dropout: 0.5`."""
    return "words" in said or layer.kind in ("FC", "DO") or "F" in said


def _said(words: str, layer: type[Layer]) -> dict[str, str] | None:
    """The value of each argument by its letter, `words` where one of them is no call's; None where one is unknown."""
    said: dict[str, str] = {}
    at = count = 0
    while at < len(words):
        found = next(
            ((letter, m) for letter, pattern in PIECES if (m := pattern.match(words, at)) and m.end() > at), None
        )
        count += 1
        if found is None or count > _MOST:
            return None
        letter, piece = found
        at, value = piece.end(), next(filter(None, piece.groups()), "")
        if letter == "-":
            continue
        if letter not in ("", "F") or len(piece[0]) > len(value):
            said["words"] = "words"
        if letter == "after":
            other = layer_of(value)
            alone = other is not None and (other.op_category == "activation" or other.kind == "SOFTMAX")
            if not alone or "after" in said:
                return None
        elif letter == "":
            letter = next(
                (one for one in _IN_ORDER.get(layer.kind, "KF") if letter_of(layer, one) and one not in said), ""
            )
        elif letter == "0":
            letter, value = "P", "0"
        elif letter == "mode":
            value = value.lower()[:3]
        known = letter in ("in", "after") or letter_of(layer, letter) == letter
        if not letter or not known or letter in said or (letter == "F" and len(re.findall(r"\d+", value)) > 2):
            return None
        said[letter] = re.sub(r"\s*[xX×]\s*", "x", value.lower()) if letter in "PF" else value
    return said


def settings(match: re.Match[str], around: Surroundings) -> str | None:
    """`CONV7-64 S=2 P=3` and `CONV(64) S=2` as calls."""
    if layer_of(re.sub(r"\d*(?:-\d+)?$", "", match[1])) is None:
        return None
    values = re.findall(r"\w+\s?=\s?[\w.]+", match[3])
    return f"{match[1]}({', '.join(filter(None, [(match[2] or '').strip(), *values]))})"


def strided(match: re.Match[str], around: Surroundings) -> str:
    """`CONV(64, 3x3)/2` and `POOL/3` as calls."""
    inner = (match[2] or "").strip()
    layer = layer_of(match[1])
    if not inner and layer and layer.kind == "POOL" and int(match[3]) > ASSUMED_POOL:
        return f"{match[1]}({match[3]})"
    return f"{match[1]}({inner}{', ' if inner else ''}S={match[3]})"


def layer_in_words(match: re.Match[str], around: Surroundings) -> str | None:
    """The layer whose name is written in two or three words."""
    name = re.sub(r"(?<![ \t])[ \t]++(?i:layers?)$|[ \t-]", "", match[0])
    return (name.upper() if name.islower() else name) if name.upper() in layer_names() else None


# --- groups with a count --------------------------------------------------------------------------


def round_group(match: re.Match[str], around: Surroundings) -> str:
    """`(CONV 3x3, 64)*2` and `(CONV-RELU) x 2-(FC-RELU) x 1` as groups with a count."""
    groups = re.finditer(rf"\((?P<group>{INSIDE})\)\s*[*xX×]\s*(?P<count>\d+|[A-Z])", match[0])
    front, after = (" => " if match[dash] else "" for dash in ("front", "dash"))
    return front + " => ".join(map(counted, groups)) + after


def repeated_item(match: re.Match[str], around: Surroundings) -> str | None:
    """`2x CONV3-64`, `2x Conv 3x3, 64` and `3*[CONV-RELU]` with the count after it."""
    item = match["item"]
    layers = phrase(item, around.arrow) if re.match(rf"{NAME}[ \t]+\d", item) else _with_arrows(item)
    return f"{layers}*{match['count']}" if layers else None


def _with_arrows(layers: str) -> str:
    return re.sub(r"(?<=[\w)])-(?=[^\W\d])", " => ", layers)


def counted(match: re.Match[str]) -> str:
    """`2x(CONV-RELU)` as a group with a count."""
    inside = _with_arrows(match["group"].strip())
    return f"[{phrase(inside, '=>') if _PAPER.fullmatch(inside) else inside}]*{match['count']}"


_PAPER = re.compile(rf"(?:{NAME}[ \t]+{SIZE}|{SIZE}[ \t]+{NAME}),[ \t]*\d+")
"""`CONV 3x3, 64` and `3x3 CONV, 64`."""
