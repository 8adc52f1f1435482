"""Classes of a program that are made from what holds layers, and objects that only hold figures."""

from __future__ import annotations

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
