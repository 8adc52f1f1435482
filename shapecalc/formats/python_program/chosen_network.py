"""Which of the models of a program is its network, and what that gives."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from shapecalc.formats.python_program.bindings import LoopEnd, Return
from shapecalc.formats.python_program.framework_layers import MODULES, NO_WEIGHTS, form_of, makes_layers
from shapecalc.formats.python_program.model_attributes import FORWARD
from shapecalc.formats.python_program.model_members import SEQUENTIAL, own_layers
from shapecalc.formats.python_program.network_program import NetworkProgram
from shapecalc.formats.python_program.own_weights import NO_LAYERS_WEIGHTS, PARAMETER
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ClassValue,
    ExampleArray,
    Function,
    FunctionalModel,
    Instance,
    LayerObject,
    LayerSequence,
    ModuleList,
    NotRead,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import Carried, OwnWeight
from shapecalc.formats.python_program.torch_attention import WHOLE
from shapecalc.formats.python_program.torch_views import ImageRows, SplitAxes

_FEWEST = 2
"""Layers that are a network where no model has them."""


def networks_of(program: NetworkProgram, body: list[ast.stmt]) -> dict[str, Value]:
    """The networks of a program by name; none where there is none in it.

    They are the models that are called on examples; else those that have names; else what functions without arguments
    give, or classes that need none. Raises NotRead where that is not known.
    """
    try:
        program.run(body)
    except Return as returned:  # the end of a function that was pasted without its head
        program.module.names["return"] = returned.value
    except LoopEnd as ended:
        raise ended.outside() from None
    named = {} if program.runs else _named(program) or _made(program)
    for doubt in (*program.doubts, *program.unread_models):
        raise doubt.refused()
    if program.runs:
        named = _each_named(program, (model for model, _ in program.runs))
    if not named:
        others = [*filter(_is_network, program.models)] or [*filter(_is_network, program.sequences)]
        made = [model for model, *_ in program.sizes] or others
        named = _each_named(program, made)
    if not named and program.lost:
        raise program.lost[0].refused()
    if not named and (leaves := _leaves(program)):
        named = {"": leaves}
    return _apart(program, named)


def outputs_of(program: NetworkProgram, model: Value) -> tuple[TensorValue, ...]:
    """What a network gives. Raises NotRead where that is not known."""
    program.chosen = model
    runs = [found for one, found in program.runs if one is model]
    return _tensors(runs[0] if runs else _traced(program, model), model)


def _each_named(program: NetworkProgram, models: Iterable[Value]) -> dict[str, Value]:
    """Models by the names of their classes; another of the same class by that of its variable."""
    found: dict[str, Value] = {}
    for place, model in enumerate({id(one): one for one in models}.values()):
        name = _name_of(model, place)
        if name in found:
            variables = (key for key, value in program.module.names.items() if value is model and key not in found)
            name = next(variables, f"{name}_{place + 1}")
        found[name] = model
    return found


def _name_of(model: Value, place: int) -> str:
    return model.type.name if isinstance(model, Instance) else f"model {place + 1}"


def _is_network(value: Value) -> bool:
    match value:
        case FunctionalModel():
            return True
        case LayerSequence(children, runs=runs):
            return runs and bool(children)
        case Instance(made):
            runs_layers = made.is_from(*SEQUENTIAL) or any(made.find(name) for name in FORWARD)
            return made.is_from(*MODULES) and runs_layers
    return False


def _named(program: NetworkProgram) -> dict[str, Value]:
    """The networks that have names; those of other files where the program makes none itself."""
    found = {name: value for name, value in program.module.names.items() if _is_network(value)}
    own = {name: value for name, value in found.items() if program.places.is_own(_span_of([value]))}
    return own or found


def _apart(program: NetworkProgram, networks: Mapping[str, Value]) -> dict[str, Value]:
    """Those that are no part of another, each once; models of the same tensors are one."""
    once: dict[Value, tuple[str, Value]] = {}
    for name, model in networks.items():
        ends = isinstance(model, FunctionalModel) and tuple(one.node for one in (*model.inputs, *model.outputs))
        once.setdefault(ends or id(model), (name, model))
    inside = {id(part) for _, model in once.values() for part in _parts(model)}
    functional = [other for _, other in once.values() if isinstance(other, FunctionalModel)]
    return {
        name: model
        for name, model in once.values()
        if id(model) not in inside and not any(_is_within(program, model, other) for other in functional)
    }


def _span_of(models: Iterable[Value]) -> tuple[int, int]:
    for model in models:
        if isinstance(model, Instance | LayerSequence | FunctionalModel):
            return model.span
    return 0, 1


def _parts(model: Value) -> Iterable[Value]:
    """The models inside of one, at any depth."""
    seen: set[int] = set()
    stack = _held(model)
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            stack += _held(part)


def _held(value: Value) -> list[Value]:
    """What a model or a list has in it."""
    if isinstance(value, Instance):
        return [*value.names.values(), *value.children.children.values()]
    if isinstance(value, list | tuple):
        return [*value]
    return [*value.values()] if isinstance(value, dict) else [*own_layers(value).values()]


def _is_within(program: NetworkProgram, model: Value, other: FunctionalModel) -> bool:
    """Whether the layers of a model of Keras are among those of another that is functional, or it is a layer there."""
    if model is other:
        return False
    if any(program.model_of.get(place) is model for place in other.layers):
        return True
    if not isinstance(model, FunctionalModel) or program.models.index(other) < program.models.index(model):
        return False  # what is made of layers of a model that was there before is another
    ends = {one.node for one in model.outputs}
    return bool(ends) and ends != {one.node for one in other.outputs} and ends <= other.layers


def _made(program: NetworkProgram) -> dict[str, Value]:
    """What functions and classes make that need no arguments. Raises NotRead where none can be made."""
    failed: NotRead | None = None
    lost: list[Unknown] = []
    waiting: list[tuple[str, Function | ClassValue]] = []
    for kind in (Function, ClassValue):
        found: dict[str, tuple[Value, Value]] = {}
        used: list[Value] = []
        for name, maker in [*program.module.names.items()]:
            if not isinstance(maker, kind) or _key(maker) in program.called or not _has_layers(program, maker):
                continue
            if not program.places.is_own(_place_of(program, maker)):
                continue
            if _required(maker):
                waiting.append((name, maker))
                continue
            before = len(program.called)
            try:
                made = _make(program, maker)
            except NotRead as problem:
                failed = failed or problem
                continue
            lost += [made] if isinstance(made, Unknown) else []
            used += [one for one in program.called[before:] if one is not _key(maker)]
            if _is_network(made) or (isinstance(made, TensorValue) and made.node >= 0):
                found[name] = (_key(maker), (made,) if isinstance(made, TensorValue) else made)
        if program.runs:
            return {}
        if kept := {name: made for name, (key, made) in found.items() if key not in used}:
            return kept
    if failed:
        raise failed
    if any(map(_is_network, (*program.models, *program.sequences))):  # main() made it for training
        return {}
    if lost:
        raise lost[0].refused()
    if waiting:
        name, maker = waiting[-1]
        argument = _required(maker)[0]
        raise NotRead(
            f"{name} needs {argument}",
            _place_of(program, maker),
            f"add a last line such as model = {name}({argument}=…)",
        )
    return {}


def _place_of(program: NetworkProgram, maker: Function | ClassValue) -> tuple[int, int]:
    return maker.span if isinstance(maker, ClassValue) else program.span(maker.node)


def _key(maker: Function | ClassValue) -> Value:
    """What is kept of it when it is called."""
    return maker.node if isinstance(maker, Function) else maker


def _has_layers(program: NetworkProgram, maker: Function | ClassValue) -> bool:
    """Whether a class is one of models, or a function may make one."""
    if isinstance(maker, ClassValue):
        return maker.is_from(*MODULES)
    return makes_layers(maker.node) or _calls_own(program, maker)


def _calls_own(program: NetworkProgram, maker: Function) -> bool:
    """Whether a function calls functions or classes of the program."""
    names = {inner.id for inner in ast.walk(maker.node) if isinstance(inner, ast.Name)}
    return any(isinstance(program.module.names.get(name), Function | ClassValue) for name in names)


def _required(maker: Function | ClassValue) -> list[str]:
    if isinstance(maker, Function):
        return maker.required()
    start = maker.find("__init__")
    return start.required()[1:] if isinstance(start, Function) else []


def _make(program: NetworkProgram, maker: Function | ClassValue) -> Value:
    if isinstance(maker, ClassValue):
        return program.instance(maker, [], {}, ast.Pass())
    program.called.append(maker.node)
    return program.call_function(maker, [], {}, maker.node)


def _traced(program: NetworkProgram, model: Value) -> Value:
    """What a model gives for an input, whose size may be said elsewhere."""
    if isinstance(model, FunctionalModel):
        return (*model.inputs, *model.outputs)
    if isinstance(model, TensorValue | tuple):
        return model
    size = next(((shape, span) for one, shape, span in program.sizes if one is model), None)
    if size is None and (array := program.fed.get(model)) and not _says_input(model):
        size = (1, *array.shape[1:]), array.span
    reads = _reads(model)
    if len(reads) > 1:
        raise NotRead(
            f"{_name_of(model, 0)} reads {len(reads)} tensors, {', '.join(reads)}, and their sizes are not said",
            _span_of([model]),
            f"call it on examples at the end: model({', '.join('torch.randn(1, 3, 32, 32)' for _ in reads[:2])})",
        )
    given = program.input_of(ExampleArray(*size)) if size else TensorValue(-1)
    if not size and isinstance(model, Instance):
        given = program.unsaid_input(model.span)
    node = ast.Pass()
    return program.applied(model, [given], {}, node)


def _says_input(model: Value) -> bool:
    """Whether the first layer of a Sequential says what it reads."""
    first = next(iter(model.children.values()), None) if isinstance(model, LayerSequence) else None
    if isinstance(first, LayerSequence):
        return _says_input(first)
    return isinstance(first, TensorValue | FunctionalModel) or (isinstance(first, LayerObject) and bool(first.reads))


def _reads(model: Value) -> list[str]:
    """The names of what a model must be given."""
    if isinstance(model, Instance):
        for name in FORWARD:
            forward = model.type.find(name)
            if isinstance(forward, Function):
                return forward.required()[1:]
    return []


def _leaves(program: NetworkProgram) -> tuple[TensorValue, ...] | None:
    """What no layer reads; None where there are no layers."""
    read = {one.node for node in program.nodes for one in node.sources}
    found = tuple(TensorValue(place) for place, node in enumerate(program.nodes) if place not in read)
    return found if len(program.nodes) >= _FEWEST else None


def _tensors(value: Value, model: Value) -> tuple[TensorValue, ...]:
    """The tensors of a result. Raises NotRead where one of them is not known."""
    found: list[TensorValue] = []
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Unknown):
            raise one.refused()
        if isinstance(one, dict):
            stack += reversed([*one.values()])
        elif isinstance(one, list | tuple):
            stack += reversed(one)
        elif isinstance(one, TensorValue | Carried | SplitAxes | ImageRows):
            found.append(one if isinstance(one, TensorValue) else one.tensor)
        elif one is not None:
            raise NotRead("what the model gives is not known", _span_of([model]))
    if not found:
        raise NotRead("the model gives nothing", _span_of([model]))
    return tuple(found)


def held_layers(program: NetworkProgram) -> Iterable[tuple[str, LayerObject]]:
    """The layers with weights that the chosen model has, by the names of their attributes."""
    for name, value in _all_held(program):
        form = form_of(value.name) if isinstance(value, LayerObject) else None
        has_weights = form.ours not in NO_WEIGHTS if form else True
        if isinstance(value, LayerObject) and has_weights and (form or value.name.base in WHOLE):
            yield name, value


def held_weights(program: NetworkProgram) -> Iterable[tuple[str, OwnWeight | Unknown]]:
    """The weights of no layer, `self.scale = nn.Parameter(…)`, that the chosen model has."""
    for name, value in _all_held(program):
        if isinstance(value, OwnWeight) or (isinstance(value, Unknown) and value.reason == NO_LAYERS_WEIGHTS):
            yield name, value


def _all_held(program: NetworkProgram) -> Iterable[tuple[str, Value]]:
    """All that the chosen model has, each once, by the names of their attributes."""
    seen: set[int] = set()
    stack = [("", program.chosen)]
    while stack:
        name, value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield name, value
        inside = {**value.names, **value.children.children} if isinstance(value, Instance) else own_layers(value)
        if isinstance(value, list):
            inside = {str(place): one for place, one in enumerate(value)}
        stack += [(f"{name}.{key}".lstrip("."), one) for key, one in inside.items()]


def outside_layers(program: NetworkProgram, nodes: Iterable[AppliedLayer]) -> Iterable[LayerObject]:
    """The layers with weights among some nodes of a model of PyTorch that are in none of its parts."""
    parts: set[int] = set()
    stack = [program.chosen]
    while stack:
        value = stack.pop()
        if id(value) not in parts:
            parts.add(id(value))
            stack += value if isinstance(value, ModuleList) else own_layers(value).values()
            names: Iterable[Value] = own_layers(value).values()
            if isinstance(value, LayerObject):
                stack += [*program.made_of.get(value, ()), *value.arguments.values()]
            if isinstance(value, Instance | ModuleList):
                names = value.names.values() if isinstance(value, Instance) else value
            stack += [one for one in names if isinstance(one, ModuleList)]
            parts |= {id(one.layer) for one in names if isinstance(one, OwnWeight)}
    if program.is_keras or not isinstance(program.chosen, Instance):
        return
    for layer in {id(node.layer): node.layer for node in nodes if node.layer}.values():
        form = form_of(layer.name)
        of_form = form is not None and form.ours not in (*NO_WEIGHTS, "INPUT")
        if id(layer) not in parts and (of_form or layer.name == PARAMETER):
            yield layer
