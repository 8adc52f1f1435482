"""Classes of a program that are made from what holds layers, and objects that only hold figures."""

from __future__ import annotations

from pathlib import Path

import pytest

import shapecalc

HEAD = "import torch\nimport numpy as np\nfrom torch import nn\n"
CALLED = "\nmodel(torch.randn(1, 3, 8, 8))\n"
LAYERS = "nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3)"
EACH = {
    "a ModuleDict": """
class Block(nn.ModuleDict):
    def __init__(self):
        super().__init__()
        self.add_module("a", nn.Conv2d(3, 4, 3))
        self.add_module("b", nn.Conv2d(4, 5, 3))
    def forward(self, x):
        for name, layer in self.items():
            x = layer(x)
        return x
model = Block()
""",
    "names of a ModuleDict": f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict(dict(zip("ab", [{LAYERS}])))
    def forward(self, x):
        for name in self.parts:
            x = self.parts[name](x)
        return x
model = Net()
""",
    "a Sequential that goes through itself": f"""
class Block(nn.Sequential):
    def __init__(self, *layers):
        super().__init__(*layers)
    def forward(self, x):
        for layer in self:
            x = layer(x)
        return x
model = Block({LAYERS})
""",
    "a dataclass with a class made from it": """
from dataclasses import dataclass
@dataclass
class Sizes:
    first: int
    second: int
class Wide(Sizes):
    def __init__(self, width):
        super().__init__(width, second=width + 1)
sizes = Wide(4)
model = nn.Sequential(nn.Conv2d(3, sizes.first, 3), nn.Conv2d(sizes.first, sizes.second, 3))
""",
    "numbers at equal distances": """
rates = [rate.item() for rate in torch.linspace(0, 0.5, 3)]
widths = np.linspace(4, 6, 3).tolist()
second = nn.Conv2d(4, int(widths[1]), 3) if rates[1] == 0.25 else nn.ReLU()
model = nn.Sequential(nn.Conv2d(3, int(widths[0]), 3), second)
""",
    "a cast": """
from typing import cast
widths = ["M", 4, 5]
model = nn.Sequential(nn.Conv2d(3, cast(int, widths[1]), 3), nn.Conv2d(4, cast("int", widths[2]), 3))
""",
}


@pytest.mark.parametrize("case", EACH)
def test_two_convolutions_are_read_of_each(case: str) -> None:
    layers = shapecalc.check(HEAD + EACH[case] + CALLED).to_dict()["layers"]
    assert [(layer["output"], layer["params"]) for layer in layers] == [
        ([8, 8, 3], 0), ([6, 6, 4], 112), ([4, 4, 5], 185),
    ]  # fmt: skip


FUNCTIONS = {
    "functools.reduce": "from functools import reduce\nwidths = reduce(lambda a, b: [*a, b + 3], [1], [3])",
    "reduce without a first value": "import functools\nwidths = functools.reduce(lambda a, b: [a, b], [3, 4])",
    "map": "widths = list(map(lambda one: one + 1, [2, 3]))",
    "filter": "widths = list(filter(lambda one: one > 2, [1, 3, 2, 4]))",
    "callable": "widths = [3 if callable(len) else 1, 4 if not callable(8) else 1]",
    "callable of objects": "class A: pass\nclass B:\n    def __call__(self): pass\n"
    "widths = [4 if callable(A()) else 3, 4 if callable(B()) else 3]",
    "inspect": "import inspect\nwidths = [3 * inspect.isfunction(lambda: 1), 4 * inspect.isclass(nn.ReLU)]",
    "gcd": "import math\nwidths = [math.gcd(6, 9), math.gcd(8, 12)]",
    "types with types in them": "widths = tuple[int, int]([3, 4])",
    "a class from object": """
class Widths(object):
    def __init__(self, first):
        super(Widths, self).__init__()
        self.first = first
widths = [Widths(first=3).first, 4]""",
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_that_call_what_they_are_given_are_known(case: str) -> None:
    text = f"{HEAD}{FUNCTIONS[case]}\nmodel = nn.Sequential(nn.Conv2d(widths[0], widths[1], 3)){CALLED}"
    assert [layer["params"] for layer in shapecalc.check(text).to_dict()["layers"]] == [0, 112]


def test_an_object_that_is_no_module_is_no_part_of_a_sequential() -> None:
    text = """
class Scheme:
    def __call__(self, layer, x):
        return layer(x)
class Net(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.scheme = Scheme()
    def forward(self, x):
        for layer in self._modules.values():
            x = self.scheme(layer, x)
        return x
model = Net()
model.add_module("a", nn.Conv2d(3, 4, 3))
model.add_module("b", nn.Conv2d(4, 4, 3))
del model[-1]
model.add_module("c", nn.Conv2d(4 * len(model), 5, 3))
"""
    assert [layer["params"] for layer in shapecalc.check(HEAD + text + CALLED).to_dict()["layers"]] == [0, 112, 185]


def test_what_is_asked_of_an_unknown_value_says_why_that_is_unknown() -> None:
    text = "class Net(nn.Module):\n    def forward(self, x):\n        x = torch.fft.fft(x)\n"
    text += "        if isinstance(x, tuple):\n            x = x[0]\n        return nn.ReLU()(x)\nmodel = Net()"
    (found,) = [d for d in shapecalc.check(HEAD + text + CALLED).diagnostics if d.severity == "error"]
    assert "torch.fft.fft(x)" in found.message


ROWS = {
    "namedtuple": 'from collections import namedtuple\nrow = namedtuple("Row", "first, second", defaults=(4,))(3)',
    "a class": """from typing import NamedTuple
class Row(NamedTuple):
    first: int
    second: int = 4
row = Row(first=3)""",
    "replaced": 'import collections\nrow = collections.namedtuple("Row", ["first", "second"])(2, 4)._replace(first=3)',
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_with_names_are_gone_through_and_asked_by_name_and_place(case: str) -> None:
    text = f"{HEAD}{ROWS[case]}\na, *rest = row\n"
    text += f"model = nn.Sequential(nn.Conv2d(a, row.second, 3), nn.Conv2d(rest[0], row[0] + 2, 3)){CALLED}"
    assert [layer["params"] for layer in shapecalc.check(text).to_dict()["layers"]] == [0, 112, 185]


@pytest.mark.parametrize("example", ["torch.randint(0, 9, (4, 7))", "torch.randint(high=9, size=(4, 7))"])
def test_whole_numbers_at_random_are_an_example(example: str) -> None:
    text = f"{HEAD}model = nn.Sequential(nn.Embedding(9, 5), nn.Linear(5, 2))\nmodel({example})\n"
    report = shapecalc.check(text).to_dict()
    assert (report["ok"], report["totals"]["params"], report["layers"][-1]["output"]) == (True, 57, [2, 7])


@pytest.mark.parametrize("text", ["x = 1\n", 'print("hello")\n', "import torch\nprint(3)\n"])
def test_a_file_of_python_without_a_model_is_told_so(text: str, tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text(text, encoding="utf-8")
    (found,) = shapecalc.check(tmp_path / "tool.py").diagnostics
    assert found.message == "this is Python code, and it makes no model that is read"


def test_rows_are_equal_by_their_values_whatever_their_class() -> None:
    text = f"{HEAD}from collections import namedtuple\nA, B = namedtuple('A', 'k'), namedtuple('B', 'k')\n"
    text += "n = [A(3) == B(3), A(3) == (3,), A(3) != A(3), A(3) is B(3), isinstance(A(3), tuple), A(3) in [B(3)]]\n"
    text += f"model = nn.Conv2d(3, sum(2**place for place, one in enumerate(n) if one), 1){CALLED}"
    assert shapecalc.check(text).to_dict()["layers"][-1]["params"] == 4 * (1 + 2 + 16 + 32)


@pytest.mark.parametrize("holds", ["A(3) == A(3)", "E()", "r == r", "hasattr(G(), 'k')"])
def test_what_a_program_says_of_equal_and_true_objects_is_not_known(holds: str) -> None:
    text = f"{HEAD}from dataclasses import dataclass\n@dataclass\nclass A:\n    k: int\n"
    text += "class G:\n    def __getattr__(self, name):\n        return 3\nfrom collections import namedtuple\n"
    text += "R = namedtuple('R', 'a b')\nr = R(1, 2)\nfor _ in range(40):\n    r = R(r, r)\n"
    text += f"class E:\n    def __len__(self):\n        return 0\nmodel = nn.Conv2d(3, 4 if {holds} else 5, 1){CALLED}"
    assert [d.code for d in shapecalc.check(text).diagnostics] == ["SHP020"]


def test_a_layer_that_pytorch_calls_otherwise_is_noted() -> None:
    report = shapecalc.check(f"{HEAD}model = nn.Sequential(nn.ReLu(), nn.ReLU(), nn.MaxPool2d(2)){CALLED}")
    said = [d.message for d in report.diagnostics if d.code == "SHP507"]
    assert said == ["nn.ReLu() is read as ReLU: PyTorch has no ReLu"]


@pytest.mark.parametrize(
    ("call", "said"), [("torch.eye(3)", "gives is not known"), ("other.eye(3)", "in another file")]
)
def test_a_function_of_pytorch_is_not_in_another_file(call: str, said: str) -> None:
    text = f"{HEAD}import other\nmodel = nn.Conv2d(3, {call}, 1){CALLED}"
    (found,) = shapecalc.check(text).diagnostics
    assert call.removesuffix("(3)") in found.message
    assert said in found.message
