"""Printed tables as people write them again, in Markdown, Org mode and PrettyTable, and those of one sample."""

from __future__ import annotations

import pytest

import shapecalc

KERAS = [
    ("conv2d (Conv2D)", "(None, 26, 26, 32)", "320"),
    ("max_pooling2d (MaxPooling2 ", "(None, 13, 13, 32)", "0"),
    ("flatten (Flatten)", "(None, 5408)", "0"),
    ("dense (Dense)", "(None, 10)", "54090"),
]
TORCHINFO = [
    ("Net", "[2, 10]", "--"),
    ("├─Conv2d: 1-1", "[2, 8, 30, 30]", "224"),
    ("├─Sequential: 1-2", "[2, 8, 30, 30]", "--"),
    ("│ └─ReLU: 2-1", "[2, 8, 30, 30]", "--"),
    ("├─Linear: 1-3", "[2, 10]", "72,010"),
]
READ = {
    "Layer (type)": [("INPUT", 0), ("CONV", 320), ("POOL", 0), ("FLATTEN", 0), ("FC", 54090)],
    "Layer (type:depth-idx)": [("INPUT", 0), ("CONV", 224), ("RELU", 0), ("FC", 72010)],
}
RULES = {
    "markdown": "|---|:---:|--:|",
    "org": "|---+---+---|",
    "pretty": "+---+---+---+",
    "grid": "+===+===+===+",
}
ONE_SAMPLE = """Layer (type:depth-idx)                   Input Shape          Output Shape         Param #
==========================================================================================
Sequential                               [3, 32]              [10]                 --
├─Conv1d: 1-1                            [3, 32]              [8, 30]              80
├─ReLU: 1-2                              [8, 30]              [8, 30]              --
├─AdaptiveAvgPool1d: 1-3                 [8, 30]              [8, 1]               --
├─Flatten: 1-4                           [8, 1]               [8]                  --
├─Linear: 1-5                            [8]                  [10]                 90
==========================================================================================
Total params: 170
"""
"""torchinfo 1.8 of a model in PyTorch that was called on (3, 32)."""


def _layers(text: str) -> list[tuple[str, int]]:
    report = shapecalc.check(text).to_dict()
    assert not [d for d in report["diagnostics"] if d["severity"] != "note"]
    return [(layer["kind"], layer["params"]) for layer in report["layers"]]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("title", "rows"), [("Layer (type)", KERAS), ("Layer (type:depth-idx)", TORCHINFO)])
def test_a_table_with_bars_is_read_whatever_rule_is_below_its_titles(
    title: str, rows: list[tuple[str, str, str]], rule: str
) -> None:
    lines = [f"| {' | '.join(row)} |" for row in [(title, "Output Shape", "Param #"), *rows]]
    assert _layers("\n".join([lines[0], RULES[rule], *lines[1:]])) == READ[title]


def test_prose_around_a_table_is_not_of_it_and_its_total_is() -> None:
    rows = "\n".join(f"{name} | {shape} | {params}" for name, shape, params in KERAS)
    table = f"Layer (type) | **Output Shape** | Param #\n---|---|---\n{rows}\n"
    text = f"Here is what it has:\n\n{table}\nThe model learns | forgets.\n\n* **Total params:** 54,4"
    assert _layers(text + "10") == READ["Layer (type)"]
    (found,) = [d for d in shapecalc.check(text + "11").diagnostics if d.severity != "note"]
    assert found.message == "the table says 54,411 parameters in all, and its rows add up to 54,410"


def test_names_between_backticks_may_be_read_by_others() -> None:
    rows = [("`i` (InputLayer)", "(None, 8, 8, 3)", "0", "-"), ("`a` (Conv2D)", "(None, 8, 8, 3)", "12", "`i[0][0]`"),
            ("**b** (Add)", "(None, 8, 8, 3)", "0", "`i[0][0]`, `a[0][0]`")]  # fmt: skip
    lines = [f"| {' | '.join(row)} |" for row in [("Layer (type)", "Output Shape", "Param #", "Connected to"), *rows]]
    assert _layers("\n".join([lines[0], "|---|---|---|---|", *lines[1:]])) == [("INPUT", 0), ("CONV", 12), ("ADD", 0)]


def test_cells_of_torchinfo_may_stand_to_the_left_of_their_titles() -> None:
    rows = "\n".join(" ".join(row) for row in TORCHINFO)
    assert (
        _layers(f"Layer (type:depth-idx)          Output Shape        Param #\n{rows}\n")
        == READ["Layer (type:depth-idx)"]
    )


def test_shapes_of_one_sample_have_no_batch() -> None:
    layers = shapecalc.check(ONE_SAMPLE).to_dict()["layers"]
    assert [layer["output"] for layer in layers] == [[32, 3], [30, 8], [30, 8], [1, 8], [1, 8], [1, 10]]
    assert [layer["macs"] for layer in layers if layer["kind"] == "CONV"] == [30 * 8 * 9]
    rows = "\n".join(f"{name} | {shape.replace('None, ', '')} | {params}" for name, shape, params in KERAS)
    assert _layers(f"Layer (type) | Output Shape | Param #\n---|---|---\n{rows}\n") == READ["Layer (type)"]


def test_a_table_whose_titles_have_no_type_is_told_that_it_is_one() -> None:
    text = "| Layer | Output Shape | Param # |\n|---|---|---|\n| Conv2D | (None, 26, 26, 32) | 320 |"
    (found,) = shapecalc.check(text).diagnostics
    assert found.message == "this is a table in Markdown, not a diagram"


def test_sizes_without_brackets_are_told_how_they_are_printed() -> None:
    (found,) = shapecalc.check(
        "| Layer (type) | Output Shape | Param # |\n|---|---|---|\n| Conv2D | 26x26x32 | 320 |"
    ).diagnostics
    assert (found.code, found.help) == (
        "SHP010", ("a size is printed in brackets, with the batch: (None, 26, 26, 32) or [-1, 32, 26, 26]",),
    )  # fmt: skip


def test_a_table_between_the_blocks_of_a_readme_is_read_and_a_second_one_is_a_network_of_its_own() -> None:
    rows = "\n".join(f"| {name} | {shape} | {params} |" for name, shape, params in KERAS)
    table = f"| Layer (type) | Output Shape | Param # |\n|---|---|---|\n{rows}\n"
    code = "# Net\nThis is the model.\n```bash\npip install net\n```\n```python\nimport net\nnet.train()\n```\n"
    assert _layers(f"{code}\n{table}\nIt learns.") == READ["Layer (type)"]
    two = shapecalc.check(f"{code}\n{table}\nSmaller:\n\n{table}").to_dict()
    assert [layer["params"] for layer in two["layers"]] == [0, 320, 0, 0, 54090] * 2


def test_a_row_that_nothing_explains_is_a_warning() -> None:
    rows = "Conv2d-1 | [-1, 16, 32, 32] | 448\nMaxPool2d-2 | [-1, 16, 16, 16] | 0\nLinear-3 | [-1, 10] | 40,000"
    report = shapecalc.check(f"Layer (type) | Output Shape | Param #\n---|---|---\n{rows}\n")
    (found,) = [d for d in report.diagnostics if d.severity == "warning"]
    assert "what these read does not explain them, and they are taken as printed: Linear-3" in found.notes


def test_a_row_of_several_lines_ends_at_the_rule_below_it() -> None:
    rule, two = "+---------+---------------+---------+", "| (Conv2D) | 32) |         |"
    rows = ["| conv2d | (None, 26, 26, | 320 |", two, rule, "| flatten (Flatten) | (None, 21632) | 0 |", rule]
    lines = [rule, "| Layer (type) | Output Shape | Param # |", rule.replace("-", "="), *rows]
    assert _layers("\n".join(lines)) == [("INPUT", 0), ("CONV", 320), ("FLATTEN", 0)]
    single = [*lines[:3], "| conv2d (Conv2D) | (None, 26, 26, 32) | 320 |", *lines[5:]]
    assert _layers("\n".join(single)) == [("INPUT", 0), ("CONV", 320), ("FLATTEN", 0)]
