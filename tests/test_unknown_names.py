"""Names that are no layers: what to write instead is a text that works, and a long text of them stays readable."""

from __future__ import annotations

import re

import pytest

import shapecalc
from shapecalc.dialects.foreign_layers import INSTEAD, instead_of

ARGUMENTS = {
    "SE": "16, 4",
    "RESBLOCK": "16",
    "BOTTLENECK": "4",
    "MBCONV": "16",
    "FIRE": "4, 8",
    "INCEPTION": "4, 4, 8",
    "DENSEBLOCK": "8",
    "CONVBLOCK": "8",
    "TRANSFORMER": "16, 4",
    "NONLOCAL": "8",
}
"""Of the blocks that are advised, on 16 channels."""


def messages(text: str, **options: object) -> list[str]:
    return [d.message for d in shapecalc.check(text, **options).diagnostics]  # type: ignore[arg-type]


def test_no_name_is_in_the_table_twice() -> None:
    names = [name for row, _ in INSTEAD for name in row.split()]
    assert len(set(names)) == len(names)


def test_every_block_that_is_advised_works_and_is_clean() -> None:
    blocks = [found for _, advice in INSTEAD if (found := re.search(r"block (\w+)\(.*?\) = .*?(?=, and|$)", advice))]
    assert {block[1] for block in blocks} == set(ARGUMENTS)
    for block in blocks:
        text = f"{block[0]}\nINPUT(8x8x16) => {block[1]}({ARGUMENTS[block[1]]}) => FC(10)"
        assert messages(text) == [], text


@pytest.mark.parametrize("name", ["ReflectionPad2d", "ZERO_PAD", "resblock3", "ResBlock_1", "MultiHeadAttention"])
def test_a_name_is_known_in_any_spelling(name: str) -> None:
    assert instead_of(name)


@pytest.mark.parametrize(
    ("call", "gives"),
    [
        ("ConvT(8, 4, S=2, P=1)", "UPCONV 32x32x8"),
        ("TransposedConv2D(8, 2, S=2)", "UPCONV 32x32x8"),
        ("MeanPool(2)", "POOL 8x8x4"),
        ("Pool2D(2)", "POOL 8x8x4"),
        ("GAP2D", "GAP 1x1x4"),
        ("PLUS[ | CONV(4, 1) ]", "ADD 16x16x4"),
    ],
)
def test_other_names_of_a_layer_are_read(call: str, gives: str) -> None:
    (*_, last) = shapecalc.check(f"INPUT(16x16x4) => {call}").layers
    assert f"{last.kind} {last.output}" == gives


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("PWConv", "write CONV(64, 1)"),
        ("GroupConv", "groups="),
        ("DSConv", "write SEPCONV"),
        ("AtrousConv", "dilation="),
        ("PositionalEncoding", "LEARNED(trained=false)"),
    ],
)
def test_a_name_near_that_of_another_layer_is_not_taken_for_it(name: str, help: str) -> None:
    (found, *_) = shapecalc.check(f"INPUT(16x16x4) => {name}(8)").diagnostics
    assert help in found.help[0]
    assert not found.fixes


def test_the_layers_are_listed_once_and_20_names_are_shown() -> None:
    text = "INPUT(32x32x3)" + "".join(f" => QQ{chr(65 + i)}QZ" for i in range(26))
    found = shapecalc.check(text).diagnostics
    assert len(found) == 20
    assert sum("the layers are " in line for d in found for line in d.help) == 1
    assert found[-1].notes == ("20 of 26 unknown names are shown",)


def test_a_name_of_another_case_is_spoken_of_once() -> None:
    (found,) = shapecalc.check("INPUT(8x8x3) => [CONV => RELU]*N => FC(10)", set={"n": 2}).diagnostics
    assert found.code == "SHP114"
    assert "upper and lower case differ in names: n is given, and N has no value" in found.help
    assert not any("did you mean" in line for line in found.help)


def test_a_value_for_a_name_that_is_not_there_is_still_reported() -> None:
    assert messages("INPUT(8x8x3) => [CONV => RELU]*2 => FC(10)", set={"n": 2}) == [
        "the diagram has no name n that can be set"
    ]


@pytest.mark.parametrize(
    ("text", "name", "help"),
    [
        ("INPUT(8x8x3) => CONV(8)", "N", "leave the value of N out"),
        ("let M = 3\nINPUT(8x8x3) => CONV(M)", "N", "names that can be set: M"),
        ("INPUT(8x8x3) => [CONV(8)]*deep", "dep", "did you mean deep?"),
        ("INPUT(8x8x3) => CONV(8*width)", "width", "width is a word that arguments take as a value"),
    ],
)
def test_a_value_for_a_name_that_is_not_there_says_what_to_write(text: str, name: str, help: str) -> None:
    found = shapecalc.check(text, set={name: 2}).diagnostics
    assert any(line.startswith(help) for d in found if d.code == "SHP107" for line in d.help)


@pytest.mark.parametrize("layers", ["CONV(width)", "CONV(8*width)", "[CONV(8)]*width"])
def test_a_word_that_cannot_be_a_name_is_said_to_be_one(layers: str) -> None:
    (found,) = shapecalc.check(f"INPUT(8x8x3) => {layers}").diagnostics
    assert found.help == ("width is a word that arguments take as a value, so it cannot be a name",)


@pytest.mark.parametrize(("name", "layer"), [("ＣＯＮＶ(4, 3)", "CONV"), ("FC₁(4)", "FC"), ("Conv¹(4, 3)", "Conv")])
def test_a_name_in_other_forms_of_letters_is_the_layer(name: str, layer: str) -> None:
    (said,) = shapecalc.check(f"INPUT(9x9x1) => {name}").diagnostics
    assert (said.code, said.help) == ("SHP101", (f"write {layer}",))
