"""What the names of models, layers and tensors in a program stand for, and what it means to give them other values."""

from __future__ import annotations

import ast
from math import prod
from operator import delitem
from types import NoneType
from typing import Any

from shapecalc.core.record import replace
from shapecalc.formats.python_program import own_weights, tensor_methods, tensor_operators, torch_views
from shapecalc.formats.python_program.applied_layers import AppliedLayers
from shapecalc.formats.python_program.framework_layers import form_of
from shapecalc.formats.python_program.keras_functions import part_of_keras
from shapecalc.formats.python_program.known_arrays import part_of_array
from shapecalc.formats.python_program.program_settings import values_of_row
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    ExampleArray,
    Extent,
    External,
    Function,
    FunctionalModel,
    Instance,
    LayerObject,
    LayerSequence,
    Method,
    ModuleFile,
    NotRead,
    Raised,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import Carried, OwnWeight, Registered
from shapecalc.formats.python_program.statements import WITHOUT_FIGURES
from shapecalc.formats.python_program.torch_functions import weights_of
from shapecalc.formats.python_program.torch_layers import row_of
from shapecalc.formats.python_program.torch_views import SplitAxes

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
REGISTERING = frozenset({"add_module", "register_module", "register_parameter", "register_buffer"})
"""Methods that give a model or a layer a part."""
METHODS = frozenset({
    *SELF, *PARTS, *FORWARD, *HOOKS, *FED, *REGISTERING, "apply", "children", "named_children", "add", "append",
    "build", "get_layer", "add_weight",
})  # fmt: skip
"""Those of a model whose class does not define them."""
ENDS = frozenset({"input", "inputs", "output", "outputs"})
"""What the tensors at the ends of a model or a layer of Keras are called."""
SIZES = frozenset({"input_shape", "output_shape"})
"""What the sizes of those are called."""
_ROOTS = (External("torch.nn.Module", "nn.Module"), External("object", "object"))
"""Classes whose names are those of models alone."""
_NORMED = ("weight_u", "weight_v", "weight_g", "weight_bar", "weight_orig")
"""What layers have when a norm of their weights was put into them, and no layer else."""
PLAIN = (int, float, str, list, tuple, dict, NoneType)
"""What is no layer."""
_PLAIN_BASES = ("abc.", "collections.", "dataclasses.", "enum.", "typing.")
"""Modules of Python whose classes are bases of what only holds figures."""
MARKS = (int, float, str, NoneType)
"""What a program may give a layer under a name of its own."""
LISTS = frozenset({"ModuleList", "LayerList", "ParameterList"})
CONTAINERS = ("Sequential", "ModuleDict", *LISTS)
"""What holds layers: a class that is made from one of these has its methods."""


class ModelAttributes(AppliedLayers):
    """Attributes and parts of models, layers and tensors."""

    def ends_of(self, model: Value, name: str, node: ast.expr) -> Value:
        """Tensors at the ends of models and layers of Keras."""
        raise NotImplementedError

    def layers_of(self, model: Value) -> list[Value]:
        """The layers of a model of Keras in its order."""
        raise NotImplementedError

    def freeze(self, model: Value, is_trainable: Value, node: ast.AST) -> None:
        """Says whether the weights of a layer or a model are trained."""
        raise NotImplementedError

    def iterated(self, value: Value, node: ast.AST) -> list[Value]:
        """What a loop goes through: also the parts of a tensor along its first axis."""
        found = torch_views.parts(self, value, node) if isinstance(value, SplitAxes) else []
        return found or super().iterated(value, node)

    def operated(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of two values: also `self.weight * 0.5`."""
        for one, other in ((left, right), (right, left)):
            if isinstance(one, OwnWeight) and isinstance(other, int | float):
                return one
        if isinstance(left, OwnWeight) and isinstance(right, OwnWeight) and left.layer is right.layer:
            return max(left, right, key=lambda one: prod(one.shape))  # `w / w.sum()`
        return super().operated(operator, left, right, node)

    def _holds(self, operator: ast.cmpop, left: Value, right: Value, node: ast.expr) -> Value:
        """Whether a comparison holds: also one of `x.shape[2:]`, where the sizes are known."""
        left, right = (
            tuple(self.iterated(one, node)) if isinstance(one, ShapeOf) and one.tensor.rank else one
            for one in (left, right)
        )
        if any(isinstance(one, Extent) for side in (left, right) if isinstance(side, tuple) for one in side):
            return self.unknown(node)
        is_mask = not isinstance(operator, ast.Is | ast.IsNot)
        if is_mask and (isinstance(left, TensorValue) or isinstance(right, TensorValue)):
            return self.lose(node)
        return super()._holds(operator, left, right, node)

    def delete_part(self, owner: Value, key: Value, node: ast.expr) -> None:
        """Takes a name or a part of a value away. Raises NotRead where that is not known."""
        inside: Any = owner.children if isinstance(owner, LayerSequence) else owner
        if isinstance(owner, Registered):
            return self.delete_part(owner.model, key, node)
        if isinstance(owner, Instance) and owner.type.is_from(*CONTAINERS) and not isinstance(key, str):
            return self.delete_part(owner.children, key, node)
        if isinstance(owner, Instance) and isinstance(key, str):
            owner.names.pop(key, None)
            owner.children.children.pop(key, None)
        elif isinstance(owner, LayerSequence) and owner.runs and isinstance(key, int | slice):
            parts: list[Value] = [*owner.children.values()]
            self.delete_part(parts, key, node)
            owner.children = {str(place): part for place, part in enumerate(parts)}
        elif isinstance(owner, list | dict | LayerSequence) and self._plain(node, lambda: delitem(inside, key)) is None:
            return None
        elif not isinstance(owner, Unknown):
            raise NotRead(f"what is left after del {self.places.shown(node)} is not known", self.span(node))
        return None

    def attribute(self, value: Value, name: str, node: ast.expr) -> Value:
        """What a name of a value is."""
        match value:
            case TensorValue() if name in ("shape", "_keras_shape"):
                return self.shape(value)
            case TensorValue() if name == "data":
                return value
            case TensorValue() if name == "ndim" and value.rank is not None:
                return value.rank
            case SplitAxes() if name in ("shape", "ndim"):
                return torch_views.shape_of(value) if name == "shape" else len(value.order)
            case ExampleArray() if name in ("shape", "ndim", "size"):
                return {"shape": value.shape, "ndim": len(value.shape), "size": prod(value.shape)}[name]
            case OwnWeight() if name == "shape":
                return value.shape
            case OwnWeight() if name in ("data", "grad"):
                return value
            case OwnWeight() if name in ("T", "mT"):
                return own_weights.method_of(self, value, "t", [], {}, node)
            case ModuleFile():
                return self.member(value, name, node)
            case Instance() if name == "_modules":
                return value.children
            case LayerObject() if name in REGISTERING:
                return Method(value, name)
            case LayerObject() if name == "_modules":
                return Registered(value)
            case Instance() | LayerSequence() | LayerObject() if name in ("_parameters", "_buffers"):
                return Registered(value)
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
            case LayerObject() if name in value.marks:
                return value.marks[name]
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
        if name == "_replace" and values_of_row(value) is not None:
            return Method(value, name)
        if name in ({*METHODS, *CONTAINER} if value.type.is_from(*CONTAINERS) else METHODS):
            return Method(value, name)
        if self.trying and all(base in _ROOTS for base in value.type.line() if isinstance(base, External)):
            raise Raised(f"{value.type.name} has no {name}", self.span(node))
        return self.unknown(node)

    def _argument(self, layer: LayerObject, name: str, node: ast.expr) -> Value:
        """`conv.out_channels`: what a layer was made with."""
        if name in FORWARD or name in HOOKS:
            return Method(layer, name)
        if name == "weight":
            return Unknown("its weights are not looked into", self.span(node), own_parts=True)
        form = form_of(layer.name)
        for place, slot in enumerate(form.slots if form else ()):
            if slot.name == name:
                return layer.arguments.get(name, layer.arguments.get(str(place), self.unknown(node)))
        if self.trying and name.startswith(_NORMED):
            raise Raised(f"{layer.name.base} has no {name}", self.span(node))
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
            if isinstance(given, LayerObject | LayerSequence) or (isinstance(given, Instance) and is_module(given)):
                value.children.children[name] = given
            else:
                value.children.children.pop(name, None)
        elif isinstance(value, LayerObject):
            self._set_in_layer(value, name, given, node)
        elif isinstance(value, LayerSequence):
            inside = value.names if isinstance(given, PLAIN) and name not in value.children else value.children
            inside[name] = given
        elif isinstance(value, ClassValue):
            value.names[name] = given

    def _set_in_layer(self, layer: LayerObject, name: str, given: Value, node: ast.AST) -> None:
        """Raises NotRead where the sizes of a layer, or how many weights it has, hang on what it is given."""
        base = layer.name.base
        if name == "weight" and isinstance(given, Unknown) and given.own_parts:
            raise NotRead(f"{base} has the weights of another layer", self.span(node))
        if isinstance(given, OwnWeight) and given.shape == weights_of(layer).get(name):
            return
        if isinstance(given, MARKS) and is_no_part(layer, name):
            layer.marks = {**layer.marks, name: given}
            return
        if name not in WITHOUT_FIGURES or (name == "bias" and given is None) or isinstance(given, OwnWeight):
            raise NotRead(f"{name} of {base} is given another value after it is made", self.span(node))
        if isinstance(given, Unknown) and given.reason == own_weights.NO_LAYERS_WEIGHTS:
            remark = f"is given other weights, whose number is not known: those of {base} are counted"
            self.note(node, remark, is_general=True)

    def on_tensors(self, operator: ast.operator, left: Value, right: Value, node: ast.expr) -> Value:
        """What an operator makes of tensors."""
        return tensor_operators.operator_of(self, operator, left, right, node)

    def item_of(self, value: Value, index: Value, node: ast.Subscript) -> Value:
        """A part of a model, or of the shape of a tensor."""
        match value:
            case TensorValue() if self.is_keras:
                return part_of_keras(self, value, index, node)
            case TensorValue():
                return tensor_methods.part_of(self, value, index, node)
            case ExampleArray():
                return part_of_array(value, index) or self.unknown(node)
            case OwnWeight():
                return own_weights.part_of_weight(self, value, index, node)
            case Carried():
                return row_of(self, value, index, node)
            case Instance() if value.type.is_from(*CONTAINERS):
                return self.item_of(value.children, index, node)
            case Instance() if isinstance(index, int | slice) and (row := values_of_row(value)) is not None:
                return self._plain(node, lambda: row[index])
            case SplitAxes():
                return torch_views.part_of(self, value, index, node)
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
            case ShapeOf(tensor) if isinstance(index, slice) and index.stop is not None and tensor.rank is not None:
                return tuple(self.iterated(value, node)[index])
            case ShapeOf(tensor, 0) if isinstance(index, slice) and index.stop is None and index.step is None:
                rank = tensor.rank or 4
                return ShapeOf(tensor, index.start % rank if index.start else 0)
        return self.unknown(node)


def is_no_part(layer: LayerObject, name: str) -> bool:
    """Whether PyTorch has no such name in a layer: what the program gives it there changes no figure."""
    form = form_of(layer.name)
    of_torch = METHODS | WITHOUT_FIGURES | REGISTERING
    return form is not None and form.framework == "PyTorch" and not form.slot(name) and name not in of_torch


def is_module(value: Instance) -> bool:
    """Whether an object has the parts of a framework's models: it is made from one of its classes."""
    bases = [one for one in value.type.line() if isinstance(one, External)]
    return any(not one.name.startswith(_PLAIN_BASES) for one in bases)
