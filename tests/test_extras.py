"""Without the packages of the extras: what needs them says so, and everything else goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRAS = ("onnx", "onnxruntime", "h5py", "torch", "keras", "tensorflow")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One in which none of these packages can be imported, nor in a process that a command starts."""
    folder = tmp_path_factory.mktemp("packages")
    for name in EXTRAS:
        (folder / f"{name}.py").write_text("raise ModuleNotFoundError(__name__)\n", encoding="utf-8")
    return {**os.environ, "COLUMNS": "200", "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shapecalc", *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT, env=environment)


@pytest.mark.parametrize(
    ("words", "package"),
    [
        (("convert", "--to", "onnx", "-o", "-", "samples/lenet5.net"), "onnx"),
        (("verify", "--against", "onnxruntime", "samples/lenet5.net"), "onnx"),
        (("check", "--no-cache", "tests/foreign/onnx_model/plain_9.onnx"), "onnx"),
        (("verify", "--weights", "tests/foreign/keras/decoder.h5"), "h5py"),
    ],
)
def test_what_needs_an_extra_says_how_to_get_it(
    words: tuple[str, ...], package: str, environment: dict[str, str]
) -> None:
    done = run(environment, *words)
    assert done.returncode == 2
    assert package in done.stderr + done.stdout
    assert "pip install 'shapecalc[" in done.stderr + done.stdout
    assert "bug" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        (
            "check",
            "-q",
            "--no-cache",
            *(f"tests/foreign/{name}" for name in ("keras/decoder.h5", "torch_export/plain.pt2")),
        ),
        ("convert", "--to", "dot", "samples/lenet5.net"),
        ("verify", "-q", "samples/lenet5.net"),
    ],
)
def test_everything_else_needs_none(words: tuple[str, ...], environment: dict[str, str]) -> None:
    done = run(environment, *words)
    assert done.returncode < 2
    assert done.stderr == ""
