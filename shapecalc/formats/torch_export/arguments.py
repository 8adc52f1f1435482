"""The arguments of one operation of aten, read with care: they come from a file that may say anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.lowering.json_values import list_in, value_at

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
        return Diagnosed(report("SHP010", f"{self.path or self.target}: {message}"))

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
