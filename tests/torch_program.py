"""A program of PyTorch that tests fill in."""

from __future__ import annotations

import shapecalc

NET = """import torch, copy
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm
class Net(nn.Module):
    def __init__(s):
        super().__init__()
        {}
    def forward(s, x):
        {}
net = Net()
net(torch.randn(1, {}))
"""


def check(made: str, forward: str, size: str) -> shapecalc.Report:
    return shapecalc.check(NET.format(made, forward, size))


def figures(made: str, forward: str, size: str) -> tuple[int | None, str]:
    """The parameters and the last output of a program that is read to its end."""
    report = check(made, forward, size)
    assert [d.message for d in report.diagnostics if d.code == "SHP020"] == []
    return report.totals and report.totals.params, str(report.layers[-1].output)
