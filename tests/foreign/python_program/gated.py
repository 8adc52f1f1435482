"""Gates, channels that are shuffled, split and put together, positions that are left out."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Gate(nn.Module):
    def __init__(self, channels, by=4):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.layers = nn.Sequential(
            nn.Linear(channels, channels // by, bias=False), nn.ReLU(), nn.Linear(channels // by, channels), nn.Sigmoid()
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        gate = self.pool(x).view(b, c)
        gate = self.layers(gate).view(b, c, 1, 1)
        return x * gate.expand_as(x)


def shuffle(x, groups):
    batch, channels, height, width = x.shape
    x = x.view(batch, groups, channels // groups, height, width)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(batch, -1, height, width)


class Halves(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = math.ceil(channels / 2)
        self.branch = nn.Sequential(
            nn.Conv2d(half, half, 1), nn.Conv2d(half, half, 3, padding=1, groups=half), nn.BatchNorm2d(half)
        )

    def forward(self, x):
        one, two = x.chunk(2, dim=1)
        return shuffle(torch.cat((one, self.branch(two)), dim=1), 2)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 5, stride=2)
        self.parts = nn.ModuleList([Halves(32), Gate(32), Halves(32)])
        self.spare = nn.Linear(7, 7)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        x = F.leaky_relu(self.conv(x), 0.2)
        for part in self.parts:
            x = part(x)
        x = x[:, :16, :, :]
        x = F.avg_pool2d(x, x.size()[2:]).squeeze(-1).squeeze(-1)
        return F.log_softmax(self.head(x), dim=1)


net = Gated()
net(torch.rand(1, 1, 28, 36))
