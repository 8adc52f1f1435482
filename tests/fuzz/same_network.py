"""Writes a network of random layers as a diagram and as programs of PyTorch and Keras: all are read alike.

Usage: python -m tests.fuzz.same_network [--seconds 60] [--seed 1] [--show]

A network is a list of steps, and nothing here asks the reader what they mean. Each writer chooses among the ways in
which people write the same: layers as members or in a sequence, functions and methods for what has no weights, classes,
helper functions, loops, numbers that are worked out. A reading is the sorted work of all layers, and what comes out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from random import Random
from textwrap import indent
from typing import Any, NamedTuple

import shapecalc
from tests.fuzz.network_steps import Network, Step, network, volume_after

TORCH_ACTS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "silu": "SiLU", "gelu": "GELU"}
WORK = ("POOL", "AVGPOOL", "ADD", "CONCAT", "UPSAMPLE")
"""Layers without weights that every way of writing has."""


def diagram(net: Network) -> str:
    """The network in shapecalc's language."""
    width, height, depth = net.size
    return f"INPUT({width}x{height}x{depth}) => " + _chain(net.steps)


def _chain(steps: tuple[Step, ...]) -> str:
    return " => ".join(map(_layer, steps))


def _layer(step: Step) -> str:
    match step:
        case ("conv", k, f, s, p, groups, bias):
            return f"CONV({k}, {f}, S={s}, P={p}, groups={groups}, bias={str(bias).lower()})"
        case ("up_conv", k, f):
            return f"UPCONV({k}, {f}, S={f})"
        case ("max" | "avg", f, s):
            return f"{'AVG' * (step[0] == 'avg')}POOL({f}, S={s})"
        case ("act", name):
            return name.upper()
        case ("up", by):
            return f"UPSAMPLE({by})"
        case ("drop", rate):
            return f"DO({rate})"
        case ("add" | "concat", *branches):
            return f"{step[0].upper()}[{' | '.join(map(_chain, branches))}]"
        case ("repeat", times, steps):
            return f"[{_chain(steps)}]*{times}"
        case ("dense", units, bias):
            return f"FC({units}, bias={str(bias).lower()})"
    return {"bn": "BN", "gap": "GAP", "flatten": "FLATTEN"}[step[0]]


class Writer:
    """What writers of programs share: names, numbers as expressions, and lines above the network."""

    def __init__(self, random: Random) -> None:
        self.random, self.above, self.count = random, list[str](), 0
        self.plain = random.random() < 0.3

    def fresh(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def one(self, *ways: str) -> str:
        return self.random.choice(ways)

    def number(self, value: int) -> str:
        """An expression of a whole number."""
        if self.plain or self.chance(0.7):
            return str(value)
        name = self.fresh("n")
        self.above.append(
            self.one(f"{name} = {value}", f"{name}, _ = ({value}, 1)", f"{name} = [{value + 1}, {value}][-1]")
        )
        return self.one(
            name, f"int({name})", f"{value - 1} + 1", f"{2 * value} // 2", f"{{'a': {name}}}['a']", f"max({name}, 0)"
        )

    def call(self, name: str, first: list[tuple[str, str]], rest: list[tuple[str, str]]) -> str:
        """A call with arguments by place or name; those of `rest` by name."""
        by_name = len(first) if self.plain else self.random.randrange(len(first) + 1)
        words = [value if at < by_name else f"{key}={value}" for at, (key, value) in enumerate(first)]
        named = [f"{key}={value}" for key, value in rest]
        self.random.shuffle(named)
        return f"{name}({', '.join(words + named)})"

    def pair(self, value: int) -> str:
        return self.number(value) if self.chance(0.7) else f"({value}, {value})"


class Torch(Writer):
    """Writes classes with `forward`; a step is a layer, or what is done to `x`."""

    def program(self, net: Network) -> str:
        width, height, depth = net.size
        made = self.sequence(net.steps, net.size) if self.chance(0.2) else f"{self.module(net.steps, net.size)}"
        end = self.one(
            f"net(torch.randn(1, {depth}, {height}, {width}))", f"summary(net, ({depth}, {height}, {width}))",
            f"x = torch.zeros((2, {depth}, {height}, {width}))\nprint(net(x).shape)",
        )  # fmt: skip
        head = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torchsummary import summary\n"
        return "\n".join((head, *self.above, f"net = {made}", end, ""))

    def module(self, steps: tuple[Step, ...], size: tuple[int, ...]) -> str:
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

    def steps(
        self, steps: tuple[Step, ...], size: tuple[int, ...], init: list[str], forward: list[str], x: str
    ) -> None:
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
            self.one(f"self.{name} = {layer}", f"self.add_module('{name}', {layer})", f"setattr(self, f'{name}', {layer})")
            if not self.plain and self.chance(0.3) else f"self.{name} = {layer}"
        )  # fmt: skip
        forward.append(f"{x} = self.{name}({x})")

    def step(self, step: Step, size: tuple[int, ...], init: list[str], forward: list[str], x: str) -> None:
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
        size: tuple[int, ...],
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
        self, times: int, steps: tuple[Step, ...], size: tuple[int, ...], init: list[str], forward: list[str], x: str
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
                    f"{held} = []\nfor i in range({count}):\n    {held}.append({part})\nself.{held} = nn.Sequential(*{held})"
                )
                forward.append(f"{x} = self.{held}({x})")
            case _:
                init.append(f"for i in range(1, {times} + 1):\n    setattr(self, '{held}_%d' % i, {part})")
                forward.append(f"for i in range({times}):\n    {x} = getattr(self, f'{held}_{{i + 1}}')({x})")

    def sequence(self, steps: tuple[Step, ...], size: tuple[int, ...]) -> str:
        """An `nn.Sequential` of the steps."""
        layers = []
        for step in steps:
            layers.append(self.layer(step, size))
            size = volume_after((step,), size)
        return f"nn.Sequential({', '.join(layers)})"

    def layer(self, step: Step, size: tuple[int, ...]) -> str:
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


class Keras(Writer):
    """Writes tensors that are given to layers; parts are helper functions, loops or models in the model."""

    def program(self, net: Network) -> str:
        width, height, depth = net.size
        shape = f"({height}, {width}, {depth})"
        head = "from tensorflow import keras\nfrom tensorflow.keras import layers\nfrom keras.models import Model\n"
        flat = not any(step[0] in ("add", "concat", "repeat") for step in net.steps)
        if flat and self.chance(0.4):
            layers = [layer for step in net.steps for layer in self.layers(step)]
            if self.chance(0.5):
                made = [f"net = keras.Sequential([keras.Input({shape}), {', '.join(layers)}])"]
            else:
                made = [
                    "net = keras.Sequential()",
                    f"net.add(layers.Input(shape={shape}))",
                    *(f"net.add({layer})" for layer in layers),
                ]
            return "\n".join((head, *self.above, *made, ""))
        lines = [f"inputs = keras.Input({self.one('', 'shape=')}{shape})", "x = inputs"]
        self.steps(net.steps, lines, "x")
        end = self.one(
            "net = Model(inputs, x)",
            "net = keras.Model(inputs=inputs, outputs=x)",
            "net = Model(inputs=[inputs], outputs=[x])\nnet.summary()",
        )
        if self.chance(0.3):
            lines = ["def build():", indent("\n".join((*lines, end, "return net")), "    "), "net = build()"]
            end = ""
        return "\n".join((head, *self.above, *lines, end, ""))

    def steps(self, steps: tuple[Step, ...], lines: list[str], x: str) -> None:
        """Lines for the steps on `x`."""
        at = 0
        while at < len(steps):
            match steps[at : at + 2]:
                case (("conv" | "dense", *_) as step, ("act", name)) if self.chance(0.5):
                    *pads, layer = self.layers(step)
                    layer = f"{layer[:-1]}, activation={self.one(repr(name), f'keras.activations.{name}')})"
                    lines += [f"{x} = {one}({x})" for one in (*pads, layer)]
                    at += 2
                case (step, *_):
                    self.step(step, lines, x)
                    at += 1

    def step(self, step: Step, lines: list[str], x: str) -> None:
        match step:
            case ("add" | "concat", *branches):
                names = [self.fresh("y") for _ in branches]
                for name, branch in zip(names, branches, strict=True):
                    lines.append(f"{name} = {x}")
                    self.steps(branch, lines, name)
                listed = f"[{', '.join(names)}]"
                join = {"add": "add", "concat": "concatenate"}[step[0]]
                ways = [f"layers.{join}({listed})", f"layers.{join.title()}()({listed})"]
                ways += [" + ".join(names)] if step[0] == "add" else [f"layers.Concatenate(axis=-1)({listed})"]
                lines.append(f"{x} = {self.one(*ways)}")
            case ("repeat", times, steps):
                inner = list[str]()
                self.steps(steps, inner, "x")
                name, body = self.fresh("block"), "\n".join(inner)
                match self.random.randrange(3):
                    case 0:
                        self.above.append(f"def {name}(x):\n{indent(body, '    ')}\n    return x\n")
                        lines.append(f"for _ in range({self.number(times)}):\n    {x} = {name}({x})")
                    case 1:
                        body = body if x == "x" else f"x = {x}\n{body}\n{x} = x"
                        kept = "" if x == "x" else "kept = x\n"
                        lines.append(
                            f"{kept}for i in range({times}):\n{indent(body, '    ')}" + ("\nx = kept" if kept else "")
                        )
                    case _:
                        self.steps(steps * times, lines, x)
            case _:
                lines += [f"{x} = {layer}({x})" for layer in self.layers(step)]

    def layers(self, step: Step) -> list[str]:
        match step:
            case ("conv", k, f, s, p, groups, bias):
                same = s == 1 and f == 2 * p + 1
                pads = [f"layers.ZeroPadding2D({p})"] if p and not same else []
                rest = (
                    [("padding", "'same'")] * same
                    + [("groups", str(groups))] * (groups > 1)
                    + [("use_bias", "False")] * (not bias)
                )
                first = [("filters", self.number(k)), ("kernel_size", self.pair(f)), ("strides", self.pair(s))]
                return [*pads, self.call("layers.Conv2D", first, rest)]
            case ("up_conv", k, f):
                return [
                    self.call(
                        "layers.Conv2DTranspose",
                        [("filters", self.number(k)), ("kernel_size", self.pair(f)), ("strides", str(f))],
                        [],
                    )
                ]
            case ("max" | "avg", f, s):
                name = {"max": "Max", "avg": "Average"}[step[0]]
                return [
                    self.call(f"layers.{name}Pooling2D", [("pool_size", self.pair(f)), ("strides", self.pair(s))], [])
                ]
            case ("act", name):
                return [
                    self.one(
                        f"layers.Activation('{name}')",
                        "layers.ReLU()" if name == "relu" else f"layers.Activation(keras.activations.{name})",
                    )
                ]
            case ("up", by):
                return [f"layers.UpSampling2D({self.pair(by)})"]
            case ("drop", rate):
                return [f"layers.Dropout({rate})"]
            case ("dense", units, bias):
                return [
                    self.call("layers.Dense", [("units", self.number(units))], [("use_bias", "False")] * (not bias))
                ]
        return [
            {
                "bn": "layers.BatchNormalization()",
                "gap": "layers.GlobalAveragePooling2D(keepdims=True)",
                "flatten": "layers.Flatten()",
            }[step[0]]
        ]


class Reading(NamedTuple):
    """What a text is read as: kinds, volumes, parameters and MACs of all layers that work, and what comes out."""

    work: list[tuple[str, tuple[int, ...], int, int]]
    output: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Reading:
        report = shapecalc.check(text)
        if not report.layers or any(d.severity == "error" for d in report.diagnostics):
            return cls([("\n".join(map(str, report.diagnostics)), (), 0, 0)], ())
        rows = [(row, row.output.sizes) for row in report.layers]
        work = [(r.kind, sizes, r.params, r.macs) for r, sizes in rows if r.params or r.macs or r.kind in WORK]
        return cls(sorted(work), rows[-1][1])


def difference(seed: int) -> str:
    """The texts of a random network that are read in different ways, and these; empty where all are alike."""
    random = Random(seed)
    net = network(random)
    drawn = diagram(net)
    expected = Reading.of(drawn)
    for text in (Torch(random).program(net), Keras(random).program(net)):
        found = Reading.of(text)
        if found != expected:
            lost = [row for row in expected.work if row not in found.work]
            more = [row for row in found.work if row not in expected.work]
            return f"{drawn}\n\n{text}\n{lost} {expected.output}\nbut\n{more} {found.output}"
    return ""
