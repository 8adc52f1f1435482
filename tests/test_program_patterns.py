"""Programs that move axes by patterns of einops; parameters, products and shapes as PyTorch 2.14 gives them."""

from __future__ import annotations

import pytest

import shapecalc

HEAD = """import torch
from torch import nn
from einops import rearrange, repeat, reduce
from einops.layers.torch import Rearrange, Reduce
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 6))
        self.out = nn.Linear(6, 2)
    def forward(self, x):
        {}
Net()(torch.randn(1, 6, 8, 4))
"""
MOVED = {
    "x = rearrange(x, 'b c h w -> b (h w) c')": [6, 32],
    "x = rearrange(x, 'b (c k) h w -> b c (k h w)', k=2)": [64, 3],
    "x = rearrange(x, 'b ... -> b (...)')": [1, 1, 192],
    "x = reduce(x, 'b c h w -> b c', 'mean')": [1, 1, 6],
    "x = Reduce('b c h w -> b c', 'max')(x)": [1, 1, 6],
    "x = nn.Sequential(Rearrange('b c (h p) (w q) -> b (h w) (p q c)', p=2, q=2))(x)": [24, 8],
    "x = repeat(x, 'b c h w -> b c h (w k)', k=3)": [12, 8, 6],
    "x = repeat(x, 'b c h w -> b c (h 2) (w 3)')": [12, 16, 6],
    "x = reduce(x, 'b c h w -> b w c', 'mean')": [6, 4],
    "x = reduce(x, 'b c h w -> b (c h)', 'mean')": [1, 1, 48],
    "x = nn.Conv2d(6, 5, 1)(reduce(x, 'b c h w -> b c 1 1', 'mean'))": [1, 1, 5],
    "x = reduce(x, 'b c (h 2) (w 2) -> b c h w', 'max')": [2, 4, 6],
}
REFUSED = {
    "rearrange(x, 'b c h w -> b c h')": "loses an axis",
    "rearrange(x, 'b c h w -> b c h (w k)', k=2)": "adds one",
    "rearrange(x, 'b 6 h w -> b (6 h) w')": "numbers are for axes that are added or left",
    "repeat(x, 'b c h w -> b c h')": "loses an axis",
    "reduce(x, 'b c h w -> b c k', 'mean', k=2)": "adds one",
}
VIT = """x = rearrange(x, 'b c h w -> b (h w) c')
        b, n, _ = x.shape
        x = torch.cat((repeat(self.token, '1 1 d -> b 1 d', b=b), x), dim=1)
        q = rearrange(x, 'b n (h d) -> b h n d', h=2)
        x = torch.matmul(torch.matmul(q, q.transpose(-1, -2)).softmax(-1), q)
        return self.out(rearrange(x, 'b h n d -> b n (h d)'))"""


@pytest.mark.parametrize(("line", "output"), MOVED.items())
def test_the_axes_are_where_the_pattern_puts_them(line: str, output: list[int]) -> None:
    report = shapecalc.check(HEAD.format(f"{line}; return nn.ReLU()(x)"))
    assert report.ok
    assert report.to_dict()["layers"][-1]["output"] == output


def test_attention_with_a_token_has_the_parameters_and_products_of_pytorch() -> None:
    totals = shapecalc.check(HEAD.format(VIT)).to_dict()["totals"]
    assert (totals["params"], totals["macs"]) == (20, 33 * 33 * 6 * 2 + 33 * 12)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("'b c h w -> (b c) h w'", "moves the axes is not known"),
        ("'b c (h p) w -> b c h w p', p=3", "moves the axes is not known"),
        ("'b c h w'", "gives is not known"),
    ],
)
def test_what_does_not_fit_or_mixes_the_batch_is_refused(pattern: str, said: str) -> None:
    (found,) = shapecalc.check(HEAD.format(f"return self.out(rearrange(x, {pattern}))")).diagnostics
    assert said in found.message


@pytest.mark.parametrize("call", REFUSED)
def test_what_einops_refuses_is_an_error(call: str) -> None:
    report = shapecalc.check(HEAD.format(f"return nn.ReLU()({call})"))
    assert [d.code for d in report.diagnostics if d.severity == "error"] == ["SHP020"]
    assert "moves the axes is not known" in report.diagnostics[0].message
