"""A file that is added to layers/, rules/, formats/ or renderers/ and lacks something is named, with what to write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "shapecalc"
LAYER = "from shapecalc.core.layer import Layer\n\n\nclass {0}(Layer):\n    {1}\n"
PAGE = '"""A sentence.\n\n    Why: because it is so.\n\n    Instead: write it otherwise.\n    """'
RULE = "from shapecalc.rules.rule import Rule\n\n\nclass {0}(Rule):\n    {1}\n    {2}\n"
EXAMPLES = 'bad = ("INPUT => FC",)\n    good = ("INPUT => FC",)'


class Mistake(NamedTuple):
    """A file that somebody adds, the command that meets it, and what is said then."""

    file: str
    text: str
    message: str
    help: str
    words: str = "check net.net"


MISTAKES = {
    "a layer without a class": Mistake(
        "layers/lp.py", "X = 1\n", "there is no layer type in it", "write a class of Layer"
    ),
    "a layer without a kind": Mistake(
        "layers/lp.py", LAYER.format("LpPool", "pass"), "the layer type LpPool has no kind", 'write kind = "LPPOOL"'
    ),
    "a kind that is taken": Mistake(
        "layers/zz.py",
        LAYER.format("Another", 'kind = "FC"\n    forward = None'),
        "FC is a layer of shapecalc/layers/fc.py too",
        "write another name in one of the two",
    ),
    "a layer that computes nothing": Mistake(
        "layers/lp.py",
        LAYER.format("LpPool", 'kind = "LPPOOL"'),
        "LPPOOL has no forward",
        "write def forward(self, run, weights, *arrays)",
    ),
    "an alias that is taken": Mistake(
        "layers/zz.py",
        LAYER.format("Another", 'kind = "ZZ"\n    forward = None\n    aliases = {"DENSE": {}}'),
        "DENSE is a layer of shapecalc/layers/fc.py too",
        "write another name in one of the two",
    ),
    "a file with a slip in it": Mistake(
        "layers/lp.py", "from shapecalc import nothing\n", "it cannot be imported: ImportError", "correct the file"
    ),
    "a rule without examples": Mistake(
        "rules/shp991_odd_name.py", RULE.format("OddName", PAGE, ""),
        "OddName has no bad examples", 'write bad = ("INPUT', "explain SHP991",
    ),
    "a rule without a page": Mistake(
        "rules/shp991_odd_name.py", RULE.format("OddName", "", EXAMPLES), "OddName has no page", "Why: and Instead:",
        "explain SHP991",
    ),
    "a severity that there is not": Mistake(
        "rules/shp991_odd_name.py", RULE.format("OddName", PAGE, EXAMPLES + '\n    severity = "fatal"'),
        "OddName has the severity 'fatal'", "write one of error, warning, note", "explain SHP991",
    ),
    "a file of no rule": Mistake(
        "rules/shp991_odd_name.py", "X = 1\n",
        "there are 0 rules in it, not one", "write one class of Rule", "explain SHP991",
    ),
    "a code that is taken": Mistake(
        "rules/shp201_other.py", "", "another rule is SHP201 too", "such as shp441_its_name.py", "explain SHP201"
    ),
    "a code of four digits": Mistake(
        "rules/shp9910_long.py", "", "its name is not a code and a name", "such as shp441_its_name.py", "explain SHP201"
    ),
    "a format without a rank": Mistake(
        "formats/toml.py", "def accepts(path, head):\n    return False\n", "RANK is missing", "write RANK = 50"
    ),
    "an output without its second half": Mistake(
        "renderers/html.py", "def part(report, style):\n    return 1\n", "whole is missing", "write def whole(parts",
        "check --format html net.net",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, and a network beside it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("shapecalc", "grammars"):
        shutil.copytree(PACKAGE.parent / name, folder / name)
    (folder / "net.net").write_text("INPUT(8x8x3) => LP(2)\n", encoding="utf-8")  # no layer is called so: all are asked
    return folder


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_file_that_lacks_something_is_named_with_what_to_write(mistake: Mistake, checkout: Path) -> None:
    added = checkout / "shapecalc" / mistake.file
    added.write_text(mistake.text, encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "shapecalc", *mistake.words.split()],
            cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)}, capture_output=True, encoding="utf-8",
        )  # fmt: skip
    finally:
        added.unlink()
    first, second = done.stderr.splitlines()
    assert first.startswith(f"error: shapecalc/{mistake.file}: ")
    assert mistake.message in first
    assert second.startswith("  = help: ")
    assert mistake.help in second
    assert (done.returncode, done.stdout) == (2, "")
