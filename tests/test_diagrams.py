"""Every diagram of the source texts, in the notation that it was written in."""

from __future__ import annotations

from typing import Any

import pytest

import shapecalc
from shapecalc.passes.report import Report


def read(text: str, **bindings: Any) -> Report:
    return shapecalc.check(text, set=bindings)


def kinds(report: Report) -> list[str]:
    return [row.node.kind for row in report.rows]


@pytest.mark.parametrize(
    ("text", "layers", "convolutions", "fully_connected"),
    [
        ("INPUT => CONV => RELU => FC => SOFTMAX", 5, 1, 1),
        ("INPUT => CONV => FC", 3, 1, 1),
        ("INPUT => CONV => RELU => POOL => CONV => RELU => POOL => FC", 8, 2, 1),
        ("INPUT => CONV => RELU => POOL => CONV => RELU => POOL => FC => FC", 9, 2, 2),
        ("INPUT => FC", 2, 0, 1),
        ("INPUT => [CONV => RELU => POOL] * 2 => FC => RELU => FC", 10, 2, 2),
        ("INPUT => [CONV => RELU => CONV => RELU => POOL] * 3 => [FC => RELU] * 2 => FC", 21, 6, 3),
        ("INPUT => CONV => RELU => FC", 4, 1, 1),
        (
            "INPUT => [CONV => RELU => POOL] * 2 => [CONV => RELU] * 3 => POOL => [FC => RELU => DO] * 2 => SOFTMAX",
            21, 5, 2,
        ),
        (
            "INPUT => [CONV => RELU] * 2 => POOL => [CONV => RELU] * 2 => POOL => [CONV => RELU] * 3 => POOL\n"
            "    => [CONV => RELU] * 3 => POOL => [FC => RELU => DO] * 2 => SOFTMAX",
            32, 10, 2,
        ),
        ("INPUT => CONV => RELU => BN => FC", 5, 1, 1),
        ("INPUT => [CONV => RELU => BN => POOL] * 2 => FC => RELU => BN => FC", 13, 2, 2),
        ("[INPUT - CONV - RELU - POOL - FC]", 5, 1, 1),
        ("INPUT -> [CONV -> RELU -> CONV -> RELU -> POOL]*3 -> [FC -> RELU]*2 -> FC", 21, 6, 3),
    ],
)  # fmt: skip
def test_a_closed_diagram_is_a_network_without_a_finding(
    text: str, layers: int, convolutions: int, fully_connected: int
) -> None:
    report = read(text)
    found = kinds(report)
    assert (len(found), found.count("CONV"), found.count("FC")) == (layers, convolutions, fully_connected)
    assert [d.message for d in report.diagnostics if d.severity != "note"] == []
    assert str(report.rows[-1].output) == "1x1x1000"


FAMILIES = [
    "INPUT => [[CONV => RELU]*N => POOL?]*M => [FC => RELU]*K => FC         0<=N<=3, M>=0, 0<=K<=2",
    "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
]


@pytest.mark.parametrize("text", FAMILIES)
def test_an_open_diagram_says_what_is_open_and_how_to_close_it(text: str) -> None:
    (diagnostic,) = read(text).diagnostics
    assert diagnostic.code == "SHP114"
    assert all(name in diagnostic.message for name in "NMK")
    assert all(f"--set {name}=" in diagnostic.help[-1] for name in "NMK")


@pytest.mark.parametrize("text", FAMILIES)
@pytest.mark.parametrize(("n", "m", "k"), [(0, 0, 0), (1, 1, 0), (2, 3, 2), (3, 5, 1), (0, 2, 1)])
def test_a_closed_family_is_one_of_its_networks(text: str, n: int, m: int, k: int) -> None:
    report = read(text, N=n, M=m, K=k)
    found = kinds(report)
    assert report.ok
    assert found.count("CONV") == n * m
    assert found.count("POOL") == m
    assert found.count("FC") == k + 1
    assert len(found) == 1 + m * (2 * n + 1) + 2 * k + 1


def test_optional_parts_can_be_left_out() -> None:
    report = shapecalc.check(FAMILIES[0], set={"N": 2, "M": 3, "K": 0}, optional="drop")
    assert kinds(report).count("POOL") == 0


@pytest.mark.parametrize(("name", "value"), [("N", 4), ("K", 3), ("M", -1)])
def test_a_family_refuses_what_lies_outside_of_its_ranges(name: str, value: int) -> None:
    report = read(FAMILIES[0], **{"N": 1, "M": 1, "K": 1, name: value})
    (outside,) = [d for d in report.diagnostics if d.code == "SHP118"]
    assert f"{name} = {value} is outside its range" in outside.message


@pytest.mark.parametrize(
    "text",
    [
        "INPUT => CONV => BN => RELU ...",
        "INPUT => CONV => RELU => BN ...",
        "... CONV => RELU => POOL => FC => DO => FC => DO => FC",
    ],
)
def test_a_fragment_is_refused_at_its_dots(text: str) -> None:
    (diagnostic,) = read(text).diagnostics
    start, end = diagnostic.span
    assert (diagnostic.code, text[start:end]) == ("SHP008", "...")


def test_the_missing_arrow_is_pointed_at_and_can_be_put_in() -> None:
    text = "INPUT => [CONV => RELU => BN => CONV => RELU => BN => POOL] * 3 => [FC RELU => BN] * 2 => FC"
    (diagnostic,) = read(text).diagnostics
    assert diagnostic.code == "SHP002"
    assert "between FC and RELU" in diagnostic.message
    assert "FC" in text[slice(*diagnostic.span)]
    repaired = text
    for edit in reversed(diagnostic.fixes[0].edits):
        repaired = repaired[: edit.span[0]] + edit.content + repaired[edit.span[1] :]
    assert repaired == text.replace("FC RELU", "FC => RELU")
    assert kinds(read(repaired)).count("BN") == 8


def test_the_arrow_diagram_of_a_document_is_read_and_its_pool_found_to_drop_a_row() -> None:
    text = (
        "28x28x1 → Conv2D (32, 3x3) → ReLU → MaxPooling 2x2 → Conv2D (64, 3x3) → ReLU → MaxPooling 2x2 → Flatten "
        "→ Dense 64 → ReLU → Dense 10 → Softmax"
    )
    report = read(text)
    assert kinds(report) == (
        ["INPUT", "CONV", "RELU", "POOL", "CONV", "RELU", "POOL", "FLATTEN", "FC", "RELU", "FC", "SOFTMAX"]
    )
    assert str(report.rows[-1].output) == "1x1x10"
    assert [d.code for d in report.diagnostics] == ["SHP201"]
