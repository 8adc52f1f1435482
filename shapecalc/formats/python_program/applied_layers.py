"""The layers of a program as they are applied to tensors, one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from math import prod

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes
from shapecalc.core.phrases import size_text
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Span, report
from shapecalc.dialects.tree import in_our_words
from shapecalc.expansion.expander import expand
from shapecalc.expansion.options import Options
from shapecalc.formats.python_program.diagram_text import diagram_of
from shapecalc.formats.python_program.framework_layers import OPEN, form_of, input_text, is_keras, layer_call
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import (
    AppliedLayer,
    ExampleArray,
    Extent,
    External,
    LayerObject,
    NotRead,
    Piece,
    ShapeOf,
    TensorValue,
    Unknown,
    Value,
)
from shapecalc.formats.python_program.program_weights import OwnWeight
from shapecalc.formats.python_program.statements import Evaluator
from shapecalc.language.syntax import Diagram, Settings, SizeLiteral
from shapecalc.parse import parse_statements
from shapecalc.passes.shapes import propagate

VECTOR, SEQUENCE, IMAGE = 2, 3, 4
"""Axes of a tensor with that of the batch."""
MOST_AXES = 4
"""Of an input, with its channels."""
CHARACTERS_A_STEP = 4
"""Of a diagram whose volumes are computed, which takes as long as a step of the program."""
MOST_NODES = 20_000
"""Layers of a network in a program."""


class AppliedLayers(Evaluator):
    """A program and the layers that it applies."""

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.nodes: list[AppliedLayer] = []
        self.tensors: list[TensorValue] = []
        """What the nodes give."""
        self.notes: list[Diagnostic] = []
        self.general_notes: list[Diagnostic] = []
        """Those that are of no layer that is applied."""
        self.lost: list[Unknown] = []
        """What is not known that was made of tensors."""
        self.is_keras = False
        self.hints: dict[int, str] = {}
        """What the program calls the tensors of its nodes."""
        self.channels_first: bool | None = None
        """Where layers of Keras have their channels, once one has said so."""
        self.data_format: Value = "channels_last"
        """Where those have them that do not say it."""
        self.given: Sizes | None = None
        """What --input says."""
        self.open_inputs: dict[int, int | None] = {}
        """Those of which not all sizes are known, and how many channels they have."""
        self.batches = set[int]()
        """How many images the examples have that models are called on."""
        self.other_axes = False
        """Whether an input has more or fewer axes than that."""
        self.fed: dict[Value, ExampleArray] = {}
        """Examples that models of Keras are trained with, or used on."""
        self.assumed_last = False
        """Whether a figure hangs on their being last, as far as is known yet."""
        self.stated: dict[int, tuple[int, ...]] = {}
        """The shapes of inputs that say all their sizes."""
        self.volumes: dict[int, Volume | None] = {}
        """Those of tensors whose shapes were asked for."""
        self._begun: list[AppliedLayer] = []
        """The nodes; those whose volumes are known are inputs of these."""
        self.weights: list[OwnWeight] = []
        """Those that layers of the program have themselves."""
        self.made_of: dict[LayerObject, tuple[LayerObject, ...]] = {}
        """The layers that a wrapper or a layer of cells is made of."""
        self.model_of: dict[int, Value] = {}
        """The outermost models that were applied as layers, by their nodes."""
        self.open_sizes = False
        """Whether sizes were asked for that hang on that of an input that is not said."""
        self.means: dict[int, tuple[TensorValue, Value]] = {}
        """Tensors that are means along one axis: of which tensor, and which axis that is."""
        self.part_of: dict[int, Value] = {}
        """The layers or models of Keras that nodes are parts of, where they are more than one, or a join."""

    def add(self, node: AppliedLayer, rank: int | None, depth: int | None = None) -> TensorValue:
        """The tensor that a layer gives. Raises NotRead where there are too many."""
        if len(self.nodes) >= MOST_NODES:
            raise NotRead(f"the network has more than {MOST_NODES:,} layers here", node.span)
        if any(one.is_expanded or one.groups for one in node.sources):
            raise NotRead("it reads what expand_as or view gave, whose sizes are not followed here", node.span)
        self.nodes.append(node)
        self._begun.append(node)
        self.tensors.append(TensorValue(len(self.nodes) - 1, rank, depth))
        return self.tensors[-1]

    def ours(
        self, text: str, source: TensorValue, node: ast.AST, rank: int | None, depth: int | None = None
    ) -> TensorValue:
        """A layer in our words, of what a function does."""
        return self.add(AppliedLayer(((text, self.span(node)),), (source,), "", self.span(node)), rank, depth)

    def as_image(self, tensor: TensorValue, node: ast.AST, *, flat: bool = True) -> TensorValue:
        """One position of values with as many axes as the program has it: view and squeeze leave it as it is till then.

        Where `flat`, also what a diagram has without width and height.
        """
        volume = self.volume_of(tensor) if (tensor.rank or 0) > VECTOR and tensor.node >= 0 else None
        axes = (tensor.rank or 0) - VECTOR
        if volume is None or volume.positions > 1 or (len(volume.spatial) == axes and not (flat and volume.flat)):
            return tensor
        return self.ours(f"RESHAPE({'1x' * axes}{volume.depth})", tensor, node, tensor.rank, volume.depth)

    def extent(self, tensor: TensorValue, axis: int) -> Value:
        """One number of a shape: that of the channels may be known."""
        rank = tensor.rank or 0
        last = 1 if self.depth_first else rank - 1
        if axis < 0 and rank:
            axis += rank
        shape = self.shape_of(tensor) if self.is_keras or axis else None
        if shape and 0 < axis <= len(shape):
            return shape[axis - 1]
        return tensor.depth if axis == last and tensor.depth is not None else Extent(tensor, axis)

    def lose(self, node: ast.AST, reason: str = "") -> Unknown:
        """What is made of a tensor, and is not known."""
        self.lost.append(self.unknown(node, reason))
        return self.lost[-1]

    def lose_layer(self, layer: LayerObject, given: Value, node: ast.AST) -> Unknown:
        """What a layer gives that is called on what is no tensor, or on several values."""
        if not isinstance(given, External) or "." in given.name:
            return self.lose(node, f"what {layer.name.base} does with {self.places.shown(node)} is not known")
        name = given.written
        example = f"{name} = Input((32, 32, 3))" if self.is_keras else f"{name} = torch.randn(1, 3, 32, 32)"
        arrows = "INPUT(32x32x3) => Conv2D(32, 3) => ReLU"
        found = self.lose(node, f"{name} has no value before this")
        self.lost[-1] = replace(
            found,
            help=(
                f"write a line before it, such as {example}",
                f"or write the calls with arrows between them, without {name} = and ({name}): {arrows}",
            ),
        )
        return self.lost[-1]

    def unsized(self, node: ast.AST) -> Unknown:
        """What is made of a tensor whose size is not known."""
        return self.lose(node, f"the size that {self.places.shown(node)} reads is not known")

    def call_unknown(self, function: Unknown, arguments: list[Value]) -> None:
        """What an unknown function makes of tensors is lost."""
        given = [one for value in arguments for one in (value if isinstance(value, list | tuple) else (value,))]
        if any(isinstance(one, TensorValue | ExampleArray) for one in given):
            self.lost.append(function)

    def joined(
        self,
        join: str,
        sources: Iterable[TensorValue],
        node: ast.AST,
        rank: int | None = None,
        depth: int | None = None,
    ) -> TensorValue:
        """What joins tensors."""
        read = tuple(sources)
        if join != "CONCAT" and not all(one.is_expanded for one in read):
            read = tuple(replace(one, is_expanded=False) for one in read)
        ranks = [one.rank for one in read if one.rank is not None]
        depths = [one.depth for one in read if one.depth is not None]
        known = len(depths) == len(read)
        depth = depth or (sum(depths) if known and join == "CONCAT" else max(depths) if known else None)
        return self.add(AppliedLayer((), read, join, self.span(node)), rank or max(ranks, default=None), depth)

    def stand_in(self, node: ast.AST, ours: str, of: ast.AST | None = None) -> None:
        """Notes that the values of a layer are not those of the program; `of` is where it is made."""
        self.note(node, f"is read as {ours}: sizes and counts are the same, values are not", of)

    def note(self, node: ast.AST, remark: str, of: ast.AST | None = None, *, is_general: bool = False) -> None:
        """Notes what is taken for granted of a part of the program; `is_general` is of no layer that is applied."""
        message = f"{self.places.shown(of or node)} {remark}"
        notes = self.general_notes if is_general else self.notes
        notes.append(report("SHP507", message, self.span(node), severity="note"))

    def input_of(self, example: ExampleArray) -> TensorValue:
        """The input that an array stands for: channels come first in PyTorch and last in Keras."""
        rest = [*example.shape[1:]]
        self.batches.update(example.shape[:1])
        if not 0 < len(rest) <= MOST_AXES or any(size < 1 for size in rest):
            raise NotRead(f"an input of {len(rest)} axes is not known", example.span)
        rest = [1, 1, *rest] if len(rest) == 1 else rest
        text = f"INPUT({'x'.join(map(str, [*rest[:0:-1], rest[0]]))})"
        if self.is_keras or len(example.shape) == VECTOR:
            text, rest = input_text("input", example.shape[1:]), rest[::-1]
        if self.is_keras:
            return self.begin(((text, example.span),), example.shape[1:])
        made = self.add(
            AppliedLayer(((text, example.span),), (), "", example.span, starts=True), len(example.shape), rest[0]
        )
        if self.given and len(self.given) == len(rest):  # --input is larger or smaller than the example
            self._begun[made.node] = replace(
                self.nodes[made.node], pieces=((f"INPUT({size_text(self.given)})", example.span),)
            )
            return self._with_depth(made, self.given[-1])
        return made

    def _with_depth(self, tensor: TensorValue, depth: int) -> TensorValue:
        self.tensors[tensor.node] = replace(tensor, depth=depth)
        return self.tensors[tensor.node]

    def begin(
        self, pieces: tuple[Piece, ...], shape: tuple[Value, ...] | None, layer: LayerObject | None = None
    ) -> TensorValue:
        """An input of Keras, as large as it says; as --input says, where that has as many axes."""
        span = pieces[0][1]
        rank = None if shape is None else len(shape) + 1
        depth = shape[-1] if shape and not self.channels_first and isinstance(shape[-1], int) else None
        stated = depth
        given: tuple[int, ...] = self.given or ()
        if rank == VECTOR and prod(given) == max(given, default=0):
            given = (1, 1, prod(given)) if given else ()
        elif rank is None:
            rank = VECTOR if given[:-1] == (1, 1) else len(given) + 1 if given else None
        elif rank == VECTOR or rank != len(given) + 1:
            self.other_axes = self.other_axes or bool(given)
            given = ()
        if given:
            pieces, depth = ((f"INPUT({size_text(given)})", span),), given[-1]
        made = self.add(AppliedLayer(pieces, (), "", span, layer, starts=True), rank, depth)
        sizes = tuple(one for one in shape or () if isinstance(one, int))
        if shape and not given and len(sizes) == len(shape):
            self.stated[made.node] = sizes
        if shape and None in shape:
            self.open_inputs[made.node] = stated
        return made

    def unsaid_input(self, span: Span) -> TensorValue:
        """The input of a model that nothing is said of, as large as --input says in a program of Keras."""
        return self.begin(((OPEN, span),), None) if self.is_keras and self.given else TensorValue(-1)

    def change(self, place: int, node: AppliedLayer) -> None:
        """Puts another node in the place of one."""
        self.nodes[place] = self._begun[place] = node

    def volume_of(self, tensor: TensorValue) -> Volume | None:
        """The volume of a tensor; None where the program does not say how large its input is, or a layer fails."""
        if tensor.node < 0 and (self.is_keras or self.given is None):
            self.open_sizes = True
            return None
        if tensor.node not in self.volumes:
            fed = self.nodes[tensor.node].size_of if tensor.node >= 0 else None
            if fed is not None:
                return self.volume_of(fed)
            self.volumes[tensor.node] = None
            first = bool(self.channels_first)
            self.assumed_last = self.assumed_last or (self.channels_first is None and (tensor.rank or 0) > VECTOR)
            text = diagram_of(self._begun, (tensor,), {}).text or OPEN
            self._steps += len(text) // CHARACTERS_A_STEP
            settings = Settings(input=None if self.given is None else SizeLiteral(tuple(self.given), (0, 0)))
            try:
                tree = in_our_words(Diagram(parse_statements(text), settings), [], channels_first=first)
                graph = expand(tree, Options())
            except Diagnosed:
                return None
            if volume := propagate(graph)[0][-1].output:
                self.volumes[tensor.node] = volume
                if tensor.node < 0:
                    return volume
                span = self.nodes[tensor.node].span
                pieces = ((f"INPUT({volume}){' => FLATTEN' if volume.flat else ''}", span),)
                self._begun[tensor.node] = AppliedLayer(pieces, (), "", span, starts=True)
        return self.volumes[tensor.node]

    def shape_of(self, tensor: TensorValue) -> tuple[int, ...] | None:
        """The shape of a tensor without its batch, as the program has its axes; None where it is not known."""
        if tensor.node in self.stated:
            return self.stated[tensor.node]
        volume = self.volume_of(tensor)
        if volume is None or tensor.rank is None:
            return None
        if tensor.rank <= 2:
            known = 1 in (volume.positions, volume.depth)  # an embedding reads positions of one channel
            return (volume.size,)[: tensor.rank - 1] if known else None
        if volume.positions == 1 and not self.is_keras:
            return (volume.depth, *(1 for _ in range(tensor.rank - VECTOR)))
        if tensor.rank != len(volume.spatial) + 2:
            return None
        spatial = volume.spatial[::-1]
        return (volume.depth, *spatial) if self.depth_first else (*spatial, volume.depth)

    @property
    def depth_first(self) -> bool:
        """Whether the channels are the first axis after the batch: in PyTorch they are."""
        return not self.is_keras or self.channels_first is True

    def shape(self, tensor: TensorValue) -> Value:
        """The shape of a tensor, in numbers where these are known."""
        known = self.shape_of(tensor) if self.is_keras else None
        return ShapeOf(tensor) if known is None else (None, *known)

    def input_layer(self, layer: LayerObject) -> TensorValue:
        """What an input gives."""
        raise NotImplementedError

    def layer(
        self, name: External, arguments: list[Value], named: dict[str, Value], node: ast.Call
    ) -> LayerObject | Unknown:
        """The layer that a call makes; Unknown where one of its arguments is not known."""
        self.is_keras = self.is_keras or is_keras(name)
        form = form_of(name) if self.data_format != "channels_last" and is_keras(name) else None
        slot = (form.slot("data_format") or form.slot("dim_ordering")) if form else None
        if form and slot and slot.name not in named and len(arguments) <= form.slots.index(slot):
            if isinstance(self.data_format, Unknown):
                return self.data_format
            named = {**named, slot.name: self.data_format}
        made = layer_call(name, node, arguments, named, self.places)
        if isinstance(made, LayerObject):
            made.is_frozen = made.arguments.get("trainable") is False
            known = form_of(name) if name.name == f"torch.nn.{name.base}" else None
            if known and name.base != known.name:
                self.note(node, f"is read as {known.name}: PyTorch has no {name.base}", is_general=True)
        return made
