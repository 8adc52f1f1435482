"""The methods that every model of a framework has, in a program."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Span
from shapecalc.formats.python_program import own_weights, tensor_methods, torch_views
from shapecalc.formats.python_program.applied_torch import of_rows
from shapecalc.formats.python_program.framework_layers import layer_base
from shapecalc.formats.python_program.known_arrays import of_array
from shapecalc.formats.python_program.model_attributes import (
    FED,
    FORWARD,
    HOOKS,
    PARTS,
    REGISTERING,
    SELF,
    ModelAttributes,
)
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import method
from shapecalc.formats.python_program.program_settings import CommandLine, of_command_line
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    ExampleArray,
    Function,
    FunctionalModel,
    Instance,
    LayerObject,
    LayerSequence,
    NotRead,
    ShapeOf,
    Super,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import Carried, OwnWeight
from shapecalc.formats.python_program.statements import CHANGING
from shapecalc.formats.python_program.torch_layers import method_of_state
from shapecalc.formats.python_program.torch_views import ImageRows, SplitAxes

_FILLING = frozenset(
    {"normal_", "uniform_", "fill_", "zero_", "mul_", "div_", "add_", "sub_", "clamp_", "trunc_normal_"}
)
"""Methods that give an array other values."""
SEQUENTIAL = ("Sequential",)
FUNCTIONAL = "its layers from its inputs to its outputs"
"""Where an object of a class has the functional model that it is: no name of a program has blanks."""
DICTIONARIES = frozenset({"ModuleDict", "ParameterDict"})


class ModelMembers(ModelAttributes):
    """Methods of models and tensors."""

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

    def layer_called(
        self, model: Value, arguments: Sequence[Value], named: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """The layer of a model of Keras that has a name."""
        raise NotImplementedError

    def _model(self, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """The functional model of Keras of some inputs and outputs."""
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
            if name in SELF | tensor_methods.SAME | tensor_methods.ELEMENTWISE or name in _FILLING:
                return value
            found = of_array(name, value, arguments, named)
            return self.unknown(node) if found is None else found
        if isinstance(value, Carried):
            return method_of_state(self, value, name, arguments, node)
        if isinstance(value, SplitAxes):
            return torch_views.method(self, value, name, arguments, node)
        if isinstance(value, ImageRows):
            return of_rows(self, value, name, arguments, named, node)
        if isinstance(value, OwnWeight) and not self.is_keras:
            return own_weights.method_of(self, value, name, arguments, named, node)
        if isinstance(value, CommandLine):
            return of_command_line(value, name, arguments, named, node, self.span(node))
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
        if name in REGISTERING:
            given = [*arguments, *(named[key] for key in ("name", "module", "param", "tensor") if key in named)]
            if len(given) < 2 or not isinstance(given[0], str):
                raise NotRead(f"what {self.places.shown(node)} adds is not known", self.span(node))
            if name != "register_buffer" or isinstance(value, Instance):
                self.set_attribute(value, given[0], given[1], node)
            return None
        if name == "apply" and arguments:
            if isinstance(arguments[0], Function):
                self.only_initialises(arguments[0].node)
            return value
        if name in ("add", "append") and isinstance(inside, LayerSequence) and arguments:
            inside.add(arguments[-1])
            return value
        if name in CHANGING and isinstance(value, LayerSequence):
            return self._changed(value, name, arguments, node)
        if name in FORWARD and isinstance(value, LayerObject):
            return self.call(value, arguments, named, node)
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
        if name == "_replace" and isinstance(value, Instance):
            return replace(value, names={**value.names, **named})
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


def own_layers(model: Value) -> dict[str, Value]:
    """The layers and models that are directly in one."""
    if isinstance(model, Instance):
        return model.children.children
    return model.children if isinstance(model, LayerSequence) else {}
