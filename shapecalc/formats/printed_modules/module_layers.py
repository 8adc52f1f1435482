"""The graph of a printed model. What it does not say, the order of `forward` and what joins, is assumed and said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from shapecalc.core.layer import Volume, Weight
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import counted, listed, plural
from shapecalc.core.record import replace
from shapecalc.core.window import ShapeError
from shapecalc.expansion.options import Options
from shapecalc.formats.printed_modules.module_tree import Module
from shapecalc.formats.printed_modules.torch_modules import TorchModule, alike, stated_parameters, torch_module
from shapecalc.layers.recurrent import GATES
from shapecalc.lowering.assembler import Assembler
from shapecalc.passes.graph import Graph

SKIPS = frozenset(
    {"downsample", "shortcut", "skip", "projection", "identity_conv", "residual_conv", "match", "adapter"}
)
"""Names of modules that lead around the others of their module, where it has others."""
_RESIDUAL = re.compile(r"BasicBlock|Bottleneck|Residual|ResBlock|ResidualBlock|MBConv|CNBlock")
_GATES = frozenset({"SIGMOID", "HSIGMOID"})
_IN_ORDER = frozenset({"Sequential", "Conv2dNormActivation", "ConvNormActivation", "Conv3dNormActivation"})
"""Modules that call what they hold in the order in which it is printed."""
_OF_ANY_SIZE = frozenset({"FLATTEN", "IDENTITY", "DO"})
"""Layers before a Linear that leave open what size arrives, but not how many values."""
MOST_NAMED = 5
IMAGE_AXES = 2
"""Of an input of which no module says more."""


def graph(root: Module, options: Options) -> Graph:
    """A model as a graph."""
    model = _Model(root, Assembler(options))
    model.all()
    return model.nodes.graph()


class _Model:
    def __init__(self, root: Module, nodes: Assembler) -> None:
        self.root, self.nodes = root, nodes
        self.read: Callable[[str], TorchModule | None] = cache(self._torch_module)
        self.leaves = [*root.leaves()]
        self.done = 0
        """Leaves that are layers by now."""
        self.entries: list[int] = []
        """What the modules that are done read, the last one last."""
        self.joins: list[str] = []
        self.elsewhere: list[str] = []
        self.unknown: list[str] = []
        self.alike: dict[str, None] = {}
        """Classes of somebody else that print as one of torch does, in their order."""
        self.misfits: list[str] = []
        """Modules that take what does not arrive; the first is reported, with the names of the others."""
        self.in_rows = False
        """Whether it begins with an Embedding or a recurrent layer: a Linear works on the channels of a position."""

    def _torch_module(self, text: str) -> TorchModule | None:
        found = torch_module(text)
        if found is None and (call := alike(text)):
            found = torch_module(call)
            self.alike |= {text.partition("(")[0].strip(): None} if found else {}
        return found

    def all(self) -> None:
        """Adds the input, every module, and what is assumed."""
        self.module(self.root, self._input())
        self._name_misfits()
        said = []
        if any(module.kind not in _IN_ORDER for module in _holders(self.root)):
            said.append("each module is called once, in the order in which it is printed, and owns nothing beside them")
        for message, names in (
            ("a join, a pool, a reshape or a flattening is called between, at {}", self.joins),
            ("these read what is further up: {}", self.elsewhere),
            ("these are taken for layers of PyTorch that print alike: {}", [*self.alike]),
            ("these may share the weights of an Embedding, and are counted on their own: {}", self._perhaps_tied()),
            ("these are not known, keep what they get, and may have parameters that are not counted: {}", self.unknown),
        ):
            if names:
                said.append(message.format(listed(names, MOST_NAMED)))
        if said:
            message = f"print(model) does not say what forward does, and it is assumed: {said[0]}"
            help = ("write the network as a diagram, or export it: torch.export and ONNX say what reads what",)
            self.nodes.report("SHP511", message, 0, severity="warning", notes=tuple(said[1:]), help=help)

    def _perhaps_tied(self) -> list[str]:
        """Outputs that have the sizes of an Embedding: where one array is both, print(model) shows it twice."""
        size = r"(?:in_features=)?(\d+), (?:out_features=)?(\d+)"
        found = {leaf.name: re.match(rf"(Embedding|Linear)\({size}", leaf.text) for leaf in self.leaves}
        rows = {match.group(3, 2) for match in found.values() if match and match[1] == "Embedding"}
        return [
            f"{name} ({counted(int(match[2]) * int(match[3]), 'parameter')})"
            for name, match in found.items()
            if match and match[1] == "Linear" and match.group(2, 3) in rows
        ]

    def _name_misfits(self) -> None:
        first, *others = self.misfits or [""]
        for place, found in enumerate(self.nodes.diagnostics):
            if others and found.code == "SHP306" and found.message.startswith(f"{first} "):
                note = f"the same at {listed(others, MOST_NAMED)}"
                self.nodes.diagnostics[place] = replace(found, notes=(*found.notes, note))

    def _input(self) -> int:
        """The INPUT, of which the first module says the channels, and an Embedding that it is a row of indices."""
        opening = self.read(self.leaves[0].text)
        if opening is not None and opening.layer.kind == "EMBEDDING":
            self.in_rows = True
            return self.nodes.input((None, 1), (self.root.span[0], self.root.span[0]), "input")
        first = next((leaf for leaf in self.leaves if (read := self.read(leaf.text)) and read.takes), self.leaves[0])
        read = self.read(first.text)
        channels = read.takes if read else None
        place = (self.root.span[0], self.root.span[0])
        before = [self.read(leaf.text) for leaf in self.leaves[: self.leaves.index(first)]]
        flat = all(found is not None and found.layer.kind in _OF_ANY_SIZE for found in before)
        if read is not None and read.layer.kind == "FC" and flat:
            return self.nodes.input((1, 1, channels), place, "input")
        if read is not None and read.layer.kind in GATES:
            self.in_rows = True
            return self.nodes.input((None, channels), place, "input")
        return self.nodes.input((*(None,) * ((read and read.axes) or IMAGE_AXES), channels), place, "input")

    # --- modules that hold others ---------------------------------------------------------------

    def module(self, module: Module, source: int) -> int:
        """A module after a node; gives the node of its output."""
        if module.kind == "MultiheadAttention":
            return self._attention(module, source)
        if not module.children:
            self.done += 1
            return source if module.kind in _IN_ORDER else self._leaf(module, source)
        start = len(self.nodes.nodes)
        last, around, entry = source, [], source
        for child in module.children:
            alone = len(module.children) == 1
            if child.name.rpartition(".")[2] in SKIPS and child.kind != "Identity" and not alone:
                around.append(self.module(child, entry))
                continue
            first = len(self.nodes.nodes)
            last = self.module(child, self._reads(module, child, last, source, start))
            if child is module.children[0] and first < len(self.nodes.nodes):
                entry = next(iter(self.nodes.nodes[first].inputs), source)
        end = self._output(module, entry, last, around, start)
        self.entries.append(entry)
        return end

    def _reads(self, module: Module, child: Module, last: int, entry: int, start: int) -> int:
        """What a module reads: the one before, unless it takes another number of channels."""
        takes = self._takes(child)
        short = child.name.rpartition(".")[2]
        if re.match(r"branch\w*?(?:_1)?$", short) and not re.search(r"_[2-9]\w?$", short) and self._fits(entry, takes):
            return entry
        if takes is None or self._fits(last, takes):
            return last
        if module.kind not in _IN_ORDER or last == entry:
            inside: list[int] = [entry, *range(len(self.nodes.nodes) - 1, start - 1, -1)]
            for node in inside:
                if self._fits(node, takes):
                    self.elsewhere.append(child.name)
                    return node
        return self._joined(child, takes, last, start)

    def _joined(self, child: Module, takes: int, last: int, start: int) -> int:
        """Several volumes one after the other, or the half of one, where their channels are those that are taken."""
        volume = self.nodes.volumes[last]
        if volume is None:
            return last
        choices = [[entry, last] for entry in self.entries[-1:-3:-1]] + [self.nodes.ends(start, volume)]
        for nodes in choices:
            if len(nodes) > 1 and self.nodes.depth(*nodes) == takes and self._alike(nodes):
                return self._join("CONCAT", nodes, child)
        size, rest = divmod(volume.size, takes)
        side = round(size ** (1 / max(self._axes(child), 1)))
        if side > 1 and max(volume.spatial) == 1 and not rest and side ** self._axes(child) == size:
            self.joins.append(child.name)
            return self.nodes.add("RESHAPE", (last,), child.span, size=Sizes((*(side,) * self._axes(child), takes)))
        return self._join("SLICE", (last,), child, start=takes, stop=2 * takes) if volume.depth == 2 * takes else last

    def _join(self, kind: str, nodes: Sequence[int], module: Module, **arguments: int) -> int:
        """What is assumed to be called between modules, and said to be."""
        self.joins.append(module.name or module.kind)
        return self.nodes.add(kind, nodes, module.span, **arguments)

    def _output(self, module: Module, entry: int, last: int, around: list[int], start: int) -> int:
        """The output of a module: what leads around is added, ends that nothing reads are joined, gates multiplied."""
        nodes = self.nodes
        volume, before = nodes.volumes[last], nodes.volumes[entry]
        if volume is None or before is None:
            return last
        if around:
            return self._join("ADD", (last, *around), module)
        if nodes.nodes[last].kind in _GATES and volume.depth == before.depth and max(volume.spatial) == 1:
            return self._join("MUL", (entry, last), module) if max(before.spatial) > 1 else last
        if module.kind not in _IN_ORDER and not self.in_rows:
            ends = self.nodes.ends(start, volume)
            wanted = self._next_takes()
            if len(ends) > 1 and wanted != volume.depth and (wanted or 0) in (0, nodes.depth(*ends)):
                return self._join("CONCAT", ends, module)
            pooled = self._pooled(entry, ends, wanted)
            if pooled is not None:
                return self._join("CONCAT", (*ends, pooled), module)
            half = self._halved(entry, start)
            if half and wanted == volume.depth + half:
                rest = nodes.add("SLICE", (entry,), module.span, start=0, stop=half)
                return self._join("CONCAT", (rest, last), module)
        if _RESIDUAL.search(module.kind) and volume == before and last != entry:
            return self._join("ADD", (entry, last), module)
        return last

    def _pooled(self, entry: int, ends: list[int], wanted: int | None) -> int | None:
        """A branch that only pools is not printed: the input, where its channels are those that are missing."""
        volumes = [volume for node in ends if (volume := self.nodes.volumes[node])]
        before = self.nodes.volumes[entry]
        if before is None or not volumes or sum(v.depth for v in volumes) + before.depth != wanted:
            return None
        if any((size - 3) // 2 + 1 != after for size, after in zip(before.spatial, volumes[0].spatial, strict=True)):
            return None
        return self.nodes.add("POOL", (entry,), self.root.span, extent=3, stride=2)

    def _halved(self, entry: int, start: int) -> int:
        """Channels of the half that a module left out, where it began with the other one."""
        first = self.nodes.nodes[start] if start < len(self.nodes.nodes) else None
        return self.nodes.depth(entry) // 2 if first and first.kind == "SLICE" and first.inputs == (entry,) else 0

    # --- single modules -------------------------------------------------------------------------

    def _leaf(self, module: Module, source: int) -> int:
        read, volume = self.read(module.text), self.nodes.volumes[source]
        if read is None:
            params = stated_parameters(module.text)
            if module.kind not in ("Permute", "Identity") and not params:
                self.unknown.append(module.name)
            return self.nodes.opaque(module.kind, (source,), module.span, module.name, volume=volume, params=params)
        if read.layer.kind == "EMBEDDING" and volume is not None and volume.depth != 1:  # of positions, which are added
            self.elsewhere.append(module.name)
            params = stated_parameters(module.text)
            return self.nodes.opaque(module.kind, (source,), module.span, module.name, volume=volume, params=params)
        if read.layer.kind == "FC" and volume is not None and read.takes not in (None, volume.size):
            return self._linear(module, read, source, volume)
        if read.takes and volume and read.layer.kind != "FC" and volume.depth != read.takes:
            return self._misfit(module, read, source, Volume(volume.spatial, read.takes))
        for layer, text in read.before:
            source = self.nodes.add_layer(layer, (source,), text, module.span)
        return self.nodes.add_layer(read.layer, (source,), read.text, module.span, module.name)

    def _misfit(self, module: Module, read: TorchModule, source: int, taken: Volume) -> int:
        """A module that takes what does not arrive: its own weights, the volume that it would give, and an error."""
        arrives, expected, arrays = self.nodes.volumes[source], taken.depth, list[Weight]()
        taken = Volume(taken.spatial[:1], taken.depth) if read.before else taken  # of steps, whatever arrives
        for layer, _ in read.before:
            arrays += layer.weights(taken)
            taken = layer.output(taken)
        try:
            given = Volume(taken.spatial, read.layer.output(taken).depth) if self.in_rows else read.layer.output(taken)
        except ShapeError:
            given = taken
            window = read.layer.written_window  # larger than what arrives, or of other axes
            taken = Volume(tuple(max(window.dilation) * n for n in window.extent), taken.depth) if window else taken
        if self.in_rows and read.layer.kind == "FC":  # each position has the same weights
            taken = Volume((1,) * len(taken.spatial), taken.depth)
        try:
            arrays += read.layer.weights(taken)
        except ShapeError:  # it contradicts itself, which is reported where the whole graph is walked
            return self.nodes.add_layer(read.layer, (source,), read.text, module.span, module.name)
        buffers = sum(array.size for array in arrays if array.role == "running")
        params = sum(array.size for array in arrays) - buffers
        node = self.nodes.opaque(
            module.kind, (source,), module.span, module.name, volume=given, params=params, buffers=buffers
        )
        self.misfits.append(module.name)
        if len(self.misfits) > 1:
            return node
        what, depth = ("value", arrives.size if arrives else 0) if taken.flat else ("channel", self.nodes.depth(source))
        arrive = plural(depth, "arrives", "arrive")
        self.nodes.report(
            "SHP306",
            f"{module.name} expects {counted(expected, what)}, {depth:,} {arrive} from {self._called(source)}",
            node,
            label="print(model) does not say what it reads",
            help=("write the network as a diagram, or export it: torch.export and ONNX say what reads what",),
        )
        return node

    def _called(self, node: int) -> str:
        return self.nodes.names.get(node) or self.nodes.nodes[node].kind

    def _linear(self, module: Module, read: TorchModule, source: int, volume: Volume) -> int:
        """A Linear that takes the channels only: along the depth, or after a pool that is not printed."""
        if read.takes != volume.depth:
            spatial = volume.spatial if self.in_rows else (1,) * len(volume.spatial)
            return self._misfit(module, read, source, Volume(spatial, read.takes or 1, flat=not self.in_rows))
        if self.in_rows or any(re.search(r"[123]d$|Norm", leaf.kind) for leaf in self.leaves[self.done :]):
            units, bias = read.layer.output(volume).depth, "bias=False" not in module.text
            return self.nodes.add(
                "CONV", (source,), module.span, module.name,
                filters=units, extent=1, stride=1, padding=0, bias=bias,
            )  # fmt: skip
        pool = self._join("GAP", (source,), module)
        return self.nodes.add_layer(read.layer, (pool,), read.text, module.span, module.name)

    def _attention(self, module: Module, source: int) -> int:
        """Projections of three inputs, which are not printed, and of the output, which is."""
        self.done += len([*module.leaves()])
        found = re.search(r"out_features=(\d+)", module.children[0].text) if module.children else None
        width = int(found[1]) if found else 0
        self.unknown.append(module.name)
        params = 4 * width * width + 4 * width
        volume = self.nodes.volumes[source]
        return self.nodes.opaque(module.kind, (source,), module.span, module.name, volume=volume, params=params)

    # --- what fits ------------------------------------------------------------------------------

    def _takes(self, module: Module) -> int | None:
        """Channels that a module takes, by the first of its modules that says so."""
        for leaf in module.leaves():
            read = self.read(leaf.text)
            if read is None:
                return None
            if read.takes is not None:
                return None if read.layer.kind == "FC" and not self.in_rows else read.takes
        return None

    def _axes(self, module: Module) -> int:
        """Spatial axes of the first of its modules that is for some."""
        return next((read.axes for leaf in module.leaves() if (read := self.read(leaf.text)) and read.axes), 0)

    def _next_takes(self) -> int | None:
        """Channels that the next module takes that says so."""
        for leaf in self.leaves[self.done :]:
            read = self.read(leaf.text)
            if read is not None and read.takes is not None:
                return read.takes
        return None

    def _fits(self, node: int, takes: int | None) -> bool:
        return takes is not None and self.nodes.depth(node) == takes

    def _alike(self, nodes: list[int]) -> bool:
        volumes = [self.nodes.volumes[node] for node in nodes]
        return len({volume.spatial for volume in volumes if volume}) == 1 and None not in volumes


def _holders(module: Module) -> list[Module]:
    found = [module] if module.children else []
    return found + [inner for child in module.children for inner in _holders(child)]
