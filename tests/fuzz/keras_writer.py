"""Writes networks as programs of Keras, in the ways in which people write the same."""

from __future__ import annotations

from textwrap import indent

from tests.fuzz.network_steps import Network, Step
from tests.fuzz.program_writer import Writer

HEAD = """import functools
from tensorflow import keras
from tensorflow.keras import layers
from keras.models import Model
"""


class Keras(Writer):
    """Writes tensors that are given to layers; parts are helper functions, loops or models in the model."""

    def program(self, net: Network) -> str:
        width, height, depth = net.size
        shape = f"({height}, {width}, {depth})"
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
            return "\n".join((HEAD, *self.above, *made, ""))
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
        return "\n".join((HEAD, *self.above, *lines, end, ""))

    def steps(self, steps: tuple[Step, ...], lines: list[str], x: str) -> None:
        """Lines for the steps on `x`."""
        at = 0
        while at < len(steps):
            match steps[at : at + 2]:
                case (("conv" | "dense", *_) as step, ("act", name)) if self.chance(0.5):
                    *pads, layer = self.layers(step)
                    comma = "" if layer.endswith("()") else ", "
                    layer = f"{layer[:-1]}{comma}activation={self.one(repr(name), f'keras.activations.{name}')})"
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
