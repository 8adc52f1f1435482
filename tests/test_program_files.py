"""Programs that import from files beside them: what is read, where it is reported, and what is never opened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import shapecalc
from tests.command import run
from tests.test_cache import cached

BLOCK = """import torch.nn as nn

class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.conv = nn.Conv2d(a, b, 3)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(self.conv(x))

if __name__ == "__main__":
    Block(3, 99)(torch.randn(1, 3, 8, 8))
"""
NET = """import torch
{imports}

model = {model}(3, 8)
model(torch.randn(1, 3, {size}, {size}))
"""
PARAMS = 3 * 8 * 9 + 8


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def params(path: Path) -> int | None:
    report = shapecalc.check(path)
    assert report.ok, [d.message for d in report.diagnostics]
    return report.totals and report.totals.params


@pytest.mark.parametrize(
    ("imports", "model", "files"),
    [
        ("from .parts import *", "Block", {"net/parts.py": BLOCK}),
        ("from parts import Block as B", "B", {"net/parts.py": BLOCK}),
        ("import parts", "parts.Block", {"net/parts.py": BLOCK}),
        ("from net.blocks.parts import Block", "Block", {"net/blocks/parts.py": BLOCK}),
        ("import net.blocks.parts as p", "p.Block", {"net/blocks/parts.py": BLOCK, "net/blocks/__init__.py": ""}),
        ("from ..lib import parts", "parts.Block", {"lib/parts.py": BLOCK}),
        ("from blocks import *", "Block", {"net/blocks/__init__.py": "from .b import Block", "net/blocks/b.py": BLOCK}),
        (
            "import one", "one.Block",
            {"net/one.py": "import two\n" + BLOCK, "net/two.py": "from one import Block\nimport one\n"},
        ),
    ],
)  # fmt: skip
def test_what_a_program_imports_is_read(imports: str, model: str, files: dict[str, str], tmp_path: Path) -> None:
    text = NET.format(imports=imports, model=model, size=32)
    written(tmp_path, {**files, "net/net.py": text})
    assert params(tmp_path / "net" / "net.py") == PARAMS


def test_places_are_in_the_file_that_they_are_in(tmp_path: Path) -> None:
    """A pool that drops a row, in the other file: in every format, and no fix of one file changes the other."""
    text = NET.format(imports="from parts import Block", model="Block", size=33)
    written(tmp_path, {"net.py": text, "parts.py": BLOCK})
    done = {name: run("check", "net.py", "--format", name, cwd=tmp_path).stdout for name in ("concise", "json")}
    assert done["concise"].startswith("parts.py:7:21: error[SHP201]")
    found = json.loads(done["json"])["networks"][0]
    (error,) = found["diagnostics"]
    assert (error["source_path"], error["range"]["start"]) == ("parts.py", {"line": 7, "column": 21})
    assert [layer.get("source_path") for layer in found["layers"]] == [None, "parts.py", "parts.py"]
    for name in ("github", "sarif", "text"):
        assert "parts.py" in run("check", "net.py", "--format", name, cwd=tmp_path).stdout
    run("check", "net.py", "--fix", "--unsafe-fixes", cwd=tmp_path)
    run("check", "net.py", "--add-ignores", cwd=tmp_path)
    assert (tmp_path / "parts.py").read_text() == BLOCK
    assert (tmp_path / "net.py").read_text() == text


def test_a_comment_is_about_its_own_file(tmp_path: Path) -> None:
    text = NET.format(imports="from parts import Block", model="Block", size=33)
    lines = ["", "", "", "", "", "", "# shapecalc: ignore[drops-pixels]"]
    written(tmp_path, {"net.py": text + "\n".join(lines), "parts.py": BLOCK})
    assert "SHP201" in run("check", "net.py", "--format", "concise", cwd=tmp_path).stdout


def test_what_is_not_known_in_another_file_is_said_there(tmp_path: Path) -> None:
    other = BLOCK.replace("nn.Conv2d(a, b, 3)", "nn.Conv2d(a, WIDTH, 3)")
    written(tmp_path, {"net.py": NET.format(imports="import parts", model="parts.Block", size=8), "parts.py": other})
    done = run("check", "net.py", "--format", "concise", cwd=tmp_path)
    assert done.stdout.startswith("parts.py:6:34: error[SHP020]")
    assert "WIDTH" in done.stdout


def test_a_mistake_in_another_file_is_said_there(tmp_path: Path) -> None:
    written(
        tmp_path, {"net.py": NET.format(imports="import parts", model="parts.Block", size=8), "parts.py": "x = (\n"}
    )
    assert run("check", "net.py", "--format", "concise", cwd=tmp_path).stdout.startswith("parts.py:1:5: error[SHP020]")


def test_no_file_outside_of_the_project_is_opened(tmp_path: Path) -> None:
    """Neither above the folder where the project begins, nor where a link leads; and none for what comes in a pipe."""
    text = NET.format(imports="from parts import Block", model="Block", size=32)
    written(tmp_path, {"parts.py": BLOCK, "project/setup.py": "", "project/net.py": text, "linked/net.py": text})
    assert "is not read" in run("check", "project/net.py", cwd=tmp_path).stdout
    os.symlink(tmp_path / "parts.py", tmp_path / "project" / "parts.py")
    assert "is not read" in run("check", "project/net.py", cwd=tmp_path).stdout
    assert params(tmp_path / "linked" / "net.py") == PARAMS
    done = run("check", "-", "--stdin-filename", "net.py", cwd=tmp_path / "linked", stdin=text.encode())
    assert "is not read" in done.stdout


def test_models_that_another_file_makes_are_not_the_network(tmp_path: Path) -> None:
    other = BLOCK.replace('if __name__ == "__main__":\n    ', "import torch\n")
    text = NET.format(imports="from parts import Block", model="Block", size=32)
    written(tmp_path, {"net.py": text, "parts.py": other})
    assert params(tmp_path / "net.py") == PARAMS


@pytest.mark.parametrize("name", ["net.py", "net.txt"])
def test_the_result_is_another_once_another_file_changes(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "nets"
    text = NET.format(imports="from parts import Block", model="Block", size=32)
    written(folder, {name: text})
    assert "is not read" in cached(folder, name)[1]
    written(folder, {"parts.py": BLOCK})
    assert f"params  {PARAMS}" in cached(folder, name)[1]
    written(folder, {"parts.py": BLOCK.replace("a, b, 3", "a, b, 1")})
    assert f"params  {3 * 8 + 8}" in cached(folder, name)[1]


@pytest.mark.parametrize(
    "text", ["nn.Sequential(nn.Conv2d(3, 8, 3))\n", "from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 8, 3))\n"]
)
def test_a_program_is_not_written_as_a_diagram(text: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(text)
    run("check", "--fix", "--unsafe-fixes", "net.py", cwd=tmp_path)
    assert (tmp_path / "net.py").read_text() == text
