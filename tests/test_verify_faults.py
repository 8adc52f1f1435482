"""A fault that is planted in a rule or in a counter is found by `verify`, and its layer named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import shapecalc
from shapecalc import pipeline
from shapecalc.core import padding, volumes, window
from shapecalc.core.layer import AccessPattern, Layer, Volume
from shapecalc.core.parameters import Sizes
from shapecalc.passes import input_extent, live_positions, memory, receptive_field, shapes
from shapecalc.passes.report import Field
from shapecalc.registry import layer_types
from shapecalc.verification import counts_proof, windows_proof
from shapecalc.verification.verify import Verification, verify


def verified(text: str) -> Verification:
    return verify(shapecalc.check(text))


Plant = Callable[[pytest.MonkeyPatch], None]


def forget() -> None:
    """Windows and tilings are computed anew: what is known was known before the fault."""
    for known in (
        window.tiling, window.read_through, volumes.windows_over, volumes.outputs_over, live_positions.along_axes,
    ):  # fmt: skip
        known.cache_clear()


def changed(owner: Any, name: str, change: Callable[[Any], Any]) -> Plant:
    """Changes what a rule returns."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        sound = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, **named: change(sound(*given, **named)))
        forget()

    return plant


def of(kind: str) -> type[Layer]:
    return layer_types()[kind]


def ignoring(owner: type[Layer], rule: str, **arguments_: Any) -> Plant:
    """Makes a rule of a layer blind to an argument."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        sound = getattr(owner, rule)

        def blind(self: Layer, *volumes: Volume) -> Any:
            return sound(type(self)(**{**vars(self), **arguments_}), *volumes)

        monkeypatch.setattr(owner, rule, blind)
        forget()

    return plant


def no_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    def outputs(self: window.Window, size: int) -> int:
        room = size + self.before + self.after - self.effective
        return room // self.stride + 1 if self.rounding == "floor" else -(-room // self.stride) + 1

    monkeypatch.setattr(window.Window, "outputs", outputs)
    forget()


def no_dilation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.Window, "effective", property(lambda self: self.extent))
    forget()


def in_place(kind: str, value: bool) -> Plant:
    return lambda monkeypatch: monkeypatch.setattr(of(kind), "in_place", value)


def is_global(kind: str, value: bool) -> Plant:
    return lambda monkeypatch: monkeypatch.setattr(of(kind), "is_global", value)


def everything_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers write over inputs that something else still reads."""

    def mark(rows: Any) -> None:
        for row in rows:
            row.in_place = bool(row.node.layer.in_place)

    monkeypatch.setattr(pipeline, "mark_in_place", mark)


def nothing_freed(rows: Any) -> int:
    return sum(row.allocated for row in rows)


def field_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = receptive_field.add_receptive_fields

    def moved(rows: Any) -> None:
        sound(rows)
        for row in rows:
            if row.node.inputs and row.field.status == "exact":
                axes = tuple(Field(a.advance, ((a.low + 1, a.low + a.size),)) for a in row.field.axes)
                row.field = replace(row.field, axes=axes)

    monkeypatch.setattr(pipeline, "add_receptive_fields", moved)


PADDED = "INPUT(11x11x3) => CONV(4, F=3, S=2, P=1) => RELU => POOL(2)"
FAULTS: dict[str, tuple[Plant, str, str, str]] = {
    "one window too many": (
        changed(window.Window, "outputs", lambda n: n + 1), "INPUT(9x9x3) => CONV(4, F=3)", "conv1", "output",
    ),
    "windows that begin in the padding are not clipped": (
        no_clip, "INPUT(5x5x3) => POOL(3, S=3, P=1, ceil=true)", "pool1", "output",
    ),
    "dilation ignored": (no_dilation, "INPUT(9x9x3) => CONV(4, F=3, dilation=2)", "conv1", "output"),
    "dilation ignored by the windows of pooling": (
        ignoring(of("POOL"), "windows", dilation=Sizes((1,))),
        "INPUT(9x9x3) => POOL(3, S=2, dilation=2)", "pool1", "output",
    ),
    "groups ignored in the weights": (
        ignoring(of("CONV"), "weights", groups=1), "INPUT(9x9x4) => CONV(4, F=3, groups=2)", "conv1", "shape of kernel",
    ),
    "the bias forgotten": (
        ignoring(of("CONV"), "weights", bias=False), "INPUT(9x9x4) => CONV(4, F=3)", "conv1", "parameters",
    ),
    "a bias where there is none": (
        ignoring(of("FC"), "weights", bias=True), "INPUT(9x9x4) => FC(4, bias=false)", "fc1", "shape of bias",
    ),
    "the multiplier ignored": (
        ignoring(of("DWCONV"), "output", multiplier=1), "INPUT(9x9x4) => DWCONV(3, multiplier=2)", "dwconv1", "output",
    ),
    "transposed convolution counted from its output": (
        changed(
            of("UPCONV"), "weights", lambda ws: tuple(w._replace(uses=w.uses_by_output if w.uses else 0) for w in ws)
        ),
        "INPUT(5x5x4) => UPCONV(3, F=2, S=2)", "upconv1", "MACs",
    ),
    "output padding ignored": (
        ignoring(of("UPCONV"), "axes", output_padding=Sizes((0,))),
        "INPUT(5x5x4) => UPCONV(3, F=3, S=2, output_padding=1)", "upconv1", "output",
    ),
    "same padding the wrong way round": (
        changed(padding, "same_padding", lambda pair: pair[::-1]),
        "INPUT(8x8x3) => CONV(4, F=3, S=2, P=same)", "conv1", "windows",
    ),
    "one unread position too many": (
        changed(shapes, "tiling", lambda t: t._replace(unread=t.unread + 1)), PADDED, "conv1", "unread",
    ),
    "the tiling graded too kindly": (
        changed(shapes, "tiling", lambda t: t._replace(kind="exact")),
        "INPUT(10x10x3) => CONV(4, F=3, S=2)", "conv1", "tiling",
    ),
    "a quotient rounded": (
        changed(shapes, "tiling", lambda t: t._replace(quotient=Fraction(int(t.quotient)))),
        "INPUT(10x10x3) => CONV(4, F=3, S=2)", "conv1", "quotient",
    ),
    "trimmed padding forgotten": (
        changed(shapes, "tiling", lambda t: t._replace(trimmed=0)),
        "INPUT(10x10x3) => CONV(4, F=3, S=2, P=1)", "conv1", "trimmed",
    ),
    "the windows forgotten": (
        changed(shapes, "facts", lambda f: f._replace(windows=(), tilings=())), PADDED, "conv1", "tiling",
    ),
    "windows where there are none": (
        changed(of("CROP"), "windows", lambda _: (window.Window(1), window.Window(1))),
        "INPUT(9x9x3) => CROP(2)", "crop1", "tiling",
    ),
    "a gathered value too many": (
        changed(counts_proof, "im2col", lambda said: said and (said[0] + 1, said[1])),
        "INPUT(9x9x3) => CONV(4, F=3)", "conv1", "im2col",
    ),
    "a scale counted as a bias": (
        changed(of("BN"), "weights", lambda ws: tuple(w._replace(role="shift") for w in ws[:2]) + ws[2:]),
        "INPUT(6x6x3) => BN", "bn1", "weights",
    ),
    "a layer that is said to see everything": (
        is_global("POOL", True), "INPUT(9x9x3) => POOL(3)", "pool1", "receptive field",
    ),
    "an elementwise layer that is said to see everything": (
        is_global("RELU", True), "INPUT(9x9x3) => RELU", "relu1", "reading",
    ),
    "a layer that sees everything and is said to stay in place": (
        is_global("FC", False), "INPUT(9x9x3) => FC(4)", "fc1", "reading",
    ),
    "a spread branch that is taken for the whole input": (
        changed(receptive_field, "covers", lambda _: True),
        "INPUT(9x9x3) => MUL[ | CROP(4) ]", "mul1", "receptive field",
    ),
    "a position too many that is read at the end": (
        changed(input_extent, "_last_read", lambda position: position + 1),
        "INPUT(10x10x3) => CONV(4, 1, S=2) => FC(3)", "fc1", "receptive field",
    ),
    "a position too many that is read at the beginning": (
        changed(input_extent, "_first_read", lambda position: position - 1),
        "INPUT(10x10x3) => CROP(2) => FC(3)", "fc1", "receptive field",
    ),
    "a branch that is said to be spread": (
        changed(windows_proof, "_stated", lambda each: (None,) * len(each)),
        "INPUT(9x9x3) => ADD[ | RELU ]", "relu1", "reading",
    ),
    "a convolution that is said to have learned what it gives": (
        lambda monkeypatch: monkeypatch.setattr(of("CONV"), "learned", True),
        "INPUT(9x9x3) => CONV(4, F=3)", "conv1", "receptive field",
    ),
    "windows that are said to begin past the end": (
        changed(of("CONV"), "access", lambda axes: tuple(r._replace(low=r.low + 9, high=r.high + 9) for r in axes)),
        "INPUT(9x9x3) => CONV(4, F=3)", "conv1", "windows",
    ),
    "receptive fields one off": (field_moved, PADDED, "conv1", "receptive field"),
    "a whole input that is too small": (
        changed(receptive_field, "_together", lambda f: replace(f, axes=tuple(Field(0, ((0, 3),)) for _ in f.axes))),
        "INPUT(9x9x3) => GAP", "gap1", "receptive field",
    ),
    "a whole input that moves": (
        changed(receptive_field, "_together", lambda f: replace(f, axes=tuple(a._replace(advance=1) for a in f.axes))),
        "INPUT(9x9x3) => GAP", "gap1", "receptive field",
    ),
    "the reach of a crop forgotten": (
        changed(of("CROP"), "access", lambda axes: tuple(AccessPattern(1, 0, 0) for _ in axes)),
        "INPUT(9x9x3) => CROP(2) => RELU", "crop1", "receptive field",
    ),
    "gaps between taps forgotten": (
        changed(of("CONV"), "access", lambda axes: tuple(r._replace(gap=1) for r in axes)),
        "INPUT(9x9x3) => CONV(4, F=3, dilation=2)", "conv1", "windows",
    ),
    "channels left over forgotten": (
        changed(windows_proof, "tiling", lambda t: t._replace(unread=0)),
        "INPUT(4x4x7) => DEPTHPOOL(2)", "depthpool1", "unread channels",
    ),
    "channels left over graded too kindly": (
        changed(windows_proof, "tiling", lambda t: t._replace(kind="subsamples")),
        "INPUT(4x4x7) => DEPTHPOOL(2)", "depthpool1", "tiling of the depth",
    ),
    "an output padding that is not there": (
        changed(of("UPCONV"), "effective_arguments", lambda shown: shown | {"output_padding": Sizes((1, 1))}),
        "INPUT(5x5x4) => UPCONV(3, F=3, S=2, P=1)", "upconv1", "cut off",
    ),
    "normalising in place": (in_place("BN", True), "INPUT(9x9x3) => CONV(4) => BN", "bn1", "bytes"),
    "rectifying into a new buffer": (in_place("RELU", False), "INPUT(9x9x3) => CONV(4) => RELU", "relu1", "bytes"),
    "writing over what a branch still reads": (
        everything_in_place, "INPUT(9x9x3) => CONV(4) => ADD[RELU | ]", "relu1", "bytes",
    ),
    "one branch too few in a concatenation": (
        changed(of("CONCAT"), "output", lambda v: v._replace(depth=v.depth - 4)),
        "INPUT(9x9x3) => CONCAT[CONV(4) | CONV(4)]", "concat1", "output",
    ),
    "depth kept by a pixel shuffle": (
        changed(of("PIXELSHUFFLE"), "output", lambda v: v._replace(depth=v.depth * 4)),
        "INPUT(4x4x8) => PIXELSHUFFLE(2)", "pixelshuffle1", "output",
    ),
    "a local layer that shares": (
        changed(of("LOCAL"), "weights", lambda ws: tuple(w._replace(shape=w.shape[2:]) for w in ws)),
        "INPUT(6x6x3) => LOCAL(4, F=3)", "local1", "shape of kernel",
    ),
    "running statistics counted as trained": (
        changed(
            of("BN"), "weights",
            lambda ws: tuple(w._replace(role="scale") if w.role == "running" else w for w in ws),
        ),
        "INPUT(6x6x3) => BN", "bn1", "running statistics",
    ),
    "axes exchanged by a reshape": (
        changed(of("RESHAPE"), "output", lambda v: v._replace(spatial=v.spatial[::-1])),
        "INPUT(4x6x2) => RESHAPE(2x3x8)", "reshape1", "output",
    ),
}  # fmt: skip
"""What is planted, in which network, and the layer and the figure that must be named."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_its_layer_named(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, text, name, what = FAULTS[fault]
    assert verified(text).ok
    plant(monkeypatch)
    try:
        done = verified(text)
    finally:
        forget()
    assert not done.ok
    assert done.wrong[0].row.node.name == name
    assert what in [proof.what for proof in done.wrong[0].differing]


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ({"peak_values": nothing_freed}, "bytes at the peak of inference"),
        ({"_sum": lambda values: sum(values) + 1}, "MACs"),
        ({"_sum": lambda values: sum(values) + 1}, "activations"),
    ],
)
def test_a_fault_in_the_totals_is_found(planted: dict[str, Any], what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in planted.items():
        monkeypatch.setattr(memory, name, wrong)
    done = verified("INPUT(9x9x3) => CONV(4) => CONV(2) => CONV(2) => FC(3)")
    assert not done.wrong
    assert what in [proof.what for proof in done.totals if proof.status == "differs"]


@pytest.mark.parametrize("helper", ["slot_bytes", "temporary_bytes"])
def test_a_fault_in_what_an_optimizer_takes_is_found(helper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(memory, helper, lambda size: size + 4)(monkeypatch)
    done = verify(shapecalc.check("INPUT(9x9x3) => CONV(4) => FC(3)", optimizer="adam"))
    assert [proof.what for proof in done.totals if proof.status == "differs"] == ["bytes of training with adam"]
