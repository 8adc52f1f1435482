"""Where libyaml is missing, the loader in Python takes its place: same nodes, same places, same words."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic
from shapecalc.settings.yaml_reader import read_yaml

TEXTS = {
    "nothing": "",
    "comment": "# only this\n",
    "plain": "name: AlexNet  # as meant\nsource:   Krizhevsky et al.  \n",
    "lists": "a: [1, 2, [3, 4]]\nb:\n- x\n-   y: 1\n    z: 2\n- - p\n  - q\n\n\nc: {d: 1, e: [f]}\n",
    "blocks": "a: |\n  one\n   two\n\nb: >-\n  folded\n  text\nc: |2\n    deep\n",
    "block at the end": "diagram: |\n  INPUT => CONV\n  => FC",
    "quotes": "a: 'it''s'\nb: \"x\\ty\"\nc: \"two\n  lines\"\n'd e': 1\n",
    "empty values": "a:\nb: ~\nc: ''\nd: {e, f: }\n? g\n",
    "anchors": "a: &one {x: 1}\nb: *one\nc: &two\n  - 1\nd: !!str 5\ne: &three !!int 7\n",
    "wide characters": "a: größe → 3×3\nb: 😀 [x]\n",
    "windows": "a: 1\r\nb:\r\n- 2\r\n",
    "several lines": "a: one\n  two\n\n  three\nb: 1\n",
    "fences": "--- \na: 1\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "duplicate": "a: 1\na: 2\n",
    "unknown alias": "a: *b\n",
    "endless alias": "a: &b [*b]\n",
    "unclosed": "a: [1, 2\n",
    "quote": "a: 'x\n",
    "tab": "a:\n\tb: 1\n",
    "colons": "a: b: c\n",
    "surrogate": "a: \ud800\n",
    "control": "a: \x07\n",
    "deep": "[" * 150,
}


def read(text: str) -> tuple[Any, list[Diagnostic]]:
    """The nodes of a text and all that is wrong with it."""
    problems: list[Diagnostic] = []
    try:
        return read_yaml(text, 0, len(text), problems), problems
    except Diagnosed as fatal:
        return None, list(fatal.diagnostics)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="there is only one loader here")
@pytest.mark.parametrize("name", TEXTS)
def test_both_loaders_read_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(TEXTS[name])
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert read(TEXTS[name]) == fast


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="there is only one loader here")
@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1 \n-:,[]{}'\"#|>&*!?é", max_size=40))
def test_any_text_means_the_same_to_both_loaders(text: str) -> None:
    fast = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader")
        slow = read(text)
    assume(slow[0] is not None)
    assert fast == slow
