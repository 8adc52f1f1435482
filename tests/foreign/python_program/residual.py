"""A residual network for small images: blocks in loops, a condition, a class attribute, sizes by arithmetic."""

from typing import List, Type

import torch
from torch import Tensor, nn


def conv3x3(inp: int, out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inp, out, kernel_size=3, stride=stride, padding=1, bias=False)


class Basic(nn.Module):
    widening = 1

    def __init__(self, inp: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.first = conv3x3(inp, width, stride)
        self.norm1 = nn.BatchNorm2d(width)
        self.act = nn.ReLU(inplace=True)
        self.second = conv3x3(width, width)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = None
        if stride != 1 or inp != width * self.widening:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inp, width * self.widening, 1, stride, bias=False), nn.BatchNorm2d(width * self.widening)
            )

    def forward(self, x: Tensor) -> Tensor:
        same = x
        out = self.act(self.norm1(self.first(x)))
        out = self.norm2(self.second(out))
        if self.shortcut is not None:
            same = self.shortcut(x)
        out += same
        return self.act(out)


class Residual(nn.Module):
    def __init__(self, block: Type[Basic], depths: List[int], classes: int = 10) -> None:
        super().__init__()
        self.width = 16
        self.stem = nn.Sequential(conv3x3(3, self.width), nn.BatchNorm2d(self.width), nn.ReLU(True))
        stages = []
        for number, depth in enumerate(depths):
            stages.append(self._stage(block, 16 * 2**number, depth, 1 if number == 0 else 2))
        self.stages = nn.ModuleList(stages)
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.head = nn.Linear(self.width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def _stage(self, block, width, depth, stride):
        layers = [block(self.width, width, stride)]
        self.width = width * block.widening
        layers += [block(self.width, width) for _ in range(1, depth)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        x = torch.flatten(self.pool(x), 1)
        return self.head(x)


def small():
    return Residual(Basic, [1, 1, 1])


def large(classes=100, **kwargs):
    return Residual(Basic, [2, 2, 2], classes, **kwargs)
