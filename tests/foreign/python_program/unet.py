"""Down and up again: skips, sizes of other tensors, a layer that is applied twice."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Double(nn.Module):
    def __init__(self, inp, out, middle=None):
        super().__init__()
        if not middle:
            middle = out
        self.both = nn.Sequential(
            nn.Conv2d(inp, middle, 3, padding=1), nn.BatchNorm2d(middle), nn.ReLU(inplace=True),
            nn.Conv2d(middle, out, kernel_size=3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.both(x)


class UNet(nn.Module):
    def __init__(self, channels=1, classes=2, widths=(8, 16, 32)):
        super().__init__()
        self.down = nn.ModuleList()
        for width in widths:
            self.down.append(Double(channels, width))
            channels = width
        self.up = nn.ModuleDict()
        for width in reversed(widths[:-1]):
            self.up[f"up{width}"] = nn.ConvTranspose2d(width * 2, width, kernel_size=2, stride=2)
            self.up[f"conv{width}"] = Double(width * 2, width)
        self.refine = nn.Conv2d(8, 8, 3, padding=1)
        self.out = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x):
        skips = []
        for number, layer in enumerate(self.down):
            x = layer(x)
            if number < len(self.down) - 1:
                skips.append(x)
                x = F.max_pool2d(x, 2)
        for skip in skips[::-1]:
            width = skip.shape[1]
            x = self.up["up%d" % width](x)
            x = F.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=False)
            x = self.up[f"conv{width}"](torch.cat([skip, x], dim=1))
        x = self.refine(self.refine(x))
        return self.out(x)


def main():
    from torchsummary import summary

    summary(UNet(), (1, 40, 56))
