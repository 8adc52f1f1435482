"""Chains that papers write in one word: 32C5-MP2-512FC, C64-C128, 784-500-10 and c7s1-64,d128,R256,u128."""

from __future__ import annotations

import re

from shapecalc.notations.rewrite import BETWEEN, Surroundings

_PART = (
    r"(?i:(?:\d+x)?\d+C\d+(?:S\d+)?|(?:MP|P|AP|S|MaxPool)\d+|\d+S(?!\w)|\d+(?:FC|F|N|O|SVM)|FC\d*|BN|ReLU|D(?:O|rop)?(?:0?\.\d+)?"
    r"|\(\d+x\d+(?:C\d+|FC|N)\)|soft-?max|\d+)"
)
_MOST_PARTS = 40
"""Of such a chain after its first: no paper writes more in one word."""
_JOINT = r"\s*[-–](?!>)\s*"
_PARTS = rf"{_PART}(?:{_JOINT}{_PART}){{0,{_MOST_PARTS}}}+"
_TIMES = r"\s*[*xX×]\s*"
_COUNTED = rf"(?:\[{_PARTS}\]|\({_PARTS}\)){_TIMES}\d+|\d+{_TIMES}(?:\[{_PARTS}\]|\({_PARTS}\))"
PART = rf"{_COUNTED}|\d+x\d+(?:x\d+)?(?!\d*[Cc])|{_PART}"
_GROUPED = rf"(?:{_COUNTED}|{_PART}|\[{_PARTS}\](?!{_TIMES}))"
FILTERS_AND_SIZES = (
    rf"(?=[^\n]{{0,200}}?\d+[Cc]\d)(?:\d+x\d+(?:x\d+)?{_JOINT}{_GROUPED}|{_PART})"
    rf"(?:{_JOINT}{_GROUPED}){{0,{_MOST_PARTS}}}+(?![\w.])(?!\s*[-–]\s*[\w(\[])"
)
"""`32C5` is 32 filters of 5x5, `MP2` a pooling of 2x2, `512FC` and `150N` fully-connected, `(2x128C3)` twice."""
_DIGIT_PIXELS, _DIGIT_IMAGE = "784", "28X28"
"""What such a chain begins with for MNIST, whose images have so many pixels."""

_SLIDING = re.compile(r"\(?(?:\d+X)?\d+C\d|(?:MP|P|AP|S|MAXPOOL)\d|\d+S\Z")
"""A part, in capitals, that slides over an image: `DROP0.5` and `10SVM` are none."""


def filters_and_sizes(match: re.Match[str], around: Surroundings) -> str | None:
    """`28x28-32C5-MP2-512FC-10` as a chain."""
    parts = [re.sub(r"\s", "", part).upper() for part in re.findall(PART, match[0])]
    if parts[0] == _DIGIT_PIXELS:
        parts[0] = _DIGIT_IMAGE
    slid = max((i for i, part in enumerate(parts) if any(map(_SLIDING.match, re.findall(_PART, part)))), default=0)
    if any(part.isdigit() for part in parts[:slid]):
        return None  # a number in front could be the pixels of an image
    written = [_input(part) if re.fullmatch(r"\d+X\d+(X\d+)?", part) else _layer(part) for part in parts]
    return BETWEEN.join(part for part in written if part) if all(written) else None


def _input(size: str) -> str:
    """`1x29x29` has its channels in front, `29x29` has one."""
    sizes = size.split("X")
    if len(sizes) == 2:
        sizes.append("1")
    elif sizes[0] in ("1", "3") and sizes[1] == sizes[2]:
        sizes = [*sizes[1:], sizes[0]]
    return f"INPUT({'x'.join(sizes)})"


_LAYERS = (
    (r"(\d+)C(\d+)S(\d+)", "CONV({}, {}, S={})"),
    (r"(\d+)C(\d+)", "CONV({}, {})"),
    (r"(?:MP|MAXPOOL|P)(\d+)", "POOL({})"),
    (r"(?:AP|S)(\d+)|(\d+)S", "POOL({}, mode=avg)"),
    (r"(\d+)(?:FC|F|N|O|SVM)?|FC(\d+)", "FC({})"),
    (r"D(?:O|ROP)?(0?\.\d+)", "DO({})"),
    (r"D(?:O|ROP)?", "DO"),
    (r"(\w+)-?(\w*)", "{}{}"),
)
"""What a part is, in capitals, and the layer that it says."""


def _layer(part: str) -> str | None:
    """One part of such a chain, in capitals; 3X3C64 could be a filter of 3x3, too."""
    group = re.fullmatch(r"(\d*)[*X×]?[\[(](.+)[\])][*X×]?(\d*)", part)
    if group and (count := group[1] or group[3]):
        layers = [_layer(one) for one in re.findall(_PART, group[2])]
        return f"[{' => '.join(map(str, layers))}]*{count}" if all(layers) else None
    if repeated := re.fullmatch(r"\(?(\d+)X((\d+)[^)]+)\)?", part):
        return None if repeated[1] == repeated[3] else f"[{_layer(repeated[2])}]*{repeated[1]}"
    found = ((re.fullmatch(pattern, part), call) for pattern, call in _LAYERS)
    return next(call.format(*(g for g in match.groups() if g is not None)) for match, call in found if match)


def plain(match: re.Match[str], around: Surroundings) -> str:
    """`C64-C128` as convolutions of 3x3, `784-500-10` as fully-connected layers."""
    name = "CONV" if match[0].startswith("C") else "FC"
    return " => ".join(f"{name}({k})" for k in re.findall(r"\d+", match[0]))


def two_readings_of_ck(match: re.Match[str]) -> str:
    """`C64-C128` and `CD512-C256` as parts of pix2pix (Isola et al. 2017, appendix 6.1), and plain.

    The encoder does not normalise its first layer; CD has dropout, and is in the decoder alone.
    """
    ks = re.findall(r"C(D?)(\d+)", match[0])
    decoder = "D" in match[0]
    layers = [_decoded(*k) if decoder else _encoded(k[1], first=not i) for i, k in enumerate(ks[:2])]
    more = " => …" if len(ks) > 2 else ""
    simple = " => ".join(f"CONV({k}){' => DO(0.5)' if drops else ''}" for drops, k in ks[:3])
    part = "the decoder of pix2pix" if decoder else "pix2pix"
    return (
        f"as in {part}, 4x4 with stride 2: write {' => '.join(layers)}{more}\n"
        f"or 3x3 with stride 1: write {simple}{' => …' if len(ks) > 3 else ''}"
    )


def _encoded(k: str, *, first: bool) -> str:
    return f"CONV({k}, 4, S=2, P=1){'' if first else ' => BN'} => LRELU(0.2)"


def _decoded(drops: str, k: str) -> str:
    return f"UPCONV({k}, 4, S=2, P=1) => BN{' => DO(0.5)' if drops else ''} => RELU"


def two_readings_of_numbers(match: re.Match[str]) -> str:
    """`784-500-10` as fully-connected layers of which the first is the input, and as convolutions."""
    first, *ks = re.findall(r"\d+", match[0])
    neurons, filters = (
        " => ".join(map(name.format, few)) for name, few in (("FC({})", ks[:3]), ("CONV({})", [first, *ks[:2]]))
    )
    more = " => …" if len(ks) > 3 else ""
    return f"as neurons: write INPUT(1x1x{first}) => {neurons}{more}\nor as filters: write {filters}{more}"


# --- generators -----------------------------------------------------------------------------------

STEP = r"(?:c\d+s\d+-\d+|[dRu]\d+)(?:\s*+[xX×*]\s*+\d++)?"
GENERATOR = rf"(?=[^\n]{{0,200}}?c\d+s\d+-\d)(?:{STEP}\s*+[-,;]?\s*+)*{STEP}(?!\w)"
"""`c7s1-64` is 7x7 with stride 1, `d128` halves the size, `R256` is a residual block, `u128` doubles the size."""
_STEPS = {
    None: "CONV({k}, {f}, S={s}, P={p}) => IN => RELU",
    "d": "CONV({k}, 3, S=2, P=1) => IN => RELU",
    "u": "UPCONV({k}, 3, S=2, P=1, output_padding=1) => IN => RELU",
    "R": "ADD[CONV({k}, 3, P=1) => IN => RELU => CONV({k}, 3, P=1) => IN | ]",
}
_STEP = re.compile(r"(?:c(?P<f>\d+)s(?P<s>\d+)-|(?P<letter>[dRu]))(?P<k>\d+)(?:\s*[xX×*]\s*(?P<count>\d+))?")


def generator(match: re.Match[str], around: Surroundings) -> str:
    """`c7s1-64,d128,R256,u128` as a chain: padding keeps sizes, `u` doubles them, `R` is a residual block."""
    return BETWEEN.join(map(_step, _STEP.finditer(match[0])))


def _step(part: re.Match[str]) -> str:
    layers = _STEPS[part["letter"]].format(p=int(part["f"] or 0) // 2, **part.groupdict())
    return f"[{layers}]*{part['count']}" if part["count"] else layers
