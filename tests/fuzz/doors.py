"""What is tried: kinds of texts, each with the files that it begins from and the commands that read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.binary import LONGEST as LONGEST
from tests.fuzz.binary import files, spoil_h5, spoil_onnx, spoil_zip
from tests.fuzz.mutate import Change, mutate
from tests.fuzz.same_network import programs
from tests.fuzz.spoiled_programs import notebook, spoil_markdown, spoil_notebook, spoil_program

ROOT = Path(__file__).parents[2]
FILE = "FILE"
"""Stands for the name of the file in a command."""

CHECK = ("check", "--format", "json", FILE)
READING = (
    ("check", FILE),
    ("check", "--format", "html", FILE),
    ("check", "--get", "totals.params", FILE),
    ("check", "--fit", "1GiB", FILE),
    ("expand", FILE),
    ("expand", "--level", "block", FILE),
    ("convert", "--to", "net", FILE),
    ("convert", "--to", "mermaid", FILE),
    ("convert", "--fc-to-conv", FILE),
    ("solve", "--up-to", "200", FILE),
    ("explain", FILE),
    ("compare", FILE, FILE),
)
"""What every kind of text is read by."""
CHANGING = (("fmt", "--diff", FILE), ("check", "--fix", "--unsafe-fixes", "--diff", FILE))


class Door(NamedTuple):
    """A kind of text: where its first texts are, and what a file of it is called."""

    kind: str
    patterns: tuple[str, ...]
    suffix: str
    commands: tuple[tuple[str, ...], ...] = READING
    change: Change = mutate

    def seeds(self) -> Iterator[str]:
        """The texts to begin from, in the same order on every machine."""
        for pattern in self.patterns:
            for path in sorted(ROOT.glob(pattern)):
                text, _, _ = path.read_text(encoding="utf-8", errors="surrogateescape").partition("\n----\n")
                yield text[:LONGEST]
        yield from WRITTEN.get(self.kind, ())
        if self.kind not in WRITTEN and not self.patterns:
            yield from files(self.kind)


PROGRAMS = "tests/foreign/python_program/*.py"
_PROGRAMS = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob(PROGRAMS))]
WRITTEN = {
    "program": [text for seed in range(20) for text in programs(seed)],
    "notebook": [notebook(text, 3) for text in _PROGRAMS],
    "markdown": (
        *(f"A net:\n\n```python\n{text}```\n" for text in _PROGRAMS),
        "# Net\n\n- so:\n\n  ```\n  INPUT(32x32x3) => CONV(8, 3)\n  => FC(10)\n  ```\n\n```bash\nls\n```\n",
    ),
    "listing": (
        "INPUT: [224x224x3]\nCONV3-64: [224x224x64]\nPOOL2: [112x112x64]\nFC: [1x1x4096]\n",
        "input 3x32x32\nconv3-16\nmaxpool\nFC-10\nsoft-max\n",
    ),
    "yaml": (
        "input: 32x32x3\nlayers:\n  - CONV: {filters: 16, F: 3}\n  - RELU\n  - POOL: {F: 2}\n  - FC: 10\n",
        "name: a\ninput: [28, 28, 1]\nlayers:\n- CONV(8, 3)\n- [RELU, BN]\n- FC(10): 10\nexpect: {params: 3}\n",
        "layers:\n  - {type: conv, filters: 4, name: c}\n  - {type: add, inputs: [c, c]}\n",
    ),
    "modules": (
        "Sequential(\n  (0): Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n  (1): ReLU()\n"
        "  (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)\n"
        "  (3): Linear(in_features=64, out_features=10, bias=True)\n)\n",
    ),
    "table": (
        "Layer (type)                 Output Shape              Param #   \n"
        "=================================================================\n"
        "conv2d (Conv2D)              (None, 26, 26, 32)        320       \n"
        "flatten (Flatten)            (None, 21632)             0         \n"
        "dense (Dense)                (None, 10)                216330    \n",
    ),
}
"""Texts of kinds that have no fixtures of their own."""

DOORS = (
    Door("diagram", ("samples/*.net", "tests/cases/check/*.txt", "tests/cases/fmt/*.txt"), ".net", READING + CHANGING),
    Door("syntax", ("tests/cases/syntax/*.txt", "tests/cases/notations/*.txt"), ".net", READING + CHANGING),
    Door("listing", ("samples/*listing*",), ".net", READING + CHANGING),
    Door("yaml", (), ".yaml"),
    Door("modules", (), ".txt"),
    Door("table", ("tests/cases/table/*.txt",), ".txt"),
    Door("darknet", ("tests/foreign/darknet/*.cfg",), ".cfg"),
    Door("caffe", ("tests/foreign/caffe/*.prototxt",), ".prototxt"),
    Door("keras", ("tests/foreign/keras/*[a-z].json",), ".json"),
    Door("ultralytics", ("tests/foreign/ultralytics/*.yaml",), ".yaml"),
    Door("program", (PROGRAMS,), ".py", READING, spoil_program),
    Door("notebook", (), ".ipynb", READING, spoil_notebook),
    Door("markdown", (), ".md", READING + CHANGING, spoil_markdown),
    Door("keras_zip", (), ".keras", READING, spoil_zip),
    Door("pt2", (), ".pt2", READING, spoil_zip),
    Door("onnx", (), ".onnx", READING, spoil_onnx),
    Door("h5", (), ".h5", READING, spoil_h5),
)
