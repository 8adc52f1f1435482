"""What calls in a program mean for its network: layers that are made, applied to tensors and put into models."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from shapecalc.formats.python_program import tensor_calls
from shapecalc.formats.python_program.applied_torch import apply_torch
from shapecalc.formats.python_program.called_functions import OF_PYTHON, called_function
from shapecalc.formats.python_program.framework_layers import (
    OTHER_FRAMEWORKS,
    is_keras,
    is_layer,
    layer_base,
)
from shapecalc.formats.python_program.imported_modules import ImportedModules
from shapecalc.formats.python_program.keras_layers import apply_keras
from shapecalc.formats.python_program.keras_settings import keras_setting
from shapecalc.formats.python_program.known_arrays import RANGES, concatenated, data_set, of_array, range_of
from shapecalc.formats.python_program.model_attributes import CONTAINERS, FORWARD, LISTS
from shapecalc.formats.python_program.model_members import DICTIONARIES, FUNCTIONAL, SEQUENTIAL
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import FUNCTIONS, MATH, Builtin
from shapecalc.formats.python_program.program_settings import NAMESPACES, setting_of
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ClassValue,
    ExampleArray,
    Extent,
    External,
    FileThere,
    Function,
    FunctionalModel,
    Instance,
    LayerObject,
    LayerSequence,
    Method,
    ModuleList,
    NotRead,
    Partial,
    Scope,
    ShapeOf,
    Super,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.torch_functions import ARRAYS, TORCH_FUNCTIONS, example

FILES_ARE_THERE = frozenset({"os.path.exists", "os.path.isfile"})
"""No file is: a program that loads a model where it was stored before makes it else."""
_AS_A_CALL = ast.Call(ast.Name("layer", ast.Load()), [], [])
"""For what is called and stands in no call of the program."""


class NetworkProgram(ImportedModules):
    """A program and the models that it makes and calls."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.called: list[Value] = []
        """Functions and classes of the program that were called, each once."""
        self._is_applying = False
        """Whether a model is being applied: those inside of it are its parts."""
        self._built: set[int] = set()
        """Layers of the program whose `build` was called."""
        self.chosen: Value = None
        """The model that is the network of the program."""

    def apply(self, layer: LayerObject, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """What a layer gives for a tensor. Raises NotRead where it reads more than is known."""
        return (apply_keras if is_keras(layer.name) else apply_torch)(self, layer, arguments, named, node)

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
            case LayerObject():
                return self.apply(function, arguments, named, node)
            case LayerSequence() | Instance() | FunctionalModel():
                return self.applied(function, arguments, named, node)
        return self.unknown(node)

    def applied(self, model: Value, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """What a model gives; one that is called on an example is the network of the program."""
        is_outermost = isinstance(model, Instance) and not self._is_applying and not self.is_keras
        given = ExampleArray | TensorValue if is_outermost else ExampleArray
        is_run = any(isinstance(one, given) for one in arguments)
        read = [self._input_for(one) if isinstance(one, given) else one for one in arguments]
        before, self._is_applying = self._is_applying, True
        start = len(self.nodes)
        try:
            found = self._applied(model, read, named, node)
        finally:
            self._is_applying = before
        if not before:
            self.model_of.update(dict.fromkeys(range(start, len(self.nodes)), model))
        if is_run:
            self.runs.append((model, found))
        return found

    def _input_for(self, value: Value) -> Value:
        """The input of a model for an example, or for what another model gives."""
        if isinstance(value, ExampleArray):
            return self.input_of(value)
        if not isinstance(value, TensorValue) or value.node < 0 or self.nodes[value.node].starts:
            return value
        span = self.nodes[value.node].span
        return self.add(AppliedLayer((), (), "", span, starts=True, size_of=value), value.rank, value.depth)

    def _applied(self, model: Value, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        if isinstance(model, LayerSequence):
            return self.in_order(model.children.values(), arguments, node)
        if isinstance(model, FunctionalModel):
            return self._again(model, arguments, node)
        if not isinstance(model, Instance):
            return self.unknown(node)
        self._build(model, arguments, node)
        for name in FORWARD:
            forward = model.type.find(name)
            if name in model.names and isinstance(node, ast.Call):
                return self.call(model.names[name], arguments, dict(named), node)
            if name in model.names:
                raise NotRead(f"{model.type.name} has another {name} than its class", model.span)
            if isinstance(forward, Function):
                return self.call_function(forward, [model, *arguments], named, node)
        if isinstance(model.layer, LayerObject):
            return self.apply(model.layer, arguments, named, node)
        if model.type.is_from(*SEQUENTIAL):
            return self.in_order(model.children.children.values(), arguments, node)
        return self.unknown(node, f"{model.type.name} has no forward here")

    def _build(self, model: Instance, arguments: list[Value], node: ast.AST) -> None:
        """Calls `build` of a layer of Keras with the shape of what it reads, once and before anything else."""
        build = model.type.find("build")
        if (
            not self.is_keras
            or not isinstance(build, Function)
            or id(model) in self._built
            or len(build.required()) != 2
        ):
            return
        self._built.add(id(model))
        given = arguments[0] if arguments else None
        if isinstance(given, TensorValue):
            self.call_function(build, [model, self.shape(given)], {}, node)
        elif isinstance(given, list | tuple):
            shapes = [self.shape(one) if isinstance(one, TensorValue) else self.unknown(node) for one in given]
            self.call_function(build, [model, shapes], {}, node)

    def in_order(self, layers: Iterable[Value], arguments: list[Value], node: ast.AST) -> Value:
        """What layers give that are applied one after the other."""
        if len(arguments) != 1:
            return self.unknown(node)
        value = arguments[0]
        for layer in layers:
            if isinstance(layer, TensorValue):  # Input(…), the first of a list
                value = layer if isinstance(value, TensorValue) and value.node < 0 else value
            elif isinstance(layer, LayerObject):
                value = self.apply(layer, [value], {}, layer.node if isinstance(node, ast.Pass) else node)
            elif isinstance(layer, LayerSequence | Instance | FunctionalModel):
                value = self._applied(layer, [value], {}, node)
            elif isinstance(layer, Function):
                value = self.call_function(layer, [value], {}, node)
            elif isinstance(layer, Partial):
                value = self.call(layer, [value], {}, node if isinstance(node, ast.Call) else _AS_A_CALL)
            else:
                return layer if isinstance(layer, Unknown) else self.unknown(node)
        return value

    def instance(self, made: ClassValue, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """An object of a class of the program."""
        self.called.append(made)
        found = Instance(made, {}, self.span(node), LayerSequence({}, self.span(node)))
        self.models.append(found)
        start = made.find("__init__")
        if isinstance(start, Function):
            self.call_function(start, [found, *arguments], named, node)
            if FUNCTIONAL in found.names:
                return found.names[FUNCTIONAL]
        elif (base := layer_base(made)) and isinstance(node, ast.Call):
            found.children.children[""] = self.call(base, arguments, {**named}, node)
        elif made.is_from("Model") and isinstance(node, ast.Call) and (len(arguments) > 1 or "outputs" in named):
            return self._model(arguments, dict(named), node)
        elif arguments and made.is_from(*SEQUENTIAL):
            found.children = self.sequence(arguments, self.span(node))
        elif arguments or named:
            found.fill(made.line(), arguments, named, self.span(node))
        return found

    def _builtin(self, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        unknown = next((one for one in (*arguments, *named.values()) if isinstance(one, Unknown)), None)
        if name == "sum" and arguments and isinstance(tensors := arguments[0], list | tuple):
            read = [one for one in tensors if isinstance(one, TensorValue)]
            if len(read) == len(tensors) > 1:
                return self.joined("ADD", read, node)
        if name == "super":
            return self._super(arguments, node)
        if name == "setattr" and len(arguments) == 3 and isinstance(arguments[1], str):
            self.set_attribute(arguments[0], arguments[1], arguments[2], node)
            return None
        if (called := called_function(self, name, arguments, node)) and not named:
            return called[0]
        if name == "len" and isinstance(array := arguments[0] if arguments else None, ExampleArray):
            return array.shape[0] if array.shape else self.unknown(node)
        if name == "dict":
            pairs: Any = arguments[0] if arguments else {}
            return unknown or self._plain(node, lambda: {**dict(pairs), **named})
        held = [
            one.children if isinstance(one, Instance) and one.type.is_from(*CONTAINERS) else one for one in arguments
        ]
        arguments = [list(one.children.values()) if isinstance(one, LayerSequence) else one for one in held]
        if (
            name not in FUNCTIONS
            or unknown
            or any(isinstance(one, Extent | ShapeOf | TensorValue) for one in arguments)
        ):
            return unknown or self.unknown(node)
        return self._plain(node, lambda: FUNCTIONS[name](*arguments, **named), arguments)

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

    def _external(self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        base, first = name.base, arguments[0] if arguments else None
        if name.is_own and base[:1].isupper() and not is_layer(name) and base not in NAMESPACES:
            return tensor_calls.function(self, name, arguments, named, node)
        if name.name in OF_PYTHON and not named and (called := called_function(self, base, arguments, node)):
            return called[0]
        if name.name == "typing.cast" and len(arguments) == 2:
            return arguments[1]
        if base in ("partial",) and arguments:
            return Partial(first, tuple(arguments[1:]), named)
        if base == "__init__" and isinstance(first, Instance):
            last = [one for one in first.type.line() if isinstance(one, ClassValue)][-1]
            return self._of_base(Super(first, last), base, arguments[1:], named, node)
        pairs: Any = first or {}
        if base == "OrderedDict":
            return first if isinstance(first, Unknown) else self._plain(node, lambda: {**dict(pairs), **named})
        if base.endswith("Sequential"):
            made = self.sequence(arguments or [one for key, one in named.items() if key == "layers"], self.span(node))
            if is_keras(name):
                self.sequences.append(made)
            return made
        if base in LISTS:
            return first if isinstance(first, Unknown) else ModuleList(self.iterated(first if arguments else [], node))
        if base in DICTIONARIES:
            if isinstance(first, list):
                first = self._plain(node, lambda: dict(pairs))
            return LayerSequence({**first} if isinstance(first, dict) else {}, self.span(node), runs=False)
        if base in MATH and (name.name.startswith(("math.", "numpy.")) or name.name == "torch.linspace"):
            unknown = next((one for one in arguments if isinstance(one, Unknown | Extent)), None)
            return self.unknown(node) if unknown else self._plain(node, lambda: MATH[base](*arguments))
        if base == "Input":
            return self._input(name, arguments, named, node)
        if base in ("Model", "Functional") and (named or len(arguments) > 1):
            return self._model(arguments, named, node)
        if base in ARRAYS:
            return example(self, name, arguments, named, node)
        if base == "summary" and isinstance(first, Instance | LayerSequence):
            self.keep_size(first, named.get("input_size", arguments[1] if len(arguments) > 1 else None), node)
            return None
        if known := keras_setting(self, name, arguments, named, node):
            return known[0]
        if (known_array := self._of_data(name, arguments, named, node)) is not ...:
            return known_array
        if base in ("is_scripting", "is_tracing", "is_exporting"):
            return False
        if name.name in FILES_ARE_THERE:
            return FileThere(False, node)
        if base == "checkpoint" and len(arguments) > 1:
            return self.call(first, arguments[1:], {}, node)
        if base == "Variable" or (name.name.startswith("torch.nn.init.") and isinstance(first, ExampleArray)):
            return first
        if base in TORCH_FUNCTIONS and name.is_known:
            return TORCH_FUNCTIONS[base](self, arguments, named, node)
        if (made_setting := setting_of(name, arguments, named, self.span(node))) is not None:
            return made_setting
        if is_layer(name) and (root := name.name.partition(".")[0]) in OTHER_FRAMEWORKS:
            return self.unknown(node, f"{name.written} is a layer of {root}, whose defaults are others than PyTorch's")
        if is_layer(name):
            return self.layer(name, arguments, named, node)
        return tensor_calls.function(self, name, arguments, named, node)

    def _of_data(self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """What is made of data sets and arrays, and how images lie in them; `Ellipsis` for other functions."""
        base, first = name.base, arguments[0] if arguments else None
        data = data_set(name, channels_first=self.data_format == "channels_first", node=node, span=self.span(node))
        if data is not None:
            return data
        if base == "reduce" and len(arguments) == 2:
            given = self.iterated(arguments[1], node)
            return reduce(lambda made, one: self.call(first, [made, one], {}, node), given)
        if base in RANGES and "." in name.name and (array := range_of(arguments, named, self.span(node))):
            return array
        if isinstance(first, ExampleArray) and (found := of_array(base, first, arguments[1:], named)) is not None:
            return found
        if base in ("concatenate", "vstack") and isinstance(first, list | tuple):
            arrays = concatenated([*first], named.get("axis", arguments[1] if len(arguments) > 1 else None))
            if arrays:
                return arrays
        return ...

    def assign(self, target: ast.expr, value: Value) -> None:
        """Gives the names of a target their values; a tensor is called by the first of them."""
        if isinstance(target, ast.Name) and isinstance(value, TensorValue):
            self.hints.setdefault(value.node, target.id)
        super().assign(target, value)

    def expression(self, value: Value, node: ast.Expr) -> None:
        """A model that no name is given to is one all the same: what is pasted often ends in one.

        `x.unsqueeze_(1)` changes what its name stands for.
        """
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr=method)) if isinstance(value, TensorValue):
                if method.endswith("_"):
                    self.assign(name, value)
        if self.depth == 0 and isinstance(value, tuple) and all(isinstance(one, LayerObject) for one in value):
            value = self.sequence([value], self.span(node))
        if self.depth == 0 and isinstance(value, LayerSequence):
            self.module.names[f"line {node.lineno}"] = value
