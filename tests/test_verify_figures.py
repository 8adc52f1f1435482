"""Every figure that is shown is proved, totals and receptive fields one by one, and no sound network is doubted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

import shapecalc
from shapecalc.passes import receptive_field
from shapecalc.passes.report import Field, Memory, ReceptiveField, Report, Row, Totals
from shapecalc.registry import layer_types
from shapecalc.verification.execute import execute
from shapecalc.verification.run_weights import SeededWeights
from shapecalc.verification.verify import Verification, images_for, verify

NETWORK = "INPUT(9x9x4) => CONV(4, 3, P=1) => BN => RELU => CONV(2, 3, S=3) => FC(3)"


def reported(text: str, batch: int = 1) -> Report:
    return shapecalc.check(text, batch=batch)


def verified(text: str, batch: int = 1) -> Verification:
    return verify(reported(text, batch))


def differing(done: Verification) -> set[str]:
    proofs = [*done.totals, *(proof for layer in done.layers for proof in layer.proofs)]
    return {proof.what for proof in proofs if proof.status == "differs"}


# --- figures one off ----------------------------------------------------------------------------

TOTALS = {
    "weights": "weights",
    "biases": "biases",
    "buffers": "running statistics",
    "macs": "MACs",
    "activations": "activations",
}
MEMORY = {
    "parameters": "bytes of parameters",
    "forward": "bytes of forward",
    "inference_peak": "bytes at the peak of inference",
}
"""Figures, and under which name they are proved."""
STEP = {"kept": "bytes kept", "peak": "bytes of training with momentum"}
"""The same of a training step, as `a_byte_more` changes them."""


def a_byte_more(report: Report, figure: str) -> Report:
    """A report of which one figure of a training step is off by one."""
    assert report.totals is not None
    step = report.totals.memory.step
    assert step is not None
    if figure == "kept":
        step = replace(step, kept_by_row=(step.kept_by_row[0] + 1, *step.kept_by_row[1:]))
    else:
        step = replace(step, weights=step.weights + 1)
    return replace(report, totals=replace(report.totals, memory=replace(report.totals.memory, step=step)))


def test_the_figures_that_are_changed_are_all_there_are() -> None:
    assert {f.name for f in fields(Totals)} == {*TOTALS, "layers", "memory", "unknown", "frozen"}
    assert {f.name for f in fields(Memory)} == {*MEMORY, "step", "checkpointed"}


@pytest.mark.parametrize("figure", [*TOTALS, *MEMORY])
def test_a_total_that_is_one_off_is_found(figure: str) -> None:
    report = reported(NETWORK)
    totals = report.totals
    assert totals is not None
    if figure in TOTALS:
        changed = replace(totals, **{figure: getattr(totals, figure) + 1})
    else:
        changed = replace(totals, memory=replace(totals.memory, **{figure: getattr(totals.memory, figure) + 1}))
    assert {**TOTALS, **MEMORY}[figure] in differing(verify(replace(report, totals=changed)))


@pytest.mark.parametrize("figure", STEP)
def test_a_figure_of_a_training_step_that_is_one_off_is_found(figure: str) -> None:
    assert differing(verify(a_byte_more(reported(NETWORK), figure))) == {STEP[figure]}


@pytest.mark.parametrize(
    ("owner", "figure", "what"),
    [
        (Totals, "params", "parameters"),
        (Totals, "trainable", "trainable"),
        (Totals, "flops", "FLOPs"),
        (Row, "params", "parameters"),
        (Row, "trainable", "trainable"),
        (Row, "activations", "activations"),
        (Row, "allocated", "bytes"),
        (Row, "tiling", "worst tiling"),
        (Field, "size", "receptive field"),
        (Field, "step", "step of the field"),
        (Field, "low", "offset of the field"),
    ],
)
def test_a_derived_figure_that_is_off_is_found(
    owner: Any, figure: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, sound = reported(NETWORK), getattr(owner, figure)
    wrong = (lambda _: "subsamples") if figure == "tiling" else (lambda self: sound.fget(self) + 1)
    monkeypatch.setattr(owner, figure, property(wrong))
    assert what in differing(verify(report))


def test_the_padding_that_is_shown_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    conv = layer_types()["CONV"]
    report, sound = reported("INPUT(8x8x3) => CONV(4, F=3, S=2, P=same)"), conv.effective_arguments
    monkeypatch.setattr(
        conv, "effective_arguments", lambda self, _: sound(self, report.rows[0].output._replace(spatial=(9, 9)))
    )  # type: ignore[union-attr]
    assert differing(verify(report)) == {"padding"}


# --- receptive fields ---------------------------------------------------------------------------


def every_field(change: Callable[[Field], Field]) -> Callable[[Any], None]:
    sound = receptive_field.add_receptive_fields

    def changed(rows: Any) -> None:
        sound(rows)
        for row in rows:
            if row.node.inputs and row.field.status in ("exact", "outer bounds"):
                row.field = ReceptiveField(row.field.status, tuple(change(axis) for axis in row.field.axes))

    return changed


def widened(low: int, high: int) -> Callable[[Field], Field]:
    return lambda axis: axis._replace(
        intervals=tuple(ends and (ends[0] - low, ends[1] + high) for ends in axis.intervals)
    )


FIELDS = {
    "plain": "INPUT(8x8x3) => CONV(4, 3, P=1) => CONV(4, 3, P=1)",
    "larger than the input": "INPUT(8x8x3) => [CONV(4, 3, P=1)]*6",
    "before what keeps its size": "INPUT(32x32x3) => CONV(4) => POOL(2) => CONV(4) => ADAPTIVEPOOL(6)",
    "uneven parts": "INPUT(14x14x3) => CONV(4) => ADAPTIVEPOOL(4) => CONV(4, 3, P=1)",
    "after a crop": "INPUT(30x30x3) => CROP(2) => RELU => CONV(4, 3, P=1)",
    "after what enlarges": "INPUT(10x10x3) => UPCONV(4, 2, S=2) => CONV(4, 3, P=1) => UPSAMPLE(1.5)",
    "branches": "INPUT(20x20x4) => CONCAT[ CONV(4, 1) | CONV(4, 5, P=2) | POOL(3, S=1, P=1) ] => CONV(2, 3, S=2)",
    "a part of the input": "INPUT(10x10x3) => POOL(3, S=3) => GAP",
}


@pytest.mark.parametrize("network", FIELDS)
@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 0), (50, 50), (0, 300), (300, 0), (0, -1), (-1, 0)])
def test_a_receptive_field_that_is_off_at_either_end_is_found(
    network: str, low: int, high: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not verified(FIELDS[network]).left_out
    monkeypatch.setattr("shapecalc.pipeline.add_receptive_fields", every_field(widened(low, high)))
    assert "receptive field" in differing(verified(FIELDS[network]))


@pytest.mark.parametrize(
    ("text", "status", "axis"),
    [
        ("INPUT(9x9x3) => CROP(4) => FC(3)", "exact", (4, 4)),
        ("INPUT(29x29x3) => CONV(4, 1, S=10) => GAP => RELU", "exact", (0, 20)),
        ("INPUT(29x29x3) => CONV(4, 1, S=10, P=1) => GAP", "exact", (9, 19)),
        ("INPUT(10x10x3) => POOL(3, S=3) => GAP", "exact", (0, 8)),
        # padding in between is no part of the input
        ("INPUT(10x10x3) => POOL(3, S=3) => CONV(4, 3, P=1) => FC(2)", "exact", (0, 8)),
        ("INPUT(10x10x3) => CONV(4, 3, P=1) => POOL(2) => FC(2)", "whole input", (0, 9)),
        ("INPUT(9x9x3) => MUL[ | CROP(4) ] => FC(3)", "whole input", (0, 8)),
        # the first window misses the first position, and the next one reads it
        ("INPUT(9x9x3) => CONV(4, 3, P=1, dilation=2) => GAP", "whole input", (0, 8)),
        # what lies in the padding is not read, and the next place of the window is further in
        ("INPUT(4x4x1) => PAD(1) => CONV(1, 1, S=2) => GAP", "exact", (1, 3)),
        ("INPUT(28x28x3) => CONV(1, 4, S=3, P=2, dilation=2) => GAP", "exact", (0, 26)),
        ("INPUT(10x10x3) => CONV(4, 1, S=2) => FC(3)", "exact", (0, 8)),
        # an output in the padding alone, though windows that were there would see something
        (
            "INPUT(13x13x3) => CONV(4, 3, S=2) => PAD((2, 0, 2, 0)) => POOL(2, S=3) => CONV(4, 3, P=1) => FC(2)",
            "exact",
            (2, 12),
        ),
        # holes between what outputs see, some of which are cropped
        ("INPUT(16x16x4) => UPCONV(4, 1, S=3, P=same) => CROP(2) => GAP", "outer bounds", (0, 15)),
        # positions at the edge of a window see less, so it is not known what those that are left have seen
        ("INPUT(13x13x12) => POOL(2) => ATTENTION(2, window=2x3) => FC(2)", "outer bounds", (0, 11)),
    ],
)
def test_what_reads_everything_sees_the_part_of_the_input_that_is_left(
    text: str, status: str, axis: tuple[int, int]
) -> None:
    done = verified(text)
    field = done.report.rows[-1].field
    assert done.ok
    assert field is not None
    assert (field.status, field.axes[0]) == (status, Field(0, (axis,)))


@pytest.mark.parametrize(
    ("text", "status", "size"),
    [
        # of channels that see different parts some only are left, or become positions
        ("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 7, P=3) ] => SLICE(0, 4)", "outer bounds", 7),
        ("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 7, P=3) ] => SLICE(0, 4) => CONV(4, 3)", "outer bounds", 9),
        ("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 7, P=3) ] => RELU => PIXELSHUFFLE(2)", "outer bounds", 7),
        ("INPUT(4x4x1) => FLATTEN => RESHAPE(4x4x1)", "outer bounds", 4),
        ("INPUT(4x4x3) => FLATTEN => SLICE(0, 3)", "outer bounds", 4),
        # all of them are left, or are mixed before
        ("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 7, P=3) ] => SHUFFLE(2)", "exact", 7),
        ("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 7, P=3) ] => CONV(8, 1) => SLICE(0, 4)", "exact", 7),
        ("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 1) ] => SLICE(0, 4)", "exact", 1),
        ("INPUT(4x4x1) => FLATTEN => FC(32) => RESHAPE(4x4x2) => SLICE(0, 1)", "whole input", 4),
        ("INPUT(9x9x3) => CONV(4) => ADAPTIVEPOOL(1)", "whole input", 9),
        # a window that misses the only position there is
        ("INPUT(15x1) => ADD[ CONV(1) | GAP => POOL(4, S=3, P=same, dilation=2) ]", "outer bounds", 15),
        # positions of a RESHAPE are values of other places, and joined ones see parts of their own
        (
            "INPUT(8x6x4) => CONV(4, 2, S=2) => RESHAPE(12x4) => CONCAT(along=length)[ LEARNED(1x4) | ]",
            "outer bounds",
            8,
        ),
        (
            "INPUT(8x6x4) => RESHAPE(48x4) => CONCAT(along=length)[ LEARNED(1x4) | ] => LSTM(3, last=true)",
            "whole input",
            8,
        ),
        ("INPUT(8x4) => CONV(4, 3, P=1) => CONCAT(along=length)[ LEARNED(1x4) | ] => CONV(4, 3)", "outer bounds", 5),
        # what is cropped lies at the end
        ("INPUT(16x4) => SLICE(0, 4, along=length) => GAP", "exact", 4),
        ("INPUT(16x16x4) => CROP((0,4,0,4)) => GAP", "exact", 12),
        # of all that is seen together some positions or channels only are left
        ("INPUT(6x8x4) => RESHAPE(48x4) => SLICE(0, 1, along=length) => LSTM(3, last=true)", "outer bounds", 6),
        ("INPUT(12x4) => FLATTEN => SLICE(0, 24) => FC(2)", "outer bounds", 12),
        # channels see other parts, and one position of them all the whole
        ("INPUT(8x2) => CONCAT[ CROP((0,4)) | CROP((4,0)) ] => FLATTEN", "whole input", 8),
        # positions at the edge of a window see less than the window's width to one side
        ("INPUT(8x8x12) => ATTENTION(2, window=4)", "outer bounds", 7),
        ("INPUT(8x8x12) => ATTENTION(2, window=4, grid=true)", "outer bounds", 15),
        ("INPUT(12x12x12) => CROP(2) => ATTENTION(2, window=4) => CONV(4, 3)", "outer bounds", 9),
        ("INPUT(8x8x12) => PAD(2) => ATTENTION(2, window=4) => CONV(4, 3)", "outer bounds", 9),
        # positions of one image are bounded together, those of images of other sizes are not
        (
            "INPUT(8x4) => CONV(4, 3) as a\nINPUT(10x4) => CONV(4, 3) => CONCAT(along=length)[ | @a ]",
            "mixed",
            3,
        ),
        # a branch that sees all is seen by all outputs of a join, but where it is padding
        ("INPUT(9x9x4) => ADD[ MUL[ | GAP => FC(4) ] | RELU ]", "whole input", 9),
        ("INPUT(9x9x4) => ADD[ MUL[ | GAP => FC(4) ] => PAD(1) | PAD(1) ]", "outer bounds", 9),
        # every output sees the gate, and the gate not all
        ("INPUT(10x10x3) => CONV(4, 3, S=2) => MUL[ | GAP => FC(4) ]", "outer bounds", 9),
        ("INPUT(8x8x3) => CONV(4) as a\nINPUT(10x10x3) => CONV(4, 3) => ADD[ | @a ]", "mixed", 3),
    ],
)
def test_a_receptive_field_says_how_far_it_is_known(text: str, status: str, size: int) -> None:
    done = verified(text)
    field = done.report.rows[-1].field
    assert done.ok
    assert field is not None
    assert (field.status, field.axes[0].size) == (status, size)


def test_of_bounds_only_the_size_is_shown() -> None:
    done = verified("INPUT(9x9x3) => CONCAT[ CONV(4, 1) | CONV(4, 7, P=3) ] => SLICE(0, 4)")
    shown = {proof.what: proof.actual for proof in done.layers[-1].proofs}
    assert shown["receptive field"] == "at most 7x7"
    assert "offset of the field" not in shown


WIDENED = {
    "UPSAMPLE": "INPUT(12x12x2) => UPSAMPLE(2) => CONV(2, 3, P=1)",
    "UPCONV": "INPUT(12x12x2) => UPCONV(2, F=3, S=2)",
    "PIXELSHUFFLE": "INPUT(12x12x4) => PIXELSHUFFLE(2)",
    "ADAPTIVEPOOL": "INPUT(30x30x4) => ADAPTIVEPOOL(7)",
    "PAD": "INPUT(12x12x4) => CONV(2, 3) => PAD(2)",
    "POOL": "INPUT(12x12x4) => POOL",
    "CROP": "INPUT(12x12x4) => CROP(2)",
    "RELU": "INPUT(12x12x4) => RELU",
    "SLICE": "INPUT(12x12x4) => SLICE(0, 2)",
    "DEPTHPOOL": "INPUT(12x12x4) => DEPTHPOOL(2)",
}


@pytest.mark.parametrize("kind", WIDENED)
def test_a_reach_stated_too_large_is_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_types()[kind]
    sound = layer.access
    assert verified(WIDENED[kind]).ok

    def too_large(self: Any, volume: Any) -> Any:
        return tuple(r._replace(high=r.high + 1) for r in sound(self, volume))

    monkeypatch.setattr(layer, "access", too_large)
    assert not verified(WIDENED[kind]).ok


# --- sound networks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        # the last window covers padding that its taps skip
        "INPUT(8x2) => POOL(2, S=4, P=1, dilation=2, ceil=caffe)",
        "INPUT(8x8x2) => POOL(2, S=4, P=1, dilation=2, ceil=true)",
        # padding that depends on sizes, after what enlarges
        "INPUT(3x3x1) => UPSAMPLE(3) => POOL(3, S=2, P=same)",
        "INPUT(6x1) => UPSAMPLE(2.5) => POOL(2, S=3, P=same_lower)",
        "INPUT(2x3x8) => PIXELSHUFFLE(2) => POOL(F=3x1, S=3x3, P=same_lower, dilation=2)",
        # gaps, with a border in between
        "INPUT(20x1) => UPCONV(1, 2, S=2, P=1) => PAD(1) => CONV(1, 2, P=0, dilation=2)",
        "INPUT(20x1) => UPSAMPLE(1.5) => PAD(1) => CONV(1, 3, P=0, dilation=2)",
        "INPUT(40x1) => UPCONV(1, 1, S=2) => CONV(1, 2) => POOL(3, S=1, P=2, dilation=2)",
        # merges whose first branch is spread
        "INPUT(6x5x6) => MUL[GAP | ] => FLATTEN",
        "INPUT(6x5x6) => ADD[GAP | ] => BN => RELU => FC(3)",
    ],
)
@pytest.mark.parametrize("batch", [1, 2])
def test_a_sound_network_is_not_doubted(text: str, batch: int) -> None:
    done = verified(text, batch)
    assert not differing(done)


def test_what_is_written_behind_a_spread_branch_is_kept() -> None:
    report = reported("INPUT(6x5x6) => MUL[GAP | ] => RELU", batch=2)
    images = images_for(report, 0)
    assert report.graph is not None
    (x,), *_, last = [*images.values()], *execute(report.graph, SeededWeights(report.rows, 0), dict(images))
    expected = np.maximum(x * x.mean((1, 2), keepdims=True), 0)
    np.testing.assert_allclose(last.output, expected, rtol=1e-5, atol=1e-6)


# --- what layers do that move values --------------------------------------------------------------

MOVED = "INPUT(8x6x4) => CONV(4, 2, S=2) => RESHAPE(12x4) => CONCAT(along=length)[ LEARNED(1x4) | ]"


def with_field(text: str, name: str, status: Any, ends: tuple[tuple[int, int], ...]) -> Report:
    """A report that states another field of a row: fixed, from here to there along every axis."""
    report = reported(text)
    row = next(row for row in report.rows if row.node.name == name)
    row.field = ReceptiveField(status, tuple(Field(0, (pair,)) for pair in ends))
    return report


@pytest.mark.parametrize(
    ("text", "name", "status", "ends"),
    [
        (MOVED, "reshape1", "outer bounds", ((0, 6), (0, 5))),
        (MOVED, "reshape1", "outer bounds", ((0, 7), (1, 5))),
        (MOVED, "reshape1", "whole input", ((0, 7), (0, 5))),
        (MOVED, "reshape1", "exact", ((0, 7), (0, 5))),
        (MOVED, "concat1", "outer bounds", ((1, 7), (0, 5))),
        (MOVED, "concat1", "whole input", ((0, 7), (0, 5))),
        (MOVED, "learned1", "outer bounds", ((0, 7), (0, 5))),
        ("INPUT(12x4) => RESHAPE(3x4x4) => CONV(2, 3, P=1)", "conv1", "outer bounds", ((1, 11),)),
        ("INPUT(6x8x4) => RESHAPE(48x4) => SLICE(0, 1, along=length) => GAP", "gap1", "whole input", ((0, 5), (0, 7))),
        ("INPUT(5x4x3) => PERMUTE((2,1,3)) => RELU", "relu1", "outer bounds", ((0, 3), (0, 3))),
    ],
)
def test_a_field_after_layers_that_move_values_is_found_where_it_is_stated_wrong(
    text: str, name: str, status: Any, ends: tuple[tuple[int, int], ...]
) -> None:
    assert not differing(verified(text))
    done = verify(with_field(text, name, status, ends))
    assert "receptive field" in differing(done) or (name == "learned1" and done.left_out)
