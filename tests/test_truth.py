"""Every figure of a folder of other programs' answers, where that folder lies beside the checkout.

tests/data holds a part of it, so that the suite proves as much of every kind without the folder.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.leafmodules import SORTS, ours, theirs
from tests.networks import SAMPLES, checked_sample
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
    """Why a case is not held against us; every reason is counted below."""
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


@pytest.mark.parametrize("name", LAYER_FILES)
def test_every_layer_has_the_size_weights_and_work_that_the_other_program_gives_it(name: str) -> None:
    differing = [
        (diagram(case), found(case), expected(case))
        for case in cases(name)
        if not is_refused(case) and not exclusion(case) and found(case) != expected(case)
    ]
    assert differing == []


@pytest.mark.parametrize("name", LAYER_FILES)
def test_what_the_other_program_refuses_is_reported(name: str) -> None:
    silent = [
        (diagram(case), case.get("msg") or case.get("error"))
        for case in cases(name)
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

ONLY_MODULES = {"add", "multiply", "concat"}
"""What a list of modules does not show: functions are not in it."""

NETWORKS = {
    "torchvision/alexnet": ("alexnet-torchvision", set()),
    "torchvision/convnext_tiny": ("convnext-tiny", ONLY_MODULES),
    # PyTorch joins all earlier volumes anew in front of every layer, we one to the joined ones.
    "torchvision/densenet121": ("densenet121", {"concat"}),
    "torchvision/efficientnet_b0": ("efficientnet-b0", set()),
    "torchvision/googlenet": ("googlenet-torchvision", set()),
    "torchvision/inception_v3": ("inception-v3", set()),
    "torchvision/mobilenet_v2": ("mobilenet-v2", set()),
    "torchvision/mobilenet_v3_large": ("mobilenet-v3-large", set()),
    **{f"torchvision/resnet{n}": (f"resnet{n}", set()) for n in (18, 34, 50, 101, 152)},
    "torchvision/resnext50_32x4d": ("resnext50-32x4d", set()),
    "torchvision/shufflenet_v2_x1_0": ("shufflenet-v2", set()),
    "torchvision/squeezenet1_0": ("squeezenet1_0", set()),
    "torchvision/squeezenet1_1": ("squeezenet1_1", set()),
    **{f"torchvision/vgg{n}": (f"vgg{n}", set()) for n in (11, 13, 16, 19)},
    "torchvision/vgg16_bn": ("vgg16-bn", set()),
    "torchvision/wide_resnet50_2": ("wide-resnet50-2", set()),
    "pytorchcv/nin_cifar10": ("nin", ONLY_MODULES),
    "pytorchcv/resnet20_cifar10": ("resnet20-cifar10", ONLY_MODULES),
    "pytorchcv/resnet110_cifar10": ("resnet110-cifar10", ONLY_MODULES),
    "pytorchcv/seresnet50": ("se-resnet50", ONLY_MODULES),
    "pytorchcv/wrn28_10_cifar10": ("wrn-28-10", ONLY_MODULES),
    "keras/MobileNet": ("mobilenet-v1", set()),
    "keras/MobileNetV2": ("mobilenet-v2", set()),
    "keras/DenseNet121": ("densenet121", set()),
    # These have activations within their convolutions.
    "keras/EfficientNetB0": ("efficientnet-b0", {"activation"}),
    "keras/VGG16": ("vgg16", {"activation"}),
    # Keras sorts these by their distance from the input, not in an order of execution.
    "keras/Xception": ("xception", set()),
    "keras/ResNet50": ("resnet50-v1", set()),
    "keras/InceptionV3": ("inception-v3", set()),
}
"""The sample that a network of the folder is compared with, and the sorts of layers that are left out."""

WITHOUT_ORDER = {"keras/Xception", "keras/ResNet50", "keras/InceptionV3"}

VARIANTS = {
    # torchvision's VGGs take any size of input: a pool to 7x7 that changes nothing at 224.
    "torchvision/vgg": ("=> [FC(4096)", "=> ADAPTIVEPOOL(7) => [FC(4096)"),
    "torchvision/vgg16": ("=> FC(4096): weights=102760448", "=> ADAPTIVEPOOL(7) => FC(4096)"),
    "keras/ResNet50": ("bias=false", "bias=true"),
    "keras/InceptionV3": ("=> BN", "=> BN(scale=false)"),
}
"""What the other program builds differently, as an edit of the sample's text."""


def variant(path: str) -> tuple[str, str]:
    if path in VARIANTS:
        return VARIANTS[path]
    return VARIANTS["torchvision/vgg"] if path.startswith("torchvision/vgg") else ("", "")


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
    read_by = {source for row in report.rows for source in row.node.inputs}
    main = next(row.node.index for row in report.rows if row.node.index not in read_by) + 1
    assert sum(row.params or 0 for row in report.rows[:main]) == network["params_eval"]
    assert sum(row.params or 0 for row in report.rows) == network["params_total"]
    macs = sum(row.macs or 0 for row in report.rows[:main])
    assert macs == round(network["weights"][0]["measured_GMACs"] * 1e9)
    assert abs(macs / 1e9 - network["weights"][0]["doc_GFLOPS"]) < 0.001


def test_the_sorts_that_are_compared_name_every_layer_once() -> None:
    names = [name for names in SORTS.values() for name in names.split()]
    assert len(names) == len(set(names))
    assert {sample for sample, _ in NETWORKS.values()} <= {path.stem for path in SAMPLES.glob("*.net")}
