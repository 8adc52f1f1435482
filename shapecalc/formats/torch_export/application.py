"""One operation of aten on its tensors: its layer, and what the file states of it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import shortened
from shapecalc.formats.torch_export.arguments import Operation
from shapecalc.lowering.flow import Flowing, Weights, volume_of_shape
from shapecalc.lowering.operator_call import OperatorCall
from shapecalc.lowering.operator_products import multiplies


@dataclass(frozen=True, kw_only=True)
class Application(OperatorCall):
    """One operation on some tensors."""

    operation: Operation
    asked: Container[str]
    """Tensors that something reads."""
    readers: Mapping[str, Sequence[Operation]]
    """The operations that read each tensor."""

    def is_read(self, place: int) -> bool:
        """Whether an operation reads a tensor that it gives, or the program gives it too."""
        return place >= len(self.operation.outputs) or self.operation.outputs[place] in self.asked

    @property
    def batch_first(self) -> bool:
        """Whether the first axis of everything is the batch."""
        given = [shape for place, shape in enumerate(self.shapes) if self.is_read(place)]
        shapes = [*(value.shape for value in self.reads), *given]
        return all(shape[:1] == (self.batch,) for shape in shapes)

    def add(self, kind: str, inputs: Sequence[int] | None = None, /, **arguments: Any) -> int:
        """A layer of ours; SHP302 is reported where the file has more or fewer weights than it needs."""
        new = [(name, size) for name, size, _ in self.weights if name not in self.owners]
        made = multiplies(self.kind) and not self.weights and self.constants
        if self.is_of_another(kind) or self.has_computed_weights or self._has_frozen_weights or made:
            return self.as_stated(inputs)
        node = super().add(kind, inputs, **arguments)
        needed = self.arrays_of(node)
        if needed is not None and self.assembler.nodes[node].shares is None:
            names = ", ".join(shortened(name) for name, _ in new) or "weights"
            there = sum(size for _, size in new)
            self.compare_weights(node, names, there, sum(needed.values()))
        return node

    @property
    def _has_frozen_weights(self) -> bool:
        """Whether the program trains a part of its weights only, statistics apart: our layers count them all.

        BEiT, EVA and Swin V2 have a bias for queries and values, and zeros for keys; a blur has a kernel that is given.
        """
        statistics = [self.operation.tensor(f"running_{which}") for which in ("mean", "var")]
        read = [self.values.get(name) for name in self.tensors if name not in statistics]
        return any(not trained for value in read if isinstance(value, Weights) for *_, trained in value.arrays)

    def giving(self, node: int, *, last: bool | None = None) -> list[Flowing]:
        """The output; SHP301 is reported where the file states another shape than the layer gives."""
        found = super().giving(node, last=last)
        given = self.assembler.volumes[node]
        stated = volume_of_shape(self.shapes[0], last=found[0].last) if self.shapes and self.stated else None
        if given is not None and stated is not None and _bare(given) != _bare(stated):
            message = f"the file states {stated}, and {self.assembler.nodes[node].text} gives {given}"
            self.assembler.report("SHP301", message, node, label=f"expected {given}, found {stated}")
        return found

    @property
    def order(self) -> list[int]:
        """The axes as a permutation or a transposition orders them."""
        rank = max(len(self.values[self.tensors[0]].shape), 1)
        order, operation = list(range(rank)), self.operation
        if operation.name == "permute":
            return [n % rank for n in operation.wholes("dims")]
        one, two = (operation.whole(f"dim{n}", operation.whole(f"axis{n}", n)) % rank for n in (0, 1))
        order[one], order[two] = order[two], order[one]
        return order

    def has(self, key: str) -> bool:
        """Whether an argument is a tensor."""
        return self.operation.tensor(key) is not None

    def shape_of(self, key: str) -> tuple[int, ...]:
        """The shape of a tensor that an argument names."""
        name = self.operation.tensor(key)
        shape: tuple[int, ...] = self.values[name].shape if name is not None else ()
        return shape


def _bare(volume: Volume) -> tuple[int, ...]:
    """Sizes without axes of 1, of which a row of values may have one or several."""
    return tuple(n for n in volume.sizes if n > 1)
