"""Layers that use the weights of others: parameters count once, work and volumes each time."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.passes.memory import training_memory
from shapecalc.passes.report import Conventions
from shapecalc.pipeline import check
from shapecalc.verification.verify import verify
from shapecalc.writers.diagram.format import format_text
from tests.loops import Ran

SIAMESE = """block tower = CONV(4, 3) => BN => RELU => POOL => FC(8)
INPUT(16x16x1) => tower as left
INPUT(16x16x1) => SUB[@left | tower share left] => ABS => FC(1)
"""


def test_the_towers_of_a_siamese_pair_have_one_set_of_weights_and_each_its_work() -> None:
    pair, single = (
        shapecalc.check(SIAMESE),
        shapecalc.check("INPUT(16x16x1) => CONV(4, 3) => BN => RELU => POOL => FC(8)"),
    )
    assert pair.ok
    assert pair.totals.params == single.totals.params + 9
    assert pair.totals.buffers == single.totals.buffers
    assert pair.totals.macs == 2 * single.totals.macs + 8
    assert [row.node.shares for row in pair.rows if row.node.kind == "CONV"] == [None, 1]


EVERY_STEP = """INPUT(9x9x5x2) => CONV(4, 3x3x1) as c => GAP
INPUT(9x9x2) => CONV(4, 3) share c => GAP as a
INPUT(5x4) => CONV(6, 1) as d
@a => FC(6) share d
"""
"""Kernels of 3x3x1x2x4 and 3x3x2x4, and of 1x4x6 and 4x6."""


def test_a_network_with_shared_weights_is_proved() -> None:
    assert shapecalc.check(EVERY_STEP).totals.params == 72 + 4 + 24 + 6
    for text in (SIAMESE, EVERY_STEP, "INPUT(9x9x4) => CONV(4) as c => [RELU => CONV(4) share c]*3 => GAP => FC(2)"):
        verification = verify(shapecalc.check(text, batch=2))
        assert verification.complete
        assert verification.ok


def test_layers_that_share_run_on_the_same_numbers() -> None:
    once = "INPUT(6x6x3) => CONV(3, 1, bias=false) as c => SUB[ | ]"
    twice = "INPUT(6x6x3) as i => CONV(3, 1, bias=false) as c => SUB[ | @i => CONV(3, 1, bias=false) share c]"
    assert not Ran(once).y.any()
    assert not Ran(twice).y.any()
    assert Ran(twice.replace(" share c", "")).y.any()


def test_weights_that_are_shared_on_belong_to_the_layer_that_had_them_first() -> None:
    report = shapecalc.check("INPUT(6x6x3) => CONV(3) as c => CONV(3) share c as d => CONV(3) share d")
    assert [row.node.shares for row in report.rows] == [None, None, 1, 1]
    assert verify(report).ok


def test_the_flat_diagram_and_the_formatter_keep_what_is_shared() -> None:
    flat = shapecalc.expand(SIAMESE)
    assert "CONV(4, 3) share conv1" in flat
    assert shapecalc.check(flat).totals.params == shapecalc.check(SIAMESE).totals.params
    assert format_text(Source("pair.net", SIAMESE)) == SIAMESE


def test_a_loop_of_one_layer_trains_its_weights_once() -> None:
    def weight_gradients(text: str) -> int:
        step = training_memory(shapecalc.check(text).rows, Conventions())
        assert step is not None
        return step.weight_gradients

    alone = weight_gradients("INPUT(8x8x4) => CONV(4)")
    assert weight_gradients("INPUT(8x8x4) => CONV(4) as c => [CONV(4) share c]*5") == alone


def test_a_list_of_layers_in_yaml_shares_too() -> None:
    text = "layers:\n- INPUT: 8x8x4\n- CONV: 4\n  as: c\n- RELU:\n- CONV: 4\n  share: c\n"
    assert check(Source("a.net.yaml", text)).totals.params == 148


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INPUT(8x8x3) => CONV(4) share c", "no point before this is called c"),
        ("INPUT(8x8x3) => RELU as c => CONV(4) share c", "c has no weights to share"),
        (
            "INPUT(8x8x3) => [CONV(4) => CONV(4)] as c => CONV(4) share c",
            "this has 1 layer with weights, and c has 2",
        ),
        (
            "INPUT(8x8x3) => CONV(4) as c => FC(4) share c",
            "FC(4) cannot share the kernel of c: that is 3x3x3x4, and 256x4 fits",
        ),
        (
            "INPUT(8x8x3) => CONV(4) as c => BN share c",
            "BN cannot share the weights of CONV(4): c has a layer of another type",
        ),
        (
            "INPUT(8x8x3) => CONV(4) as c => CONV(4) share c",
            "CONV(4) cannot share the kernel of c: that is 3x3x3x4, and 3x3x4x4 fits",
        ),
        (
            "INPUT(8x8x3) => CONV(3, bias=false) as c => CONV(3) share c",
            "CONV(3) cannot share the bias of c: that is missing, and 3 fits",
        ),
    ],
)
def test_layers_that_do_not_go_together_are_named(text: str, message: str) -> None:
    assert [d.message for d in shapecalc.check(text).diagnostics if d.severity == "error"] == [message]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("INPUT(1x1x8) => CONV(8, 1) as c => FC(8) share c", True),
        ("INPUT(4x8) => CONV(8, 3, P=same) as c => RESHAPE(4x1x8) => CONV(8, 3x1, P=same) share c", True),
        ("INPUT(1x1x8) => CONV(1, 1, bias=false) as c => FLATTEN => FC(8, bias=false) share c", False),
        ("INPUT(8x1) => CONV(8, 1, bias=false) as c => RESHAPE(8x1x8) => CONV(1, 1, bias=false) share c", False),
    ],
)
def test_what_arrives_and_what_is_given_do_not_change_places_in_weights_of_other_axes(text: str, fits: bool) -> None:
    codes = [d.code for d in shapecalc.check(text).diagnostics if d.severity == "error"]
    assert codes == ([] if fits else ["SHP124"])
