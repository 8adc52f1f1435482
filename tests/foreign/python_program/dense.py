"""Dense blocks: a list that grows, `torch.cat`, add_module, a class of Sequential, keywords with stars."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict


class Layer(nn.Sequential):
    def __init__(self, inp, growth, **options):
        super().__init__()
        self.add_module("norm", nn.BatchNorm2d(inp))
        self.add_module("act", nn.ReLU(inplace=True))
        self.add_module("conv", nn.Conv2d(inp, growth, 3, padding=1, **options))

    def forward(self, x):
        new = super().forward(x)
        return torch.cat([x, F.dropout(new, p=0.1, training=self.training)], 1)


class Dense(nn.Module):
    def __init__(self, growth=12, depth=3):
        super(Dense, self).__init__()
        self.body = nn.Sequential(OrderedDict([("stem", nn.Conv2d(3, 24, 3, padding=1))]))
        count = 24
        for block in range(2):
            for number in range(depth):
                self.body.add_module(f"block{block}_{number}", Layer(count, growth, bias=False))
                count += growth
            count = count // 2
            self.body.add_module("narrow%d" % block, nn.Conv2d(count * 2, count, 1))
            self.body.add_module("pool%d" % block, nn.AvgPool2d(2))
        self.classify = nn.Linear(count, 10)

    def forward(self, x):
        features = self.body(x)
        out = F.relu(features, inplace=True)
        out = F.adaptive_avg_pool2d(out, 1).view(features.size(0), -1)
        return self.classify(out)


if __name__ == "__main__":
    model = Dense()
    print(model(torch.randn(2, 3, 32, 32)).shape)
