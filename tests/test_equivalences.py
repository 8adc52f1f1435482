"""What the texts state of layers, compared with runs: indices of a convolution, FC as CONV, stacks of small filters."""

from __future__ import annotations

import numpy as np
import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Source
from shapecalc.expansion.expander import Options, expand
from shapecalc.formats.read import parse
from shapecalc.passes.report import Report
from shapecalc.transforms.fc_to_conv import fc_to_conv
from shapecalc.verification.execute import execute
from shapecalc.verification.run_weights import SeededWeights
from shapecalc.verification.verify import images_for
from shapecalc.writers.diagram.flat import closed_settings, flat_diagram
from tests.loops import Ran, Volume


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
    report = shapecalc.check(text)
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
    report = shapecalc.check(text)
    made = SeededWeights(report.rows, 3, keeps_all=True)
    image = images_for(report, 3)[0]
    list(execute(report.graph, made, {0: image}))
    return report, dict(enumerate(arrays for arrays in made.arrays.values() if arrays)), image


def test_fully_connected_layers_are_convolutions() -> None:
    _, weights, image = drawn(BODY.format(size=32) + FULLY)
    there = final(BODY.format(size=32) + FULLY, weights, image)
    here = final(BODY.format(size=32) + CONVOLUTIONAL, as_convolutions(weights), image)
    np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)


def test_a_kernel_that_is_made_some_rows_at_a_time_gives_what_it_gives_as_a_whole() -> None:
    """2,883 x 401 values, an odd number, of which 1,307 rows are made at a time."""
    report = shapecalc.check("INPUT(31x31x3) => FC(401)", batch=2)
    images, outputs = images_for(report, 0), []
    for keeps_all in (True, False):
        *_, last = execute(report.graph, SeededWeights(report.rows, 5, keeps_all=keeps_all), images)
        outputs.append(last.output)
        assert last.run.counter.macs == 2 * 2_883 * 401
        assert last.weights["kernel"].nbytes == 4 * 2_883 * 401
        assert isinstance(last.weights["kernel"], np.ndarray) == keeps_all
    np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-6)


ORIGINAL = "INPUT(224x224x3) => [CONV(8, F=2, S=2) => RELU]*5 => FC(32) => RELU => FC(1000)"


def converted(text: str) -> str:
    """The diagram with convolutions in place of fully connected layers."""
    diagram = parse(Source("net.net", text))
    closed = closed_settings(diagram, Options())
    return flat_diagram(fc_to_conv(expand(diagram), closed), closed)


@pytest.mark.slow
def test_a_converted_network_on_a_large_image_equals_the_original_on_crops() -> None:
    """384x384 gives 6x6 times what 224x224 gives, 32 pixels apart: without padding a crop has no border of its own."""
    large = converted(ORIGINAL).replace("224x224", "384x384")
    assert "CONV(32, F=7)" in large
    _, weights, _ = drawn(ORIGINAL)
    owners = [row.weight_arrays for row in shapecalc.check(large).rows if row.weight_arrays]
    moved = {i: {w.name: weights[i][w.name].reshape(w.shape) for w in arrays} for i, arrays in enumerate(owners)}
    image = np.random.default_rng(1).standard_normal((1, 384, 384, 3)).astype(np.float32)
    whole = final(large, moved, image)
    assert whole.shape == (1, 6, 6, 1000)
    for i, j in np.ndindex(6, 6):
        crop = np.ascontiguousarray(image[:, 32 * i : 32 * i + 224, 32 * j : 32 * j + 224])
        np.testing.assert_allclose(final(ORIGINAL, weights, crop)[0, 0, 0], whole[0, i, j], rtol=1e-3, atol=1e-5)


def test_three_small_filters_see_what_a_large_one_sees_with_fewer_weights() -> None:
    stack, single = (
        shapecalc.check(f"INPUT(21x21x8) => {text}")
        for text in ("[CONV(8, F=3, bias=false)]*3", "CONV(8, F=7, bias=false)")
    )
    assert stack.totals.params == 27 * 8 * 8
    assert single.totals.params == 49 * 8 * 8
    for report in (stack, single):
        made = SeededWeights(report.rows, 0, keeps_all=True)
        blank, dotted = np.zeros((1, 21, 21, 8), np.float32), np.zeros((1, 21, 21, 8), np.float32)
        dotted[0, 10, 10] = 1
        *_, first = execute(report.graph, made, {0: blank})
        *_, second = execute(report.graph, made, {0: dotted})
        reached = np.argwhere((first.output != second.output).any(axis=-1))
        assert (reached.max(axis=0) - reached.min(axis=0) + 1)[1:].tolist() == [7, 7]
