"""Walks a model of Keras, and the models inside it, and calls the reader of each layer."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeAlias

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import shortened
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Source, Span, report
from shapecalc.expansion.options import Options
from shapecalc.formats.keras.saved_places import FileArrays, saved_places
from shapecalc.language.syntax import Settings
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.json_values import parse_json, places_of_names, value_at
from shapecalc.lowering.keras import calls
from shapecalc.lowering.keras.elementwise import unknown
from shapecalc.lowering.keras.layer_table import ALONG_LAST, at_every_step, folded, reader_of
from shapecalc.lowering.keras.sequences import chain_of
from shapecalc.lowering.keras.settings import (
    DEEPEST,
    TENSORFLOW,
    KerasTensor,
    LayerSettings,
    has_channels_first,
    layers_of,
    settings_of,
)
from shapecalc.lowering.keras.use import Use
from shapecalc.passes.graph import Graph

STATING = ("batch_shape", "batch_input_shape", "batchInputShape")
"""Where layers state what they read, with the batch; TensorFlow.js knows all settings in its own spelling too."""
IN_QUOTES = r"\\u[0-9a-fA-F]{4}|\\.|[^\\\"]"
"""One character of a text, as JSON writes it between quotes."""
Path = tuple[str, ...]
Tensors: TypeAlias = "Sequence[KerasTensor]"
Shape: TypeAlias = "Sequence[Any] | None"
"""Without the batch; None where it is not stated."""

WORDS = (
    ("K", "filters={}"), ("F", "kernel_size={}"), ("POOL.F", "pool_size={}"), ("S", "strides={}"),
    ("P.same", "padding='same'"),
    ("P.none", "padding='valid'"), ("P", "ZeroPadding2D({}) before it"), ("bias", "use_bias={}"), ("true", "True"),
    ("false", "False"), ("groups", "groups={}"), ("dilation", "dilation_rate={}"),
    ("INPUT", "the input shape ({h}, {w}, {d})"), ("RESIZE", "Resizing({h}, {w})"), ("PAD", "ZeroPadding2D({})"),
    ("CROP", "Cropping2D({})"), ("CONV", "Conv2D({}, 1{stride})"), ("CONV.stride", ", strides={}"),
)  # fmt: skip
"""How Keras spells arguments."""
ADVICE = ("save it as model.save('model.keras') with Keras 2.13 or later: that file states what each layer reads",)
"""What to do about a layer whose output is not stated."""


def read_model(text: str, options: Options, file: Source | None = None) -> Graph:
    """The graph of a model's JSON, which may be in a binary file. Raises Diagnosed SHP010 for what is no model."""
    spans: dict[Path, Span] = {}
    if not text.lstrip().startswith(("{", '"')):
        from shapecalc.formats.keras.yaml_model import read_yaml_model

        return _graph_of(read_yaml_model(text, spans), spans, options)
    if not text.lstrip().startswith('"'):
        return _graph_of(_model_of(text, spans, binary=file is not None), spans, options, file)
    inner = parse_json(text)
    at = [*(found.start() for found in re.finditer(IN_QUOTES, text, re.DOTALL)), len(text), len(text)]
    try:
        model = _model_of(inner, spans, binary=False)
    except Diagnosed as problem:
        raise Diagnosed(
            *(replace(d, span=d.span and (at[d.span[0]], at[d.span[1]])) for d in problem.diagnostics)
        ) from None
    spans = {path: (at[start], at[end]) for path, (start, end) in spans.items()}
    return _graph_of(model, spans, options)


def _model_of(text: str, spans: dict[Path, Span], *, binary: bool) -> Any:
    """The model in a JSON; adds the places of the names of its layers. Raises Diagnosed SHP010."""
    model = parse_json(text)
    _refuse_graph_model(model)
    for key in ("modelTopology", "model_config"):
        model = value_at(model, key) if isinstance(value_at(model, key), dict) else model
    if not binary and isinstance(model, dict) and layers_of(model) is not None:
        _find(model, places_of_names(text), 0, (), spans)
    return model


def _graph_of(model: Any, spans: Mapping[Path, Span], options: Options, file: Source | None = None) -> Graph:
    if not isinstance(model, dict) or layers_of(model) is None:
        raise Diagnosed(report("SHP010", "the file is not a model of Keras: it has no list of layers"))
    reader = ModelWalk(Assembler(options, binary=file is not None), spans, has_channels_first(model))
    reader.assembler.words, reader.assembler.advice = WORDS, ADVICE
    with ExitStack() as opened:
        reader.arrays = None if file is None else FileArrays(file, opened)
        reader.model(model, (), None)
    name = value_at(model, "config", "name")
    return reader.assembler.graph(Settings(name=name if isinstance(name, str) else None), has_weights=file is not None)


def _refuse_graph_model(model: Any) -> None:
    """Raises Diagnosed SHP010 for what TensorFlow.js has of a network that was no model of Keras."""
    topology = value_at(model, "modelTopology")
    if isinstance(topology, dict) and (model.get("format") == "graph-model" or isinstance(topology.get("node"), list)):
        message = "this is a graph-model of TensorFlow.js: it has TensorFlow's operations, and no layers"
        helps = (
            "if the model was made with Keras, check what model.save('model.keras') writes",
            "otherwise make an ONNX file of it: python -m tf2onnx.convert --tfjs model.json --output model.onnx",
        )
        raise Diagnosed(report("SHP010", message, help=helps))


def _find(
    model: Mapping[str, Any], places: Mapping[str, list[Span]], at: int, path: Path, spans: dict[Path, Span]
) -> int:
    """The place of each layer's name from an offset on, inside of models too; gives the offset after the last of them.

    Layers are in the text in their order; those of a model may come before its name, and after it.
    """
    for layer in (layers_of(model) or ()) if len(path) <= DEEPEST else ():
        if isinstance(layer, dict):
            here = (*path, str(layer.get("name") or value_at(layer, "config", "name") or ""))
            known = places.get(here[-1], [])
            place = bisect_left(known, (at, 0))
            spans.setdefault(here, known[place] if place < len(known) else (at, at + 1))
            inner = _find(layer, places, at, here, spans) if layers_of(layer) is not None else at
            at = max(spans[here][1], inner)
    return at


class ModelWalk:
    """Reads models into one assembler; knows which layers have been called before, whose weights are used again."""

    def __init__(self, assembler: Assembler, spans: Mapping[Path, Span], first: bool) -> None:
        self.assembler, self.spans, self.first = assembler, spans, first
        self.owners: dict[Path, list[int]] = {}
        """The nodes that the first call of a layer made."""
        self.saved: dict[Path, str] = {}
        """Where a .keras file has the arrays of each layer and of each model."""
        self.in_other_models: dict[tuple[Any, ...], Path] = {}
        """Layers by class, name and the number that the file gives to those that are in several models."""
        self.calls: dict[Path, int] = {}
        """How often each layer has been called; from the second call on the number is in the name."""
        self.arrays: FileArrays | None = None
        """Those of the file, for layers that no reader knows."""
        self.steps = 0
        """How many axes in front are steps, at each of which layers do the same."""

    def model(
        self, model: Mapping[str, Any], path: Path, given: Tensors | None, result: Shape = None
    ) -> list[KerasTensor]:
        """The outputs of a model for the tensors that it is given; None for the outermost, which has INPUTs.

        `result` is the shape of the first one, without the batch, where its reader states it. Raises Diagnosed SHP010.
        """
        if len(path) > DEEPEST:
            raise Diagnosed(report("SHP010", f"models nest more than {DEEPEST} levels deep"))
        if self.assembler.binary:
            self.saved.update(saved_places(layers_of(model) or (), path, self.saved.get(path, "")))
        if model.get("class_name") in ("Sequential", "Pipeline"):
            return self.sequential(model, path, given, result)
        return self.functional(model, path, given, result)

    def sequential(
        self, model: Mapping[str, Any], path: Path, given: Tensors | None, result: Shape
    ) -> list[KerasTensor]:
        """One layer after the other."""
        current = list(given or ())
        layers = layers_of(model) or ()
        for place, layer in enumerate(layers):
            settings = self.settings(layer, path)
            if settings.kind in ("InputLayer", "Merge") and place == 0:
                current = current or [self.input(settings)]
                continue
            if not current:
                current = [self.input(self._first(settings))]
            after = next(
                (shape[1:] for next_ in layers[place + 1 : place + 2] for shape in calls.built_shapes(next_)), None
            )
            current = self.call(settings, current, result if place + 1 == len(layers) else after)
        return current

    def _first(self, settings: LayerSettings) -> LayerSettings:
        """The layer that states what a layer reads: itself, or the first inside of a model."""
        while inner := layers_of(settings.layer):
            settings = self.settings(inner[0], settings.path)
        return settings

    def functional(
        self, model: Mapping[str, Any], path: Path, given: Tensors | None, result: Shape
    ) -> list[KerasTensor]:
        """A graph of layers."""
        told = {(one := self.settings(layer, path)).name: one for layer in layers_of(model) or ()}
        config, models = model["config"], {name for name, one in told.items() if layers_of(one.layer) is not None}
        edges = calls.edges_of([(name, one.layer) for name, one in told.items()], models, config.get("output_layers"))
        starts = [name for name, *_ in calls.named_tensors(config.get("input_layers"), set(told))]
        inputs = dict(zip(starts, given or (), strict=False))
        if edges.ends and result:
            edges.shapes.setdefault(edges.ends[0], result)
        tensors: dict[tuple[str, int], list[KerasTensor]] = {}
        used = {name for reads in (*(call.reads for call in edges.calls), edges.ends) for name, *_ in reads}
        for call in calls.in_running_order(edges.calls):
            settings = told[call.layer]
            if not call.reads and settings.kind != "InputLayer" and call.layer not in used:
                continue  # a layer that the model keeps beside its graph
            if not call.reads:
                here = inputs.get(call.layer)
                tensors[call.layer, call.number] = [here if here is not None else self.input(settings)]
                continue
            reads = [self.output(told[name], tensors[name, number], output) for name, number, output in call.reads]
            stated = edges.shapes.get((call.layer, call.number, 0))
            tensors[call.layer, call.number] = self.call(settings, reads, stated, call)
        return [
            self.output(told[name], tensors[name, number], output)
            for name, number, output in edges.ends
            if (name, number) in tensors
        ]

    def call(
        self, settings: LayerSettings, reads: Tensors, stated: Shape, how: calls.LayerCall | None = None
    ) -> list[KerasTensor]:
        """What a layer, or a model inside of the model, gives for some tensors."""
        key = settings.path
        if layers_of(settings.layer) is not None:
            made = self.model(settings.layer, key, reads, stated)
            if not made:
                raise settings.refused("the model inside has no outputs")
            return made
        self.calls[key] = self.calls.get(key, 0) + 1
        name = "/".join(key) if self.calls[key] == 1 else f"{'/'.join(key)}:{self.calls[key]}"
        if settings.kind in ("TimeDistributed", "SpectralNormalization"):
            return self.wrapped(settings, name, reads, stated)
        owner = self.owner_of(settings)
        use = Use(
            self.assembler, self.first, settings, name, tuple(reads), stated, [], self.owners.get(owner, ()),
            self.saved.get(key, ""), how or calls.LayerCall("", 0, ()), self.arrays,
        )  # fmt: skip
        found = self.made(use)
        use.take_from_file()
        self.owners.setdefault(owner, use.made)
        self._say_other_weights(use)
        if not settings.flag("trainable", True):
            for node in use.made:
                self.assembler.nodes[node].frozen = True
        return found if isinstance(found, list) else [found]

    def owner_of(self, settings: LayerSettings) -> Path:
        """Where a layer was met first that is in several models; Keras may give the number to the later ones only."""
        shared, key = settings.layer.get("shared_object_id"), settings.path
        names = [(settings.kind, settings.name, number) for number in (shared, None)]
        known = (self.in_other_models[name] for name in names if name in self.in_other_models)
        found = key if shared is None else next(known, key)
        self.in_other_models[names[0]] = found
        return found

    def _say_other_weights(self, use: Use) -> None:
        """Says that a layer has others than the weights of its class: factors of LoRA, or whole numbers with scales."""
        rank, others = use.settings.values.get("lora_rank"), {}
        if rank:
            others["factors of low rank are added to its weights"] = f"its LoRA factors of rank {shortened(str(rank))}"
        if "Quantized" in str(value_at(use.settings.values, "dtype", "class_name")):
            others["its weights are whole numbers with scales"] = "the scales of its weights"
        for why, what in others.items() if use.made else ():
            self.assembler.report("SHP101", f"{what} are not counted", use.made[0], severity="warning")
            for node in use.made:
                self.assembler.differs(node, why)

    def made(self, use: Use) -> KerasTensor | list[KerasTensor]:
        """What a call gives; its first tensor may have no batch."""
        if isinstance(use.stated, calls.WithoutBatch):
            made = self.read(use)
            return made if isinstance(made, list) else made._replace(steps=0, alone=True)
        if use.tensor.steps and use.stated and use.shape:
            use = use._replace(stated=(*use.shape[: use.tensor.steps], *use.stated))
        return self.read(use)

    def read(self, use: Use) -> KerasTensor | list[KerasTensor]:
        """A function by its name, a layer by its class."""
        settings = use.settings
        read = reader_of(settings.kind)
        layer = read is not None and not settings.is_operation and "newshape" not in settings.values
        function = (settings.may_be_operation and not layer) or settings.kind in TENSORFLOW
        if function:
            from shapecalc.lowering.keras.tensor_functions import operation

            found = operation(use)
            if found is not None:
                return found
        read, windows = read or unknown, max(tensor.steps for tensor in use.inputs)
        if use.tensor.axes and settings.kind in ALONG_LAST:
            return folded(use, read)
        if not self.steps and not windows:
            return read(use)
        return at_every_step(use, read, self.steps + windows)._replace(steps=windows)

    def wrapped(self, settings: LayerSettings, name: str, reads: Tensors, stated: Shape) -> list[KerasTensor]:
        """A layer at every step of a sequence, whose axis is one of positions more; or one with a normalised kernel."""
        key = settings.path
        inner = self.settings(settings.values.get("layer"), key)
        if key in self.saved:
            self.saved[*key, inner.name] = f"{self.saved[key]}/layer"
        steps = settings.kind == "TimeDistributed"
        self.steps += steps
        made = self.call(inner, reads, stated)
        self.steps -= steps
        if steps:
            self.assembler.names[made[0].node] = name
            return made
        read, volume = (self.assembler.volumes[tensor.node] for tensor in (reads[0], made[0]))
        last = read if inner.kind.endswith("Transpose") else volume  # of the axes of its kernel
        wide = inner.whole("depth_multiplier", 1) if inner.kind.startswith("Depthwise") else last.depth if last else 0
        owner = self.owner_of(settings)
        shares = next(iter(self.owners.get(owner, ())), None)
        node = self.assembler.opaque(
            settings.kind, (made[0].node,), settings.place, name, volume=volume, buffers=wide, shares=shares
        )
        self.owners.setdefault(owner, [node])
        self.assembler.differs(made[0].node, "its kernel is divided by its largest singular value")
        return [made[0]._replace(node=node)]

    def output(self, settings: LayerSettings, made: Tensors, number: int) -> KerasTensor:
        """One of the outputs of a call; after every step of a recurrent layer come its states, a row each."""
        if 0 <= number < len(made):
            return made[number]
        if settings.kind == "Bidirectional":
            settings = self.settings(settings.values.get("layer"), settings.path)
        chain = chain_of(settings)
        if not chain:
            return made[0]
        state = Volume((1, 1), chain[-1].whole("units"), flat=True)
        node = self.assembler.opaque("last state", (made[0].node,), settings.place, volume=state)
        return KerasTensor(node, 1, made[0].first)

    def settings(self, layer: Any, path: Path) -> LayerSettings:
        """The settings of a layer with its place. Raises Diagnosed SHP010."""
        inner = value_at(layer, "config")
        name = (value_at(layer, "name") or value_at(inner, "name")) if inner else None
        key = (*path, str(name or ""))
        without = {**layer, "config": {"name": name}} if isinstance(inner, list) else layer
        place: Span | str = "/".join(key)
        if not self.assembler.binary:  # what is inside of a wrapper has its place
            known = (self.spans.get(key[:end]) for end in range(len(key), 0, -1))
            place = next(filter(None, known), (0, 0))
        return replace(settings_of(without, place), layer=layer, path=key)

    def input(self, settings: LayerSettings) -> KerasTensor:
        """An INPUT in the shape that a layer states of what it reads."""
        values = settings.values
        shape = next((values[key] for key in STATING if isinstance(values.get(key), list)), None)
        shape = shape[1:] if shape else values.get("input_shape")
        sizes = list(shape) if isinstance(shape, list) else []
        given = self.assembler.options.input
        rank = len(given) if given and not isinstance(shape, list) else len(sizes)
        first = self.first and rank > 1
        if rank == 1 or shape == []:  # one that is open is the length of a sequence
            size: list[Any] = [None, 1] if sizes == [None] else [1, 1, *(sizes or [None if rank else 1])]
        else:
            size = [*reversed(sizes[1:]), sizes[0]] if first and sizes else [*reversed(sizes[:-1]), *sizes[-1:]]
        known = [n if type(n) is int and n > 0 else None for n in size]
        node = self.assembler.input(known, settings.place, settings.name if settings.kind == "InputLayer" else "")
        return KerasTensor(node, rank, first)
