"""The JSON of a network is the same written from shared parts as from its whole object."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.display.json_text import json_text
from shapecalc.display.network_json import network_object, network_text

TEXTS = {
    "equal layers": "INPUT(8x8x4) => [CONV(4, 3, P=1) => RELU]*3 => CONV(4, F=3, P=1) => FC(2)",
    "equal in Python alone": "INPUT(8x8x4) => LRELU(1) => LRELU(1.0) => CONV(4, bias=1) => CONV(4, bias=true)",
    "assumed and written": "INPUT(8x8x4) => CONV => CONV(64, 3, 1, 1) => CONV",
    "weights shared": "INPUT(8x8x4) => CONV(4, 3, P=1) as a => CONV(4, 3, P=1) shares a",
    "weights frozen": "---\nfreeze: a\n---\nINPUT(8x8x4) => CONV(4, 3, P=1) as a => CONV(4, 3, P=1)",
    "a layer that does not fit": "INPUT(8x8x4) => CONV(4, 3) => CONV(4, 99) => CONV(4, 3)",
    "other characters": "INPUT(8x8x4) => CONV(4, 3, P=1) as größe => RELU  # → \u202e",
}


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_shared_parts_give_the_text_of_the_whole_object(text: str, unicode: bool) -> None:
    report = shapecalc.check(text)
    assert network_text(report, unicode=unicode) == json_text(network_object(report), unicode=unicode)
