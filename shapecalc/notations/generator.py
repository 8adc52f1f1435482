"""Generators as CycleGAN's paper writes them: c7s1-64,d128,R256,u128."""

from __future__ import annotations

import re

from shapecalc.notations.rewrite import BETWEEN, Surroundings

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
