"""Programs whose network hangs on what is not in their text: settings of other files, the environment, files."""

from __future__ import annotations

import pytest

import shapecalc

CHOICE = "import os, sys, torch\n{}\nnet = nn.Sequential(nn.Conv2d(3, 8 if {} else 4, 3), nn.ReLU())\n"
MADE = """import os
def make():
    if {}:
        return {}
    return nn.Conv2d(3, 4, 3)
make()
net = nn.Sequential(make(), nn.ReLU())
"""


@pytest.mark.parametrize(
    ("before", "condition"),
    [
        ("from config import USE_BN", "USE_BN"), ("import config", "config.wide"), ("", "sys.argv"),
        ("", "torch.backends.cudnn.enabled"), ("", "os.environ.get('A')"), ("", "torch.cuda.is_available()"),
        ("", "os.listdir('.')"), ("", "input()"),
    ],
)  # fmt: skip
def test_a_setting_that_is_not_in_the_text_decides_no_network(before: str, condition: str) -> None:
    report = shapecalc.check(CHOICE.format(before, condition), input="8x8x3")
    assert (report.ok, "not known" in report.diagnostics[0].message) == (False, True), report.diagnostics


@pytest.mark.parametrize("kind", ["nn.GELU", "torch.relu", "Norm"])
def test_a_class_and_a_function_of_another_file_are_true(kind: str) -> None:
    report = shapecalc.check(CHOICE.format("from blocks import Norm", kind), input="8x8x3")
    assert report.totals
    assert report.totals.params == 224


@pytest.mark.parametrize(
    ("condition", "params"),
    [("os.path.exists('a')", 112), ("not os.path.isfile('a')", 224), ("os.path.exists('a') is False", 224)],
)
def test_that_no_file_is_there_is_noted_once_where_layers_hang_on_it(condition: str, params: int) -> None:
    report = shapecalc.check(MADE.format(condition, "nn.Conv2d(3, 8, 3)"), input="8x8x3")
    assert report.totals
    assert report.totals.params == params
    assert [d.code for d in report.diagnostics] == ["SHP507"]
    assert "is taken to be false, as no file is looked for" in report.diagnostics[0].message


def test_a_file_of_weights_decides_no_layers() -> None:
    net = "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())"
    text = f"import os\n{net}\nif os.path.exists('a'):\n    net.load(torch.load('a'))\n"
    assert shapecalc.check(text, input="8x8x3").diagnostics == ()
