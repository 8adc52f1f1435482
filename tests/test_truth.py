"""Every figure of a folder of other programs' answers, where that folder lies beside the checkout.

tests/data holds a part of it, so that the suite proves as much of every kind without the folder.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.compat.formats import FORMATS, outcomes
from tests.leafmodules import SORTS, ours, theirs
from tests.networks import NETWORKS, ONLY_MODULES, SAMPLES, WITHOUT_ORDER, checked_sample, main_chain, variant
from tests.singlelayers import checked, diagram, expected, found, refused, shape

TRUTH = Path(__file__).parents[2] / "shared" / "truth"

pytestmark = pytest.mark.skipif(not TRUTH.is_dir(), reason="the folder of other programs' answers is absent")

LAYER_FILES = ("convs", "convs_1d3d", "convs_keras_same", "caffe_single_layers", "convs_exceptions")


def read(name: str) -> dict[str, Any]:
    return json.loads((TRUTH / f"{name}.json").read_text("utf-8"))


def cases(name: str) -> list[dict[str, Any]]:
    content = read(name)
    return [*content["cases"], *content.get("errors", ())]


def is_refused(case: dict[str, Any]) -> bool:
    """Whether the other program refused the layer, or went on with nothing."""
    return "error" in case or any(size < 1 for size in case["out"])


def exclusion(case: dict[str, Any]) -> str | None:
    """Why a case is not compared with us; every reason is counted below."""
    args, message = case["args"], case.get("msg", "")
    if "not supported for strided convolutions" in message:
        return "P=same with a stride is well defined in TensorFlow, Keras and ONNX, and so here"
    if "Invalid padding string 'full'" in message:
        return "P=full is part of the language"
    if case["kind"] == "avg_pool3d" and "smaller than kernel size" in message and fits_padded(case):
        return "PyTorch measures this one pool without its padding, unlike all its others"
    if "mat1 and mat2" in message:
        return "FC reads its whole input; the number of inputs is never written"
    if case["kind"] == "linear" and args["in_features"] == 0:
        return "an input of nothing is refused here"
    if case["kind"] == "batch_norm2d" and len(shape(case)) == 2:
        return "BN works on flat volumes, too (BatchNorm1d)"
    if case["kind"] == "conv" and "pad" in args and not is_refused(case) and smaller(case):
        return "Caffe divides towards zero: a window larger than its input is built by accident"
    return None


EXCLUDED = {
    "convs": {}, "convs_keras_same": {},
    "convs_1d3d": {"PyTorch measures this one pool": 2},
    "caffe_single_layers": {"Caffe divides towards zero": 1},
    "convs_exceptions": {
        "P=same with a stride": 4, "P=full": 1, "FC reads": 1, "an input of nothing": 1, "BN works on flat": 1,
    },
}  # fmt: skip
"""How many cases are left out of each file."""


def fits_padded(case: dict[str, Any]) -> bool:
    args = case["args"]
    axes = zip(shape(case)[2:], args["padding"], args["kernel"], strict=True)
    return all(size + 2 * pad >= extent for size, pad, extent in axes)


def smaller(case: dict[str, Any]) -> bool:
    args = case["args"]
    axes = zip(shape(case)[2:], args["pad"], args["kernel"], args["dilation"], strict=True)
    return any(size + 2 * pad < d * (extent - 1) + 1 for size, pad, extent, d in axes)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 7])
@pytest.mark.parametrize("name", LAYER_FILES)
def test_every_layer_has_the_size_weights_and_work_that_the_other_program_gives_it(name: str, every: int) -> None:
    differing = [
        (diagram(case), found(case), expected(case))
        for case in cases(name)[::every]
        if not is_refused(case) and not exclusion(case) and found(case) != expected(case)
    ]
    assert differing == []


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 7])
@pytest.mark.parametrize("name", LAYER_FILES)
def test_what_the_other_program_refuses_is_reported(name: str, every: int) -> None:
    silent = [
        (diagram(case), case.get("msg") or case.get("error"))
        for case in cases(name)[::every]
        if is_refused(case) and not exclusion(case) and not refused(checked(diagram(case)))
    ]
    assert silent == []


@pytest.mark.parametrize("name", LAYER_FILES)
def test_only_these_cases_are_left_out(name: str) -> None:
    reasons = Counter(reason for case in cases(name) if (reason := exclusion(case)))
    assert {start: sum(n for full, n in reasons.items() if full.startswith(start)) for start in EXCLUDED[name]} == (
        EXCLUDED[name]
    )
    assert sum(reasons.values()) == sum(EXCLUDED[name].values())


# --- networks, layer by layer -----------------------------------------------------------------


@pytest.mark.parametrize("path", NETWORKS)
def test_every_layer_of_a_sample_is_the_one_that_the_other_program_runs(path: str) -> None:
    sample, leaving_out = NETWORKS[path]
    network = read(path)
    if leaving_out == ONLY_MODULES:
        network.pop("fx_graph", None)
    known = theirs(network, leaving_out)
    computed = ours(checked_sample(sample, *variant(path)), leaving_out)
    assert len(known) > 15
    if path in WITHOUT_ORDER:
        assert Counter(computed) == Counter(known)
    else:
        assert computed == known


@pytest.mark.parametrize("path", [path for path in NETWORKS if path.startswith("torchvision")])
def test_the_parameters_and_the_work_are_those_that_torchvision_documents(path: str) -> None:
    network = read(path)
    report = checked_sample(NETWORKS[path][0])
    main = main_chain(report)
    assert sum(row.params or 0 for row in main) == network["params_eval"]
    assert sum(row.params or 0 for row in report.rows) == network["params_total"]
    macs = sum(row.macs or 0 for row in main)
    assert macs == round(network["weights"][0]["measured_GMACs"] * 1e9)
    assert abs(macs / 1e9 - network["weights"][0]["doc_GFLOPS"]) < 0.001


def test_the_sorts_that_are_compared_name_every_layer_once() -> None:
    names = [name for names in SORTS.values() for name in names.split()]
    assert len(names) == len(set(names))
    assert {sample for sample, _ in NETWORKS.values()} <= {path.stem for path in SAMPLES.glob("*.net")}


OTHER_TOTALS = {
    "pt2": {"googlenet.pt2"},
    "onnx": {"own_if_node.onnx", "own_quant_qdq.onnx", "own_recurrent_dynamo.onnx"},
    "tables": {"print_convnext_tiny.txt", "torchsummary_convnext_tiny.txt"},
}
"""Files with other totals than ours: statistics that no layer reads, no total at all, scales and zeros that are no
parameters, a factor of each channel that a print leaves out."""


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_every_layer_of_a_file_is_what_its_own_software_says(name: str) -> None:
    if name == "onnx":
        pytest.importorskip("onnx")
    files = outcomes(name)
    assert files
    assert {file: o.why for file, o in files.items() if not o.read or o.equal < o.required} == {}
    assert {file for file, o in files.items() if not (o.params and o.buffers)} == OTHER_TOTALS.get(name, set())
