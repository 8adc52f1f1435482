"""What calls in a program mean for its network: layers that are made, applied to tensors and put into models."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnostic, Span, report
from shapecalc.formats.python_program import tensor_calls
from shapecalc.formats.python_program.evaluator import Evaluator
from shapecalc.formats.python_program.layer_calls import JOINS, form_of, is_keras, is_layer, layer_call, rank_after
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import FUNCTIONS, MATH, Builtin, method
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    Example,
    Extent,
    External,
    Function,
    FunctionalModel,
    Instance,
    LayerCall,
    Method,
    Node,
    NotRead,
    Partial,
    Scope,
    Sequence,
    ShapeOf,
    Super,
    Tensor,
    Unknown,
    Value,
)

MOST_NODES = 20_000
"""Layers of a network in a program."""
SELF = frozenset({"to", "cuda", "cpu", "eval", "train", "float", "half", "double", "requires_grad_", "type"})
"""Methods of a model or an array that give it back."""
PARTS = frozenset({"modules", "parameters", "named_parameters", "named_modules", "state_dict", "buffers"})
"""Methods that give the parts of a model for initialisation and training."""
FORWARD = ("forward", "call", "__call__")
"""What a model does is in the first of these methods that it has."""
ARRAYS = frozenset({"randn", "rand", "zeros", "ones", "empty", "normal", "uniform", "random"})
"""Functions that make an array of a size."""
SEQUENTIAL = ("Sequential",)
LISTS = frozenset({"ModuleList", "LayerList"})


class NetworkProgram(Evaluator):
    """A program and the layers that it applies."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.nodes: list[Node] = []
        self.runs: list[tuple[Value, Value]] = []
        """Models that are called on an example, and what they give."""
        self.sizes: list[tuple[Value, tuple[int, ...], Span]] = []
        """Models, and the sizes of what they read."""
        self.called: list[Value] = []
        """Functions and classes of the program that were called, each once."""
        self.notes: list[Diagnostic] = []
        self.chosen: Value = None
        """The model that is the network of the program."""
        self.is_keras = False
        self.hints: dict[int, str] = {}
        """What the program calls the tensors of its nodes."""

    # --- layers ----------------------------------------------------------------------------------

    def add(self, node: Node, rank: int | None) -> Tensor:
        """The tensor that a layer gives. Raises NotRead where there are too many."""
        if len(self.nodes) >= MOST_NODES:
            raise NotRead(f"the network has more than {MOST_NODES:,} layers here", node.span)
        self.nodes.append(node)
        return Tensor(len(self.nodes) - 1, rank)

    def ours(self, text: str, source: Tensor, node: ast.AST, rank: int | None) -> Tensor:
        """A layer in our words, of what a function does."""
        return self.add(Node(((text, self.span(node)),), (source,), "", self.span(node)), rank)

    def joined(self, join: str, sources: Iterable[Tensor], node: ast.AST) -> Tensor:
        """What joins tensors."""
        read = tuple(sources)
        ranks = [one.rank for one in read if one.rank is not None]
        return self.add(Node((), read, join, self.span(node)), max(ranks, default=None))

    def stand_in(self, node: ast.AST, ours: str) -> None:
        """Notes that the values of a layer are not those of the program."""
        message = f"{self.places.shown(node)} is read as {ours}: sizes and counts are the same, values are not"
        self.notes.append(report("SHP507", message, self.span(node), severity="note"))

    def input_of(self, example: Example) -> Tensor:
        """The input that an array stands for: channels come first in PyTorch and last in Keras."""
        _, *rest = example.shape
        if len(rest) > 4 or any(size < 1 for size in rest):
            raise NotRead(f"an input of {len(rest)} axes is not known", example.span)
        if len(rest) == 1:
            rest = [1, 1, *rest]
        sizes = [*rest[-2::-1], rest[-1]] if self.is_keras or len(example.shape) == 2 else [*rest[:0:-1], rest[0]]
        text = f"INPUT({'x'.join(map(str, sizes))})"
        return self.add(Node(((text, example.span),), (), "", example.span, starts=True), len(example.shape))

    def _layer(self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        made = layer_call(name, node, arguments, named, self.places)
        self.is_keras = self.is_keras or is_keras(name)
        return made

    def apply(self, layer: LayerCall, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """What a layer gives for a tensor. Raises NotRead where it reads more than is known."""
        first = arguments[0] if arguments else None
        if isinstance(first, Example):
            first = self.input_of(first)
        join = JOINS.get(layer.name.base)
        if isinstance(first, Unknown):
            return first
        if join and isinstance(first, list | tuple):
            return tensor_calls.keras_join(self, layer, join, first, node)
        if len(arguments) != 1 or not isinstance(first, Tensor) or set(named) - {"training", "inplace"}:
            return self.unknown(node, f"what {layer.name.base} does with {self.places.shown(node)} is not known")
        form = form_of(layer.name)
        if form and form.framework == "PyTorch":
            self._check_of_torch(form.ours, first, layer, node)
        made = Node(layer.pieces, (first,), "", self.span(node), layer)
        return self.add(made, rank_after(layer, first.rank))

    def _check_of_torch(self, ours: str, read: Tensor, layer: LayerCall, node: ast.AST) -> None:
        """Raises NotRead for what PyTorch does along another axis than that of the channels."""
        if ours == "FC" and (read.rank or 2) > 2:
            reason = f"{layer.name.base} reads the last of {read.rank} axes, which is the width"
            raise NotRead(reason, self.span(node), "write x = torch.flatten(x, 1) before it, if all values are meant")
        if ours in ("LSTM", "GRU", "RNN", "ATTENTION", "EMBEDDING"):
            raise NotRead(f"in which order {layer.name.base} reads its axes is not known", self.span(node))

    # --- calls -----------------------------------------------------------------------------------

    def call(self, function: Value, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """What a call gives."""
        match function:
            case Builtin():
                return self._builtin(function.name, arguments, named, node)
            case External():
                return self._external(function, arguments, named, node)
            case Function():
                self.called.append(function.node)
                before = [function.self_value] if function.self_value is not None else []
                return self.call_function(function, [*before, *arguments], named, node)
            case ClassValue():
                return self.instance(function, arguments, named, node)
            case Partial(inner, first, more):
                return self.call(inner, [*first, *arguments], {**more, **named}, node)
            case Method(value, name):
                return self._method(value, name, arguments, named, node)
            case LayerCall():
                return self.apply(function, arguments, named, node)
            case Sequence() | Instance() | FunctionalModel():
                return self.applied(function, arguments, named, node)
        return self.unknown(node)

    def applied(self, model: Value, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """What a model gives; one that is called on an example is the network of the program."""
        examples = [one for one in arguments if isinstance(one, Example)]
        read = [self.input_of(one) if isinstance(one, Example) else one for one in arguments]
        found = self._applied(model, read, named, node)
        if examples:
            self.runs.append((model, found))
        return found

    def _applied(self, model: Value, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        if isinstance(model, Sequence):
            return self._one_after_the_other(model.children.values(), arguments, node)
        if isinstance(model, FunctionalModel):
            return self._again(model, arguments, node)
        if not isinstance(model, Instance):
            return self.unknown(node)
        for name in FORWARD:
            forward = model.type.find(name)
            if isinstance(forward, Function):
                return self.call_function(forward, [model, *arguments], named, node)
        if model.type.is_from(*SEQUENTIAL):
            return self._one_after_the_other(model.children.children.values(), arguments, node)
        return self.unknown(node, f"{model.type.name} has no forward here")

    def _one_after_the_other(self, layers: Iterable[Value], arguments: list[Value], node: ast.AST) -> Value:
        if len(arguments) != 1:
            return self.unknown(node)
        value = arguments[0]
        for layer in layers:
            if isinstance(layer, Tensor):  # Input(…), the first of a list
                value = layer if isinstance(value, Tensor) and value.node < 0 else value
            elif isinstance(layer, LayerCall):
                value = self.apply(layer, [value], {}, node)
            elif isinstance(layer, Sequence | Instance | FunctionalModel):
                value = self._applied(layer, [value], {}, node)
            elif isinstance(layer, Function):
                value = self.call_function(layer, [value], {}, node)
            else:
                return layer if isinstance(layer, Unknown) else self.unknown(node)
        return value

    def _again(self, model: FunctionalModel, arguments: list[Value], node: ast.AST) -> Value:
        """A functional model as a layer of another: its layers once more, on other tensors."""
        given = list(arguments[0]) if len(arguments) == 1 and isinstance(arguments[0], list | tuple) else arguments
        if len(given) != len(model.inputs) or not all(isinstance(one, Tensor) for one in given):
            return self.unknown(node)
        now: dict[int, Tensor] = {}
        for one, source in zip(model.inputs, given, strict=True):
            if isinstance(source, Tensor):
                now[one.node] = source
        for place in sorted(model.layers):
            if place not in now:
                old = self.nodes[place]
                sources = tuple(Tensor(now[one.node].node, one.rank) for one in old.sources)
                now[place] = self.add(Node(old.pieces, sources, old.join, old.span, old.layer), None)
        results = tuple(Tensor(now[one.node].node, one.rank) for one in model.outputs)
        return results[0] if len(results) == 1 else results

    def instance(self, made: ClassValue, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """An object of a class of the program."""
        self.called.append(made)
        found = Instance(made, {}, self.span(node), Sequence({}, self.span(node)))
        start = made.find("__init__")
        if isinstance(start, Function):
            self.call_function(start, [found, *arguments], named, node)
        elif arguments and made.is_from(*SEQUENTIAL):
            found.children = self._sequence(arguments, self.span(node))
        return found

    def _sequence(self, arguments: list[Value], span: Span) -> Sequence:
        """The layers of `nn.Sequential(a, b)`, `Sequential([a, b])` or `Sequential(OrderedDict([("a", a)]))`."""
        if len(arguments) == 1 and isinstance(arguments[0], list | tuple):
            arguments = [*arguments[0]]
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            return Sequence({str(name): layer for name, layer in arguments[0].items()}, span)
        return Sequence({str(place): layer for place, layer in enumerate(arguments)}, span)

    def _builtin(self, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        unknown = next((one for one in (*arguments, *named.values()) if isinstance(one, Unknown)), None)
        if name == "super":
            return self._super(arguments, node)
        if name in ("getattr", "hasattr") and len(arguments) > 1 and isinstance(arguments[1], str):
            return self._by_name(name, arguments, node)
        if name == "setattr" and len(arguments) == 3 and isinstance(arguments[1], str):
            self.set_attribute(arguments[0], arguments[1], arguments[2])
            return None
        if name == "isinstance" and len(arguments) == 2:
            return self._is_instance(arguments[0], arguments[1], node)
        if name == "dict":
            pairs: Any = arguments[0] if arguments else {}
            return unknown or self._plain(node, lambda: {**dict(pairs), **named})
        if name in ("len", "list", "tuple") and arguments and isinstance(arguments[0], Sequence):
            arguments = [list(arguments[0].children.values()), *arguments[1:]]
        if name not in FUNCTIONS or unknown or any(isinstance(one, Extent | ShapeOf | Tensor) for one in arguments):
            return unknown or self.unknown(node)
        return self._plain(node, lambda: FUNCTIONS[name](*arguments, **named))

    def _super(self, arguments: list[Value], node: ast.AST) -> Value:
        scope: Scope | None = self.scope
        while scope is not None and "__class__" not in scope.names:
            scope = scope.outer
        if scope is None:
            return self.unknown(node)
        after = arguments[0] if arguments else scope.names["__class__"]
        me = arguments[1] if len(arguments) > 1 else next(iter(scope.names.values()), None)
        if isinstance(after, ClassValue) and isinstance(me, Instance):
            return Super(me, after)
        return self.unknown(node)

    def _by_name(self, name: str, arguments: list[Value], node: ast.Call) -> Value:
        owner, attribute, *default = arguments
        found = self.attribute(owner, str(attribute), node)
        if name == "getattr":
            return default[0] if default and isinstance(found, Unknown) else found
        return not isinstance(found, Unknown) if isinstance(owner, Instance) else self.unknown(node)

    def _is_instance(self, value: Value, kinds: Value, node: ast.AST) -> Value:
        plain = {"int": int, "float": float, "str": str, "list": list, "tuple": tuple, "dict": dict, "bool": bool}
        found = []
        for kind in kinds if isinstance(kinds, tuple) else (kinds,):
            if isinstance(kind, Builtin) and kind.name in plain and not isinstance(value, Unknown | Extent | ShapeOf):
                found.append(isinstance(value, plain[kind.name]))
            elif isinstance(kind, External) and isinstance(value, LayerCall):
                found.append(value.name.base == kind.base)
            elif isinstance(kind, ClassValue) and isinstance(value, Instance):
                found.append(kind in value.type.line())
            elif isinstance(kind, External) and kind.base == "Tensor" and isinstance(value, Tensor | list | tuple):
                found.append(isinstance(value, Tensor))
            else:
                return self.unknown(node)
        return any(found)

    def _external(self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        base, first = name.base, arguments[0] if arguments else None
        if base in ("partial",) and arguments:
            return Partial(first, tuple(arguments[1:]), named)
        if base == "OrderedDict":
            pairs: Any = first or {}
            return first if isinstance(first, Unknown) else self._plain(node, lambda: {**dict(pairs), **named})
        if base.endswith("Sequential"):
            given = arguments or ([named["layers"]] if "layers" in named else [])
            return first if isinstance(first, Unknown) else self._sequence(given, self.span(node))
        if base in LISTS:
            return first if isinstance(first, Unknown) else self.iterated(first if arguments else [], node)
        if base == "ModuleDict":
            return Sequence({**first} if isinstance(first, dict) else {}, self.span(node), runs=False)
        if name.name.startswith(("math.", "numpy.")) and base in MATH:
            unknown = next((one for one in arguments if isinstance(one, Unknown | Extent)), None)
            return self.unknown(node) if unknown else self._plain(node, lambda: MATH[base](*arguments))
        if base == "Input":
            return self._input(name, arguments, named, node)
        if base == "Model" and (named or len(arguments) > 1):
            return self._model(arguments, named, node)
        if base in ARRAYS:
            return self._example(arguments, named, node)
        if base == "summary" and isinstance(first, Instance | Sequence):
            self._sized(first, named.get("input_size", arguments[1] if len(arguments) > 1 else None), node)
            return None
        if base == "Variable":
            return first
        if is_layer(name):
            return self._layer(name, arguments, named, node)
        return tensor_calls.function(self, name, arguments, named, node)

    def _input(self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        made = self._layer(name, arguments, {k: v for k, v in named.items() if k != "name"}, node)
        if isinstance(made, Unknown):
            return made
        shape = next((v for k, v in made.arguments.items() if k in ("0", "shape") and isinstance(v, tuple)), None)
        starts = Node(made.pieces, (), "", self.span(node), made, starts=True)
        return self.add(starts, len(shape) + 1 if shape is not None else None)

    def _model(self, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """Keras' `Model(inputs, outputs)`."""
        reads = named.get("inputs", named.get("input", arguments[0] if arguments else None))
        gives = named.get("outputs", named.get("output", arguments[1] if len(arguments) > 1 else None))
        ends = []
        for given in (reads, gives):
            if isinstance(given, Unknown):
                return given
            tensors = (
                tuple(given.values())
                if isinstance(given, dict)
                else given
                if isinstance(given, list | tuple)
                else (given,)
            )
            if not tensors or not all(isinstance(one, Tensor) for one in tensors):
                return next((one for one in tensors if isinstance(one, Unknown)), self.unknown(node))
            ends.append(tuple(one for one in tensors if isinstance(one, Tensor)))
        return FunctionalModel(ends[0], ends[1], frozenset(reachable(self.nodes, ends[1])), self.span(node))

    def _example(self, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        sizes = named.get("size", named.get("shape", arguments))
        while isinstance(sizes, list | tuple) and len(sizes) == 1 and isinstance(sizes[0], list | tuple):
            sizes = sizes[0]
        if isinstance(sizes, list | tuple) and len(sizes) > 1:
            numbers = [one for one in sizes if isinstance(one, int) and not isinstance(one, bool)]
            if len(numbers) == len(sizes):
                return Example(tuple(numbers), self.span(node))
        return self.unknown(node)

    def _sized(self, model: Value, size: Value, node: ast.AST) -> None:
        """Keeps `summary(model, (1, 28, 28))`; four numbers have the batch in front."""
        if isinstance(size, list | tuple) and len(size) in (3, 4):
            numbers = [one for one in size if isinstance(one, int)]
            if len(numbers) == len(size):
                self.sizes.append((model, (1, *numbers[-3:]), self.span(node)))

    # --- methods and attributes ------------------------------------------------------------------

    def _method(
        self, value: Value, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        if isinstance(value, Tensor):
            return tensor_calls.tensor_method(self, value, name, arguments, named, node)
        if isinstance(value, Example):
            return value if name in SELF else self.unknown(node)
        if isinstance(value, Super):
            return self._of_base(value, name, arguments, named, node)
        if isinstance(value, Instance | Sequence | FunctionalModel | LayerCall):
            return self._of_model(value, name, arguments, named, node)
        if isinstance(value, ShapeOf):
            return self.unknown(node)
        return self._plain(node, lambda: method(value, name, arguments, named))

    def _of_base(
        self, value: Super, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        found = value.instance.type.find(name, value.after)
        if isinstance(found, Function):
            return self.call_function(found, [value.instance, *arguments], named, node)
        if name == "__init__":
            if arguments and value.instance.type.is_from(*SEQUENTIAL):
                value.instance.children = self._sequence(arguments, self.span(node))
            return None
        if name in FORWARD and value.instance.type.is_from(*SEQUENTIAL):
            return self._one_after_the_other(value.instance.children.children.values(), arguments, node)
        return self._of_model(value.instance, name, arguments, named, node)

    def _of_model(
        self, value: Value, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        """A method that models of a framework have."""
        if name in SELF:
            return value
        if name in PARTS:
            return Unknown("its parts are not looked into", self.span(node), own_parts=True)
        inside = value.children if isinstance(value, Instance) else value
        if name in ("children", "named_children", "items", "values", "keys") and isinstance(inside, Sequence):
            children = own_layers(value)
            pairs = {"children": [*children.values()], "values": [*children.values()], "keys": [*children]}
            return pairs.get(name, [*children.items()])
        if name in ("add_module", "register_module") and len(arguments) == 2:
            self.set_attribute(value, str(arguments[0]), arguments[1])
            return None
        if name in ("add", "append") and isinstance(inside, Sequence) and arguments:
            inside.add(arguments[-1])
            return value
        if name in FORWARD and isinstance(value, Instance | Sequence | FunctionalModel):
            return self.applied(value, arguments, named, node)
        if name == "build" and arguments and isinstance(arguments[0], list | tuple):
            self._sized(value, arguments[0][1:], node)
        return self.unknown(node)

    def attribute(self, value: Value, name: str, node: ast.expr) -> Value:
        """What a name of a value is."""
        match value:
            case Tensor() if name == "shape":
                return ShapeOf(value)
            case Tensor() if name == "data":
                return value
            case Instance():
                return self._own(value, name, node)
            case ClassValue():
                found = value.find(name)
                return value.name if name == "__name__" else self.unknown(node) if found is None else found
            case Sequence() if name in value.children:
                return value.children[name]
            case FunctionalModel() if name in ("input", "output"):
                ends = value.inputs if name == "input" else value.outputs
                return ends[0] if len(ends) == 1 else ends
            case LayerCall() if name not in (*SELF, *PARTS):
                return self._argument(value, name, node)
            case int() | float():
                return self.unknown(node)
        return Method(value, name)

    def _own(self, value: Instance, name: str, node: ast.expr) -> Value:
        if name in value.names:
            return value.names[name]
        if name in value.children.children:
            return value.children.children[name]
        found = value.type.find(name)
        if isinstance(found, Function):
            if found.kind == "staticmethod":
                return found
            bound = Function(
                found.node, found.scope, found.defaults, found.keyword_defaults, found.owner,
                value.type if found.kind == "classmethod" else value,
            )  # fmt: skip
            return self.call(bound, [], {}, ast.Call(node, [], [])) if found.kind == "property" else bound
        if found is not None:
            return found
        if name in value.type.names or name == "__class__":
            return value.type if name == "__class__" else None
        methods = (
            *SELF,
            *PARTS,
            *FORWARD,
            "add_module",
            "register_module",
            "children",
            "named_children",
            "add",
            "append",
        )
        return Method(value, name) if name in methods else self.unknown(node)

    def _argument(self, layer: LayerCall, name: str, node: ast.expr) -> Value:
        """`conv.out_channels`: what a layer was made with."""
        form = form_of(layer.name)
        for place, slot in enumerate(form.slots if form else ()):
            if slot.name == name:
                return layer.arguments.get(name, layer.arguments.get(str(place), self.unknown(node)))
        return self.unknown(node)

    def set_attribute(self, value: Value, name: str, given: Value) -> None:
        """Gives a name of a model another value."""
        if isinstance(value, Instance):
            value.names[name] = given
            if isinstance(given, LayerCall | Sequence | Instance):
                value.children.children[name] = given
        elif isinstance(value, Sequence):
            value.children[name] = given
        elif isinstance(value, ClassValue):
            value.names[name] = given

    def assign(self, target: ast.expr, value: Value) -> None:
        """Gives the names of a target their values; a tensor is called by the first of them."""
        if isinstance(target, ast.Name) and isinstance(value, Tensor):
            self.hints.setdefault(value.node, target.id)
        super().assign(target, value)

    def expression(self, value: Value, node: ast.Expr) -> None:
        """A model that no name is given to is one all the same: what is pasted often ends in one."""
        if self.depth == 0 and isinstance(value, tuple) and all(isinstance(one, LayerCall) for one in value):
            value = self._sequence([value], self.span(node))
        if self.depth == 0 and isinstance(value, Sequence):
            self.module.names[f"line {node.lineno}"] = value

    def on_tensors(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of tensors."""
        return tensor_calls.operator_of(self, operator, left, right, node)

    def item_of(self, value: Value, index: Value, node: ast.Subscript) -> Value:
        """A part of a model, or of the shape of a tensor."""
        match value:
            case Sequence() if isinstance(index, slice):
                kept = [*value.children.items()][index]
                return Sequence(dict(kept), value.span)
            case Sequence() if isinstance(index, int | str):
                named = (
                    index
                    if isinstance(index, str)
                    else [*value.children][index]
                    if -len(value.children) <= index < len(value.children)
                    else ""
                )
                return value.children.get(named, self.unknown(node))
            case ShapeOf(tensor, first) if isinstance(index, int):
                rank = tensor.rank or 0
                return (
                    Extent(tensor, index + first)
                    if index >= 0
                    else Extent(tensor, index + rank)
                    if rank
                    else self.unknown(node)
                )
            case ShapeOf(tensor, 0) if index in (slice(2, None, None), slice(-2, None, None)):
                return ShapeOf(tensor, 2)
        return self.unknown(node)


def own_layers(model: Value) -> dict[str, Value]:
    """The layers and models that are directly in one."""
    if isinstance(model, Instance):
        return model.children.children
    return model.children if isinstance(model, Sequence) else {}


def reachable(nodes: list[Node], outputs: Iterable[Tensor]) -> set[int]:
    """The places of the layers that some tensors hang on."""
    found: set[int] = set()
    stack = [one.node for one in outputs]
    while stack:
        place = stack.pop()
        if place >= 0 and place not in found:
            found.add(place)
            size = nodes[place].reads_size_of
            stack += [one.node for one in (*nodes[place].sources, *((size,) if size else ()))]
    return found
