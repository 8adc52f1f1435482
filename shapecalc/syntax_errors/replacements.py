"""What is written instead of another notation, where a pattern alone cannot say it: calls, ranges, branches, names."""

from __future__ import annotations

import re
from fractions import Fraction

from shapecalc.language.lexemes import NAME, ahead
from shapecalc.notations.layer_words import INPUTS, layer_of, letter_of
from shapecalc.notations.rewrite import Surroundings
from shapecalc.registry import layer_names


def argument(match: re.Match[str], around: Surroundings) -> str | None:
    """`64 filters`, `kernel 3` and `stride of 2` as arguments of the layer around them."""
    layer = layer_of(around.call.strip())
    value, word = match["value"], match["word"]
    letter = letter_of(layer, word)
    if layer is None or letter is None:
        return None
    at = around.given.count(",")
    positional = match.start("value") < match.start("word") and at < len(layer.signature)
    return value if positional and layer.signature[at].letter == letter else f"{letter}={value}"


def branches(match: re.Match[str], around: Surroundings) -> str | None:
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


def values(match: re.Match[str], around: Surroundings) -> str:
    """What is after `in` without its brackets; what `range(low, high)` counts, which leaves its end out."""
    counted = re.fullmatch(r"range\s*\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*\)", match["values"])
    if not counted:
        return match["values"].strip("[]() \t")
    low, high = counted[1] or "0", counted[2]
    return f"{low}..{int(high) - 1 if high.isdecimal() and len(high) < 10 else f'{high} - 1'}"


def loop(match: re.Match[str], around: Surroundings) -> str:
    """`for c in 64, 128: CONV(c)` with the for after what it repeats."""
    body = match["body"].strip()
    bare = body[1:-1].strip() if body.startswith("[") and body.endswith("]") else body
    written = f"{bare} for {match['names']} in {values(match, around)}"
    return written if match["group"] else f"[{written}]"


def size(match: re.Match[str], around: Surroundings) -> str | None:
    """`28 by 28 by 1` and `28px x 28px`; numbers with dots or stars between them are a product, but of an input."""
    product = re.search(r"[*·∗⋅]", match[0]) and around.call.strip().upper() not in INPUTS
    return None if product else "x".join(re.findall(r"\d+", match[0]))


def plain_digits(match: re.Match[str], around: Surroundings) -> str:
    """`２８x２８` with digits that are read."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in match[0])


def nested(match: re.Match[str], around: Surroundings) -> str | None:
    """`relu(conv(64, 3))` and `fc(pool(x))` as chains: the innermost layer is the first."""
    *outer, inner = re.findall(r"\w+", match["heads"])
    if match["ends"].count(")") != len(outer) + 1 or not all(map(layer_of, (*outer, inner))):
        return None
    source = match["within"].strip() if match["within"].strip().isidentifier() else ""
    first = [source, inner] if source else [f"{inner}({match['within']})"]
    return f" {around.arrow} ".join([*first, *reversed(outer)])


def factor(match: re.Match[str], around: Surroundings) -> str | None:
    """`UPSAMPLE(2x)`: the number alone; elsewhere it is a size that is not complete."""
    layer = layer_of(around.call.strip())
    return match[1] or match[2] if layer and layer.kind == "UPSAMPLE" else None


def functional(match: re.Match[str], around: Surroundings) -> str | None:
    """`FC(10)(RELU(CONV(8, 3)(INPUT(32x32x3))))` as a chain, as Keras' calls are nested."""
    chain: list[str] = []
    rest = match[0]
    while outer := _APPLIED.fullmatch(rest):
        chain.append(outer["call"])
        rest = outer["rest"]
    chain.append(rest)
    names = [re.split(r"[ \t(]", one)[0] for one in chain]
    if not (_ALONE.fullmatch(rest) and all(map(layer_of, names[:-1])) and (layer_of(names[-1]) or rest.isidentifier())):
        return None
    return f" {around.arrow} ".join(reversed(chain))


_APPLIED = re.compile(
    rf"(?P<call>{NAME}(?:[ \t]*\([^()\n]*\)(?=[ \t]*\())?)[ \t]*\((?P<rest>{NAME}|{NAME}[^\n]*\([^\n]*)\)"
)
_ALONE = re.compile(rf"{NAME}(?:[ \t]*\([^()\n]*\))?")


def layer_of_yolo(match: re.Match[str], around: Surroundings) -> str:
    """`Conv. Layer 7x7x64-s-2` as a call that keeps the size but for its stride, as in YOLO's cfg."""
    stride = f", S={match[3]}" if match[3] else ""
    return f"CONV({match[2]}, {match[1]}{stride}, P=same)" if match[2] else f"POOL({match[1]}{stride})"


def without_unit(match: re.Match[str], around: Surroundings) -> str:
    """`1.2M` as all its digits."""
    value = Fraction(match[1].replace("_", "")) * 1000 ** (1 + "KMGT".index(match[2].upper()))
    return str(round(value))


def name_after(match: re.Match[str], around: Surroundings) -> str | None:
    """`conv1: CONV(64)` with the name after `as`; what is a layer itself is no name."""
    return None if match[1].upper() in layer_names() else f"{match[2]} as {match[1]}"


def claim(match: re.Match[str], around: Surroundings) -> str:
    """A size as a claim; in brackets the channels are in front where the other two are equal, else last."""
    height, width, depth = match.group(2, 3, 4)
    if height is None:
        return f": {match['at'].strip('[] ')}"
    return f": {depth}x{width}x{height}" if width == depth else f": {width}x{height}x{depth}"


def claimed(match: re.Match[str], around: Surroundings) -> str:
    """`7850 params`, `params: 7850` and `params ≈ 7.8K` as claims."""
    if "number" in match.re.groupindex:
        about, what, number = "", match["what"], match["number"]
    else:
        what, about, number = match.groups()
    name = {"par": "params", "mac": "macs", "flo": "flops"}.get(what[:3].lower(), what.lower())
    return f"{name}={'~' if about else ''}{number.replace(' ', '')}"


def two_readings_of_a_number(match: re.Match[str]) -> str:
    """`FC: 10` with its number as a claim and, where the layer has units or filters, as those."""
    units = f"\nor {match[1]}({match['at']}) for so many filters or units" if letter_of(layer_of(match[1]), "K") else ""
    return f"write {match[1]}: 1x1x{match['at']} for so many values{units}"
