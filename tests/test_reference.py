"""Every layer's forward against loops written here without it, and the equivalences that the texts state."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapecalc import arguments, joining, layer, padding, shaping, window
from shapecalc.check import check
from shapecalc.convert import fc_to_conv
from shapecalc.diagnostics import Source
from shapecalc.expansion.expand import Options, expand
from shapecalc.parse import parse
from shapecalc.reference import Run, Unrunnable
from shapecalc.registry import layer_types
from shapecalc.report import Report
from shapecalc.running.execute import execute
from shapecalc.running.poison import along, coverage
from shapecalc.running.seeding import SeededWeights
from shapecalc.verify import images_for
from shapecalc.writing.flat import flat_diagram
from shapecalc.writing.settle import closed_settings
from tests.loops import (
    Ran,
    Volume,
    adaptivepool,
    affine,
    bn,
    conv,
    cropped,
    depthpool,
    dwconv,
    elementwise,
    gn,
    hard,
    identity,
    local,
    lrn,
    padded,
    pixelshuffle,
    pool,
    sepconv,
    shuffle,
    sigmoid,
    softplus,
    standard,
    upconv,
    upsample,
)

# --- random diagrams ---------------------------------------------------------------------------


def windowed(r: random.Random, *, kernel: bool = True) -> tuple[str, str, int]:
    """Input, arguments of a window over it, and groups: odd strides, dilation, every kind of padding, 1 to 3 axes."""
    rank = r.choice([1, 2, 2, 2, 3])
    groups = r.choice([1, 1, 2, 3]) if kernel else 1
    sizes = [r.randint(4, 9 if rank < 3 else 5) for _ in range(rank)]
    depth = groups * r.randint(1, 2)
    extent = [r.randint(1, 3) for _ in sizes]
    gap = r.choice([1, 1, 2]) if min(sizes) > 4 else 1
    numbers = ",".join(str(r.randint(0, min(extent) - 1)) for _ in range(2 * rank))
    pad = r.choice(["0", "same", "same_lower", "valid", "full", f"({numbers})", f"({numbers})"])
    stride = "x".join(str(r.randint(1, 4)) for _ in sizes)
    window = f"F={'x'.join(map(str, extent))}, S={stride}, P={pad}, dilation={gap}"
    return f"INPUT({'x'.join(map(str, sizes))}x{depth})", window, groups


def yes(r: random.Random) -> str:
    return r.choice(["true", "false"])


def a_conv(name: str) -> Callable[[random.Random], str]:
    def diagram(r: random.Random) -> str:
        start, window, groups = windowed(r)
        return f"{start} => {name}({groups * r.randint(1, 2)}, {window}, groups={groups}, bias={yes(r)})"

    return diagram


def a_dwconv(r: random.Random) -> str:
    start, window, _ = windowed(r)
    return f"{start} => DWCONV({window}, multiplier={r.randint(1, 3)}, bias={yes(r)})"


def a_sepconv(r: random.Random) -> str:
    start, window, _ = windowed(r)
    return f"{start} => SEPCONV(3, {window}, multiplier={r.randint(1, 2)}, bias={yes(r)})"


def an_upconv(r: random.Random) -> str:
    g = r.choice([1, 1, 2])
    stride, extent = [r.randint(1, 3) for _ in range(2)], [r.randint(2, 4) for _ in range(2)]
    pad = r.choice(["0", "1", "valid", "same", "same_lower", "same_lower", "(0,1,1,0)"])
    extra = r.choice(["", f"output_padding={'x'.join(str(r.randint(0, s - 1)) for s in stride)}, "])
    return (
        f"INPUT({r.randint(2, 5)}x{r.randint(2, 5)}x{2 * g}) => UPCONV({2 * g}, {'x'.join(map(str, extent))}, "
        f"S={'x'.join(map(str, stride))}, P={pad}, {extra}dilation={r.choice([1, 2])}, groups={g}, bias={yes(r)})"
    )


def a_pool(r: random.Random) -> str:
    start, window, _ = windowed(r, kernel=False)
    mode, ceil = r.choice(["max", "avg", "l2"]), r.choice(["true", "false", "caffe"])
    return f"{start} => POOL({window}, mode={mode}, ceil={ceil}, count_include_pad={yes(r)})"


def one(text: str) -> Callable[[random.Random], str]:
    return lambda r: f"INPUT({r.randint(3, 7)}x{r.randint(3, 7)}x6) => {text}"


def of(*texts: str) -> Callable[[random.Random], str]:
    return lambda r: one(r.choice(texts))(r)


CASES: dict[str, tuple[Callable[[random.Random], str], Callable[[Ran], Volume]]] = {
    "CONV": (a_conv("CONV"), conv),
    "LOCAL": (a_conv("LOCAL"), local),
    "DWCONV": (a_dwconv, dwconv),
    "SEPCONV": (a_sepconv, sepconv),
    "UPCONV": (an_upconv, upconv),
    "POOL": (a_pool, pool),
    "GAP": (
        of("GAP", "GMP"),
        lambda n: (np.max if n.layer.mode == "max" else np.mean)(n.x, axis=(0, 1), keepdims=True),
    ),
    "ADAPTIVEPOOL": (of("ADAPTIVEPOOL(3)", "ADAPTIVEPOOL(2x4)", "ADAPTIVEMAXPOOL(5x2)"), adaptivepool),
    "DEPTHPOOL": (of("DEPTHPOOL(3)", "DEPTHPOOL(2, S=1, mode=avg)", "DEPTHPOOL(4, S=2, mode=l2)"), depthpool),
    "FC": (
        of("FC(5)", "FC(3, bias=false)"),
        lambda n: (n.x.reshape(-1) @ n.weights["kernel"] + n.weights.get("bias", 0)).reshape(1, 1, -1),
    ),
    "BN": (
        of("BN", "BN(affine=false)", "BN(scale=false)", "BN(track=false)", "BN(eps=0.5)", "BN(track=false, eps=0.5)"),
        bn,
    ),
    "LN": (of("LN", "LN(affine=false)", "LN(eps=0.5)"), lambda n: affine(n, standard(n.x, (-1,), n.layer.eps))),
    "GN": (of("GN(3)", "GN(2, affine=false)", "GN(3, eps=0.5)"), gn),
    "IN": (of("IN", "IN(affine=true)", "IN(eps=0.5)"), lambda n: affine(n, standard(n.x, (0, 1), n.layer.eps))),
    "LRN": (of("LRN", "LRN(4, alpha=0.5, beta=0.6, k=1)", "LRN(3, alpha=1)"), lrn),
    "SCALE": (of("SCALE", "LAYERSCALE"), lambda n: affine(n, n.x)),
    "PAD": (of("PAD(2)", "PAD((1,2,0,3))"), padded),
    "CROP": (of("CROP(1)", "CROP((1,0,0,2))"), cropped),
    "UPSAMPLE": (
        of("UPSAMPLE(2)", "UPSAMPLE(3x2)", "UPSAMPLE(2, mode=bilinear)", "UPSAMPLE(3x4, mode=bilinear)"),
        upsample,
    ),
    "SHUFFLE": (of("SHUFFLE(2)", "SHUFFLE(3)"), shuffle),
    "PIXELSHUFFLE": (lambda r: f"INPUT({r.randint(2, 4)}x3x8) => PIXELSHUFFLE(2)", pixelshuffle),
    "SLICE": (of("SLICE(1, 4)", "SLICE(0, 6)"), lambda n: n.x[..., n.layer.start : n.layer.stop]),
    "FLATTEN": (one("FLATTEN"), lambda n: n.x.reshape(1, 1, -1)),
    "RESHAPE": (lambda r: "INPUT(4x3x6) => RESHAPE(2x12x3)", lambda n: n.x.reshape(2, 12, 3)),
    "SOFTMAX": (one("SOFTMAX"), lambda n: np.exp(n.x) / np.exp(n.x).sum(-1, keepdims=True)),
    "ADD": (one("ADD[ | ] => ADD[ | GAP]"), lambda n: 2 * n.x + 2 * n.x.mean((0, 1))),
    "MUL": (one("MUL[GAP | | ]"), lambda n: n.x * n.x * n.x.mean((0, 1))),
    "CONCAT": (one("CONCAT[SLICE(4, 6) | SLICE(0, 1)]"), lambda n: np.stack([n.x[..., c] for c in (4, 5, 0)], -1)),
    "INPUT": (lambda r: "INPUT(3x4x2)", identity),
    "DO": (one("DO"), identity),
    "IDENTITY": (one("IDENTITY"), identity),
    "RELU": (one("RELU"), elementwise(lambda v, _: max(v, 0))),
    "RELU6": (one("RELU6"), elementwise(lambda v, _: min(max(v, 0), 6))),
    "ELU": (of("ELU", "ELU(0.5)"), elementwise(lambda v, n: v if v > 0 else n.alpha * math.expm1(v))),
    "SELU": (
        one("SELU"),
        elementwise(lambda v, _: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))),
    ),
    "LRELU": (of("LRELU", "LRELU(0.3)"), elementwise(lambda v, n: v if v > 0 else n.slope * v)),
    "PRELU": (of("PRELU", "PRELU(shared=true)"), lambda n: np.where(n.x > 0, n.x, n.weights["slope"] * n.x)),
    "GELU": (one("GELU"), elementwise(lambda v, _: v * 0.5 * (1 + math.erf(v / math.sqrt(2))))),
    "SIGMOID": (one("SIGMOID"), elementwise(lambda v, _: sigmoid(v))),
    "HSIGMOID": (one("HSIGMOID"), elementwise(lambda v, _: hard(v))),
    "SILU": (one("SILU"), elementwise(lambda v, _: v * sigmoid(v))),
    "HSWISH": (one("HSWISH"), elementwise(lambda v, _: v * hard(v))),
    "MISH": (one("MISH"), elementwise(lambda v, _: v * math.tanh(softplus(v)))),
    "SOFTPLUS": (one("SOFTPLUS"), elementwise(lambda v, _: softplus(v))),
    "TANH": (one("TANH"), elementwise(lambda v, _: math.tanh(v))),
    "ACT": (of("ACT(hard_swish)", "ACT(hswish)"), elementwise(lambda v, _: v * hard(v))),
}
"""For every layer type random diagrams, and what comes out of them by loops."""
ROUNDS = {"CONV": 60, "LOCAL": 20, "DWCONV": 30, "SEPCONV": 15, "UPCONV": 60, "POOL": 80} | dict.fromkeys(
    ("BN", "LN", "GN", "IN"), 12
)


def test_every_layer_type_has_loops_to_be_compared_with() -> None:
    assert set(CASES) == set(layer_types())


@pytest.mark.parametrize("kind", CASES)
def test_a_forward_gives_what_loops_give(kind: str) -> None:
    diagram, loops = CASES[kind]
    r = random.Random(kind)
    for seed in range(ROUNDS.get(kind, 4)):
        text = diagram(r)
        report = check(Source("net.net", text))
        if any(row.output is None for row in report.rows):
            continue
        ran = Ran(text, seed)
        expected = loops(ran)
        assert ran.y.shape == expected.shape, text
        np.testing.assert_allclose(ran.y, expected, rtol=1e-4, atol=2e-5, err_msg=text)
        assert ran.y.dtype == np.float32


def test_most_random_windows_fit() -> None:
    """The comparison above is not empty."""
    r = random.Random("CONV")
    reports = [check(Source("net.net", CASES["CONV"][0](r))) for _ in range(ROUNDS["CONV"])]
    assert sum(all(row.output for row in report.rows) for report in reports) > 40


def test_an_unknown_activation_says_so() -> None:
    with pytest.raises(Unrunnable, match="no elementwise function called 'wobble'"):
        Run().activation("wobble")
    assert np.array_equal(Ran("INPUT(2x2x2) => ACT(linear)").y, Ran("INPUT(2x2x2)").y)


# --- independence ------------------------------------------------------------------------------


def forbidden(*_: object, **__: object) -> Any:
    raise AssertionError("the forward asked the shape rule")


def forbid_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes everything raise that the shape rule is made of."""
    for kind in (layer.Layer, *layer_types().values()):
        for name in ("output", "weights", "windows", "reach", "pairs", "axes"):
            if name in vars(kind):
                monkeypatch.setattr(kind, name, forbidden)
    for name in ("effective", "quotient", "formula", "outputs", "hangs_over"):
        monkeypatch.setattr(window.Window, name, forbidden)
    for module in (shaping, window, joining, padding):
        for name in (
            "windows_over",
            "slide",
            "broadcast",
            "divide_into_groups",
            "same_padding",
            "tiling",
            "_named_padding",
        ):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, forbidden)
    monkeypatch.setattr(padding.Padding, "over", forbidden)
    monkeypatch.setattr(arguments.Sizes, "over", forbidden)


def test_no_forward_asks_the_shape_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    r = random.Random(5)
    texts = [diagram(r) for diagram, _ in CASES.values() for _ in range(3)]
    reports = [report for text in texts if (report := check(Source("net.net", text))).rows[-1].output]
    forbid_the_rule(monkeypatch)
    for report in reports:
        graph = report.graph
        assert graph is not None
        for step in execute(graph, SeededWeights(report.rows, 0), images_for(report, 0)):
            row = report.rows[step.node.index]
            assert row.output is not None
            assert step.output.shape[1:] == (*row.output.spatial, row.output.depth)
            if row.windows and row.inputs[0]:
                assert coverage(along(row.node.layer, 0, len(row.inputs[0].spatial)), row.inputs[0].spatial[0])


# --- what the texts state ------------------------------------------------------------------------


def test_values_of_the_worked_example_with_its_own_index_order() -> None:
    """11x11x4, two filters 5x5x4, stride 2: V[i,j,k] as the text writes them, indices width, height, depth."""
    ran = Ran("INPUT(11x11x4) => CONV(2, F=5, S=2, P=0)")
    x, v = ran.x, ran.y
    w0, w1 = ran.weights["kernel"][..., 0], ran.weights["kernel"][..., 1]
    b0, b1 = ran.weights["bias"]
    assert v.shape == (4, 4, 2)
    assert w0.shape == (5, 5, 4)
    for value, expected in (
        (v[0, 0, 0], np.sum(x[:5, :5, :] * w0) + b0),
        (v[1, 0, 0], np.sum(x[2:7, :5, :] * w0) + b0),
        (v[2, 0, 0], np.sum(x[4:9, :5, :] * w0) + b0),
        (v[3, 0, 0], np.sum(x[6:11, :5, :] * w0) + b0),
        (v[0, 0, 1], np.sum(x[:5, :5, :] * w1) + b1),
        (v[0, 1, 1], np.sum(x[:5, 2:7, :] * w1) + b1),
        (v[2, 3, 1], np.sum(x[4:9, 6:11, :] * w1) + b1),
    ):
        assert value == pytest.approx(expected, rel=1e-4, abs=1e-5)


def final(text: str, weights: dict[int, dict[str, Volume]], image: Volume) -> Volume:
    """The output of a network on given weights, by the order of the layers that own some."""
    report = check(Source("net.net", text))
    owners = [row.node.index for row in report.rows if row.weight_arrays]
    given = {index: weights[i] for i, index in enumerate(owners)}
    *_, last = execute(report.graph, lambda node, _: given.get(node.index, {}), {0: image})
    return last.output


BODY = "INPUT({size}x{size}x3) => [CONV(8, F=3, P=1) => RELU => POOL(2, S=2)]*3 => "
FULLY = "FC(12) => RELU => FC(10)"
CONVOLUTIONAL = "CONV(12, F=4) => RELU => CONV(10, F=1)"


def as_convolutions(weights: dict[int, dict[str, Volume]]) -> dict[int, dict[str, Volume]]:
    """The same numbers, in the shapes of filters."""
    changed = {i: dict(arrays) for i, arrays in weights.items()}
    changed[3]["kernel"] = weights[3]["kernel"].reshape(4, 4, 8, 12)
    changed[4]["kernel"] = weights[4]["kernel"].reshape(1, 1, 12, 10)
    return changed


def drawn(text: str) -> tuple[Report, dict[int, dict[str, Volume]], Volume]:
    report = check(Source("net.net", text))
    made = SeededWeights(report.rows, 3)
    image = images_for(report, 3)[0]
    list(execute(report.graph, made, {0: image}))
    return report, dict(enumerate(arrays for arrays in made.arrays.values() if arrays)), image


def test_fully_connected_layers_are_convolutions() -> None:
    _, weights, image = drawn(BODY.format(size=32) + FULLY)
    there = final(BODY.format(size=32) + FULLY, weights, image)
    here = final(BODY.format(size=32) + CONVOLUTIONAL, as_convolutions(weights), image)
    np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)


ORIGINAL = "INPUT(224x224x3) => [CONV(8, F=2, S=2) => RELU]*5 => FC(32) => RELU => FC(1000)"


def converted(text: str) -> str:
    """The diagram with convolutions in place of fully connected layers."""
    diagram = parse(Source("net.net", text))
    closed = closed_settings(diagram, Options())
    return flat_diagram(fc_to_conv(expand(diagram), closed), closed)


def test_a_converted_network_on_a_large_image_equals_the_original_on_crops() -> None:
    """384x384 gives 6x6 times what 224x224 gives, 32 pixels apart: without padding a crop has no border of its own."""
    large = converted(ORIGINAL).replace("224x224", "384x384")
    assert "CONV(32, F=7)" in large
    _, weights, _ = drawn(ORIGINAL)
    owners = [row.weight_arrays for row in check(Source("net.net", large)).rows if row.weight_arrays]
    moved = {i: {w.name: weights[i][w.name].reshape(w.shape) for w in arrays} for i, arrays in enumerate(owners)}
    image = np.random.default_rng(1).standard_normal((1, 384, 384, 3)).astype(np.float32)
    whole = final(large, moved, image)
    assert whole.shape == (1, 6, 6, 1000)
    for i, j in np.ndindex(6, 6):
        crop = np.ascontiguousarray(image[:, 32 * i : 32 * i + 224, 32 * j : 32 * j + 224])
        np.testing.assert_allclose(final(ORIGINAL, weights, crop)[0, 0, 0], whole[0, i, j], rtol=1e-3, atol=1e-5)


def test_three_small_filters_see_what_a_large_one_sees_with_fewer_weights() -> None:
    stack, single = (
        check(Source("net.net", f"INPUT(21x21x8) => {text}"))
        for text in ("[CONV(8, F=3, bias=false)]*3", "CONV(8, F=7, bias=false)")
    )
    assert stack.totals.params == 27 * 8 * 8
    assert single.totals.params == 49 * 8 * 8
    for report in (stack, single):
        made = SeededWeights(report.rows, 0)
        blank, dotted = np.zeros((1, 21, 21, 8), np.float32), np.zeros((1, 21, 21, 8), np.float32)
        dotted[0, 10, 10] = 1
        *_, first = execute(report.graph, made, {0: blank})
        *_, second = execute(report.graph, made, {0: dotted})
        reached = np.argwhere((first.output != second.output).any(axis=-1))
        assert (reached.max(axis=0) - reached.min(axis=0) + 1)[1:].tolist() == [7, 7]


def test_a_window_without_room_and_groups_that_do_not_divide_cannot_be_run() -> None:
    conv = check(Source("net.net", "INPUT(5x5x4) => CONV(6, F=5)")).rows[-1].node.layer
    with pytest.raises(Unrunnable, match="no window of 5"):
        conv.forward(Run(), {}, np.zeros((1, 4, 9, 4), np.float32))
    conv.groups = 3
    with pytest.raises(Unrunnable, match="3 groups do not divide 4"):
        conv.forward(Run(), {}, np.zeros((1, 5, 5, 4), np.float32))
