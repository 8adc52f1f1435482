"""Published networks written a second time, in PyTorch and from their papers: an independent count of the samples.

`python tests/rebuilt_in_torch.py` prints tests/data/rebuilt.json. It needs torch, which the tests do not: they compare
the samples with the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import BatchNorm2d, Flatten, LeakyReLU, Linear, Module, ReLU, Sequential, functional
from torch.utils.flop_counter import FlopCounterMode

FILE = Path(__file__).parent / "data" / "rebuilt.json"


def conv(inputs: int, k: int, f: int, s: int = 1, p: int | None = None, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, k, f, s, f // 2 if p is None else p, bias=bias)


def pool(f: int = 2, s: int = 2, ceil: bool = False) -> nn.MaxPool2d:
    return nn.MaxPool2d(f, s, ceil_mode=ceil)


class Add(Sequential):
    """x + what its layers make of x."""

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


class Reshape(Module):
    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.view(len(x), *self.shape)


def c3d() -> tuple[Module, list[Tensor]]:
    def unit(i: int, k: int) -> list[Module]:
        return [nn.Conv3d(i, k, 3, padding=1), ReLU()]

    layers = [*unit(3, 64), nn.MaxPool3d((1, 2, 2)), *unit(64, 128), nn.MaxPool3d(2), *unit(128, 256), *unit(256, 256)]
    layers += [nn.MaxPool3d(2), *unit(256, 512), *unit(512, 512), nn.MaxPool3d(2), *unit(512, 512), *unit(512, 512)]
    layers += [nn.ZeroPad3d((0, 1, 0, 1, 0, 0)), nn.MaxPool3d(2), Flatten(), Linear(8192, 4096), ReLU()]
    return Sequential(*layers, Linear(4096, 4096), ReLU(), Linear(4096, 487)), [torch.zeros(1, 3, 16, 112, 112)]


def srresnet() -> tuple[Module, list[Tensor]]:
    def normed() -> list[Module]:
        return [conv(64, 64, 3, bias=False), BatchNorm2d(64)]

    up = [layer for _ in range(2) for layer in (conv(64, 256, 3), nn.PixelShuffle(2), nn.PReLU())]
    body = Add(*(Add(*normed(), nn.PReLU(), *normed()) for _ in range(16)), *normed())
    return Sequential(conv(3, 64, 9), nn.PReLU(), body, *up, conv(64, 3, 9)), [torch.zeros(1, 3, 24, 24)]


def espcn() -> tuple[Module, list[Tensor]]:
    layers = [conv(1, 64, 5), nn.Tanh(), conv(64, 32, 3), nn.Tanh(), conv(32, 9, 3), nn.PixelShuffle(3)]
    return Sequential(*layers), [torch.zeros(1, 1, 17, 17)]


def srcnn() -> tuple[Module, list[Tensor]]:
    return Sequential(conv(1, 64, 9, p=0), ReLU(), conv(64, 32, 1), ReLU(), conv(32, 1, 5, p=0)), [
        torch.zeros(1, 1, 33, 33)
    ]


def m5() -> tuple[Module, list[Tensor]]:
    def unit(i: int, k: int, f: int = 3, s: int = 1, p: int = 1) -> list[Module]:
        return [nn.Conv1d(i, k, f, s, p, bias=False), nn.BatchNorm1d(k), ReLU(), nn.MaxPool1d(4, ceil_mode=True)]

    layers = [*unit(1, 128, 80, 4, 38), *unit(128, 128), *unit(128, 256), *unit(256, 512)]
    return Sequential(*layers, nn.AdaptiveAvgPool1d(1), Flatten(), Linear(512, 10)), [torch.zeros(1, 1, 32000)]


def yolo_v1() -> tuple[Module, list[Tensor]]:
    def unit(i: int, k: int, f: int, s: int = 1) -> list[Module]:
        return [conv(i, k, f, s), LeakyReLU(0.1)]

    def two(i: int, k: int) -> list[Module]:
        return [*unit(i, k, 1), *unit(k, 2 * k, 3)]

    layers = [*unit(3, 64, 7, 2), pool(), *unit(64, 192, 3), pool(), *unit(192, 128, 1), *unit(128, 256, 3)]
    layers += [*two(256, 256), pool(), *(layer for _ in range(4) for layer in two(512, 256)), *two(512, 512), pool()]
    layers += [*two(1024, 512), *two(1024, 512), *unit(1024, 1024, 3), *unit(1024, 1024, 3, 2)]
    layers += [*unit(1024, 1024, 3), *unit(1024, 1024, 3), Flatten(), Linear(50176, 4096), LeakyReLU(0.1)]
    return Sequential(*layers, Linear(4096, 1470)), [torch.zeros(1, 3, 448, 448)]


class Level(Module):
    """One level of pix2pix' U-Net around the next: half the size, and back, joined to what came in."""

    def __init__(self, i: int, k: int, inner: Module | None) -> None:
        super().__init__()
        norm = [BatchNorm2d(k)] if inner else []
        down = [LeakyReLU(0.2), nn.Conv2d(i, k, 4, 2, 1, bias=False), *norm]
        up = [ReLU(), nn.ConvTranspose2d(2 * k if inner else k, i, 4, 2, 1, bias=False), BatchNorm2d(i)]
        self.layers = Sequential(*down, *([inner] if inner else []), *up)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.layers(x)], 1)


def pix2pix_generator() -> tuple[Module, list[Tensor]]:
    inner: Module | None = None
    for i, k in ((512, 512), (512, 512), (512, 512), (512, 512), (256, 512), (128, 256), (64, 128)):
        inner = Level(i, k, inner)
    assert inner is not None
    last = [ReLU(), nn.ConvTranspose2d(128, 3, 4, 2, 1), nn.Tanh()]
    return Sequential(nn.Conv2d(3, 64, 4, 2, 1, bias=False), inner, *last), [torch.zeros(1, 3, 256, 256)]


def patchgan() -> tuple[Module, list[Tensor]]:
    def unit(i: int, k: int, s: int = 2) -> list[Module]:
        return [nn.Conv2d(i, k, 4, s, 1, bias=False), BatchNorm2d(k), LeakyReLU(0.2)]

    layers = [nn.Conv2d(6, 64, 4, 2, 1), LeakyReLU(0.2), *unit(64, 128), *unit(128, 256), *unit(256, 512, 1)]
    return Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 1)), [torch.zeros(1, 6, 256, 256)]


def cyclegan_generator() -> tuple[Module, list[Tensor]]:
    def unit(i: int, k: int, f: int, s: int = 1, p: int | None = None) -> list[Module]:
        return [conv(i, k, f, s, p), nn.InstanceNorm2d(k)]

    def block() -> Module:
        pad = nn.ReflectionPad2d(1)
        return Add(pad, *unit(256, 256, 3, p=0), ReLU(), nn.ReflectionPad2d(1), *unit(256, 256, 3, p=0))

    layers = [nn.ReflectionPad2d(3), *unit(3, 64, 7, p=0), ReLU(), *unit(64, 128, 3, 2), ReLU(), *unit(128, 256, 3, 2)]
    layers += [ReLU(), *(block() for _ in range(9))]
    for i, k in ((256, 128), (128, 64)):
        layers += [nn.ConvTranspose2d(i, k, 3, 2, 1, 1), nn.InstanceNorm2d(k), ReLU()]
    return Sequential(*layers, nn.ReflectionPad2d(3), conv(64, 3, 7, p=0), nn.Tanh()), [torch.zeros(1, 3, 256, 256)]


def overfeat_fast() -> tuple[Module, list[Tensor]]:
    layers = [conv(3, 96, 11, 4, 0), ReLU(), pool(), conv(96, 256, 5, p=0), ReLU(), pool(), conv(256, 512, 3), ReLU()]
    layers += [conv(512, 1024, 3), ReLU(), conv(1024, 1024, 3), ReLU(), pool(), Flatten(), Linear(36864, 3072), ReLU()]
    return Sequential(*layers, Linear(3072, 4096), ReLU(), Linear(4096, 1000)), [torch.zeros(1, 3, 231, 231)]


def zfnet() -> tuple[Module, list[Tensor]]:
    layers = [conv(3, 96, 7, 2, 1), ReLU(), pool(3, 2, ceil=True), conv(96, 256, 5, 2, 0), ReLU()]
    layers += [pool(3, 2, ceil=True), conv(256, 384, 3), ReLU(), conv(384, 384, 3), ReLU(), conv(384, 256, 3), ReLU()]
    layers += [pool(3, 2), Flatten(), Linear(9216, 4096), ReLU(), Linear(4096, 4096), ReLU(), Linear(4096, 1000)]
    return Sequential(*layers), [torch.zeros(1, 3, 224, 224)]


def keras_cifar10() -> tuple[Module, list[Tensor]]:
    layers = [conv(3, 32, 3), ReLU(), conv(32, 32, 3, p=0), ReLU(), pool(), conv(32, 64, 3), ReLU()]
    layers += [conv(64, 64, 3, p=0), ReLU(), pool(), Flatten(), Linear(2304, 512), ReLU(), Linear(512, 10)]
    return Sequential(*layers), [torch.zeros(1, 3, 32, 32)]


def all_cnn() -> tuple[Module, list[Tensor]]:
    rows = [(3, 96, 3, 1, 1), (96, 96, 3, 1, 1), (96, 96, 3, 2, 1), (96, 192, 3, 1, 1), (192, 192, 3, 1, 1)]
    rows += [(192, 192, 3, 2, 1), (192, 192, 3, 1, 0), (192, 192, 1, 1, 0), (192, 10, 1, 1, 0)]
    layers = [layer for row in rows for layer in (conv(*row), ReLU())]
    return Sequential(*layers, nn.AdaptiveAvgPool2d(1)), [torch.zeros(1, 3, 32, 32)]


def convnetjs_cifar10() -> tuple[Module, list[Tensor]]:
    rows = [(3, 16), (16, 20), (20, 20)]
    layers = [layer for i, k in rows for layer in (conv(i, k, 5), ReLU(), pool())]
    return Sequential(*layers, Flatten(), Linear(320, 10)), [torch.zeros(1, 3, 32, 32)]


def sensors_8769_cnn() -> tuple[Module, list[Tensor]]:
    def unit(i: int) -> list[Module]:
        return [nn.Conv1d(i, 32, 9, padding=4), nn.BatchNorm1d(32), ReLU(), nn.MaxPool1d(6, ceil_mode=True)]

    layers = [*unit(1), *unit(32), *unit(32), Flatten(), Linear(1152, 256), Linear(256, 128), Linear(128, 4)]
    return Sequential(*layers), [torch.zeros(1, 1, 7710)]


def dcgan_generator() -> tuple[Module, list[Tensor]]:
    layers = [Linear(100, 16384, bias=False), Reshape(1024, 4, 4), BatchNorm2d(1024), ReLU()]
    for i, k in ((1024, 512), (512, 256), (256, 128)):
        layers += [nn.ConvTranspose2d(i, k, 5, 2, 2, 1, bias=False), BatchNorm2d(k), ReLU()]
    return Sequential(*layers, nn.ConvTranspose2d(128, 3, 5, 2, 2, 1), nn.Tanh()), [torch.zeros(1, 100)]


def dcgan_discriminator() -> tuple[Module, list[Tensor]]:
    layers: list[Module] = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), LeakyReLU(0.2)]
    for i, k in ((64, 128), (128, 256), (256, 512)):
        layers += [nn.Conv2d(i, k, 4, 2, 1, bias=False), BatchNorm2d(k), LeakyReLU(0.2)]
    return Sequential(*layers, nn.Conv2d(512, 1, 4, bias=False)), [torch.zeros(1, 3, 64, 64)]


class UNet(Module):
    """Ronneberger's: nothing is padded, and what is joined is cropped to what it joins."""

    def __init__(self) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.down = nn.ModuleList(self.double(i, k) for i, k in zip((1, *widths), widths, strict=False))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * k, k, 2, 2) for k in widths[-2::-1])
        self.join = nn.ModuleList(self.double(2 * k, k) for k in widths[-2::-1])
        self.last = nn.Conv2d(64, 2, 1)

    @staticmethod
    def double(i: int, k: int) -> Module:
        return Sequential(nn.Conv2d(i, k, 3), ReLU(), nn.Conv2d(k, k, 3), ReLU())

    def forward(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        for at, level in enumerate(self.down):
            x = level(functional.max_pool2d(x, 2) if at else x)
            kept.append(x)
        for up, join, skip in zip(self.up, self.join, kept[-2::-1], strict=True):
            x = up(x)
            off = (skip.shape[-1] - x.shape[-1]) // 2
            x = join(torch.cat([skip[..., off:-off, off:-off], x], 1))
        return self.last(x)


class Siamese(Module):
    def __init__(self) -> None:
        super().__init__()
        rows = ((1, 64, 10), (64, 128, 7), (128, 128, 4))
        layers = [layer for i, k, f in rows for layer in (conv(i, k, f, p=0), ReLU(), pool())]
        self.tower = Sequential(*layers, conv(128, 256, 4, p=0), ReLU(), Flatten(), Linear(9216, 4096), nn.Sigmoid())
        self.last = Linear(4096, 1)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return self.last((self.tower(a) - self.tower(b)).abs())


class WaveNet(Module):
    """Three times ten gated layers; the last has no 1x1 for a residual that nothing would read."""

    def __init__(self) -> None:
        super().__init__()
        self.dilations = [2**i for _ in range(3) for i in range(10)]
        self.first = nn.Conv1d(256, 32, 1, bias=False)
        self.gates = nn.ModuleList(nn.Conv1d(32, 64, 2, dilation=d, bias=False) for d in self.dilations)
        self.skips = nn.ModuleList(nn.Conv1d(32, 256, 1, bias=False) for _ in self.dilations)
        self.residuals = nn.ModuleList(nn.Conv1d(32, 32, 1, bias=False) for _ in self.dilations[1:])
        self.last = Sequential(ReLU(), nn.Conv1d(256, 256, 1), ReLU(), nn.Conv1d(256, 256, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        skips: list[Tensor] = []
        for at, (d, gate, skip) in enumerate(zip(self.dilations, self.gates, self.skips, strict=True)):
            value, weight = gate(functional.pad(x, (d, 0))).chunk(2, 1)
            z = value.tanh() * weight.sigmoid()
            skips.append(skip(z))
            x = x + self.residuals[at](z) if at < len(self.residuals) else x
        return self.last(torch.stack(skips).sum(0))


class Unit(Module):
    """DSOD's convolution after its BN and ReLU."""

    def __init__(self, i: int, k: int, f: int = 1, s: int = 1) -> None:
        super().__init__()
        self.bn, self.conv = BatchNorm2d(i), conv(i, k, f, s, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.bn(x).relu())


class Grow(Module):
    def __init__(self, i: int) -> None:
        super().__init__()
        self.layers = Sequential(Unit(i, 192), Unit(192, 48, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.layers(x)], 1)


class Lower(Module):
    def __init__(self, i: int, k: int) -> None:
        super().__init__()
        self.learned = Sequential(Unit(i, k), Unit(k, k, 3, 2))
        self.pooled = Sequential(pool(ceil=True), Unit(i, k))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.pooled(x), self.learned(x)], 1)


class Detect(Module):
    def __init__(self, i: int, boxes: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1, i, 1, 1))
        self.place, self.what = (Sequential(conv(i, k * boxes, 3, bias=False), BatchNorm2d(k * boxes)) for k in (4, 21))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.normalize(x) * self.factor
        return torch.cat([self.place(x), self.what(x)], 1)


class Dsod(Module):
    """DSOD300, DS/64-192-48-1, after the authors' model_libs.py."""

    def __init__(self) -> None:
        super().__init__()

        def grow(i: int, n: int) -> list[Module]:
            return [Grow(i + 48 * at) for at in range(n)]

        rows = ((3, 64, 2), (64, 64, 1), (64, 128, 1))
        stem = [layer for i, k, s in rows for layer in (conv(i, k, 3, s, bias=False), BatchNorm2d(k), ReLU())]
        stem += [pool(), *grow(128, 6), Unit(416, 416), pool(ceil=True), *grow(416, 8), Unit(800, 800)]
        self.first = Sequential(*stem)
        self.second = Sequential(pool(), *grow(800, 8), Unit(1184, 1184), *grow(1184, 8), Unit(1568, 256))
        self.beside = Sequential(pool(), Unit(800, 256))
        self.lower = nn.ModuleList(Lower(i, k) for i, k in ((512, 256), (512, 128), (256, 128), (256, 128)))
        boxes = ((800, 4), (512, 6), (512, 6), (256, 6), (256, 4), (256, 4))
        self.detect = nn.ModuleList(Detect(i, n) for i, n in boxes)

    def forward(self, x: Tensor) -> list[Tensor]:
        found = [self.first(x)]
        found.append(torch.cat([self.second(found[0]), self.beside(found[0])], 1))
        for lower in self.lower:
            found.append(lower(found[-1]))
        return [detect(volume) for detect, volume in zip(self.detect, found, strict=True)]


NETWORKS: dict[str, Callable[[], tuple[Module, list[Tensor]]]] = {
    "all-cnn": all_cnn,
    "c3d": c3d,
    "convnetjs-cifar10": convnetjs_cifar10,
    "cyclegan-generator": cyclegan_generator,
    "dcgan-discriminator": dcgan_discriminator,
    "dcgan-generator": dcgan_generator,
    "dsod300": lambda: (Dsod(), [torch.zeros(1, 3, 300, 300)]),
    "espcn": espcn,
    "keras-cifar10": keras_cifar10,
    "m5": m5,
    "overfeat-fast": overfeat_fast,
    "patchgan": patchgan,
    "pix2pix-generator": pix2pix_generator,
    "sensors-8769-cnn": sensors_8769_cnn,
    "siamese-omniglot": lambda: (Siamese(), [torch.zeros(1, 1, 105, 105)] * 2),
    "srcnn": srcnn,
    "srresnet": srresnet,
    "unet": lambda: (UNet(), [torch.zeros(1, 1, 572, 572)]),
    "wavenet": lambda: (WaveNet(), [torch.zeros(1, 256, 16000)]),
    "yolo-v1": yolo_v1,
    "zfnet": zfnet,
}
"""The samples, each with how it is built and what it is run on."""


def figures(name: str) -> dict[str, object]:
    """What PyTorch counts of a network, and the shapes that come out of it (channels first)."""
    with torch.device("meta"):
        network, inputs = NETWORKS[name]()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        result = network.eval()(*inputs)
    shapes = [list(one.shape[1:]) for one in (result if isinstance(result, list) else [result])]
    params = sum(parameter.numel() for parameter in network.parameters())
    return {"params": params, "macs": counter.get_total_flops() // 2, "outputs": shapes}


if __name__ == "__main__":
    found = {name: figures(name) for name in NETWORKS}
    lines = ",\n ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in found.items())
    note = f"PyTorch {torch.__version__.partition('+')[0]}, by tests/rebuilt_in_torch.py; channels first"
    FILE.write_text(f'{{"note": {json.dumps(note)},\n "networks": {{\n {lines}}}}}\n', encoding="utf-8")
