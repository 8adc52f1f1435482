"""Every layer's forward against loops written here without it, and the equivalences that the texts state."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import random
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pytest

from shapecalc import arguments, joining, padding, shaping, window
from shapecalc.check import check
from shapecalc.convert import fc_to_conv
from shapecalc.diagnostics import Source
from shapecalc.expansion.expand import Options, expand
from shapecalc.layer import Layer
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


def fits(text: str) -> bool:
    return all(row.output for row in check(Source("net.net", text)).rows)


def drawn(diagram: Callable[[random.Random], str], rounds: int) -> tuple[str, ...]:
    """So many random networks in which everything fits, out of at most twice as many."""
    r = random.Random(rounds)
    found = [text for text in (diagram(r) for _ in range(2 * rounds)) if fits(text)]
    assert len(found) >= rounds
    return tuple(found[:rounds])


def behind_images(*texts: str) -> tuple[str, ...]:
    """Each of the layers behind images of several sizes, all of them with 6 channels."""
    return tuple(f"INPUT({size}x6) => {text}" for text in texts for size in ("5x4", "3x7", "6x6"))


CASES: dict[str, tuple[tuple[str, ...], Callable[[Ran], Volume]]] = {
    "CONV": (drawn(a_conv("CONV"), 60), conv),
    "LOCAL": (drawn(a_conv("LOCAL"), 20), local),
    "DWCONV": (drawn(a_dwconv, 30), dwconv),
    "SEPCONV": (drawn(a_sepconv, 15), sepconv),
    "UPCONV": (drawn(an_upconv, 60), upconv),
    "POOL": (drawn(a_pool, 80), pool),
    "GAP": (
        behind_images("GAP", "GMP"),
        lambda n: (np.max if n.layer.mode == "max" else np.mean)(n.x, axis=(0, 1), keepdims=True),
    ),
    "ADAPTIVEPOOL": (behind_images("ADAPTIVEPOOL(3)", "ADAPTIVEPOOL(2x4)", "ADAPTIVEMAXPOOL(5x2)"), adaptivepool),
    "DEPTHPOOL": (
        behind_images("DEPTHPOOL(3)", "DEPTHPOOL(2, S=1, mode=avg)", "DEPTHPOOL(4, S=2, mode=l2)"),
        depthpool,
    ),
    "FC": (
        behind_images("FC(5)", "FC(3, bias=false)"),
        lambda n: (n.x.reshape(-1) @ n.weights["kernel"] + n.weights.get("bias", 0)).reshape(1, 1, -1),
    ),
    "BN": (
        behind_images(
            "BN", "BN(affine=false)", "BN(scale=false)", "BN(track=false)", "BN(eps=0.5)", "BN(track=false, eps=0.5)"
        ),
        bn,
    ),
    "LN": (
        behind_images("LN", "LN(affine=false)", "LN(eps=0.5)"),
        lambda n: affine(n, standard(n.x, (-1,), n.layer.eps)),
    ),
    "GN": (behind_images("GN(3)", "GN(2, affine=false)", "GN(3, eps=0.5)"), gn),
    "IN": (
        behind_images("IN", "IN(affine=true)", "IN(eps=0.5)"),
        lambda n: affine(n, standard(n.x, (0, 1), n.layer.eps)),
    ),
    "LRN": (behind_images("LRN", "LRN(4, alpha=0.5, beta=0.6, k=1)", "LRN(3, alpha=1)"), lrn),
    "SCALE": (behind_images("SCALE", "LAYERSCALE"), lambda n: affine(n, n.x)),
    "PAD": (behind_images("PAD(2)", "PAD((1,2,0,3))"), padded),
    "CROP": (behind_images("CROP(1)", "CROP((1,0,0,2))"), cropped),
    "UPSAMPLE": (
        behind_images("UPSAMPLE(2)", "UPSAMPLE(3x2)", "UPSAMPLE(2, mode=bilinear)", "UPSAMPLE(3x4, mode=bilinear)"),
        upsample,
    ),
    "SHUFFLE": (behind_images("SHUFFLE(2)", "SHUFFLE(3)"), shuffle),
    "PIXELSHUFFLE": (("INPUT(2x3x8) => PIXELSHUFFLE(2)", "INPUT(4x3x8) => PIXELSHUFFLE(2)"), pixelshuffle),
    "SLICE": (behind_images("SLICE(1, 4)", "SLICE(0, 6)"), lambda n: n.x[..., n.layer.start : n.layer.stop]),
    "FLATTEN": (behind_images("FLATTEN"), lambda n: n.x.reshape(1, 1, -1)),
    "RESHAPE": (("INPUT(4x3x6) => RESHAPE(2x12x3)",), lambda n: n.x.reshape(2, 12, 3)),
    "SOFTMAX": (behind_images("SOFTMAX"), lambda n: np.exp(n.x) / np.exp(n.x).sum(-1, keepdims=True)),
    "ADD": (behind_images("ADD[ | ] => ADD[ | GAP]"), lambda n: 2 * n.x + 2 * n.x.mean((0, 1))),
    "MUL": (behind_images("MUL[GAP | | ]"), lambda n: n.x * n.x * n.x.mean((0, 1))),
    "CONCAT": (
        behind_images("CONCAT[SLICE(4, 6) | SLICE(0, 1)]"),
        lambda n: np.stack([n.x[..., c] for c in (4, 5, 0)], -1),
    ),
    "INPUT": (("INPUT(3x4x2)",), identity),
    "DO": (behind_images("DO"), identity),
    "IDENTITY": (behind_images("IDENTITY"), identity),
    "RELU": (behind_images("RELU"), elementwise(lambda v, _: max(v, 0))),
    "RELU6": (behind_images("RELU6"), elementwise(lambda v, _: min(max(v, 0), 6))),
    "ELU": (behind_images("ELU", "ELU(0.5)"), elementwise(lambda v, n: v if v > 0 else n.alpha * math.expm1(v))),
    "SELU": (
        behind_images("SELU"),
        elementwise(lambda v, _: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))),
    ),
    "LRELU": (behind_images("LRELU", "LRELU(0.3)"), elementwise(lambda v, n: v if v > 0 else n.slope * v)),
    "PRELU": (behind_images("PRELU", "PRELU(shared=true)"), lambda n: np.where(n.x > 0, n.x, n.weights["slope"] * n.x)),
    "GELU": (behind_images("GELU"), elementwise(lambda v, _: v * 0.5 * (1 + math.erf(v / math.sqrt(2))))),
    "SIGMOID": (behind_images("SIGMOID"), elementwise(lambda v, _: sigmoid(v))),
    "HSIGMOID": (behind_images("HSIGMOID"), elementwise(lambda v, _: hard(v))),
    "SILU": (behind_images("SILU"), elementwise(lambda v, _: v * sigmoid(v))),
    "HSWISH": (behind_images("HSWISH"), elementwise(lambda v, _: v * hard(v))),
    "MISH": (behind_images("MISH"), elementwise(lambda v, _: v * math.tanh(softplus(v)))),
    "SOFTPLUS": (behind_images("SOFTPLUS"), elementwise(lambda v, _: softplus(v))),
    "TANH": (behind_images("TANH"), elementwise(lambda v, _: math.tanh(v))),
    "ACT": (behind_images("ACT(hard_swish)", "ACT(hswish)"), elementwise(lambda v, _: v * hard(v))),
}
"""For every layer type networks that end with it, and what comes out of them by loops."""


def test_every_layer_type_has_loops_to_be_compared_with() -> None:
    assert set(CASES) == set(layer_types())


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, (texts, _) in CASES.items() for text in texts])
def test_a_forward_gives_what_loops_give(kind: str, text: str) -> None:
    ran = Ran(text)
    expected = CASES[kind][1](ran)
    assert (ran.y.shape, ran.y.dtype, ran.y.flags.c_contiguous) == (expected.shape, np.float32, True)
    np.testing.assert_allclose(ran.y, expected, rtol=1e-4, atol=2e-5)


def test_an_unknown_activation_says_so() -> None:
    with pytest.raises(Unrunnable, match="no elementwise function called 'wobble'"):
        Run().activation("wobble")
    assert np.array_equal(Ran("INPUT(2x2x2) => ACT(linear)").y, Ran("INPUT(2x2x2)").y)


# --- independence ------------------------------------------------------------------------------


BUILTINS = set(dir(builtins)) - {"super"}


def asked(source: str, method: str, fields: Collection[str]) -> set[str]:
    """What a method of a class reads beside what it is given, the fields, and constants; properties are looked into."""
    methods = {f.name: f for f in ast.walk(ast.parse(source)) if isinstance(f, ast.FunctionDef)}
    function = methods[method]
    inner = [node for statement in function.body for node in ast.walk(statement)]
    names = [node for node in inner if isinstance(node, ast.Name)]
    given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)} - {"self"}
    made = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {
        f.name for f in inner if isinstance(f, ast.FunctionDef)
    }
    own = [n.attr for n in inner if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "self"]
    properties = {name for name, f in methods.items() if [ast.unparse(d) for d in f.decorator_list] == ["property"]}
    found = {n.id for n in names if not n.id.isupper()} - given - made - BUILTINS - {"self", "Array"}
    found |= {f"self.{attr}" for attr in own if attr not in fields and attr not in properties}
    found |= {"self"} if sum(n.id == "self" for n in names) > len(own) else set()
    return found.union(*(asked(source, attr, fields) for attr in own if attr in properties))


@pytest.mark.parametrize("layer", layer_types().values(), ids=layer_types())
def test_a_forward_reads_its_arguments_and_what_it_is_given(layer: type[Layer]) -> None:
    fields = {a.field for a in layer.signature}
    for method in {"forward", "value"} & set(vars(layer)):
        assert asked(inspect.getsource(layer), method, fields) == set()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return run.np.zeros(self.output(Volume(arrays[0].shape)).sizes)", {"self.output", "Volume"}),
        ("return run.spread(arrays[0], self)", {"self"}),
        ("return super().forward(run, weights, *arrays)", {"super"}),
        ("return [windows_over(x, self.extent) for x in arrays]", {"windows_over"}),
        ("return arrays[0][: self.room]", {"Window"}),
        ("return arrays[0] * self.twice * LARGE", set()),
    ],
)
def test_a_forward_that_asks_the_rule_is_found_out(body: str, found: set[str]) -> None:
    source = f"""
class Odd:
    def forward(self, run, weights, *arrays):
        {body}
    @property
    def room(self):
        return Window(self.extent).room(5)
    @property
    def twice(self):
        return 2 * self.extent
"""
    assert asked(source, "forward", {"extent"}) == found


def forbidden(*_: object, **__: object) -> Any:
    raise AssertionError("the forward asked the shape rule")


def forbid_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes everything raise that the shape rule is made of."""
    rules = (shaping, joining, window, window.Window, padding.Padding, arguments.Sizes)
    for owner in (*rules, Layer, *layer_types().values()):
        for name, thing in vars(owner).items():
            if name in ("forward", "value", "rounds") or name.startswith("_"):
                continue
            if isinstance(thing, property):
                monkeypatch.setattr(owner, name, property(forbidden))
            elif (
                callable(thing)
                and getattr(thing, "__module__", "").startswith("shapecalc")
                and not inspect.isclass(thing)
            ):
                monkeypatch.setattr(owner, name, forbidden)


def test_no_forward_asks_the_shape_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    r = random.Random(5)
    texts = [text for texts, _ in CASES.values() for text in r.sample(texts, min(len(texts), 3))]
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
