"""Programs in Python: their networks are those that PyTorch and Keras make when they run them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import shapecalc
from tests.command import run

FILES = Path(__file__).parent / "foreign" / "python_program"
LENET = """import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, self.num_flat_features(x))
        x = F.relu(self.fc1(x))
        return self.fc2(x)

    def num_flat_features(self, x):
        size = x.size()[1:]
        num_features = 1
        for s in size:
            num_features *= s
        return num_features
"""
USED = "net = Net()\nnet(torch.randn(1, 1, 32, 32))\n"


@pytest.mark.parametrize(
    ("file", "given", "params", "output", "convolutions"),
    [
        ("residual.py", "32x32x3", 78_042, "1x1x10", 9),
        ("dense.py", None, 30_793, "1x1x10", 9),
        ("gated.py", None, 2_372, "1x1x4", 5),
        ("unet.py", None, 30_234, "56x40x2", 15),
        ("keras_unet.py", None, 30_268, "48x32x4", 11),
    ],
)
def test_the_network_is_the_one_that_the_program_makes(
    file: str, given: str | None, params: int, output: str, convolutions: int
) -> None:
    """Parameters and outputs of PyTorch 2.14 and Keras 3.15.

    Without the 56 of the layer that gated.py never applies; Keras counts statistics too.
    """
    report = shapecalc.check(FILES / file, **({"input": given} if given else {}))
    assert report.totals is not None
    statistics = report.totals.buffers if file.startswith("keras") else 0
    kinds = Counter(layer.kind for layer in report.layers)
    assert (report.totals.params + statistics, str(report.layers[-1].output)) == (params, output)
    assert kinds["CONV"] + kinds["UPCONV"] == convolutions


@pytest.mark.parametrize(
    "text",
    [
        LENET + USED,
        LENET.replace("\n", "\r\n") + USED,
        "!pip install torch\n%matplotlib inline\n" + LENET + "if __name__ == '__main__':\n    import torchsummary\n"
        "    torchsummary.summary(Net().cuda(), input_size=(1, 32, 32))\n",
        "".join(f">>> {line}\n" for line in LENET.splitlines()) + ">>> " + USED.replace("\nnet", "\n>>> net"),
        LENET + "def train(model, loader):\n    for x, y in loader:\n        loss = F.nll_loss(model(x), y)\n"
        "        if loss < 1:\n            print('ü', loss)\n\n" + USED + "train(net, torch.load('data'))\n",
    ],
    ids=["called", "windows", "a notebook", "prompts", "trained"],
)
def test_what_is_around_a_model_does_not_matter(text: str) -> None:
    report = shapecalc.check(text)
    assert (report.ok, report.totals and report.totals.params) == (True, 51_902), [
        d.message for d in report.diagnostics
    ]


@pytest.mark.parametrize(
    ("text", "layers", "params"),
    [
        (
            "net = models.Sequential()\nnet.add(Conv2D(8, (3, 3), input_shape=(28, 28, 1)))\nnet.add(Dense(10))\n"
            "net.summary()",
            "INPUT(28x28x1) => CONV(8, 3) => CONV(10, 1)",
            80 + 90,
        ),
        (
            "from tensorflow.keras import layers\n\nm = tf.keras.Sequential([\n  layers.Input(shape=(28, 28, 1)),\n"
            "  layers.Conv2D(8, (3, 3)),\n  layers.Flatten(),\n], name='m')\nm.compile(loss='mse',\n  lr=1)\n",
            "INPUT(28x28x1) => CONV(8, 3) => FLATTEN",
            80,
        ),
        (
            "m = nn.Sequential(OrderedDict([\n  ('a', nn.Conv2d(1, 2, 3)),\n  (\"b\", nn.ReLU()),\n]))\n"
            "m(torch.zeros(1, 1, 9, 7))",
            "INPUT(7x9x1) => CONV(2, 3) => RELU",
            20,
        ),
        (
            "m = Sequential([Input((9, 9, 1))])\nfor k in (8, 16):\n    m.add(Conv2D(k, 3, activation='relu'))",
            "INPUT(9x9x1) => CONV(8, 3) => RELU => CONV(16, 3) => RELU",
            80 + 1_168,
        ),
        (
            "from keras.layers import MaxPooling2D as Conv2D\nm = Sequential([Input((9, 9, 1)), Conv2D(2), Dense(3)])",
            "INPUT(9x9x1) => POOL(2) => CONV(3, 1)",
            6,
        ),
    ],
)
def test_layers_that_follow_each_other_are_a_chain(text: str, layers: str, params: int) -> None:
    report = shapecalc.check(text)
    assert " => ".join(layer.node.text for layer in report.layers) == layers
    assert report.totals is not None
    assert report.totals.params == params


def test_methods_without_their_class_are_one() -> None:
    inside = LENET[LENET.index("    def __init__") :].replace("super(Net, self)", "super()")
    report = shapecalc.check(inside, input="32x32x1")
    assert (report.ok, report.totals and report.totals.params) == (True, 51_902)


def test_an_error_is_where_the_call_is_in_the_words_of_the_framework() -> None:
    text = LENET.replace("16 * 5 * 5", "16 * 4 * 4").replace("self.fc1 = nn", "'ü'; self.fc1 = nn") + USED
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, text[slice(*found.span)]) == ("SHP306", "16 * 4 * 4")
    text = LENET + USED.replace("32, 32", "33, 33")
    (found, *_) = shapecalc.check(text).diagnostics
    assert (found.code, text[slice(*found.span)]) == ("SHP201", "F.max_pool2d(F.relu(self.conv1(x)), (2, 2))")
    assert "an input of 1, 32, 32 fits exactly" in found.help[0]


def test_an_input_that_the_program_does_not_say_is_asked_for() -> None:
    (found,) = shapecalc.check(LENET).diagnostics
    assert (found.code, found.message) == ("SHP110", "the program does not say how large its input is")
    assert found.help[0].startswith("give --input 32x32x1")
    report = shapecalc.check(LENET, input="32x32x1")
    assert (report.ok, report.totals and report.totals.params) == (True, 51_902)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("nn.Sequential(nn.Linear(1,1))", "1x1x1"),
        ("nn.Sequential(nn.ReLU(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))", "1x1x784"),
        ("nn.Sequential(nn.Flatten(), nn.Linear(784, 10))", "28x28x1"),
        ("nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))", "32x32x3"),
        ("nn.Sequential(nn.Conv1d(16, 33, 3), nn.ReLU())", "224x16"),
        ("nn.Sequential(nn.Conv3d(3, 8, 3))", "224x224x224x3"),
        ("from keras import *\nmodel = Sequential([layers.LSTM(10)])", "100x1"),
        ("from keras import *\nmodel = Sequential([layers.Embedding(9, 4), layers.LSTM(8)])", "1x1x100"),
        ("from keras import *\nmodel = Sequential([layers.Conv1D(10, 3)])", "224x3"),
        ("nn.Linear(10, 5) => nn.ReLU()", "1x1x10"),
        ("Conv2d(16, 33, 3) => ReLU", "224x224x16"),
        ("LSTM(8) => FC(2)", "100x1"),
    ],
)
def test_the_input_that_is_suggested_is_of_the_kind_that_the_first_layer_reads(text: str, size: str) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, f" {size}" in found.help[0].replace(",", "")) == ("SHP110", True), found.help
    assert shapecalc.check(text, input=size).ok
    if "at the end" in found.help[-1]:
        call = found.help[-1].partition("as in ")[2]
        assert shapecalc.check(f"{text if 'model' in text else f'model = {text}'}\n{call}").ok


def test_every_model_of_a_program_is_a_network() -> None:
    given = ("check", "--input", "32x32x3", "--get", "totals.params")
    assert run(*given, "residual.py", cwd=FILES).stdout.split()[1::2] == ["78042", "181108"]
    assert run(*given, "--member", "large", "residual.py", cwd=FILES).stdout.split()[-1] == "181108"
    assert "there is no member 'huge' here" in run(*given, "--member", "huge", "residual.py", cwd=FILES).stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("x.view(-1, self.num_flat_features(x))", "x.unfold(2, 2, 2)", "what x.unfold(2, 2, 2) gives is not known"),
        ("x = F.relu(self.fc1(x))", "x = helpers.head(x)", "what helpers.head(x) gives is not known"),
        ("x = F.relu(self.fc1(x))", "x = torch.cat([x, x])", "axis 0 is not known to be that of the channels"),
        ("x = F.relu(self.fc1(x))", "if x.sum() > 0:\n            x = self.fc1(x)", "whether x.sum() > 0 holds"),
        ("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, WIDTH, 5)", "argument 2 of Conv2d is WIDTH"),
        ("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 32 / 2, 5)", "argument 2 of Conv2d is 16.0, which is not a whole number"),
        (
            "x = x.view(-1, self.num_flat_features(x))",
            "pass",
            "Linear reads 400 values, and the last of these axes has 5",
        ),
        ("return self.fc2(x)", "pass", "the model gives nothing"),
        ("self.fc2 = nn.Linear(120, 10)", "self.add(open('a.txt', 'w'))", "what self.fc2 gives is not known"),
    ],
)
def test_what_is_not_known_is_an_error_where_the_network_hangs_on_it(old: str, new: str, said: str) -> None:
    text = LENET.replace(old, new) + USED
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, said in found.message) == ("SHP020", True), found.message


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return f(x)\nm = nn.Sequential(nn.Conv2d(1, f(2), 3), nn.ReLU())\n",
        "while True:\n    pass\nm = nn.Sequential(nn.ReLU(), nn.ReLU())\n",
        "n = 10**10**10\nm = nn.Sequential(nn.Conv2d(1, n, 3), nn.ReLU())\n",
        "n = 'a' * 10**12\nm = nn.Sequential(nn.Conv2d(1, n, 3), nn.ReLU())\n",
        f"m = nn.Sequential(nn.Conv2d(1, {'+'.join('1' * 5_000)}, 3), nn.ReLU())\n",
        f"m = nn.Sequential(nn.Conv2d(1, {'(' * 150}1{')' * 150}, 3), nn.ReLU())\n",
        "m = nn.Sequential(*[nn.ReLU() for a in range(10**9)])\n",
        "m = nn.Sequential(nn.ReLU(), nn.ReLU())\nm.add_module('a', m)\nm(torch.randn(1, 1, 9, 9))\n",
        "a = 'a'\nfor i in range(60):\n    a = f'{a}{a}'\nm = nn.Sequential(nn.Conv2d(1, len(a), 3), nn.ReLU())\n",
        "a = '{0}{0}'\nfor i in range(60):\n    a = a.format(a)\nm = nn.Sequential(nn.Conv2d(1, len(a), 3))\n",
        "a = [1]\nfor i in range(60):\n    a = [a, a]\nm = nn.Sequential(nn.Conv2d(1, int(a == a[0]), 3))\n",
        f"m = nn.Sequential(nn.Conv2d(1, 0x{'f' * 5_000}, 3))\n",
        "class A(nn.Module): pass\n" + "class A(A, A): pass\n" * 60 + "m = nn.Sequential(A(), A())\n",
        "a = [0] * 9_000\nfor i in range(1900):\n for j in range(90):\n  b = sum(a)\nm = Sequential([Dense(b)])",
        "l = Dense(2)\nfor i in range(60):\n    l = Concatenate(l, l)\nm = Sequential([Input((9, 9, 1)), l])\n",
        "l = Dense(2)\nfor i in range(60):\n    l = RMSNormalization(l, l)\nm = Sequential([Input((9, 9, 1)), l])\n",
    ],
    ids=[
        "recursion",
        "no end",
        "a power",
        "a word",
        "a sum",
        "brackets",
        "a list",
        "a circle",
        "a text",
        "a format",
        "lists in lists",
        "a number",
        "bases",
        "long lists",
        "arguments",
        "settings",
    ],
)
def test_programs_that_do_not_end_or_grow_without_end_are_refused(text: str) -> None:
    report = shapecalc.check(text)
    assert not report.ok
    assert all(d.code.startswith("SHP") for d in report.diagnostics)


def test_a_program_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(LENET + USED)
    run("fmt", "net.py", cwd=tmp_path)
    assert file.read_text() == LENET + USED
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    "text", ["class A:\n    pass\n", "print('a')\nfor i in range(3):\n    print(i)\n", "def f(x):\n    return x\n"]
)
def test_code_without_a_model_is_said_to_be_that(text: str) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, found.message.startswith("this is Python code")) == ("SHP020", True)


def test_layers_that_are_alike_are_not_the_same() -> None:
    """PyTorch applies the first layer twice and the second, which is like it, once: 296 parameters."""
    text = (
        "a, b = nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3)\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layers = nn.ModuleList([a, b, a])\n        self.last = nn.Linear(4, 4)\n"
        "    def forward(self, x):\n        for layer in self.layers:\n            x = layer(x)\n"
        "            if layer == b:\n                x = nn.functional.relu(x)\n        return x\n"
        "Net()(torch.ones(1, 4, 9, 9))\n"
    )
    report = shapecalc.check(text)
    assert [layer.kind for layer in report.layers] == ["INPUT", "CONV", "CONV", "RELU", "CONV"]
    assert report.totals is not None
    assert report.totals.params == 2 * 148
