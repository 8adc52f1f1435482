"""The graph of an exported program: its tensors, which of them are weights, and the operations between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any, BinaryIO, TypeAlias

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import counted, listed, shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, unreadable
from shapecalc.expansion.options import Options
from shapecalc.formats.torch_export.arguments import Application, Operation, as_called
from shapecalc.formats.torch_export.operations import OPERATIONS
from shapecalc.formats.torch_export.sequence_operations import KINDS, step_of, verdict
from shapecalc.lowering.archive import member_text
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.common_operators import opaque, or_opaque
from shapecalc.lowering.flow import Flowing, Weights, volume_of_shape, weight_parts
from shapecalc.lowering.json_values import list_in, parse_json, value_at
from shapecalc.lowering.lazy_steps import Lazy
from shapecalc.lowering.pending import Values
from shapecalc.lowering.program_inputs import FIRST, STEPS, begin, layout_of, without_batch
from shapecalc.passes.graph import Graph


def read_program(source: Source, options: Options) -> Graph:
    """The graph of a .pt2. Raises Diagnosed SHP010."""
    assert source.open_bytes is not None
    with source.open_bytes() as file:
        program = parse_json(member_text(file, _is_model, "the model.json of torch.export"))
        module = _part(program, "graph_module")
        return _Program(_part(module, "graph"), _part(module, "signature"), options, partial(_stored, file)).run()


def _stored(file: BinaryIO) -> dict[str, str]:
    """In which file of the zip each parameter is, by its name: tied ones are in one."""
    try:
        config = _mapping(parse_json(member_text(file, lambda name: name.endswith(STORED), STORED)))
    except Diagnosed:  # older programs have none, and no tied parameters that can be told
        return {}
    named = _mapping(config.get("config", config))
    return {name: str(value_at(value, "path_name")) for name, value in named.items()}


_AXES = re.compile(r"_?(?:conv|conv_transpose|max_pool|avg_pool|adaptive_(?:max|avg)_pool)([123])d\w*")
"""Operations whose name says how many axes they move along; a tensor has channels, too, and a batch in front."""
STORED = "model_weights_config.json"


def _is_model(name: str) -> bool:
    return name.endswith(("models/model.json", "serialized_exported_program.json"))


def _part(value: Any, key: str) -> Mapping[str, Any]:
    part = value_at(value, key)
    if not isinstance(part, dict):
        raise unreadable(f"the program has no {key}")
    return part


WORDS = (
    ("K", "out_channels={}"), ("F", "kernel_size={}"), ("S", "stride={}"), ("P", "padding={}"), ("bias", "bias={}"),
    ("true", "True"), ("false", "False"), ("groups", "groups={}"), ("dilation", "dilation={}"),
    ("ceil", "ceil_mode={}"),
    ("INPUT", "an input of {d}, {h}, {w}"),
    ("RESIZE", "F.interpolate(size=({h}, {w}))"), ("PAD", "F.pad by {} on every side"),
    ("CONV", "nn.Conv2d to {} channels, kernel_size=1{stride}"), ("CONV.stride", ", stride={}"),
)  # fmt: skip
"""How PyTorch spells arguments."""


Stored: TypeAlias = Callable[[], Mapping[str, str]]
WRAPS = "torch.ops.higher_order.wrap_with_"
"""How operations begin that run a graph as it is."""
ALIAS = "torch.ops.aten.alias.default"


class _Program:
    def __init__(
        self, graph: Mapping[str, Any], signature: Mapping[str, Any], options: Options, stored: Stored
    ) -> None:
        nodes, known = _flat(graph)
        self.stored = stored
        self.assembler = Assembler(options, binary=True)
        self.assembler.words = WORDS
        self.shapes = {
            name: shape for name, value in known.items() if (shape := _shape(value_at(value, "sizes"))) is not None
        }
        self.values = Values()
        self.owners: dict[str, int] = {}
        self.given: list[str] = []
        self.parameters: dict[str, str] = {}
        """What the program calls its parameters, by their tensors."""
        sizes = {name: size for name, value in _mapping(graph.get("sym_int_values")).items() if (size := _size(value))}
        self.asked = _asked(graph)
        self.operations = _read([_operation(node, sizes) for node in nodes], self.asked)
        self.read = {*self.asked, *(name for operation in self.operations for name in _read_by(operation))}
        self.readers: dict[str, list[Operation]] = {}
        for operation in self.operations:
            for name in operation.tensors():
                self.readers.setdefault(name, []).append(operation)
        self._declare(signature)

    def _declare(self, signature: Mapping[str, Any]) -> None:
        """Which inputs of the graph are weights, which are buffers, and which are inputs of a run."""
        for spec in list_in(signature, "input_specs"):
            for kind, content in _mapping(spec).items():
                name = value_at(content, "arg", "as_tensor", "name") or value_at(content, "arg", "name")
                if not isinstance(name, str):
                    continue
                shape = self.shapes.get(name, ())
                if kind in ("parameter", "buffer", "tensor_constant"):
                    self.values[name] = Weights(((name, prod(shape), kind == "parameter"),), shape)
                    self.parameters |= {name: str(value_at(content, "parameter_name"))} if kind == "parameter" else {}
                elif kind == "user_input":
                    self.given.append(name)

    def run(self) -> Graph:
        batch = 1
        for name in self.given:
            shape = self.shapes.get(name, ())
            axes = [_AXES.fullmatch(reader.name) for reader in self.readers.get(name, ())]
            if any(found and len(shape) == int(found[1]) + 1 for found in axes):
                raise without_batch(shape)
            layout = FIRST
            if len(shape) > 2:
                layout = layout_of(name, shape, self.readers, partial(verdict, shape=shape))
            begin(self.assembler, self.values, name, shape, layout, 1 if name in self.shapes else None)
            batch = shape[layout == STEPS] if shape else 1
        stated = all(
            _sizes(self.assembler.volumes[value.node]) == _sizes(volume_of_shape(value.shape, last=value.last))
            for value in self.values.values()
            if isinstance(value, Flowing)
        )
        for operation in self.operations:
            if operation.outputs:  # the others compute sizes, or hold them
                self._operation(operation, batch, stated=stated)
        for name in self.asked:
            self.values.give(name)
        if unread := self._unread():
            names = listed([shortened(name) for name in unread], 2)
            how_many = counted(len(unread), "array")
            message = f"the program reads {how_many} of its parameters nowhere, which do not count: {names}"
            self.assembler.report("SHP302", message, 0, severity="note")
        return self.assembler.graph()

    def _unread(self) -> list[str]:
        """Parameters that no operation reads, by this name or another of the same array."""
        unread = sorted(self.parameters[name] for name in self.parameters.keys() - self.read)
        files = self.stored() if unread else {}
        read = {files.get(self.parameters[name]) for name in self.parameters.keys() & self.read}
        return [name for name in unread if files.get(name, name) not in read]

    def _operation(self, operation: Operation, batch: int, *, stated: bool) -> None:
        reads = []
        for name in operation.tensors():
            if name not in self.values:
                raise operation.refused(f"it reads {shortened(name)}, which nothing before it gives")
            reads.append(self.values[name])
        weights = tuple(dict.fromkeys(w for value in reads if isinstance(value, Weights) for w in value.arrays))
        shapes = [self.shapes.get(name, ()) for name in operation.outputs]
        if all(isinstance(value, Weights) for value in reads) or operation.name in _FILLED:
            self.values.update(zip(operation.outputs, weight_parts(weights, shapes), strict=True))
            return
        shapes = [
            shape or ((1,) if name in self.shapes else ())
            for name, shape in zip(operation.outputs, shapes, strict=True)
        ]
        outputs = tuple((operation.path, name) for name in operation.outputs) or ((operation.path, ""),)
        use = Application(
            self.assembler, self.owners, self.values, operation.target, operation.tensors(), outputs, tuple(shapes),
            batch, weights, stated, operation=operation, asked=self.read, readers=self.readers,
        )  # fmt: skip
        read = or_opaque(OPERATIONS.get(operation.name, opaque) if use.shapes else opaque)
        Lazy(self.values, use, read, operation.outputs).follow(step_of(use))


def _flat(graph: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The nodes of a graph and what it states of its tensors, with those of graphs that it only wraps in their place.

    A part under autocast or no_grad is a graph of its own, whose tensors have names that others have too.
    """
    nodes, known = [], dict(_part(graph, "tensor_values"))
    for place, node in enumerate(list_in(graph, "nodes")):
        given = [value_at(part, "arg") for part in list_in(node, "inputs")]
        inside = [n for n, part in enumerate(given) if value_at(part, "as_graph") is not None]
        if not str(value_at(node, "target")).startswith(WRAPS) or len(inside) != 1:
            nodes.append(node)
            continue
        part = _part(value_at(given[inside[0]], "as_graph"), "graph")
        inner, stated = _flat(part)
        names = {name: f"{place}.{name}" for name in stated}
        begins = dict(zip(_named(list_in(part, "inputs")), _named(given[inside[0] + 1 :]), strict=False))
        ends = list(zip(_named(list_in(part, "outputs")), _named(list_in(node, "outputs")), strict=False))
        names |= begins
        known |= {names[name]: value for name, value in stated.items() if name not in begins}
        nodes += [
            {**one, **{key: _renamed(one.get(key), names) for key in ("inputs", "outputs")}}
            for one in map(_mapping, inner)
        ]
        for name, wanted in ends:
            read = {"name": "self", "arg": {"as_tensor": {"name": names.get(name, name)}}}
            nodes.append({"target": ALIAS, "inputs": [read], "outputs": [{"as_tensor": {"name": wanted}}]})
    return nodes, known


def _named(arguments: Sequence[Any]) -> list[str]:
    return [str(value_at(part, "as_tensor", "name")) for part in arguments]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Arguments of a node with other names of the tensors; what an argument itself is called stays."""
    if isinstance(value, list):
        return [_renamed(part, names) for part in value]
    if not isinstance(value, dict):
        return value
    found, name = {key: _renamed(part, names) for key, part in value.items()}, value.get("name")
    if "arg" not in value and isinstance(name, str):
        found["name"] = names.get(name, name)
    return found


def _sizes(volume: Volume | None) -> tuple[int, ...] | None:
    return None if volume is None else volume.sizes


def _asked(graph: Mapping[str, Any]) -> list[str]:
    """The tensors that the program gives."""
    names = [value_at(part, "as_tensor", "name") for part in list_in(graph, "outputs")]
    return [name for name in names if isinstance(name, str)]


_FILLED = ("new_zeros", "new_ones", "new_full", "new_empty", "zeros_like", "ones_like", "full_like", "empty_like")
"""Operations that take no more than the size of a tensor."""


def _read(operations: Sequence[Operation], asked: Sequence[str]) -> list[Operation]:
    """Operations that something reads, and those in place, which others may read under an older name."""
    read, found = set(asked), []
    for operation in reversed(operations):
        if not read.isdisjoint(operation.outputs) or operation.target.partition(".")[0].endswith("_"):
            read.update(operation.tensors())
            found.append(operation)
    return found[::-1]


def _read_by(operation: Operation) -> list[str]:
    """The tensors that it reads, but for first states, of which no layer is made."""
    states = operation.tensors_of("hx") if operation.name in KINDS else []
    return [name for name in operation.tensors() if name not in states]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sized(argument: Any, sizes: Mapping[str, int]) -> Any:
    """An argument with the sizes at the export in the place of those that are open."""
    given = _mapping(argument)
    if "as_sym_int" in given:
        return {"as_int": _of_symbol(given["as_sym_int"], sizes)}
    if isinstance(given.get("as_sym_ints"), list):
        return {"as_ints": [_of_symbol(part, sizes) for part in given["as_sym_ints"]]}
    return argument


def _of_symbol(part: Any, sizes: Mapping[str, int]) -> Any:
    known = _mapping(part)
    return known.get("as_int", sizes.get(str(known.get("as_name"))))


def _operation(node: Any, sizes: Mapping[str, int]) -> Operation:
    """Raises Diagnosed SHP010."""
    target, inputs, outputs = (value_at(node, key) for key in ("target", "inputs", "outputs"))
    if not isinstance(target, str) or not isinstance(inputs, list) or not isinstance(outputs, list):
        raise unreadable("a node of the program has no target, inputs or outputs")
    arguments = {
        part["name"] or str(place): _sized(part.get("arg"), sizes)
        for place, part in enumerate(inputs)
        if isinstance(part, dict) and isinstance(part.get("name"), str)
    }
    names: list[Any] = []
    for output in outputs:
        parts = list_in(output, "as_tensors") or [value_at(output, "as_tensor")]
        names += [value_at(part, "name") for part in parts]
    stack = value_at(node, "metadata", "nn_module_stack")
    path = stack.split(";")[-1].split(",") if isinstance(stack, str) else []
    found = tuple(name for name in names if isinstance(name, str))
    module = path[1] if len(path) > 1 else ""
    target, called = as_called(target.removeprefix("torch.ops.aten."), arguments)
    return Operation(target, called, found, module or (found[0] if found else ""))


def _shape(sizes: Any) -> tuple[int, ...] | None:
    """The sizes of a tensor; for one that is open the size at the export."""
    found = [_size(size) for size in (sizes if isinstance(sizes, list) else [None])]
    known = tuple(size for size in found if size is not None)
    return known if len(known) == len(found) else None


def _size(size: Any) -> int | None:
    """A size, or that of an open one at the export."""
    value = _mapping(size).get("as_int", value_at(size, "as_expr", "hint", "as_int"))
    return value if type(value) is int and value >= 0 else None
