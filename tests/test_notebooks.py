"""Notebooks: their network is that of the program in their cells, and every place is one of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import shapecalc
from tests.command import run

LAYERS = (
    "from keras import layers, Sequential\n\nmodel = Sequential([layers.Input((28, 28, 1))])\n# ein „Größenmaß“ 𝄞\n"
)
NET = """model.add(layers.Conv2D(8, 4, activation="relu"))
model.add(layers.MaxPooling2D(2)); "é𝄞"; model.add(layers.GlobalAveragePooling2D())
model.add(layers.Dense(10))
"""


def cell(text: str, kind: str = "code", key: str = "source", whole: bool = False) -> dict[str, Any]:
    """A cell as Jupyter saves it: a list of lines, or one string."""
    return {"cell_type": kind, "metadata": {"source": ["x"]}, key: text if whole else text.splitlines(keepends=True)}


def notebook(*cells: dict[str, Any], indent: int | None = 1, ascii: bool = False) -> str:
    """The text of a notebook with these cells."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=indent, ensure_ascii=ascii)


def params_of(report: shapecalc.Report) -> int:
    """The parameters of a network, none where it has none."""
    return report.totals.params if report.totals else 0


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_every_place_of_a_notebook_is_the_same_code_as_in_the_program(tmp_path: Path, ascii: bool, whole: bool) -> None:
    text = notebook(cell("# words", "markdown"), cell(LAYERS, whole=whole), cell(NET, whole=whole), ascii=ascii)
    file = tmp_path / "net.ipynb"
    file.write_text(text, encoding="utf-8")
    found, program = shapecalc.check(file), shapecalc.check(LAYERS + NET)
    assert found.totals is not None
    assert found.totals == program.totals
    assert [d.message for d in found.diagnostics] == [d.message for d in program.diagnostics]
    assert [text[slice(*d.span)] for d in found.diagnostics] == ["layers.MaxPooling2D(2)"]


@pytest.mark.parametrize(
    ("cells", "params"),
    [
        ([cell(LAYERS), cell("%matplotlib inline\n!pip install keras\n"), cell(NET)], 8 * 17 + 8 * 10 + 10),
        ([cell("%%time\n" + LAYERS), cell("%%bash\nmodel = 3\n"), cell("model = 3", "raw"), cell(NET)], 226),
        ([cell(LAYERS + NET), cell("# \ud800 \0 \r\n")], 226),
        ([cell(""), cell(LAYERS.rstrip()), cell(NET.rstrip())], 226),
    ],
    ids=["commands", "other languages", "characters that are none", "no newline at the end"],
)  # fmt: skip
def test_the_code_of_all_cells_is_one_program(cells: list[dict[str, Any]], params: int) -> None:
    report = shapecalc.check(notebook(*cells, ascii=True))
    assert params_of(report) == params


def test_cells_in_worksheets_and_another_order_of_keys_are_read() -> None:
    sheets = [{"cells": [cell(LAYERS + NET, key="input")]}]
    report = shapecalc.check(json.dumps({"metadata": {"name": ""}, "nbformat": 3, "worksheets": sheets}))
    assert params_of(report) == 226


def test_each_model_of_a_notebook_is_a_network(tmp_path: Path) -> None:
    file = tmp_path / "two.ipynb"
    file.write_text(
        notebook(cell(LAYERS + NET), cell(LAYERS.replace("model", "other") + "other.summary(); model.summary()"))
    )
    assert [params_of(report) for report in shapecalc.check_files([file])] == [226, 0]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (notebook(cell("x = 1", "markdown")), "this notebook has no cell of Python", 1),
        (notebook(cell(LAYERS), cell("print 'x'\n")), "does not read this program: Missing parentheses", 25),
        (notebook(cell(LAYERS), cell("model.add(layers.Dense(n))")), "argument 1 of Dense is n", 25),
        (notebook(cell("INPUT(7x7x3) => POOL(2)")), "the code of this notebook makes no model", 1),
        (notebook(cell("INPUT(8x8x3) => FC(10")), "'(' is never closed", 11),
        (notebook(cell(LAYERS))[:-3], "the JSON cannot be read", 19),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_line_in_the_file(text: str, message: str, line: int) -> None:
    (found,) = shapecalc.check(text).diagnostics
    assert message in found.message
    assert text.count("\n", 0, found.span[0]) + 1 == line


@pytest.mark.parametrize(
    "code", [LAYERS + NET, "INPUT(8x8x3) => FC(10", "INPUT(7x7x3) => POOL(2)", "nn.Sequential(nn.Conv2d(3, 8, 3))"]
)
def test_a_notebook_is_never_written(code: str, tmp_path: Path) -> None:
    file = tmp_path / "net.ipynb"
    file.write_text(text := notebook(cell(code)))
    for command in (["fmt"], ["check", "--fix", "--unsafe-fixes"], ["check", "--add-ignores"]):
        run(*command, str(file), cwd=tmp_path)
        assert file.read_text() == text


def test_a_mistake_in_python_is_said_where_it_is() -> None:
    text = "import torch.nn as nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3)\nprint(net)\n"
    (found,) = shapecalc.check(text).diagnostics
    assert (found.code, text[slice(*found.span)]) == ("SHP020", "(nn.Conv2d(3, 8, 3)")
    assert "'(' was never closed" in found.message
