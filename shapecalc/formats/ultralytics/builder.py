"""Adds the layers that modules are made of, and checks the arguments that a file gives a module."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, unreadable
from shapecalc.expansion.options import Options
from shapecalc.lowering.assembler import Assembler
from shapecalc.registry import activation

EPSILON = 0.001
"""Of every normalisation."""
SIDE = 640
"""Width and height of the images, which no file states."""


def activation_named(text: Any) -> str:
    """The layer that `nn.ReLU6()` names; the text is never evaluated."""
    if not isinstance(text, str):
        return "SILU"
    name = re.sub(r"\(.*", "", text, flags=re.DOTALL).split(".")[-1].strip()
    found = activation(name) if name.isidentifier() else None
    return found.kind if found is not None else name.upper() if name.isidentifier() else ""


class Builder:
    """The network so far, and the module that is being added."""

    def __init__(self, options: Options, channels: int, activation: str) -> None:
        self.assembler = Assembler(options)
        self.activation = activation
        self.place: Span = (0, 0)
        self.module = ""
        """What the module is called, for messages."""
        self.path = ""
        self.narrow = False
        """Whether a bottleneck begins with a window of 1x1: in files whose heads have anchors, which YOLOv5 reads."""
        self.count = 0
        """Layers of the module so far, which are part of their names."""
        self.assembler.input((SIDE, SIDE, channels), (0, 0), "input")
        if options.input is None:
            self.assembler.nodes[0].assumed = ("size",)

    def begin(self, path: str, module: str, place: Span) -> None:
        """Begins a module."""
        self.path, self.module, self.place, self.count = path, module, place, 0

    def add(self, kind: str, inputs: int | Sequence[int], **arguments: Any) -> int:
        """One layer of ours."""
        reads = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        self.count += 1
        return self.assembler.add(kind, reads, self.place, f"{self.path}.{kind.lower()}{self.count}", **arguments)

    def opaque(
        self,
        inputs: int | Sequence[int],
        volume: Volume | None,
        params: int = 0,
        *,
        kind: str = "",
        frozen: bool = False,
        buffers: int = 0,
        macs: int = 0,
        why: str = "",
    ) -> int:
        """A layer that the language has no word for; `why` says more of one whose volume is unknown."""
        reads = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        self.count += 1
        name = f"{self.path}.{(kind or self.module).lower()}{self.count}"
        node = self.assembler.opaque(
            kind or self.module, reads, self.place, name,
            volume=volume, params=params, buffers=buffers, macs=macs, why=why,
        )  # fmt: skip

        self.assembler.nodes[node].frozen = frozen
        return node

    def volume(self, node: int) -> Volume:
        """The volume after a node. Raises Diagnosed SHP010 where it is unknown."""
        found = self.assembler.volumes[node]
        if found is None:
            if any(d.severity == "error" for d in self.assembler.diagnostics):  # of which this is the consequence
                raise Diagnosed(*self.assembler.diagnostics)
            raise unreadable(f"the channels that {self.module} reads are unknown", self.place)
        return found

    def depth(self, node: int) -> int:
        """The channels after a node."""
        return self.volume(node).depth

    # --- what modules share -----------------------------------------------------------------------

    def conv(
        self, x: int, filters: int, extent: int = 1, stride: int = 1, padding: int | None = None, groups: int = 1,
        dilation: int = 1, act: bool | str = True, kind: str = "CONV",
    ) -> int:  # fmt: skip
        """A convolution that keeps the size at stride 1, its normalisation, and the file's activation or another."""
        pad = (dilation * (extent - 1) + 1) // 2 if padding is None else padding
        node = self.add(
            kind, x, filters=filters, extent=extent, stride=stride, padding=pad, bias=False,
            groups=groups if groups > 1 else None, dilation=dilation if dilation > 1 else None,
        )  # fmt: skip
        return self.activate(self.add("BN", node, eps=EPSILON), act)

    def plain(self, x: int, filters: int, extent: int = 1, *, bias: bool = True) -> int:
        """A convolution alone."""
        return self.add("CONV", x, filters=filters, extent=extent, padding=extent // 2, bias=bias)

    def activate(self, x: int, act: bool | str = True) -> int:
        """The activation; False is none."""
        if act is False:
            return x
        name = self.activation if act is True else act
        known = name in ("SILU", "RELU", "RELU6", "GELU", "MISH", "SIGMOID", "TANH", "SELU", "ELU", "LRELU", "HSWISH")
        return self.add(name, x) if known else self.add("ACT", x, name=name.lower() or "unknown")

    def halves(self, x: int) -> tuple[int, int]:
        """The channels in two parts."""
        half = self.depth(x) // 2
        return self.add("SLICE", x, start=0, stop=half), self.add("SLICE", x, start=half, stop=2 * half)

    def concat(self, parts: Sequence[int]) -> int:
        """One after the other in depth."""
        return self.add("CONCAT", parts)

    def added(self, *parts: int) -> int:
        """The sum."""
        return self.add("ADD", parts)

    def pool(self, x: int, extent: int, stride: int = 1, padding: int | None = None, mode: str = "max") -> int:
        """A pool that keeps the size at stride 1."""
        pad = extent // 2 if padding is None else padding
        return self.add("POOL", x, extent=extent, stride=stride, padding=pad, mode=mode)

    def called(self, node: int, name: str) -> int:
        """A node under another name; a layer of its own where it has one already."""
        if not self.assembler.names.get(node, "").startswith(f"{self.path}."):
            node = self.add("IDENTITY", node)
        self.assembler.names[node] = name
        return node


# --- arguments of modules -------------------------------------------------------------------------

MOST_WHOLE = 10**7
"""The largest whole number that an argument may state."""
MOST_SHARE = 100
"""And the largest part of a width."""
CALLED = {
    "k": "the extent", "s": "the stride", "p": "the padding", "g": "groups", "d": "the dilation", "c": "the width",
    "c3_": "the width", "c4_": "the width", "n": "the number", "out": "the output padding", "e": "the expansion",
    "pools": "the number of pools", "classes": "the number of classes", "masks": "the number of masks",
    "width": "the width of the masks", "angles": "the number of angles", "embedded": "the embedding",
    "heads": "the heads",
}  # fmt: skip
"""How messages call arguments."""


def made(b: Builder, make: Callable[..., int], known: Sequence[Any], arguments: Sequence[Any]) -> int:
    """What a function makes of what is known and of the arguments of a file: `int` is a whole number, `float` a part.

    Raises Diagnosed SHP010 for an argument of another type, and TypeError for too many or too few.
    """
    places = (one for one in signature(make).parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD)
    stated = [*places][len(known) :]
    checked = [_checked(b, parameter, value) for parameter, value in zip(stated, arguments, strict=False)]
    return make(*known, *checked, *arguments[len(checked) :])


def _checked(b: Builder, parameter: Parameter, value: Any) -> Any:
    name, kind = CALLED.get(parameter.name, "an argument"), parameter.annotation
    if kind == "int" or (kind == "int | None" and value is not None):
        square = parameter.name == "k" and isinstance(value, list) and len({*map(str, value)}) == 1
        return whole(b, value[0] if square else value, name)
    if kind != "float":
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_SHARE:
        raise unreadable(f"{name} of {b.module} is not a number: {str(value)[:40]}", b.place)
    return value


def whole(b: Builder, value: Any, what: str) -> int:
    """A whole number from the file. Raises Diagnosed SHP010."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_WHOLE:
        raise unreadable(f"{what} of {b.module} is not a whole number: {str(value)[:40]}", b.place)
    return value
