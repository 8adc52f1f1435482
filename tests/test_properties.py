"""What holds for every diagram: no text crashes, repeats equal writing out, blocks equal their bodies."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

import shapecalc
from shapecalc.passes.report import Report
from tests.strategies import Written, networks, texts


def report(text: str) -> Report:
    return shapecalc.check(text, max_layers=3000)


def figures(found: Report) -> list[tuple[Any, ...]]:
    """Everything about the rows but where they are in the text."""
    return [
        (r.node.kind, r.node.text, r.node.inputs, r.output, r.params, r.macs, r.tiling, r.field, r.in_place)
        for r in found.rows
    ]


def assert_places_lie_in_the_text(found: Report, text: str) -> None:
    for diagnostic in found.diagnostics:
        spans = [diagnostic.span, *(r.span for r in diagnostic.related)]
        spans += [edit.span for fix in diagnostic.fixes for edit in fix.edits]
        for start, end in spans:
            assert 0 <= start <= end <= len(text), diagnostic


@given(st.text(max_size=200))
def test_no_text_crashes(text: str) -> None:
    assert_places_lie_in_the_text(report(text), text)


@given(st.text(alphabet="INPUTCOVRELafox[]()=>-*?@|:,.#0123456789 \n\"'{}⇒→", max_size=120))
def test_no_text_of_the_languages_own_characters_crashes(text: str) -> None:
    assert_places_lie_in_the_text(report(text), text)


@given(texts())
def test_no_well_formed_diagram_crashes(drawn: Written) -> None:
    found = report(drawn.text)
    assert_places_lie_in_the_text(found, drawn.text)
    assert "SHP0" not in {d.code[:4] for d in found.diagnostics if d.code not in ("SHP009", "SHP012")}


@given(networks(), st.data())
def test_cutting_a_network_anywhere_never_crashes(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    assert_places_lie_in_the_text(report(text[:cut]), text[:cut])


@given(networks())
def test_networks_that_fit_have_figures_throughout(text: str) -> None:
    found = report(text)
    assume(found.ok)
    assert found.totals is not None
    assert found.totals.params is not None
    assert found.totals.memory.inference_peak is not None
    assert found.totals.params == sum(r.params or 0 for r in found.rows)
    assert found.totals.memory.inference_peak >= (found.totals.memory.parameters or 0)


PARTS = ["CONV(4, 3, P=1) => RELU", "ADD[ | CONV(3, 1) => BN => CONV(3, 1)]", "CONCAT[POOL(3, S=1, P=1) | ]", "DO(0.2)"]


@given(st.sampled_from(PARTS), st.integers(0, 6), st.sampled_from(["INPUT(9x7x3)", "INPUT(20x3)"]))
def test_a_repeat_equals_writing_it_out(part: str, count: int, start: str) -> None:
    folded = report(f"{start} => CONV(3, 1) => [{part}]*{count} => FC(2)")
    written = report(" => ".join([start, "CONV(3, 1)", *[part] * count, "FC(2)"]))
    assert figures(folded) == figures(written)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_comprehension_equals_its_turns(depths: list[int]) -> None:
    folded = report(f"INPUT(8x8x3) => [CONV(c, 3, P=1) => RELU for c in {', '.join(map(str, depths))}]")
    written = report(" => ".join(["INPUT(8x8x3)", *(f"CONV({c}, 3, P=1) => RELU" for c in depths)]))
    assert figures(folded) == figures(written)


@given(st.integers(1, 9), st.integers(1, 2), st.booleans())
def test_a_block_equals_its_body(filters: int, stride: int, named: bool) -> None:
    values = f"s={stride}, c={filters}" if named else f"{filters}, {stride}"
    block = "block unit(c, s=1) = ADD[CONV(c, 3, S=s, P=1) => RELU | CONV(c, 1, S=s)] => BN\n"
    folded = report(f"{block}INPUT(9x9x3) => unit({values}) => UNIT({filters})")
    body = "ADD[CONV({c}, 3, S={s}, P=1) => RELU | CONV({c}, 1, S={s})] => BN"
    parts = ["INPUT(9x9x3)", body.format(c=filters, s=stride), body.format(c=filters, s=1)]
    assert figures(folded) == figures(report(" => ".join(parts)))
