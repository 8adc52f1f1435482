"""The samples as reports, and which network of which other program each is compared with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shapecalc.diagnostics.diagnostic import Source
from shapecalc.passes.report import Report, Row
from shapecalc.pipeline import check

SAMPLES = Path(__file__).parents[1] / "samples"


def text_of(name: str) -> str:
    return (SAMPLES / f"{name}.net").read_text("utf-8")


@cache
def checked_sample(name: str, old: str = "", new: str = "") -> Report:
    """The report of a sample, perhaps with one piece of its text replaced everywhere."""
    text = text_of(name)
    assert old in text
    return check(Source(f"{name}.net", text.replace(old, new) if old else text))


def main_chain(report: Report) -> list[Row]:
    """The rows that the deepest output hangs on: heads that only train leave the chain on the way."""
    behind: list[frozenset[int]] = []
    for row in report.rows:
        behind.append(frozenset({row.node.index}.union(*(behind[source] for source in row.node.inputs))))
    return [report.rows[index] for index in sorted(max(behind, key=len))]


def row_called(report: Report, name: str) -> Row:
    return next(row for row in report.rows if row.node.name == name)


ONLY_MODULES = {"add", "multiply", "concat"}
"""What a list of modules does not show: functions are not in it."""

NETWORKS = {
    "torchvision/alexnet": ("alexnet-torchvision", set()),
    "torchvision/convnext_tiny": ("convnext-tiny", ONLY_MODULES),
    # PyTorch joins all earlier volumes anew before every layer, we one to the joined ones.
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
    **{f"torchvision/vgg{n}": (f"vgg{n}", set()) for n in (11, 13, 19)},
    "torchvision/vgg16": ("vgg16-torchvision", set()),
    "torchvision/vgg16_bn": ("vgg16-bn", set()),
    "torchvision/wide_resnet50_2": ("wide-resnet50-2", set()),
    "pytorchcv/nin_cifar10": ("nin", ONLY_MODULES),
    "pytorchcv/resnet20_cifar10": ("resnet20-cifar10", ONLY_MODULES),
    "pytorchcv/resnet56_cifar10": ("resnet-cifar10", ONLY_MODULES),
    "pytorchcv/resnet110_cifar10": ("resnet-cifar10", ONLY_MODULES),
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
    "keras/ResNet50V2": ("resnet50-v2", set()),
    "keras/InceptionV3": ("inception-v3", set()),
}
"""The sample that a network of the folder is compared with, and the sorts of layers that are left out."""

BESIDES = {
    "pytorchcv/ghostnet": "ghostnet",
    "pytorchcv/pspnet_resnetd101b_voc": "pspnet",
    "pytorch-i3d/i3d": "i3d",
    "pytorchcv/resnet1202_cifar10": "resnet-cifar10",
}
"""Networks that are not in the folder; tests/data has their layers or their totals."""

SAMPLE_OF = {**{path: sample for path, (sample, _) in NETWORKS.items()}, **BESIDES}

WITHOUT_ORDER = {
    "keras/Xception", "keras/ResNet50", "keras/ResNet50V2", "keras/InceptionV3", "pytorchcv/ghostnet",
    "pytorchcv/pspnet_resnetd101b_voc",
}  # fmt: skip
"""Programs that list their layers in another order than they run in."""

HEAD = "---\nname: ResNet (CIFAR-10)"
VARIANTS = {
    **{
        f"pytorchcv/resnet{n}_cifar10": (HEAD, HEAD.replace("---", f"---\nmember: resnet-{n}-cifar-10"))
        for n in (56, 110, 1202)
    },
    "keras/ResNet50": ("bias=false", "bias=true"),
    "keras/InceptionV3": ("=> BN", "=> BN(scale=false)"),
}
"""The member of a family that is meant, or what the other program builds differently: as an edit of the text."""


def variant(path: str) -> tuple[str, str]:
    return VARIANTS.get(path, ("", ""))
