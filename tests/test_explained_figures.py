"""`explain FILE LAYER`: every product and sum that is shown holds, and ends in what the passes compute of the layer."""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest

import shapecalc
from shapecalc.passes.report import Row
from tests.layercases import CASES
from tests.test_explain import explain

TEXTS = 6
"""Cases of each layer type."""
SUM = re.compile(r"(?:[a-z_]+:? )?((?:floor)?[(−\d][\d.,()·^/+ −]*?)(?: values · 4 bytes)?")
"""The numbers of a formula, the sizes of an array, or bytes."""
RESULT = re.compile(r"−?\d(?:[\d.,·]*\d)?(?:/\d+)?(?: \+ \d+(?=:))?")
NUMBER = re.compile(r"−?\d[\d,]*(?:\.\d+)?(?:/\d+)?")


def number(text: str) -> Fraction:
    return Fraction(text.rstrip(",").replace(",", "").replace("−", "-"))


def computed(text: str) -> Fraction:
    """What an expression of whole numbers, decimals and `floor` gives."""
    signs = text.replace(",", "").replace("·", "*").replace("−", "-").replace("^", "**")
    return Fraction(eval(re.sub(r"\d+(?:\.\d+)?", r"Fraction('\g<0>')", signs), {"Fraction": Fraction, "floor": floor}))


def paragraphs(text: str, name: str) -> dict[str, list[str]]:
    """The lines of each part of an explanation, by the word in front of it."""
    parts: dict[str, list[str]] = defaultdict(list)
    word = ""
    for line in explain(text, name, columns="400").stdout.splitlines()[2:]:
        if line.strip():
            word = line[:11].strip() or word
            parts[word].append(line[11:].strip())
    return parts


def texts(kind: str) -> list[str]:
    return [text for text in CASES[kind][0] if shapecalc.check(text).rows[-1].output][-TEXTS:]


@pytest.mark.parametrize("kind", CASES)
def test_every_sum_that_is_shown_holds_and_ends_in_what_is_computed(kind: str) -> None:
    for text in texts(kind):
        row = shapecalc.check(text).rows[-1]
        parts = paragraphs(text, row.node.name)
        for lines in parts.values():
            for shown, result in (pair for line in lines for pair in pairwise(line.split(" = "))):
                numbers, value = SUM.fullmatch(shown), RESULT.match(result)
                if numbers and value:
                    times = 4 if shown.endswith("bytes") else 1
                    assert times * computed(numbers[1]) == computed(value[0]), (text, shown, result)
        for part in (costs, sizes_and_field):
            part(row, parts, text)


def costs(row: Row, parts: dict[str, list[str]], text: str) -> None:
    assert row.output
    weights = dict(re.findall(r"^(\w+): (?:.* = )?([\d,]+)$", "\n".join(parts["weights"]), re.MULTILINE))
    assert {name: number(size) for name, size in weights.items()} == {
        array.name: array.size for array in row.weight_arrays if array.role != "running"
    }, text
    if parts["weights"][-1].endswith("parameters"):
        assert number(NUMBER.findall(parts["weights"][-1])[-1]) == row.params, text
    macs = [
        number(n) for n in re.findall(r"([\d,]+)(?: of volumes with volumes)?$", "\n".join(parts["MACs"]), re.MULTILINE)
    ]
    together = [number(line.split()[1]) for line in parts["MACs"] if line.startswith("together")]
    assert (together or [sum(macs)]) == [row.macs], text
    assert not together or sum(macs[:-1]) == row.macs, text
    memory, kept = "\n".join(parts["memory"]), (row.params or 0) + (row.buffers or 0)
    assert re.findall(r"output .* = ([\d,]+) values", memory) in ([], [f"{row.output.size:,}"]), text
    assert re.findall(r"weights ([\d,]+) · 4", memory) == ([f"{kept:,}"] if kept else []), text
    assert re.findall(r"pass: ([\d,]+) bytes", memory) == ([f"{row.kept:,}"] if row.kept else []), text


def sizes_and_field(row: Row, parts: dict[str, list[str]], text: str) -> None:
    assert row.output
    assert row.field
    for axis, size in enumerate(row.output.spatial):
        lines = next((parts[word] for word in axis_words(axis, len(row.output.spatial)) if word in parts), [])
        rounded = re.findall(r"^rounded \w+: (\d+) window", "\n".join(lines), re.MULTILINE)
        given = rounded or re.findall(r"^[(a-zA-Z].* = ([\d,.]+)(?:, as .*)?$", "\n".join(lines), re.MULTILINE)
        assert [number(one) for one in given[-1:]] in ([], [size]), (text, lines)
    sees = "\n".join(parts["sees"])
    for axis, found in enumerate(re.findall(r"field r .* = (\d+), where", sees)):
        assert {int(found)} <= {field.size for field in row.field.axes[axis:]}, text
    for part in re.findall(r"(?:sees|see|it:) (\d+(?:x\d+)*) (?:pixels|positions)", sees):
        assert part == "x".join(str(field.size) for field in row.field.axes), text


def axis_words(axis: int, rank: int) -> tuple[str, ...]:
    """The words in front of what is said of an axis."""
    return ("length", "size") if rank == 1 else (("width", "height", "slice axis")[axis], "size")
