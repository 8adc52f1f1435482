"""How long a command takes, as multiples of a bare Python: that is what a hook or an editor waits for."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.measured import Row, instructions, interleaved, progress

SAMPLES = Path(__file__).parents[2] / "samples"
SMALL = "INPUT(32x32x3)\n=> CONV(16, F=3, P=1) => RELU\n=> POOL(2)\n=> FC(10)\n=> SOFTMAX\n"
ENTRY = "from shapecalc.__main__ import main; main()"
"""What the installed command is."""
COUNTED = ("python -c pass", "--version", "5 lines", "5 lines, unchanged", "VGG-16", "ResNet-152")
"""Commands whose instructions are counted, which takes fifty times as long."""


def rows(rounds: int = 7) -> Iterator[Row]:
    """A row for every command; the first is the bare Python."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder, "small.net")
        small.write_text(SMALL, encoding="utf-8")
        environment = {"SHAPECALC_CACHE_DIR": str(Path(folder, "cache")), "SHAPECALC_NO_CACHE": ""}
        commands = _commands(small)
        progress(f"start-up, {rounds} rounds of {len(commands)} commands")
        interleaved(commands, 1, environment)  # bytecode is compiled, and the cache filled
        seconds = interleaved(commands, rounds, environment)
        progress("instructions, where valgrind is installed")
        counts = {name: instructions(commands[name], environment) for name in COUNTED}
    bare, first = seconds["python -c pass"], counts["python -c pass"]
    for name, spent in seconds.items():
        count = counts.get(name)
        relative = count / first if count and first else None
        yield Row(name, f"{1000 * spent:.1f} ms", spent / bare, "a bare Python", relative)


def _commands(small: Path) -> dict[str, list[str]]:
    python, ours = sys.executable, [sys.executable, "-c", ENTRY]
    check = [*ours, "check", "--format", "json"]
    found = {
        "python -c pass": [python, "-c", "pass"],
        "--version": [*ours, "--version"],
        "5 lines": [*check, "--no-cache", str(small)],
        "5 lines, unchanged": [*check, str(small)],
        "VGG-16": [*check, "--no-cache", str(SAMPLES / "vgg16.net")],
        "ResNet-152": [*check, "--no-cache", str(SAMPLES / "resnet152.net")],
    }
    if ruff := shutil.which("ruff") or shutil.which("ruff", path=str(Path(python).parent)):
        found["ruff check"] = [ruff, "check", "--isolated", "--no-cache", __file__]
    if find_spec("onnx"):
        found["import onnx.shape_inference"] = [python, "-c", "import onnx.shape_inference"]
    if find_spec("torchinfo"):
        found["import torchinfo"] = [python, "-c", "import torchinfo"]
    return found
