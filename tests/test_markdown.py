"""Markdown: its network is what stands in a block of code, and every place is one of the whole text."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc
from tests.command import run

NET = "INPUT(32x32x3) => CONV(8, 3) => FC(10)\n"
PARAMS = 8 * 28 + 30 * 30 * 8 * 10 + 10
MODULE = """import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 8, 5)

    def forward(self, x):
        return self.c(x)
"""
LAYER = (
    'layer { name: "c" type: "Convolution" top: "c" convolution_param { num_output: 8 kernel_size: 3 } bottom: "d" }'
)
CAFFE = f'layer {{ name: "d" type: "Input" top: "d" input_param {{ shape: {{ dim: [1, 3, 8, 8] }} }} }}\n{LAYER}\n'


def params_of(text: str) -> int:
    """The parameters of a network that has any."""
    report = shapecalc.check(text)
    assert report.totals is not None, str(report)
    return report.totals.params


@pytest.mark.parametrize(
    ("text", "params"),
    [
        (f"# A net\n\nWe use this:\n\n```\n{NET}```\n\nIt is trained with SGD.\n", PARAMS),
        (f"~~~~ text\n{NET}~~~~\n```bash\npython train.py --pool=2x2\n```\n", PARAMS),
        (f"Sure!\n\n- so:\n\n   ```shapecalc\n   {NET}   ```\n", PARAMS),
        (f"```\n{NET}", PARAMS),
        (f"From a paper:\n```prototxt\n{CAFFE}```\n", 8 * 28),
        (f"```python\n{MODULE}```\n- so:\n  ```python\n  net = Net()\n  net(torch.randn(1, 3, 9, 9))\n  ```", 608),
        (f'{MODULE}\n"""\n```\nx\n```\n"""\nnet = Net()\nnet(torch.randn(1, 3, 9, 9))\n', 608),
    ],
    ids=["one of three parts", "beside a command", "in a list", "cut off", "of another program", "two", "in a program"],
)  # fmt: skip
def test_the_network_is_in_the_block(text: str, params: int) -> None:
    assert params_of(text) == params


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"```\n{NET}```\nor\n```\n{NET}```\n", "this Markdown has 2 blocks that may be the network, at lines 2, 6"),
        (f"```\n{NET}```\n```python\nimport net\n```\n", "2 blocks that may be the network, at lines 2, 5"),
        ("# A net\n```\npip install it\n```\n", "no block of code in this Markdown is a network"),
    ],
)
def test_what_leaves_the_network_open_is_refused(text: str, message: str) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert found.code == "SHP020"
    assert message in found.message


@pytest.mark.parametrize("end", ["", "```\n", "  ```\nAnd so on.\n"])
def test_places_are_of_the_whole_text(end: str) -> None:
    text = f"A net:\n  ```\n  INPUT(7x7x3) => POOL(2)\n  => FC(10) =>\n{end}"
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, text[slice(*found.span)], found.span[0]) == ("SHP015", "=>", text.rindex("=>"))


def test_a_fix_is_written_in_the_block_and_nothing_else_changes(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    text = "# POOL(2) of 7x7\n\n1. See\n\n   ```\n   INPUT(7x7x3) => POOL(2)\n   => FC(10)\n   ```\n"
    file.write_text(text, encoding="utf-8")
    run("fmt", "README.md", cwd=tmp_path)
    assert file.read_text(encoding="utf-8") == text
    run("check", "--fix", "--unsafe-fixes", "README.md", cwd=tmp_path)
    assert file.read_text(encoding="utf-8") == text.replace("INPUT(7x7x3)", "INPUT(6x6x3)")


def test_what_is_missing_at_the_end_is_put_there() -> None:
    text = "```\nINPUT(8x8x3) => FC(10"
    (found,) = shapecalc.check(text).diagnostics
    assert found.fixes[0].applied_to(text) == f"{text})"
