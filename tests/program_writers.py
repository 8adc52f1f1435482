"""Small random networks as data, and what writes them: as a diagram, as a module of PyTorch, as a model of Keras.

What writes knows nothing of what reads: the figures of all three are of the same network, or one of them is misread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

Items = tuple["Item", ...]


class Item(NamedTuple):
    """A layer with its numbers, or a part with the layers inside: `add` of one branch, `cat` of two, `again` of one."""

    kind: str
    numbers: tuple[int, ...] = ()
    inside: tuple[Items, ...] = ()


class Network(NamedTuple):
    """A network that reads images of so many channels, rows and columns."""

    image: tuple[int, int, int]
    items: Items


def network(random: Random) -> Network:
    """A network with an image that four halvings leave something of, two to five parts and a head."""
    image = (random.choice((1, 3)), random.randint(64, 99), random.randint(64, 99))
    items, depth = [], image[0]
    for _ in range(random.randint(2, 5)):
        part, depth = _part(depth, random)
        items += part
        if random.random() < 0.5 and sum(i.kind in ("max", "avg") or i.numbers[2:3] == (2,) for i in items) < 4:
            items.append(Item(random.choice(("max", "avg")), random.choice(((2, 2), (3, 2), (2, 1)))))
    head = [Item("gap")] if random.random() < 0.5 else [Item("flat")]
    return Network(
        image, (*items, *head, *([Item("fc", (7,)), Item("relu")] * random.randint(0, 1)), Item("fc", (10,)))
    )


def _part(depth: int, random: Random) -> tuple[list[Item], int]:
    """Layers that read so many channels, and how many they give."""
    kind = random.choice(("convs", "convs", "add", "cat", "again"))
    if kind == "convs":
        width = random.randint(2, 9)
        extent, stride = random.choice(((1, 1), (3, 1), (5, 1), (3, 2)))
        conv = Item("conv", (width, extent, stride, extent // 2, random.randint(0, 1)))
        return [conv, *([Item("bn")] * random.randint(0, 1)), Item("relu")], width
    if kind == "cat":
        branches = tuple(tuple(_kept(random.randint(2, 5), random)) for _ in range(2))
        return [Item("cat", (), branches)], sum(branch[0].numbers[0] for branch in branches)
    part = Item("add", (), (tuple(_kept(depth, random)),))
    if kind == "add":
        return [part, Item("relu")], depth
    inside = (part, Item("relu")) if random.random() < 0.5 else tuple(_kept(depth, random))
    return [Item("again", (random.randint(1, 3),), (inside,))], depth


def _kept(width: int, random: Random) -> Iterator[Item]:
    """Layers that leave rows and columns as they are."""
    extent = random.choice((1, 3))
    yield Item("conv", (width, extent, 1, extent // 2, random.randint(0, 1)))
    yield from [Item("bn")] * random.randint(0, 1)
    yield from [Item("relu")] * random.randint(0, 1)


def diagram(net: Network) -> str:
    """The network in the language."""
    depth, rows, columns = net.image
    return f"INPUT({columns}x{rows}x{depth}) => {_chain(net.items)}\n"


def _chain(items: Items) -> str:
    return " => ".join(map(_in_diagram, items))


def _in_diagram(item: Item) -> str:
    numbers = item.numbers
    match item.kind:
        case "conv":
            filters, extent, stride, padding, bias = numbers
            return f"CONV({filters}, {extent}, S={stride}, P={padding}{'' if bias else ', bias=false'})"
        case "max" | "avg":
            return f"POOL({numbers[0]}, S={numbers[1]}{', mode=avg' if item.kind == 'avg' else ''})"
        case "add" | "cat":
            branches = " | ".join(map(_chain, item.inside))
            return f"ADD[ {branches} | ]" if item.kind == "add" else f"CONCAT[ {branches} ]"
        case "again":
            return f"[{_chain(item.inside[0])}]*{numbers[0]}"
        case "flat":
            return "FLATTEN"
        case kind:
            return kind.upper() + (f"({numbers[0]})" if numbers else "")


class _Torch:
    """Writes a module: what `__init__` makes and what `forward` does, in one of the ways that people have."""

    def __init__(self, net: Network, random: Random) -> None:
        self.random, self.made, self.steps, self.number = random, list[str](), list[str](), 0
        self.classes: list[str] = []
        self.depth, self.rows, self.columns = net.image

    def items(self, items: Items, value: str = "x") -> None:
        """Steps that put a value through layers."""
        place = 0
        while place < len(items):
            alone = next((i for i in range(place, len(items)) if items[i].kind in ("add", "cat", "again")), len(items))
            if alone - place > 1 and self.random.random() < 0.4:
                self.steps.append(f"{value} = {self.chain([self.layer(item) for item in items[place:alone]])}({value})")
                place = alone
            else:
                self.item(items[place], value)
                place += 1

    def member(self, layer: str) -> str:
        """The name of a member that is made so."""
        self.number += 1
        self.made.append(f"self.part{self.number} = {layer}")
        return f"self.part{self.number}"

    def chain(self, layers: list[str]) -> str:
        """The name of a member that is a chain of layers."""
        way = self.random.randrange(4)
        if way == 0:
            pairs = ", ".join(f"('n{number}', nn.Sequential({layer}))" for number, layer in enumerate(layers))
            return self.member(f"nn.Sequential(OrderedDict([{pairs}]))")
        if way == 1:
            self.made += ["layers = []", *(f"layers += [{layer}]" for layer in layers)]
            return self.member("nn.Sequential(*layers)")
        name = self.member(f"nn.Sequential({', '.join(layers[:1] if way == 2 else layers)})")
        self.made += [f"{name}.append(nn.Sequential({layer}))" for layer in layers[1:] if way == 2]
        return name

    def of_class(self, items: Items) -> str:
        """The name of a member of a class of its own, which is told how many channels arrive."""
        inner = _Torch(Network((self.depth, self.rows, self.columns), items), self.random)
        inner.items(items)
        name = f"Part{len(self.classes)}_{self.number}_{self.depth}"
        self.classes += [*inner.classes, _class(name, inner.made, inner.steps)]
        self.depth, self.rows, self.columns = inner.depth, inner.rows, inner.columns
        return self.member(f"{name}()")

    def layer(self, item: Item) -> str:
        """The call that makes a layer, and what becomes of the size."""
        numbers = item.numbers
        match item.kind:
            case "conv":
                filters, extent, stride, padding, bias = numbers
                read, self.depth = self.depth, filters
                self._slide(extent, stride, padding)
                named = (
                    f"{read}, {filters}, kernel_size={extent}, stride={stride}, padding={padding}, bias={bool(bias)}"
                )
                short = f"{read}, {filters}, ({extent}, {extent}), {stride}, {padding}, 1, 1, {bool(bias)}"
                return f"nn.Conv2d({self.random.choice((named, short))})"
            case "max" | "avg":
                self._slide(*numbers, 0)
                return f"nn.{item.kind.title()}Pool2d({numbers[0]}, stride={numbers[1]})"
            case "gap":
                self.rows = self.columns = 1
                return "nn.AdaptiveAvgPool2d(1), nn.Flatten()"
            case "flat":
                return "nn.Flatten()"
            case "fc":
                read = self.depth * self.rows * self.columns
                self.depth, self.rows, self.columns = numbers[0], 1, 1
                return f"nn.Linear({read}, {numbers[0]})"
            case kind:
                return {"relu": "nn.ReLU()", "bn": f"nn.BatchNorm2d({self.depth})"}[kind]

    def _slide(self, extent: int, stride: int, padding: int) -> None:
        self.rows = (self.rows + 2 * padding - extent) // stride + 1
        self.columns = (self.columns + 2 * padding - extent) // stride + 1

    def item(self, item: Item, value: str) -> None:
        """Steps of one part."""
        choose, branch = self.random.choice, f"{value}{len(self.steps)}"
        match item.kind:
            case "relu":
                ways = (
                    f"F.relu({value})",
                    f"{value}.relu()",
                    f"torch.relu({value})",
                    f"{self.member('nn.ReLU()')}({value})",
                )
                self.steps.append(f"{value} = {choose(ways)}")
            case "flat":
                ways = (f"{value}.view({value}.size(0), -1)", f"torch.flatten({value}, 1)", f"{value}.flatten(1)")
                self.steps.append(f"{value} = {choose(ways)}")
            case "gap":
                self.rows = self.columns = 1
                ways = (f"{value}.mean((2, 3))", f"F.adaptive_avg_pool2d({value}, 1).flatten(1)")
                self.steps.append(f"{value} = {choose(ways)}")
            case "add":
                if self.random.random() < 0.4:
                    self.steps.append(f"{branch} = {self.of_class(item.inside[0])}({value})")
                else:
                    self.steps.append(f"{branch} = {value}")
                    self.items(item.inside[0], branch)
                ways = (
                    f"{value} = {value} + {branch}",
                    f"{value} = torch.add({branch}, {value})",
                    f"{value} += {branch}",
                )
                self.steps.append(choose(ways))
            case "cat":
                names, depths, start = [f"{branch}_{i}" for i in range(len(item.inside))], 0, self.depth
                for name, inside in zip(names, item.inside, strict=True):
                    self.depth = start
                    self.steps.append(f"{name} = {value}")
                    self.items(inside, name)
                    depths += self.depth
                self.depth = depths
                self.steps.append(
                    f"{value} = torch.cat({choose(('[{}], 1', '({}), dim=1', '[{}], -3')).format(', '.join(names))})"
                )
            case "again":
                self.again(item, value)
            case _:
                self.steps.append(f"{value} = {self.member(self.layer(item))}({value})")

    def again(self, item: Item, value: str) -> None:
        """A loop over a list of modules, where these are a chain; all steps again where not."""
        (times,), (inside,) = item.numbers, item.inside
        if any(one.kind == "add" for one in inside) or self.random.random() < 0.3:
            for _ in range(times):
                self.items(inside, value)
            return
        layers = ", ".join(self.layer(one) for one in inside)
        many = self.member(f"nn.ModuleList([nn.Sequential({layers}) for _ in range({times})])")
        self.steps += [f"for part in {many}:", f"    {value} = part({value})"]


def module(net: Network, random: Random) -> str:
    """The network as a module of PyTorch that is called on an image."""
    writer = _Torch(net, random)
    writer.items(net.items)
    heads = [
        "import torch",
        "import torch.nn.functional as F",
        "from torch import nn",
        "from collections import OrderedDict",
    ]
    call = f"Net()(torch.randn({', '.join(map(str, (1, *net.image)))}))"
    return "\n".join((*heads, *writer.classes, _class("Net", writer.made, writer.steps), call, ""))


def _class(name: str, made: list[str], steps: list[str]) -> str:
    made = [f"        {line}" for line in ("super().__init__()", *made)]
    steps = [f"        {line}" for line in (*steps, "return x")]
    return "\n".join(
        (f"class {name}(nn.Module):", "    def __init__(self):", *made, "    def forward(self, x):", *steps, "")
    )


def model(net: Network, random: Random) -> str:
    """The network as a functional model of Keras."""
    depth, rows, columns = net.image
    lines = ["from keras import layers, Model", "", f"x = start = layers.Input(({rows}, {columns}, {depth}))"]
    lines += _keras(net.items, "x", random)
    return "\n".join((*lines, "Model(start, x).summary()", ""))


def _keras(items: Sequence[Item], value: str, random: Random) -> Iterator[str]:
    for place, item in enumerate(items):
        yield from _keras_item(item, value, f"{value}{place}", random)


def _keras_item(item: Item, value: str, branch: str, random: Random) -> Iterator[str]:
    numbers = item.numbers
    match item.kind:
        case "conv":
            filters, extent, stride, padding, bias = numbers
            same = stride == 1
            if padding and not same:
                yield f"{value} = layers.ZeroPadding2D({padding})({value})"
            how = (
                f"{filters}, {extent}, strides={stride}, padding='{'same' if same else 'valid'}', use_bias={bool(bias)}"
            )
            yield f"{value} = layers.Conv2D({how})({value})"
        case "max" | "avg":
            name = "MaxPooling2D" if item.kind == "max" else "AveragePooling2D"
            yield f"{value} = layers.{name}({numbers[0]}, strides={numbers[1]})({value})"
        case "add" | "cat":
            names = [value] if item.kind == "add" else []
            for number, inside in enumerate(item.inside):
                names.append(f"{branch}_{number}")
                if random.random() < 0.3:
                    yield f"def make_{names[-1]}(y, *, unused=None):"
                    yield from (f"    {line}" for line in (*_keras(inside, "y", random), "return y"))
                    yield f"{names[-1]} = make_{names[-1]}({value})"
                else:
                    yield f"{names[-1]} = {value}"
                    yield from _keras(inside, names[-1], random)
            call = {"add": ("layers.Add()", "layers.add"), "cat": ("layers.Concatenate()", "layers.concatenate")}[
                item.kind
            ]
            yield f"{value} = {random.choice(call)}([{', '.join(names)}])"
        case "again":
            yield f"for _ in range({numbers[0]}):"
            yield from (f"    {line}" for line in _keras(item.inside[0], value, random))
        case "fc":
            yield f"{value} = layers.Dense({numbers[0]})({value})"
        case "relu":
            yield f"{value} = layers.{random.choice(_RELUS)}({value})"
        case kind:
            names = {"bn": "BatchNormalization", "gap": "GlobalAveragePooling2D", "flat": "Flatten"}
            yield f"{value} = layers.{names[kind]}()({value})"


_RELUS = ("ReLU()", "Activation('relu')")
WRITERS: dict[str, Callable[[Network, Random], str]] = {"PyTorch": module, "Keras": model}
