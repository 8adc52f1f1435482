"""The names of models in a program: what they have in them, and the methods that every model of a framework has."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from operator import delitem
from types import NoneType
from typing import Any

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program import own_weights, tensor_methods
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import form_of, layer_base
from shapecalc.formats.python_program.keras_functions import part_of_keras
from shapecalc.formats.python_program.known_arrays import of_array, part_of_array
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import method
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    ExampleArray,
    Function,
    FunctionalModel,
    Instance,
    LayerObject,
    LayerSequence,
    Method,
    ModuleFile,
    NotRead,
    ShapeOf,
    Super,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.statements import CHANGING, WITHOUT_FIGURES

SELF = frozenset({"to", "cuda", "cpu", "eval", "train", "float", "half", "double", "requires_grad_", "type"})
"""Methods of a model or an array that give it back."""
PARTS = frozenset({"modules", "parameters", "named_parameters", "named_modules", "state_dict", "buffers"})
"""Methods that give the parts of a model for initialisation and training."""
FORWARD = ("forward", "call", "__call__")
"""What a model does is in the first of these methods that it has."""
FED = frozenset({"fit", "evaluate", "predict", "train_on_batch"})
"""Methods of a model that are given examples."""
HOOKS = frozenset({"register_forward_hook", "register_forward_pre_hook"})
"""Methods that give a layer a function that may change what it reads or gives."""
CONTAINER = (
    "add_module", "register_module", "children", "named_children", "add", "append", "items", "values", "keys",
)  # fmt: skip
"""Methods of what holds layers."""
ARRAYS = frozenset({
    "randn", "rand", "zeros", "ones", "empty", "normal", "uniform", "random", "random_normal", "random_uniform",
})  # fmt: skip
"""Functions that make an array of a size."""
METHODS = frozenset({
    *SELF, *PARTS, *FORWARD, *HOOKS, *FED, "add_module", "register_module", "register_parameter", "children",
    "named_children", "add", "append", "build", "get_layer", "add_weight",
})  # fmt: skip
"""Those of a model whose class does not define them."""
SEQUENTIAL = ("Sequential",)
ENDS = frozenset({"input", "inputs", "output", "outputs"})
"""What the tensors at the ends of a model or a layer of Keras are called."""
SIZES = frozenset({"input_shape", "output_shape"})
"""What the sizes of those are called."""
FUNCTIONAL = "its layers from its inputs to its outputs"
"""Where an object of a class has the functional model that it is: no name of a program has blanks."""
PLAIN = (int, float, str, list, tuple, dict, NoneType)
"""What is no layer."""
LISTS = frozenset({"ModuleList", "LayerList"})
CONTAINERS = ("Sequential", "ModuleDict", *LISTS)
"""What holds layers: a class that is made from one of these has its methods."""


class ModelMembers(AppliedLayers):
    """Attributes, methods and parts of models and tensors."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.sizes: list[tuple[Value, tuple[int, ...], Span]] = []
        """Models, and the sizes of what they read."""

    def applied(self, model: Value, arguments: list[Value], named: Mapping[str, Value], node: ast.AST) -> Value:
        """What a model gives; one that is called on an example is the network of the program."""
        raise NotImplementedError

    def in_order(self, layers: Iterable[Value], arguments: list[Value], node: ast.AST) -> Value:
        """What layers give that are applied one after the other."""
        raise NotImplementedError

    def ends_of(self, model: Value, name: str, node: ast.expr) -> Value:
        """Tensors at the ends of models and layers of Keras."""
        raise NotImplementedError

    def layers_of(self, model: Value) -> list[Value]:
        """The layers of a model of Keras in its order."""
        raise NotImplementedError

    def layer_called(
        self, model: Value, arguments: Sequence[Value], named: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """The layer of a model of Keras that has a name."""
        raise NotImplementedError

    def _model(self, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """The functional model of Keras of some inputs and outputs."""
        raise NotImplementedError

    def freeze(self, model: Value, is_trainable: Value, node: ast.AST) -> None:
        """Says whether the weights of a layer or a model are trained."""
        raise NotImplementedError

    def sequence(self, arguments: list[Value], span: Span) -> LayerSequence:
        """The layers of `nn.Sequential(a, b)`, `Sequential([a, b])` or `Sequential(OrderedDict([("a", a)]))`."""
        if len(arguments) == 1 and isinstance(arguments[0], list | tuple):
            arguments = [*arguments[0]]
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            return LayerSequence({str(name): layer for name, layer in arguments[0].items()}, span)
        return LayerSequence({str(place): layer for place, layer in enumerate(arguments)}, span)

    def keep_size(self, model: Value, size: Value, node: ast.AST) -> None:
        """Keeps `summary(model, (1, 28, 28))`; four numbers have the batch in front."""
        if isinstance(size, list | tuple) and len(size) in (3, 4):
            numbers = [one for one in size if isinstance(one, int)]
            if len(numbers) == len(size):
                self.sizes.append((model, (1, *numbers[-3:]), self.span(node)))

    # --- methods and attributes ------------------------------------------------------------------

    def _method(
        self, value: Value, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        if isinstance(value, TensorValue):
            return tensor_methods.tensor_method(self, value, name, arguments, named, node)
        if isinstance(value, ExampleArray):
            if name in SELF:
                return value
            found = of_array(name, value, arguments, named)
            return self.unknown(node) if found is None else found
        if isinstance(value, Super):
            return self._of_base(value, name, arguments, named, node)
        if isinstance(value, Instance | LayerSequence | FunctionalModel | LayerObject):
            return self._of_model(value, name, arguments, named, node)
        if name == "as_list" and isinstance(value, tuple):
            return [*value]
        if isinstance(value, ShapeOf):
            return self.unknown(node)
        return self._plain(node, lambda: method(value, name, arguments, named), value, arguments)

    def _of_base(
        self, value: Super, name: str, arguments: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        found = value.instance.type.find(name, value.after)
        if isinstance(found, Function):
            return self.call_function(found, [value.instance, *arguments], named, node)
        base, after = layer_base(value.instance.type, value.after), value.instance.type.after(value.after)
        if name == "__init__":
            if base and isinstance(node, ast.Call):
                value.instance.children.children[""] = self.call(base, arguments, named, node)
            elif arguments and value.instance.type.is_from(*SEQUENTIAL):
                value.instance.children = self.sequence(arguments, self.span(node))
            elif value.instance.type.is_from("Model") and (len(arguments) > 1 or "outputs" in named):
                value.instance.names[FUNCTIONAL] = self._model(arguments, named, node)
            elif not base and any(one.fields for one in after if isinstance(one, ClassValue)):
                value.instance.fill(after, arguments, named, self.span(node))
            return None
        if name == "build":
            return None
        if name in FORWARD and isinstance(value.instance.layer, LayerObject):
            return self.in_order([value.instance.layer], arguments, node)
        if name in FORWARD and value.instance.type.is_from(*SEQUENTIAL):
            return self.in_order(value.instance.children.children.values(), arguments, node)
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
        if name in ("children", "named_children", "items", "values", "keys") and isinstance(inside, LayerSequence):
            children = own_layers(value)
            if name in ("children", "named_children"):  # each once
                once = {id(one): key for key, one in reversed(children.items())}
                children = {key: one for key, one in children.items() if once[id(one)] == key}
            pairs = {"children": [*children.values()], "values": [*children.values()], "keys": [*children]}
            return pairs.get(name, [*children.items()])
        if name in ("add_module", "register_module", "register_parameter"):
            given = [*arguments, *(named[key] for key in ("name", "module", "param") if key in named)]
            if len(given) != 2 or not isinstance(given[0], str):
                raise NotRead(f"what {self.places.shown(node)} adds is not known", self.span(node))
            self.set_attribute(value, given[0], given[1], node)
            return None
        if name in ("add", "append") and isinstance(inside, LayerSequence) and arguments:
            inside.add(arguments[-1])
            return value
        if name in CHANGING and isinstance(value, LayerSequence):
            return self._changed(value, name, arguments, node)
        if name in FORWARD and isinstance(value, Instance | LayerSequence | FunctionalModel):
            return self.applied(value, arguments, named, node)
        if name in HOOKS:
            return self._hooked(arguments[0] if arguments else named.get("hook"), node)
        if name in FED and arguments and isinstance(arguments[0], ExampleArray) and len(arguments[0].shape) > 1:
            self.fed.setdefault(value, arguments[0])
        if name == "build":
            size = named.get("input_shape", arguments[0] if arguments else None)
            if isinstance(size, list | tuple) and all(isinstance(one, int) for one in size[1:]):
                self.sizes.append((value, (1, *size[1:]), self.span(node)))
        if name == "add_weight":
            return own_weights.own_weight(self, arguments, named, node)
        if name == "get_layer":
            return self.layer_called(value, arguments, named, node)
        return self.unknown(node)

    def _hooked(self, hook: Value, node: ast.Call) -> Value:
        """A hook that returns nothing leaves every size as it is. Raises NotRead where it may return something."""
        made = hook.node if isinstance(hook, Function) else None
        match made:
            case ast.Lambda(body=ast.Call(func=ast.Attribute(attr=called))):  # lambda *given: kept.append(given)
                returns = called not in CHANGING - {"pop", "setdefault"}
            case ast.FunctionDef():
                returns = any(isinstance(one, ast.Return) and one.value is not None for one in ast.walk(made))
            case _:
                returns = True
        if returns:
            raise NotRead(f"what {self.places.shown(node)} makes of the tensors is not followed", self.span(node))
        return self.unknown(node)

    def _changed(self, value: LayerSequence, name: str, arguments: list[Value], node: ast.Call) -> Value:
        """`model.insert(1, nn.ReLU())`. Raises NotRead where the model is another then that is not known."""
        parts = [*value.children.values()]
        if value.runs and name in ("insert", "extend", "pop"):
            if name == "extend" and len(arguments) == 1:
                arguments = [self.iterated(arguments[0], node)]
            found = self._plain(node, lambda: method(parts, name, arguments, {}))
            if not isinstance(found, Unknown):
                value.children = self.sequence(parts, value.span).children
                return value if found is None else found
        if name == "update" and arguments and isinstance(arguments[0], dict):
            value.children |= arguments[0]
            return None
        raise NotRead(f"what the model is after {self.places.shown(node)} is not known", self.span(node))

    def delete_part(self, owner: Value, key: Value, node: ast.expr) -> None:
        """Takes a name or a part of a value away. Raises NotRead where that is not known."""
        inside: Any = owner.children if isinstance(owner, LayerSequence) else owner
        if isinstance(owner, Instance) and isinstance(key, str):
            owner.names.pop(key, None)
            owner.children.children.pop(key, None)
        elif isinstance(owner, LayerSequence) and owner.runs and isinstance(key, int | slice):
            parts: list[Value] = [*owner.children.values()]
            self.delete_part(parts, key, node)
            owner.children = {str(place): part for place, part in enumerate(parts)}
        elif isinstance(owner, list | dict | LayerSequence) and self._plain(node, lambda: delitem(inside, key)) is None:
            return
        elif not isinstance(owner, Unknown):
            raise NotRead(f"what is left after del {self.places.shown(node)} is not known", self.span(node))

    def attribute(self, value: Value, name: str, node: ast.expr) -> Value:
        """What a name of a value is."""
        match value:
            case TensorValue() if name in ("shape", "_keras_shape"):
                return self.shape(value)
            case TensorValue() if name == "data":
                return value
            case ExampleArray() if name in ("shape", "ndim", "size"):
                return {"shape": value.shape, "ndim": len(value.shape), "size": prod(value.shape)}[name]
            case ModuleFile():
                return self.member(value, name, node)
            case Instance() if name == "_modules":
                return value.children
            case LayerSequence() if name == "_modules":
                return value
            case Instance() if name == "training" and name not in value.names:
                return False  # as the network is used
            case Instance():
                return self._own(value, name, node)
            case ClassValue():
                found = value.find(name)
                if isinstance(found, Function) and found.kind == "classmethod":
                    return replace(found, self_value=value)
                return value.name if name == "__name__" else self.unknown(node) if found is None else found
            case LayerSequence() if name in (known := value.names | value.children):
                return known[name]
            case LayerSequence() | FunctionalModel() | LayerObject() if self.is_keras and name in ENDS:
                return self.ends_of(value, name, node)
            case LayerSequence() | FunctionalModel() | LayerObject() if self.is_keras and name in SIZES:
                end = self.ends_of(value, name.removesuffix("_shape"), node)
                return self.shape(end) if isinstance(end, TensorValue) else self.unknown(node)
            case LayerSequence() | FunctionalModel() if self.is_keras and name == "layers":
                return self.layers_of(value)
            case LayerObject() if name not in SELF | PARTS | HOOKS:
                return self._argument(value, name, node)
            case int() | float() if name != "item":
                return self.unknown(node)
        return Method(value, name)

    def _own(self, value: Instance, name: str, node: ast.expr) -> Value:
        if name in value.children.children:  # also what _modules was given
            return value.children.children[name]
        if name in value.names:
            return value.names[name]
        found = value.type.find(name)
        if isinstance(found, Function):
            if found.kind == "staticmethod":
                return found
            bound = replace(found, self_value=value.type if found.kind == "classmethod" else value)
            return self.call(bound, [], {}, ast.Call(node, [], [])) if found.kind == "property" else bound
        if found is not None:
            return found
        if name in value.type.names or name == "__class__":
            return value.type if name == "__class__" else None
        if name == "layers" and self.is_keras:
            return self.layers_of(value)
        if isinstance(value.layer, LayerObject) and name not in METHODS:
            return self.attribute(value.layer, name, node)
        known = {*METHODS, *CONTAINER} if value.type.is_from(*CONTAINERS) else METHODS
        return Method(value, name) if name in known else self.unknown(node)

    def _argument(self, layer: LayerObject, name: str, node: ast.expr) -> Value:
        """`conv.out_channels`: what a layer was made with."""
        if name == "weight":
            return Unknown("its weights are not looked into", self.span(node), own_parts=True)
        form = form_of(layer.name)
        for place, slot in enumerate(form.slots if form else ()):
            if slot.name == name:
                return layer.arguments.get(name, layer.arguments.get(str(place), self.unknown(node)))
        return self.unknown(node)

    def set_attribute(self, value: Value, name: str, given: Value, node: ast.AST) -> None:
        """Gives a name of a model another value. Raises NotRead where a figure of a layer hangs on it."""
        if name == "trainable" and isinstance(value, Instance | LayerObject | LayerSequence | FunctionalModel):
            self.freeze(value, given, node)
        elif isinstance(value, Instance):
            own = value.type.find(f"{name}.setter")
            if isinstance(own, Function):
                self.call_function(own, [value, given], {}, node)
                return
            form = form_of(value.layer.name) if isinstance(value.layer, LayerObject) else None
            if form and (name in ("weight", "bias") or form.slot(name)):
                self.set_attribute(value.layer, name, given, node)
            value.names[name] = given
            if isinstance(given, LayerObject | LayerSequence | Instance):
                value.children.children[name] = given
            else:
                value.children.children.pop(name, None)
        elif isinstance(value, LayerObject) and name == "weight" and isinstance(given, Unknown) and given.own_parts:
            raise NotRead(f"{value.name.base} has the weights of another layer", self.span(node))
        elif isinstance(value, LayerObject) and (name not in WITHOUT_FIGURES or (name == "bias" and given is None)):
            raise NotRead(f"{name} of {value.name.base} is given another value after it is made", self.span(node))
        elif isinstance(value, LayerSequence):
            inside = value.names if isinstance(given, PLAIN) and name not in value.children else value.children
            inside[name] = given
        elif isinstance(value, ClassValue):
            value.names[name] = given

    def on_tensors(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of tensors."""
        return tensor_methods.operator_of(self, operator, left, right, node)

    def item_of(self, value: Value, index: Value, node: ast.Subscript) -> Value:
        """A part of a model, or of the shape of a tensor."""
        match value:
            case TensorValue() if self.is_keras:
                return part_of_keras(self, value, index, node)
            case TensorValue():
                return tensor_methods.part_of(self, value, index, node)
            case ExampleArray():
                return part_of_array(value, index) or self.unknown(node)
            case LayerSequence() if isinstance(index, slice):
                kept = [*value.children.items()][index]
                return LayerSequence(dict(kept), value.span)
            case LayerSequence() if isinstance(index, int | str):
                named = (
                    index
                    if isinstance(index, str)
                    else [*value.children][index]
                    if -len(value.children) <= index < len(value.children)
                    else ""
                )
                return value.children.get(named, self.unknown(node))
            case ShapeOf(tensor, first) if isinstance(index, int):
                return self.extent(tensor, index + first if index >= 0 else index)
            case ShapeOf(tensor, 0) if isinstance(index, slice) and index.stop is None and index.step is None:
                rank = tensor.rank or 4
                return ShapeOf(tensor, index.start % rank if index.start else 0)
        return self.unknown(node)


def own_layers(model: Value) -> dict[str, Value]:
    """The layers and models that are directly in one."""
    if isinstance(model, Instance):
        return model.children.children
    return model.children if isinstance(model, LayerSequence) else {}
