"""Notations of papers and posts: each case is read as the diagram below it, layer by layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import shapecalc

CASES = sorted((Path(__file__).parent / "cases" / "notations").glob("*.txt"))
WITH_AN_IMAGE = ("1x29x29", "784", "28x28")
UNSAID = "SHP514"
"""What is said of a notation alone: that it does not say its padding."""


def networks(text: str) -> list[dict[str, Any]]:
    """What is computed of every layer, and what is found; a text without an input gets one."""
    sized = any(c in text.upper() for c in ("INPUT", "32X32X3")) or text.startswith(WITH_AN_IMAGE)
    inputs = {} if sized else {"input": "64x64x3"}
    report = shapecalc.check(text, **inputs).to_dict()
    kept = ("kind", "input", "output", "arguments", "params", "macs")
    layers = [{key: layer[key] for key in kept} for layer in report["layers"]]
    codes = {diagnostic["code"] for diagnostic in report["diagnostics"]} - {UNSAID}
    return [*layers, {"found": sorted(codes)}]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_notation_is_read_as_the_diagram_below_it(path: Path) -> None:
    text, _, diagram = path.read_text(encoding="utf-8").partition("\n----\n")
    assert networks(text) == networks(diagram)
    assert len(networks(text)) > 2


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_notation_is_formatted_as_a_diagram_that_says_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8").partition("\n----\n")[0]
    assert networks(shapecalc.format(text))[:-1] == networks(text)[:-1]


def test_a_finding_points_at_the_part_of_a_notation_that_it_is_about() -> None:
    text = "INPUT(27x27x1) => 32C5-MP2-10N"
    (found,) = (d for d in shapecalc.check(text).to_dict()["diagnostics"] if d["code"] != UNSAID)
    start, end = found["range"]["start"]["column"] - 1, found["range"]["end"]["column"] - 1
    assert (found["code"], text[start:end]) == ("SHP201", "MP2")


def test_no_fix_edits_a_layer_that_is_one_of_several_in_its_notation() -> None:
    text = "INPUT(64x64x3) => c7s1-64,d128,u64,c7s1-3 => CONV(8, 3, P=1) => BN"
    found = shapecalc.check(text).to_dict()["diagnostics"]
    by_place = {d["range"]["start"]["column"]: d["fixes"] for d in found if d["code"] == "SHP401"}
    assert by_place[19] == []
    assert len(found) > 1
