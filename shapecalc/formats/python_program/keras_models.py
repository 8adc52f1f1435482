"""Models of Keras: their inputs and outputs, the layers that they have, and a model as a layer of another."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shapecalc.core.record import replace
from shapecalc.formats.python_program.applied_layers import VECTOR
from shapecalc.formats.python_program.diagram_text import reachable, with_weights
from shapecalc.formats.python_program.framework_layers import OPEN, input_text, is_layer
from shapecalc.formats.python_program.model_attributes import PLAIN
from shapecalc.formats.python_program.model_members import SEQUENTIAL, ModelMembers
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.plain_values import Builtin
from shapecalc.formats.python_program.program_settings import ROW
from shapecalc.formats.python_program.program_values import (
    ClassValue,
    Extent,
    External,
    FunctionalModel,
    Instance,
    LayerObject,
    LayerSequence,
    NotRead,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)

SHAPES = {
    "0": "input", "shape": "input", "input_shape": "input", "batch_shape": "batch_input",
    "batch_input_shape": "batch_input",
}  # fmt: skip
"""How an input is given its shape."""


class KerasModels(ModelMembers):
    """A program and the models of Keras that it makes."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.models: list[Value] = []
        """Those that were made, in order, whether they have names or not."""
        self.sequences: list[LayerSequence] = []
        """Those of Keras."""
        self.unread_models: list[Unknown] = []
        """Calls of `Model` whose layers are not known."""
        self._frozen_models: set[Value] = set()
        self._traced: dict[tuple[int, ...], tuple[TensorValue, TensorValue]] = {}

    def _input(self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """`Input((28, 28, 1))`. Raises NotRead for one that is a tensor of something else."""
        if named.get("tensor") is not None:
            return self.lose(node, f"what {self.places.shown(node)} reads is not known")
        made = self.layer(name, arguments, {k: v for k, v in named.items() if k != "name"}, node)
        if isinstance(made, Unknown):
            return made
        if named.get("name"):
            made = replace(made, arguments={**made.arguments, "name": named["name"]})
        return self.input_layer(made)

    def input_layer(self, layer: LayerObject) -> TensorValue:
        """What `Input(…)` and an InputLayer give."""
        key, shape = next(((k, v) for k, v in layer.arguments.items() if k in SHAPES and v is not None), ("0", None))
        axes = len(shape) + (SHAPES[key] == "input") if isinstance(shape, list | tuple) else None
        text = input_text(SHAPES[key], shape) if axes else ""
        pieces = ((text, layer.span),) if text == OPEN or axes == VECTOR else layer.pieces
        sizes = tuple(shape[SHAPES[key] != "input" :]) if isinstance(shape, list | tuple) else None
        return self.begin(pieces, sizes, layer)

    def _model(self, arguments: list[Value], named: dict[str, Value], node: ast.Call) -> Value:
        """Keras' `Model(inputs, outputs)`. Raises NotRead where a tensor of it is not known."""
        reads = named.get("inputs", named.get("input", arguments[0] if arguments else None))
        gives = named.get("outputs", named.get("output", arguments[1] if len(arguments) > 1 else None))
        ends = list[tuple[TensorValue, ...]]()
        for given in (reads, gives):
            tensors = tuple(_flat(given))
            unknown = next((one for one in tensors if isinstance(one, Unknown)), None)
            if unknown or not tensors or not all(isinstance(one, TensorValue) for one in tensors):
                return self._no_model(unknown or self.unknown(node))
            ends.append(tuple(one for one in tensors if isinstance(one, TensorValue)))
        layers = reachable(self.nodes, ends[1])
        starts = {place for place in layers if self.nodes[place].starts}
        if starts - {one.node for one in ends[0]} or not all(self.nodes[one.node].starts for one in ends[0]):
            return self._no_model(
                self.unknown(node, f"{self.places.shown(node)} begins elsewhere than with all of its inputs")
            )
        if not layers - starts:
            return self._no_model(
                self.unknown(node, f"{self.places.shown(node)} has no layers: its outputs are inputs")
            )
        model = FunctionalModel(ends[0], ends[1], frozenset(layers), self.span(node))
        self.models.append(model)
        return model

    def _no_model(self, why: Unknown) -> Unknown:
        """A model that is not known: others of the program may not be meant."""
        self.lost.append(why)
        self.unread_models.append(why)
        return why

    def _again(self, model: FunctionalModel, arguments: list[Value], node: ast.AST) -> Value:
        """A functional model as a layer of another: its layers once more, on other tensors."""
        given = list(_flat(arguments[0])) if len(arguments) == 1 else arguments
        if len(given) != len(model.inputs) or not all(isinstance(one, TensorValue) for one in given):
            return next((one for one in given if isinstance(one, Unknown)), self.unknown(node))
        now: dict[int, TensorValue] = {}
        for one, source in zip(model.inputs, given, strict=True):
            if isinstance(source, TensorValue):
                self._check_size(one, source, node)
                now[one.node] = source
        for place in sorted(model.layers):
            if place not in now:
                old = self.nodes[place]
                sources = tuple(now[one.node] for one in old.sources)
                now[place] = self.add(
                    replace(old, sources=sources), self.tensors[place].rank, self.tensors[place].depth
                )
                if place in self.part_of:
                    self.part_of[now[place].node] = self.part_of[place]
        results = tuple(now[one.node] for one in model.outputs)
        return results[0] if len(results) == 1 else results

    def _check_size(self, own: TensorValue, given: TensorValue, node: ast.AST) -> None:
        """Raises NotRead where a model is given another size than its input has, which Keras refuses."""
        expected, shape = self.shape_of(own), self.shape_of(given)
        if expected and shape and expected != shape:
            reason = f"the model reads {expected}, and {self.places.shown(node)} gives it {shape}"
            raise NotRead(reason, self.span(node), f"make its input {shape}, or give it a tensor of {expected}")

    def traced(self, model: LayerSequence, node: ast.AST) -> tuple[TensorValue, TensorValue]:
        """What a Sequential reads and gives. Raises NotRead where that is not known."""
        key = (id(model), *map(id, model.children.values()))
        if key not in self._traced:
            before = len(self.nodes)
            found = self.in_order(model.children.values(), [TensorValue(-1)], node)
            if isinstance(found, Unknown):
                raise found.refused()
            first = next((child for child in model.children.values() if isinstance(child, TensorValue)), None)
            starts = (place for place in range(before, len(self.nodes)) if self.nodes[place].starts)
            start = first.node if first else next(starts, -1)
            if not isinstance(found, TensorValue) or start < 0:
                raise NotRead(f"what {self.places.shown(node)} is is not known", self.span(node))
            self._traced[key] = TensorValue(start), found
        return self._traced[key]

    def ends_of(self, model: Value, name: str, node: ast.expr) -> Value:
        """`base.input`, `base.layers[-2].output`: tensors of models and layers."""
        which = name.startswith("output")
        if isinstance(model, FunctionalModel):
            ends = model.outputs if which else model.inputs
            return [*ends] if name.endswith("s") else ends[0] if len(ends) == 1 else ends
        if isinstance(model, LayerSequence):
            end = self.traced(model, node)[which]
            return [end] if name.endswith("s") else end
        kept: Iterable[int] = range(len(self.nodes))
        for sequence in self.sequences:
            if model in sequence.children.values():
                kept = sorted(reachable(self.nodes, [self.traced(sequence, node)[1]]))
        places = [place for place in kept if self.part_of.get(place, self.nodes[place].layer) is model]
        if not places or (not which and not self.nodes[places[0]].sources):
            return self.unknown(node)
        return (
            self.tensors[places[0] if self.nodes[places[0]].layer is model else places[-1]]
            if which
            else self.nodes[places[0]].sources[0]
        )

    def is_a(self, value: Value, kind: Value) -> bool | None:
        """Whether a value is of a type; None where that is not known."""
        plain = {"int": int, "float": float, "str": str, "list": list, "tuple": tuple, "dict": dict, "bool": bool}
        match kind, value:
            case Builtin(), Instance() if kind.name == "tuple":
                return ROW in value.type.line()
            case Builtin(), _ if kind.name in plain and not isinstance(value, Unknown | Extent | ShapeOf):
                return isinstance(value, plain[kind.name])
            case External(), Instance() if kind.base == "Module" or self.is_keras:
                also = {"Module": SEQUENTIAL, "Layer": ("Model", *SEQUENTIAL)}.get(kind.base, ())
                return value.type.is_from(kind.base, *also)
            case External(), LayerObject() | LayerSequence() if kind.base == "Module":
                return True
            case External(), LayerObject() if is_layer(kind) or kind.base == "Layer":
                return kind.base in (value.name.base, "Layer")
            case External(), LayerSequence() | FunctionalModel() if self.is_keras:
                is_sequential = isinstance(value, LayerSequence) and kind.base == "Sequential"
                return is_sequential or kind.base in ("Model", "Layer")
            case ClassValue(), Instance():
                return kind in value.type.line()
            case ClassValue(), _ if isinstance(value, (LayerObject, LayerSequence, *PLAIN)):
                return False
            case External(), TensorValue() | list() | tuple() if kind.base == "Tensor":
                return isinstance(value, TensorValue)
        return None

    def owner(self, place: int) -> Value:
        """The layer or model of Keras that a node is of."""
        return self.model_of.get(place, self.part_of.get(place, self.nodes[place].layer))

    def layers_of(self, model: Value) -> list[Value]:
        """`model.layers` in Keras' order: the farthest from the end first, then as a walk from there finds them."""
        if isinstance(model, LayerSequence):
            return [one for one in model.children.values() if not isinstance(one, TensorValue)]
        if not isinstance(model, FunctionalModel):
            return [*_layers_in(model)]
        walk = [*self._walk(model)]
        far: dict[int, int] = {}
        depths: dict[int, int] = {}
        for place in reversed(walk):
            key = id(self.owner(place))
            far[place] = depths[key] = max(far.get(place, 0), depths.get(key, 0))
            for source in self.nodes[place].sources:
                step = id(owner := self.owner(source.node)) != key or self.nodes[source.node].layer is owner
                far[source.node] = max(far.get(source.node, 0), far[place] + step)
        unread = [one.node for one in model.inputs if one.node not in walk]
        owners = {id(owner): owner for place in (*walk, *unread) if (owner := self.owner(place)) is not None}
        order = {id(self.owner(place)): number for number, place in reversed([*enumerate(walk)])}
        for place in unread:
            depths[id(self.owner(place))], order[id(self.owner(place))] = 0, -1
        return [owners[key] for key in sorted(owners, key=lambda key: (-depths[key], order[key]))]

    def _walk(self, model: FunctionalModel) -> Iterator[int]:
        """The nodes of a model, each after what it reads."""
        seen: set[int] = set()
        stack = [(one.node, False) for one in reversed(model.outputs)]
        while stack:
            place, is_left = stack.pop()
            if is_left:
                yield place
            elif place not in seen:
                seen.add(place)
                stack.append((place, True))
                stack += [(one.node, False) for one in reversed(self.nodes[place].sources)]

    def layer_called(
        self, model: Value, arguments: Sequence[Value], named: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """`model.get_layer("conv1")`."""
        layers = self.layers_of(model)
        name, index = named.get("name", arguments[0] if arguments else None), named.get("index")
        if isinstance(index, int) and -len(layers) <= index < len(layers):
            return layers[index]
        for one in layers:
            if isinstance(one, LayerObject) and name is not None and one.arguments.get("name") == name:
                return one
        return self.unknown(node)

    def freeze(self, model: Value, is_trainable: Value, node: ast.AST) -> None:
        """`layer.trainable = False`. Raises NotRead where it is not known whether that is so."""
        for layer in {id(one): one for one in self._inside(model)}.values():
            if not isinstance(is_trainable, bool):
                raise NotRead("whether this layer is trained is not known", self.span(node))
            layer.is_frozen = not is_trainable
        if not isinstance(model, LayerObject):
            self._frozen_models.discard(model)
            self._frozen_models |= set() if is_trainable else {model}

    def frozen_nodes(self, chosen: Value, outputs: Iterable[TensorValue]) -> list[int]:
        """The places of the nodes that some tensors of a model hang on whose weights stay as they are.

        Those of a model that is not trained all stay; of a model that is a layer of it, those whose layers say so.
        """
        places = sorted(reachable(self.nodes, outputs))
        frozen = list[int]()
        for place in places:
            owners = (with_weights(self.nodes[place]), self.part_of.get(place))
            layers = [one for one in owners if isinstance(one, LayerObject)]
            if (
                layers
                and (chosen in self._frozen_models or any(one.is_frozen for one in layers))
                and not self.nodes[place].join
            ):
                frozen.append(place)
        return frozen

    def _inside(self, model: Value) -> Iterable[LayerObject]:
        """The layers of a model, at any depth."""
        if isinstance(model, FunctionalModel):
            found = [self.part_of.get(place) or self.nodes[place].layer for place in model.layers]
            return [one for one in found if isinstance(one, LayerObject)]
        if isinstance(model, LayerObject):
            inner = model.arguments.get("0", model.arguments.get("layer"))
            return [model, inner] if isinstance(inner, LayerObject) else [model]
        return [layer for one in _layers_in(model) for layer in self._inside(one)]


def _layers_in(model: Value) -> Iterator[Value]:
    """The layers and models that are directly in one."""
    values: Iterable[Value] = ()
    if isinstance(model, Instance):
        values = [*model.names.values(), *model.children.children.values()]
    elif isinstance(model, LayerSequence):
        values = model.children.values()
    elif isinstance(model, list | tuple):
        values = model
    elif isinstance(model, dict):
        values = model.values()
    for one in values:
        if isinstance(one, list | tuple | dict):
            yield from _layers_in(one)
        elif isinstance(one, LayerObject | LayerSequence | FunctionalModel | Instance):
            yield one


def _flat(value: Value) -> Iterator[Value]:
    """The tensors of a list or a dictionary of them."""
    if isinstance(value, list | tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _flat(one)
    else:
        yield value
