"""One operation of aten: its arguments, read with care, on its tensors, and what the file states of it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, unreadable
from shapecalc.lowering.flow import Flowing, Weights, volume_of_shape
from shapecalc.lowering.json_values import list_in, value_at
from shapecalc.lowering.operator_call import OperatorCall
from shapecalc.lowering.operator_products import multiplies

_DECOMPOSED: dict[str, tuple[str, dict[str, str]]] = {
    "_native_batch_norm_legit_no_training": ("batch_norm", {}), "native_batch_norm": ("batch_norm", {}),
    "native_layer_norm": ("layer_norm", {}), "native_group_norm": ("group_norm", {"group": "num_groups"}),
    **{f"max_pool{n}d_with_indices": (f"max_pool{n}d", {}) for n in "23"}, "constant_pad_nd": ("pad", {}),
    **{f"_adaptive_avg_pool{n}d": (f"adaptive_avg_pool{n}d", {}) for n in "23"}, "expand_as": ("expand", {}),
    "_softmax": ("softmax", {}), "_log_softmax": ("log_softmax", {}), "_unsafe_view": ("view", {}),
    "_scaled_dot_product_flash_attention_for_cpu": ("scaled_dot_product_attention", {}),
    "_native_batch_norm_legit": ("instance_norm", {}),
}  # fmt: skip
"""What `run_decompositions` makes of operations, as they were called before, and their arguments with other names."""
LARGEST_NUMBER = 10**30
"""Above, a file is damaged: no number of a network is that large."""
INFINITE = ("Infinity", "-Infinity")
"""How the file writes what JSON has no number for."""


def as_called(target: str, arguments: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """An operation of a program that was decomposed, as its layer is called, which has the same arguments.

    >>> as_called("_softmax.default", {"dim": {"as_int": 1}})
    ('softmax.default', {'dim': {'as_int': 1}})
    """
    name, dot, variant = target.partition(".")
    if name == "convolution":
        across = "_transpose" if value_at(arguments.get("transposed"), "as_bool") else ""
        return f"conv{across}{len(list_in(arguments.get('stride'), 'as_ints'))}d{dot}{variant}", arguments
    if name == "addmm":  # what flows goes first
        first, bias = arguments.get("mat1"), arguments.get("self")
        return target, {**arguments, "self": first, "mat1": None, "bias": bias}
    name, renamed = _DECOMPOSED.get(name, (name, {}))
    return f"{name}{dot}{variant}", {renamed.get(key, key): value for key, value in arguments.items()}


class Operation(Record):
    """A node of the program."""

    target: str
    """`conv2d.default`, without the library in front."""
    arguments: Mapping[str, Any]
    """By name, each {kind: value} as the file has it."""
    outputs: tuple[str, ...]
    """Names of the tensors that it gives."""
    path: str
    """The module that it is in."""

    @property
    def name(self) -> str:
        """The operation without its variant, and without the mark of those in place."""
        return self.target.split(".")[0].rstrip("_")

    def refused(self, message: str) -> Diagnosed:
        """What to raise for an operation that makes no sense."""
        return unreadable(f"{self.path or self.target}: {message}")

    def tensors(self) -> list[str]:
        """The names of all tensors that it reads, in order."""
        return [name for key in self.arguments for name in self.tensors_of(key)]

    def tensors_of(self, key: str) -> list[str]:
        """The names of the tensors of one argument."""
        value = self.arguments.get(key)
        several = list_in(value, "as_tensors") or list_in(value, "as_optional_tensors")
        parts = [value_at(value, "as_tensor"), *(value_at(part, "as_tensor") or part for part in several)]
        return [name for part in parts if isinstance(name := value_at(part, "name"), str)]

    def tensor(self, key: str) -> str | None:
        """The name of the tensor of an argument; None where it is none."""
        name = value_at(self.arguments.get(key), "as_tensor", "name")
        return name if isinstance(name, str) else None

    def value(self, key: str, default: Any = None) -> Any:
        """A number, a word, yes or no; the default where the argument is not there or none."""
        value = self.arguments.get(key)
        if not isinstance(value, dict) or not value or "as_none" in value:
            return default
        return next(iter(value.values()))

    def __contains__(self, key: str) -> bool:
        """Whether an argument is given, and neither none nor empty."""
        return self.value(key) not in (None, [])

    def whole(self, key: str, default: int = 0) -> int:
        """A whole number. Raises Diagnosed SHP010."""
        value = self.value(key, default)
        if type(value) is not int:
            raise self.refused(f"{key} is not a whole number: {shortened(repr(value))}")
        return value

    def real(self, key: str, default: float) -> float:
        """A number. Raises Diagnosed SHP010."""
        value = self.value(key, default)
        if not isinstance(value, int | float) and value not in INFINITE:
            raise self.refused(f"{key} is not a number: {shortened(repr(value))}")
        return float(value)

    def wholes(self, key: str, default: Sequence[int] = ()) -> tuple[int, ...]:
        """Whole numbers. Raises Diagnosed SHP010."""
        value = self.value(key)
        if value is None or value == []:
            return tuple(default)
        parts = value if isinstance(value, list) else []
        found = [part.get("as_int") if isinstance(part, dict) else part for part in parts]
        wholes = tuple(n for n in found if isinstance(n, int) and not isinstance(n, bool))
        if not wholes or len(wholes) < len(found):
            raise self.refused(f"{key} is not a list of whole numbers: {shortened(repr(value))}")
        return wholes

    def each(self, key: str, rank: int, default: Sequence[int] = ()) -> tuple[int, ...]:
        """One number for every spatial axis. Raises Diagnosed SHP010."""
        found = self.wholes(key, default)
        found = found * rank if len(found) == 1 else found
        if len(found) != rank:
            raise self.refused(f"{key} has {len(found)} numbers for {rank} axes")
        return found


# --- on its tensors -------------------------------------------------------------------------------


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
