"""Classes of a program that are made from a layer of a framework are that layer, and what they add to it."""

from __future__ import annotations

import pytest

import shapecalc

TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
KERAS = "from keras import layers, Model, Input\n"
CONV = "class C(nn.Conv2d):\n    "
NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = C(3, 8)
        self.b = nn.Linear(self.a.out_features, 2)

    def forward(self, x):
        return self.b(self.a(x))
"""


@pytest.mark.parametrize(
    ("text", "params"),
    [
        (
            TORCH + CONV + "def __init__(self, i, o):\n        super().__init__(i, o, 3, padding=1, bias=False)\n"
            "net = nn.Sequential(C(3, 8), nn.BatchNorm2d(8), C(8, 4))\n",
            216 + 16 + 288,
        ),
        (
            TORCH + CONV + "def forward(self, x):\n        return super().forward(F.pad(x, (1, 1, 1, 1)))\n"
            "net = nn.Sequential(C(3, 8, 3))\n",
            224,
        ),
        (
            TORCH + CONV + "def __init__(self, *a, **k):\n        nn.Conv2d.__init__(self, *a, **k)\n"
            "class D(C):\n    pass\nnet = nn.Sequential(D(3, 8, 3))\n",
            224,
        ),
        (f"{TORCH}class C(nn.Linear):\n    pass\n{NET}net = Net()\nnet(torch.randn(1, 3))\n", 32 + 18),
        (
            KERAS + "class C(layers.Conv2D):\n    def __init__(self, f, **k):\n"
            "        super().__init__(f, 3, padding='same', **k)\n"
            "i = Input((16, 16, 3))\nModel(i, C(4, name='a')(C(8)(i)))\n",
            224 + 292,
        ),
        (
            KERAS + "class C(layers.Dense):\n    def call(self, x):\n        return super().call(x) + x\n"
            "i = Input((8,))\nModel(i, C(8)(i))\n",
            72,
        ),
    ],
)
def test_a_class_made_from_a_layer_is_that_layer(text: str, params: int) -> None:
    """Parameters of PyTorch 2.14 and Keras 3.15."""
    report = shapecalc.check(text, **({"input": "16x16x3"} if "Sequential" in text else {}))
    assert report.totals, str(report)
    assert (report.ok, report.totals.params) == (True, params), str(report)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.stride = 2", "stride of Conv2d is given another value"),
        ("c.forward = 3", "C has another forward than its class"),
    ],
)
def test_a_change_of_the_layer_is_an_error(line: str, said: str) -> None:
    text = f"{TORCH}{CONV}pass\nc = C(3, 8, 3)\n{line}\nnet = nn.Sequential(c)\n"
    (found,) = shapecalc.check(text, input="16x16x3").diagnostics
    assert (found.code, said in found.message) == ("SHP020", True), found.message


@pytest.mark.parametrize("part", ["x = {1: 2}[lambda: 1]", "x = torch.cat([x, x], dim=self)", "x = [1].index(self)"])
def test_what_a_value_is_inside_of_the_reader_is_never_said(part: str) -> None:
    text = f"{TORCH}class Net(nn.Module):\n    def forward(self, x):\n        {part}\n        return x\nNet()\n"
    (found,) = shapecalc.check(text, input="16x16x3").diagnostics
    assert "(" not in found.message.replace(part.partition("= ")[2], "")
    assert "…" in found.message


def test_models_of_the_same_tensors_are_one_network() -> None:
    text = f"{KERAS}i = Input((8, 8, 3))\nx = layers.Conv2D(4, 3)(i)\n" + "m = Model(i, x)\nn = Model(i, x)\n"
    graph = shapecalc.check(text).graph
    assert graph
    assert graph.settings.members == ()


@pytest.mark.parametrize("module", ["tensorflow.keras", "keras"])
def test_a_stride_like_the_kernel_is_one_where_the_text_is_of_keras_2(module: str) -> None:
    text = f"from {module} import layers, Model, Input\ni = Input((8, 8, 3))\nx = layers.Conv2D(4, 2, 2)(i)\n"
    more = "" if module == "tensorflow.keras" else "x = layers.Conv2D(4, 1, padding='same')(x)\n"
    report = shapecalc.check(text + more + "Model(i, x)\n")
    assert report.layers[1].output
    assert report.layers[1].output.sizes == (4, 4, 4)


def test_a_range_that_python_cannot_count_is_no_list_of_the_network() -> None:
    text = f"{TORCH}net = nn.Sequential(nn.Conv2d(3, len(range(10**29)), 3))\n"
    (found,) = shapecalc.check(text, input="16x16x3").diagnostics
    assert (found.code, "it is too long" in found.message) == ("SHP020", True), found.message


def test_a_dense_at_every_position_says_its_outputs() -> None:
    (found,) = shapecalc.check("INPUT(20x3) => TimeDistributed(Dense())").diagnostics
    assert found.message == "Keras: the Dense inside does not say how many outputs it has"
