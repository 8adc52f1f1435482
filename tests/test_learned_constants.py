"""LEARNED where it takes the place of what arrives, and where it is as large as what arrives."""

from __future__ import annotations

import pytest

import shapecalc

SAID = {
    # Karras et al. 2019: the synthesis network begins with a constant of 4x4x512, and the latent comes in as factors.
    "INPUT(1x1x512) => LEARNED(4x4x512) => CONV(512, 3, P=1)": [("SHP127", "note")],
    "INPUT(1x1x512) => FC(512) as w => LEARNED(4x4x512) => MUL[ | @w ]": [],
    "INPUT(196x768) => POSITIONALEMBEDDING => LN": [("SHP127", "warning")],
    "INPUT(8x8x8) => CONV(8, 3, P=1) => CONCAT[ LEARNED | LEARNED ] => CONV(4, 1)": [("SHP127", "warning")],
    "INPUT(8x8x8) => CONV(8, 3, P=1) => ADD[ LEARNED => RELU | LEARNED ]": [("SHP127", "warning")],
    "INPUT(8x8x8) => CONV(8, 3, P=1) => CONCAT[ LEARNED | LEARNED | ]": [],
    # Dosovitskiy et al. 2021: one class token, and positions for all.
    "INPUT(196x768) => CONCAT(along=length)[ LEARNED(1x768) | ] => ADD[ | LEARNED ]": [],
    "INPUT(196x768) => CONCAT(along=length)[ CLASSTOKEN | ] => ADD[ | LEARNED ]": [("SHP122", "warning")],
    # Carion et al. 2020: 100 queries, which read the encoder's output.
    "INPUT(49x96) => CONV(96, 1) as memory => LEARNED(100x96) => ATTENTION(8)[ | @memory | @memory ]": [],
    "INPUT(49x96) => ATTENTION(8)[ LEARNED(100x96) | | ]": [],
}


@pytest.mark.parametrize(("text", "codes"), SAID.items())
def test_what_is_said_of_it(text: str, codes: list[tuple[str, str]]) -> None:
    assert [(d.code, d.severity) for d in shapecalc.check(text).diagnostics] == codes


def test_what_is_advised_gives_a_token_of_one_position() -> None:
    (said,) = shapecalc.check("INPUT(196x768) => CONCAT(along=length)[ CLASSTOKEN | ] => LN").diagnostics
    assert said.help[0] == "write LEARNED(1x768) for one position"
    assert shapecalc.check("INPUT(196x768) => CONCAT(along=length)[ LEARNED(1x768) | ]").layers[1].params == 768
