"""Writes networks as programs of PyTorch, in the ways in which people write the same."""

from __future__ import annotations

from textwrap import indent

from tests.fuzz.network_steps import Network, Size, Step, volume_after
from tests.fuzz.program_writer import Writer

TORCH_ACTS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "silu": "SiLU", "gelu": "GELU"}
HEAD = """import functools
from collections import OrderedDict
import torch
import torch.nn.functional as F
from torch import nn
from torchsummary import summary
"""


class Torch(Writer):
    """Writes classes with `forward`; a step is a layer, or what is done to `x`."""

    def program(self, net: Network) -> str:
        width, height, depth = net.size
        made = self.sequence(net.steps, net.size) if self.chance(0.2) else f"{self.module(net.steps, net.size)}"
        end = self.one(
            f"net(torch.randn(1, {depth}, {height}, {width}))", f"summary(net, ({depth}, {height}, {width}))",
            f"x = torch.zeros((2, {depth}, {height}, {width}))\nprint(net(x).shape)",
        )  # fmt: skip
        return "\n".join((HEAD, *self.above, f"net = {made}", end, ""))

    def module(self, steps: tuple[Step, ...], size: Size) -> str:
        """An object of a class for the steps."""
        init, forward = list[str](), list[str]()
        self.steps(steps, size, init, forward, "x")
        name = self.fresh("Net")
        given, value = ("", "")
        if not self.plain and self.chance(0.3):  # a number that the constructor is given
            given, value = f", depth{self.one('', ': int')}={self.one(str(size[-1]), '1')}", f"depth={size[-1]}"
            init = [line.replace(f"({size[-1]}, ", "(depth, ", 1) for line in init]
        start = self.one("super().__init__()", f"super({name}, self).__init__()", "nn.Module.__init__(self)")
        body = "\n".join((start, *init))
        self.above.append(
            f"class {name}(nn.Module):\n    def __init__(self{given}):\n{indent(body, ' ' * 8)}\n\n"
            f"    def forward(self, x):\n{indent(chr(10).join(forward), ' ' * 8)}\n        return x\n"
        )
        return f"{name}({value})"

    def steps(self, steps: tuple[Step, ...], size: Size, init: list[str], forward: list[str], x: str) -> None:
        """Lines of `__init__` and of `forward` for the steps on `x`."""
        at = 0
        while at < len(steps):
            run = 1 if self.plain else self.random.choice((1, 1, 1, 2, 4))
            part = steps[at : at + run]
            if run > 1:
                self.member(self.sequence(part, size), init, forward, x)
            else:
                self.step(part[0], size, init, forward, x)
            size, at = volume_after(part, size), at + run

    def member(self, layer: str, init: list[str], forward: list[str], x: str) -> None:
        name = self.fresh("layer")
        init.append(
            f"self.{name} = {layer}"
            if self.plain or self.chance(0.7)
            else self.one(f"self.add_module('{name}', {layer})", f"setattr(self, f'{name}', {layer})")
        )
        forward.append(f"{x} = self.{name}({x})")

    def step(self, step: Step, size: Size, init: list[str], forward: list[str], x: str) -> None:
        match step:
            case ("act", name) if self.chance(0.5):
                ways = [f"F.{name}({x})"]
                ways += [f"torch.{name}({x})", f"{x}.{name}()"] if name in ("relu", "sigmoid", "tanh") else []
                forward.append(f"{x} = {self.one(*ways)}")
            case ("max" | "avg", f, s) if self.chance(0.5):
                forward.append(
                    f"{x} = "
                    + self.call(f"F.{step[0]}_pool2d", [("input", x), ("kernel_size", str(f))], [("stride", str(s))])
                )
            case ("drop", rate) if self.chance(0.5):
                forward.append(f"{x} = F.dropout({x}, {rate}, training=self.training)")
            case ("up", by) if self.chance(0.5):
                forward.append(f"{x} = F.interpolate({x}, scale_factor={by})")
            case ("gap",) if self.chance(0.7):
                forward.append(
                    f"{x} = "
                    + self.one(
                        f"F.adaptive_avg_pool2d({x}, 1)",
                        f"F.avg_pool2d({x}, {x}.size()[2:])",
                        f"{x}.mean([2, 3], keepdim=True)",
                        f"{x}.mean((2, 3))",
                    )
                )
            case ("flatten",) if self.chance(0.7):
                forward.append(
                    f"{x} = "
                    + self.one(
                        f"torch.flatten({x}, 1)",
                        f"{x}.view({x}.size(0), -1)",
                        f"{x}.flatten(1)",
                        f"{x}.reshape({x}.shape[0], -1)",
                        f"{x}.view(-1, {size[0] * size[1] * size[2]})",
                    )
                )
            case ("add" | "concat", *branches):
                self.join(step[0], branches, size, init, forward, x)
            case ("repeat", times, steps) if not self.plain:
                self.repeat(times, steps, size, init, forward, x)
            case ("repeat", times, steps):
                self.steps(steps * times, size, init, forward, x)
            case _:
                self.member(self.layer(step, size), init, forward, x)

    def join(
        self,
        kind: str,
        branches: list[tuple[Step, ...]],
        size: Size,
        init: list[str],
        forward: list[str],
        x: str,
    ) -> None:
        names = [self.fresh("y") for _ in branches]
        if not self.plain and self.chance(0.3):
            modules = [self.module(branch, size) if branch else "nn.Identity()" for branch in branches]
            held = self.fresh("branches")
            init.append(f"self.{held} = nn.ModuleList([{', '.join(modules)}])")
            listed = f"[b({x}) for b in self.{held}]"
        else:
            for name, branch in zip(names, branches, strict=True):
                forward.append(f"{name} = {x}")
                self.steps(branch, size, init, forward, name)
            listed = f"[{', '.join(names)}]"
        if kind == "concat":
            forward.append(
                f"{x} = "
                + self.one(
                    f"torch.cat({listed}, 1)", f"torch.cat({listed}, dim=1)", f"torch.cat(tuple({listed}), dim=-3)"
                )
            )
        elif len(branches) == 2 and listed[1:-1] == ", ".join(names):
            a, b = names
            forward.append(
                self.one(
                    f"{x} = {a} + {b}", f"{x} = torch.add({a}, {b})", f"{x} = {b}.add({a})", f"{x} = sum([{a}, {b}])"
                )
            )
        else:
            forward.append(f"{x} = sum({listed})")

    def repeat(
        self, times: int, steps: tuple[Step, ...], size: Size, init: list[str], forward: list[str], x: str
    ) -> None:
        part = self.module(steps, size) if self.chance(0.6) else self.sequence(steps, size)
        held = self.fresh("stage")
        count = self.number(times)
        listed = f"[{part} for _ in range({count})]"
        match self.random.randrange(4):
            case 0:
                self.member(f"nn.Sequential(*{listed})", init, forward, x)
            case 1:
                init.append(f"self.{held} = nn.ModuleList({listed})")
                forward.append(f"for layer in self.{held}:\n    {x} = layer({x})")
            case 2:
                init.append(
                    f"{held} = []\nfor i in range({count}):\n    {held}.append({part})\n"
                    f"self.{held} = nn.Sequential(*{held})"
                )
                forward.append(f"{x} = self.{held}({x})")
            case _:
                init.append(f"for i in range(1, {times} + 1):\n    setattr(self, '{held}_%d' % i, {part})")
                forward.append(f"for i in range({times}):\n    {x} = getattr(self, f'{held}_{{i + 1}}')({x})")

    def sequence(self, steps: tuple[Step, ...], size: Size) -> str:
        """An `nn.Sequential` of the steps."""
        layers = []
        for step in steps:
            layers.append(self.layer(step, size))
            size = volume_after((step,), size)
        match self.random.randrange(9) if not self.plain else 9:
            case 0:
                named = ", ".join(f"('n{place}', {layer})" for place, layer in enumerate(layers))
                return f"nn.Sequential(OrderedDict([{named}]))"
            case 1 | 2 as way:
                made = self.fresh("make")
                start, more = (("[]", "layers += [{}]"), ("nn.Sequential()", "layers.append({})"))[way - 1]
                lines = [f"layers = {start}", *map(more.format, layers), "return nn.Sequential(*layers)"]
                self.above.append(f"def {made}():\n{indent(chr(10).join(lines), ' ' * 4)}\n")
                return f"{made}()"
        return f"nn.Sequential({', '.join(layers)})"

    def layer(self, step: Step, size: Size) -> str:
        depth = self.number(size[-1])
        match step:
            case ("conv", k, f, s, p, groups, bias):
                first = [
                    ("in_channels", depth),
                    ("out_channels", self.number(k)),
                    ("kernel_size", self.pair(f)),
                    ("stride", self.pair(s)),
                    ("padding", self.pair(p)),
                ]
                return self.call(
                    "nn.Conv2d", first, [("groups", str(groups))] * (groups > 1) + [("bias", "False")] * (not bias)
                )
            case ("up_conv", k, f):
                return self.call(
                    "nn.ConvTranspose2d",
                    [
                        ("in_channels", depth),
                        ("out_channels", self.number(k)),
                        ("kernel_size", self.pair(f)),
                        ("stride", str(f)),
                    ],
                    [],
                )
            case ("max" | "avg", f, s):
                return self.call(
                    f"nn.{step[0].title()}Pool2d", [("kernel_size", self.pair(f)), ("stride", self.pair(s))], []
                )
            case ("act", name):
                return f"nn.{TORCH_ACTS[name]}()"
            case ("up", by):
                return f"nn.Upsample(scale_factor={by})"
            case ("drop", rate):
                return f"nn.Dropout({rate})"
            case ("dense", units, bias):
                return self.call(
                    "nn.Linear",
                    [("in_features", self.number(size[-1])), ("out_features", self.number(units))],
                    [("bias", "False")] * (not bias),
                )
            case ("add" | "concat", *_):
                return self.module((step,), size)
            case ("repeat", times, steps):
                return self.sequence(steps * times, size)
        return {"bn": f"nn.BatchNorm2d({depth})", "gap": "nn.AdaptiveAvgPool2d(1)", "flatten": "nn.Flatten()"}[step[0]]
