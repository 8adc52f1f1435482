"""`shapecalc verify`: sound reports are proved, and a fault planted in a rule or a counter is found and named."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shapecalc import arguments, check, measure, padding, propagate, receptive, spans, window
from shapecalc.diagnostics import Source
from shapecalc.layer import Layer, Reach, Volume
from shapecalc.registry import layer_types
from shapecalc.report import Field
from shapecalc.running import counted, footprint, sight
from shapecalc.verify import Verification, verify
from tests.layercases import CASES

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.net"))
SMALL = ("lenet5", "keras-mnist", "cifar-lecture", "convnetjs-cifar10", "all-cnn", "vae-decoder", "resnet20-cifar10",
         "squeezenet1_1", "mobilenet-v3-large", "shufflenet-v2", "alexnet-224")  # fmt: skip
"""Samples that take no time; the command line proves the others."""

EVERYTHING = """
let c = 8
INPUT(20x17x4) => CONV(c, 3, P=1, groups=2) => BN => RELU => POOL(3, S=2, ceil=true)
=> ADD[ CONV(c, 3, P=same) | ] => CONCAT[ CONV(4, 1, S=1) | DWCONV(3, S=1, P=1) => PRELU
   | SEPCONV(4, F=5, P=(1,3,3,1)) ] => SHUFFLE(4) => CONV(16, 3, P=2, dilation=2) => LRN
=> MUL[ | GAP => FC(4) => RELU => FC(16) => SIGMOID ]
=> PIXELSHUFFLE(2) => GN(2) => PAD(1) => UPCONV(6, 3, S=2, P=1, output_padding=1) => CROP((1,2,0,3)) => SLICE(1, 5)
=> UPSAMPLE(2) => POOL(4, S=3, mode=avg) => DEPTHPOOL(2) => LOCAL(3, 2, S=2) => LN => FLATTEN => DO => FC(10) => SOFTMAX
"""
THE_REST = """
INPUT(6x4x6) => ELU => SELU => LRELU => RELU6 => GELU => SILU => MISH => TANH => SOFTPLUS => HSIGMOID => HSWISH
=> IDENTITY => SCALE => IN(affine=true) => ACT(gelu) => RESHAPE(8x6x3) => ADAPTIVEPOOL(3x2)
"""


def verified(text: str) -> Verification:
    return verify(check.check(Source("net.net", text)))


@pytest.mark.parametrize("name", SMALL)
def test_a_sample_is_proved(name: str) -> None:
    path = next(p for p in SAMPLES if p.stem == name)
    done = verify(check.check(Source(str(path), path.read_text(encoding="utf-8"))))
    assert done.ok, [(w.row.node.name, w.differing) for w in done.wrong] or done.totals
    assert len(done.layers) == len(done.report.rows)
    assert done.left_out == 0


@pytest.mark.parametrize(
    "text",
    [
        EVERYTHING,
        THE_REST,
        "INPUT(40x3) => CONV(4, F=5, S=3) => POOL(2) => FC(2)",
        "INPUT(6x7x5x2) => CONV(4, F=3x2x1, P=(0,1,1,0,2,2)) => POOL(2) => GAP",
        "INPUT(12x12x3) as a => CONV(4) => RELU as b => CONV(4) => ADD[ | @b]\n@b => POOL => FC(3)",
        "INPUT(9x9x2) => RELU => CONCAT[RELU | DO | ]",
        # views share their input's memory with its other readers, and nobody may write over it meanwhile
        "INPUT(9x9x2) => CONV(4) as c => CONCAT[DO => RELU | IDENTITY => SCALE => RELU | RESHAPE(9x9x4) => DO ] => "
        "CONCAT[ | @c] => FC(4)",
        "INPUT(6x6x3) => CONV(5) as c => FLATTEN => RELU => FC(3)\n@c => GAP => FC(2)",
        "INPUT(6x6x3) => CONV(5) => FLATTEN => DO => RELU => FC(3)",
        "INPUT(6x6x3) => CONV(5) as c => FLATTEN\n@c => RELU => FC(3)",
        "INPUT(20x20x3) => PAD(3) => CONV(4, 3) => POOL(2)",
        # steps beyond 64 bits
        "INPUT(3x3x1) => [CONV(1, 1, S=1000)]*30 => CONV(1)",
        # what changes nothing still takes memory of its own
        "INPUT(6x6x4) => CONV(4) => SHUFFLE(1) => SHUFFLE(4) => PIXELSHUFFLE(1) => CROP(0) => PAD(0) => SLICE(0, 4) "
        "=> UPSAMPLE(1) => POOL(1, S=1) => ADAPTIVEPOOL(6)",
        "INPUT(30x30x1) => CONV(2, F=2, S=4) => CONV(2, F=3, S=2, P=same_lower) => POOL(3, S=2, P=1, ceil=caffe)",
        "INPUT(64x64x3) => [CONV(4, F=3, S=2, P=same) => BN(track=false) => MISH]*4 => ADAPTIVEPOOL(3) => FC(5)",
        # a crop, gaps and a border lie close together
        "INPUT(9x2) => CROP(1) => POOL(2, S=3) => POOL(3, S=3, P=same) => [POOL(2, S=1, P=same)]*2",
        "INPUT(26x2) => CROP(2) => PAD(2) => ADAPTIVEPOOL(1) => ADAPTIVEPOOL(14) => CROP(1)",
        # outputs that see nothing but padding behind what all see alike
        "INPUT(24x24x3) => CONV(4, 3, S=2) => GAP => PAD((1, 0, 1, 0))",
        "INPUT(9x9x3) => CROP(1) => GAP => CONV(1, 2, S=2, P=2)",
        "INPUT(7x17x4) => CROP((2,2,2,0)) => FC(16) => RESHAPE(2x2x4) => PAD((0,2,0,1)) => PAD((1,1,0,2))",
        # taps that fall into the holes of a transposed convolution
        "INPUT(35x1) => UPCONV(1, 1, S=3) => CONV(1, 3, S=3, dilation=2)",
        "INPUT(9x9x1) => UPCONV(1, 1, S=2) => CONV(1, 3, dilation=2)",
        # other axes behind a RESHAPE
        "INPUT(14x14x48) => RESHAPE(196x48) => CONV(8, F=1) => ADD[CONV(8, F=1) | ] => GAP => FC(10)",
        "INPUT(4x4) => RESHAPE(4x4x1) => CONV(4, F=3, P=1)",
        "INPUT(8x8x3) => RESHAPE(64x3) => PAD(1) => UPSAMPLE(2)",
        "INPUT(8x8x8x2) => CONV(4, F=3) => RESHAPE(6x6x24) => CONV(8, F=3) => FC(10)",
        # branches of which one has nothing but padding at the borders
        "INPUT(16x16x4) => ADD[ | CROP(2) => PAD(2) => POOL(1, S=2) => UPSAMPLE(2)] => CROP(1) => FC(48)",
        "INPUT(8x8x4) => ADD[ | GAP => UPSAMPLE(4) => PAD(2) ]",
        "INPUT(8x8x4) => ADD[CONV(4, F=3, P=1) | GAP => PAD(3) => CROP(1) => UPSAMPLE(2) => CROP(1)]",
        "INPUT(15x1) => ADD[ CONV(1) | GAP => POOL(4, S=3, P=same, dilation=2) ] => RELU",
        # a spread branch that does not see all, though its window is as large
        "INPUT(8x8x1) => CROP(1) => ADD[ | CONV(1, 8, P=1) ]",
    ],
)
def test_a_network_is_proved(text: str) -> None:
    done = verified(text)
    assert done.ok, [(w.row.node.name, w.differing) for w in done.wrong] or done.totals


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(20x20x3) => PAD(3) => CONV(4, 3)",
        "INPUT(9x9x3) => UPCONV(4, 2, S=3) => RELU",
        "INPUT(13x13x3) => CONV(4, 3) => ADAPTIVEPOOL(4) => CONV(4, 3, P=1) => ADAPTIVEPOOL(7) => ADAPTIVEPOOL(1)",
    ],
)
def test_what_lies_behind_outputs_that_read_nothing_or_not_alike_is_proved(text: str) -> None:
    assert verified(text).left_out == 0


def test_what_lies_between_the_steps_of_a_separable_convolution_takes_memory() -> None:
    few, many = (check.check(Source("n.net", f"INPUT(64x64x32) => SEPCONV(4, 3, multiplier={m})")) for m in (1, 64))
    assert footprint.needed(many, 1) - footprint.needed(few, 1) > 4 * 60 * 62 * 62 * 32


def test_random_layers_of_every_type_are_proved() -> None:
    r, proved = random.Random(7), 0
    behind = (
        "CONV(2, 2, S=2)",
        "POOL(2, S=1)",
        "UPSAMPLE(1.5)",
        "ADAPTIVEPOOL(2)",
        "UPCONV(2, 3, S=2, P=same)",
        "PAD(1)",
    )
    for texts, _ in CASES.values():
        for text in (texts[0], *(f"{text} => {r.choice(behind)}" for text in r.choices(texts, k=3))):
            report = check.check(Source("net.net", text))
            if all(row.output for row in report.rows):
                done = verify(report)
                assert done.ok, (text, [(w.row.node.name, w.differing) for w in done.wrong])
                proved += 1
    assert proved > 150


def test_the_proofs_of_a_layer_name_what_was_held_against_the_run() -> None:
    (_, conv) = verified("INPUT(10x10x4) => CONV(6, F=3, S=2, groups=2)").layers
    assert {proof.what: proof.found for proof in conv.proofs} == {
        "output": "4x4x6", "activations": 96,
        "parameters": 114, "trainable": 114, "weights": 108, "biases": 6, "running statistics": 0, "MACs": 1728,
        "bytes": 384, "im2col": "36x16", "shape of kernel": "3x3x2x6", "shape of bias": "6", "values": "finite",
        "tiling": "drops-pixels", "worst tiling": "drops-pixels", "padding": "(0,0)x(0,0)", "quotient": "9/2x9/2",
        "unread": "1x1", "trimmed": "0x0", "windows": "as stated",
        "receptive field": "3x3", "step of the field": "2x2", "offset of the field": "0x0",
    }  # fmt: skip


# --- planted faults --------------------------------------------------------------------------------

Plant = Callable[[pytest.MonkeyPatch], None]


def changed(owner: Any, name: str, change: Callable[[Any], Any]) -> Plant:
    """Changes what a rule returns."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        sound = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, **named: change(sound(*given, **named)))
        window.tiling.cache_clear()

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
        window.tiling.cache_clear()

    return plant


def no_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    def outputs(self: window.Window, size: int) -> int:
        room = size + self.before + self.after - self.effective
        return room // self.stride + 1 if self.rounding == "floor" else -(-room // self.stride) + 1

    monkeypatch.setattr(window.Window, "outputs", outputs)
    window.tiling.cache_clear()


def no_dilation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.Window, "effective", property(lambda self: self.extent))
    window.tiling.cache_clear()


def in_place(kind: str, value: bool) -> Plant:
    return lambda monkeypatch: monkeypatch.setattr(of(kind), "in_place", value)


def sees_everything(kind: str, value: bool) -> Plant:
    return lambda monkeypatch: monkeypatch.setattr(of(kind), "sees_everything", value)


def everything_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers write over inputs that somebody else still reads."""

    def mark(graph: Any, rows: Any) -> None:
        for row in rows:
            row.in_place = bool(row.node.layer.in_place)

    monkeypatch.setattr(check, "mark_in_place", mark)


def nothing_freed(rows: Any) -> int:
    return sum(row.allocated for row in rows)


def field_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = receptive.add_receptive_fields

    def moved(rows: Any) -> None:
        sound(rows)
        for row in rows:
            if row.node.inputs and row.field.status == "exact":
                axes = tuple(Field(a.advance, ((a.low + 1, a.low + a.size),)) for a in row.field.axes)
                row.field = replace(row.field, axes=axes)

    monkeypatch.setattr(check, "add_receptive_fields", moved)


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
        ignoring(of("POOL"), "windows", dilation=arguments.Sizes((1,))),
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
        ignoring(of("UPCONV"), "axes", output_padding=arguments.Sizes((0,))),
        "INPUT(5x5x4) => UPCONV(3, F=3, S=2, output_padding=1)", "upconv1", "output",
    ),
    "same padding the wrong way round": (
        changed(padding, "same_padding", lambda pair: pair[::-1]),
        "INPUT(8x8x3) => CONV(4, F=3, S=2, P=same)", "conv1", "windows",
    ),
    "one unread position too many": (
        changed(propagate, "tiling", lambda t: t._replace(unread=t.unread + 1)), PADDED, "conv1", "unread",
    ),
    "the tiling graded too kindly": (
        changed(propagate, "tiling", lambda t: t._replace(kind="exact")),
        "INPUT(10x10x3) => CONV(4, F=3, S=2)", "conv1", "tiling",
    ),
    "a quotient rounded": (
        changed(propagate, "tiling", lambda t: t._replace(quotient=Fraction(int(t.quotient)))),
        "INPUT(10x10x3) => CONV(4, F=3, S=2)", "conv1", "quotient",
    ),
    "trimmed padding forgotten": (
        changed(propagate, "tiling", lambda t: t._replace(trimmed=0)),
        "INPUT(10x10x3) => CONV(4, F=3, S=2, P=1)", "conv1", "trimmed",
    ),
    "the windows forgotten": (
        changed(propagate, "facts", lambda f: f._replace(windows=(), tilings=())), PADDED, "conv1", "tiling",
    ),
    "windows where there are none": (
        changed(of("CROP"), "windows", lambda _: (window.Window(1), window.Window(1))),
        "INPUT(9x9x3) => CROP(2)", "crop1", "tiling",
    ),
    "a gathered value too many": (
        changed(counted, "im2col", lambda said: said and (said[0] + 1, said[1])),
        "INPUT(9x9x3) => CONV(4, F=3)", "conv1", "im2col",
    ),
    "a scale counted as a bias": (
        changed(of("BN"), "weights", lambda ws: tuple(w._replace(role="shift") for w in ws[:2]) + ws[2:]),
        "INPUT(6x6x3) => BN", "bn1", "weights",
    ),
    "a layer that is said to see everything": (
        sees_everything("POOL", True), "INPUT(9x9x3) => POOL(3)", "pool1", "receptive field",
    ),
    "an elementwise layer that is said to see everything": (
        sees_everything("RELU", True), "INPUT(9x9x3) => RELU", "relu1", "reading",
    ),
    "a layer that sees everything and is said to stay in place": (
        sees_everything("FC", False), "INPUT(9x9x3) => FC(4)", "fc1", "reading",
    ),
    "a spread branch that is taken for the whole input": (
        changed(receptive, "covers", lambda _: True),
        "INPUT(9x9x3) => MUL[ | CROP(4) ]", "mul1", "receptive field",
    ),
    "a position too many that is read at the end": (
        changed(spans, "_last_read", lambda position: position + 1),
        "INPUT(10x10x3) => CONV(4, 1, S=2) => FC(3)", "fc1", "receptive field",
    ),
    "a position too many that is read at the beginning": (
        changed(spans, "_first_read", lambda position: position - 1),
        "INPUT(10x10x3) => CROP(2) => FC(3)", "fc1", "receptive field",
    ),
    "a branch that is said to be spread": (
        changed(sight, "_stated", lambda _: None), "INPUT(9x9x3) => ADD[ | RELU ]", "relu1", "reading",
    ),
    "receptive fields one off": (field_moved, PADDED, "conv1", "receptive field"),
    "a whole input that is too small": (
        changed(receptive, "_together", lambda f: replace(f, axes=tuple(Field(0, ((0, 3),)) for _ in f.axes))),
        "INPUT(9x9x3) => GAP", "gap1", "receptive field",
    ),
    "a whole input that moves": (
        changed(receptive, "_together", lambda f: replace(f, axes=tuple(a._replace(advance=1) for a in f.axes))),
        "INPUT(9x9x3) => GAP", "gap1", "receptive field",
    ),
    "the reach of a crop forgotten": (
        changed(of("CROP"), "reach", lambda axes: tuple(Reach(1, 0, 0) for _ in axes)),
        "INPUT(9x9x3) => CROP(2) => RELU", "crop1", "receptive field",
    ),
    "gaps between taps forgotten": (
        changed(of("CONV"), "reach", lambda axes: tuple(r._replace(gap=1) for r in axes)),
        "INPUT(9x9x3) => CONV(4, F=3, dilation=2)", "conv1", "windows",
    ),
    "channels left over forgotten": (
        changed(sight, "tiling", lambda t: t._replace(unread=0)),
        "INPUT(4x4x7) => DEPTHPOOL(2)", "depthpool1", "unread channels",
    ),
    "channels left over graded too kindly": (
        changed(sight, "tiling", lambda t: t._replace(kind="subsamples")),
        "INPUT(4x4x7) => DEPTHPOOL(2)", "depthpool1", "tiling of the depth",
    ),
    "an output padding that is not there": (
        changed(of("UPCONV"), "in_force", lambda shown: shown | {"output_padding": arguments.Sizes((1, 1))}),
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
        window.tiling.cache_clear()
    assert not done.ok
    assert done.wrong[0].row.node.name == name
    assert what in [proof.what for proof in done.wrong[0].differing]


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ({"peak_values": nothing_freed}, "bytes at the peak of inference"),
        ({"_sum": lambda values: sum(values) + 1}, "MACs"),
        ({"_sum": lambda values: sum(values) + 1}, "activations"),
        ({"SLOTS": {"momentum": 2}}, "bytes of training with momentum"),
    ],
)
def test_a_fault_in_the_totals_is_found(planted: dict[str, Any], what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in planted.items():
        monkeypatch.setattr(measure, name, wrong)
    done = verified("INPUT(9x9x3) => CONV(4) => CONV(2) => CONV(2) => FC(3)")
    assert not done.wrong
    assert what in [proof.what for proof in done.totals if proof.status == "differs"]
