"""Options of the public functions: their names are those of the command line, their values plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from shapecalc.core.phrases import size_text

if TYPE_CHECKING:
    from shapecalc.core.parameters import Sizes, Word
    from shapecalc.expansion.options import Options
    from shapecalc.passes.budgets import Budget
    from shapecalc.passes.report import Conventions
    from shapecalc.pipeline import CheckOptions

    Binding = int | Fraction | Sizes | Word


class NetworkOptions(TypedDict, total=False):
    """Which network a text means, where it leaves that open."""

    set: Mapping[str, int | float | Fraction | str | tuple[int, ...]]
    """Values of open names: {"N": 3, "size": (5, 5), "how": "avg"}."""
    input: str | Sequence[int]
    """A size for every INPUT, depth last: "227x227x3" or (227, 227, 3)."""
    classes: int
    """Outputs of the last FC that has no number."""
    optional: Literal["keep", "drop"]
    """What becomes of parts marked with `?`."""
    max_layers: int
    """Larger networks are refused."""
    member: str
    """One network of a family; what its text says, or the first, by default."""


class ReportOptions(NetworkOptions, total=False):
    """How a network is checked, and for which conditions figures are given."""

    strict: bool
    """Whether trimmed padding and assumed values are errors."""
    rounding: Literal["exact", "floor", "ceil"]
    """What a quotient that is not whole means, whatever the front matter says."""
    batch: int
    """Images at once, for memory and MACs."""
    dtype: str
    """Type of a value: float32, float16, bfloat16, float64 or int8."""
    optimizer: str
    """For the memory of training: sgd, momentum, rmsprop, adagrad, adam or adamw."""
    device: str
    """Where training runs: cpu or cuda."""
    foreach: bool
    """Whether the optimizer updates all weights at once; by default on cuda alone."""
    weight_decay: bool
    """Whether the optimizer decays weights, which takes memory of its own."""
    freeze: str | Sequence[str]
    """Layers that are not trained: names of layers or blocks, and ranges, such as ["stem", "conv1..conv3"]."""
    checkpoint: str | int
    """Layers between two checkpoints, "every=4" or 4, or "sqrt": what a training step takes so."""
    amp: bool
    """Mixed precision: volumes of 2 bytes a value, weights as they are."""
    select: str | Sequence[str]
    """Rules that run besides those of the ruleset: codes, names, prefixes such as "SHP4", groups, "ALL"."""
    ignore: str | Sequence[str]
    """Rules that do not run."""
    preview: bool
    """Whether rules that are still new run when they are selected."""
    ruleset: str
    """The rules that run by default, such as "2026.11"."""
    severity: Mapping[str, Literal["error", "warning", "note", "off"]]
    """Rules by code or name, and how severe each is."""
    max: Mapping[str, int | str]
    """Budgets: {"params": "5M"}; of params, macs, memory, training, field."""


def check_options(options: Mapping[str, Any]) -> CheckOptions:
    """What the pipeline takes. Raises TypeError and ValueError that name the option."""
    from shapecalc.pipeline import CheckOptions
    from shapecalc.rules.catalogue import Selection, effective_rules

    rules = Selection(**_read(options, "select", "ignore", "preview", "ruleset", "severity"))
    effective_rules(rules)
    of_check = _read(options, "strict", "rounding", "freeze", "max")
    return CheckOptions(
        expand_options(options), conventions(options), rules=rules, budgets=of_check.pop("max", ()), **of_check
    )


def expand_options(options: Mapping[str, Any]) -> Options:
    """What closes a network. Raises TypeError and ValueError that name the option."""
    from shapecalc.expansion.options import Options

    given = _read(options, "set", "input", "classes", "optional", "max_layers", "member")
    names = {"set": "bindings", "max_layers": "most_layers"}
    return Options(**{names.get(name, name): value for name, value in given.items()})


def conventions(options: Mapping[str, Any]) -> Conventions:
    """For which batch, type and optimizer figures are given. Raises TypeError and ValueError that name the option."""
    from shapecalc.passes.report import Conventions

    names = ("batch", "dtype", "optimizer", "device", "foreach", "weight_decay", "checkpoint", "amp")
    return Conventions(**_read(options, *names))


def _read(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The values of those of some options that are given."""
    return {name: _readers()[name](name, value) for name in names if (value := options.get(name)) is not None}


@cache
def _readers() -> dict[str, Callable[[str, Any], Any]]:
    """By option what its value means: it raises TypeError and ValueError that name the option."""
    from shapecalc.core.kept import DEVICES, DTYPES
    from shapecalc.passes.checkpointing import layers_between
    from shapecalc.passes.freeze import frozen_parts
    from shapecalc.passes.optimizers import OPTIMIZERS

    return {
        "set": _bindings, "input": _size, "classes": _count, "optional": _one_of("keep", "drop"),
        "max_layers": _count, "member": _text, "strict": _flag, "rounding": _one_of("exact", "floor", "ceil"),
        "batch": _count, "dtype": _one_of(*DTYPES), "optimizer": _one_of(*OPTIMIZERS), "device": _one_of(*DEVICES),
        "foreach": _flag, "weight_decay": _flag, "amp": _flag, "preview": _flag, "ruleset": _text,
        "checkpoint": lambda name, value: _named(name, layers_between, str(value)),
        "freeze": lambda name, value: frozen_parts(_names(name, value)),
        "select": _words, "ignore": _words, "severity": _severity, "max": _budgets,
    }  # fmt: skip


def _severity(name: str, given: Any) -> tuple[tuple[str, Any], ...]:
    from shapecalc.rules.catalogue import LEVELS

    if not isinstance(given, Mapping) or not all(isinstance(r, str) and v in LEVELS for r, v in given.items()):
        raise TypeError(f"{name} is a dictionary of rules and {', '.join(LEVELS)}, not {given!r}")
    return tuple(given.items())


def _budgets(name: str, limits: Any) -> tuple[Budget, ...]:
    from shapecalc.passes.budgets import budget

    if not isinstance(limits, Mapping):
        raise TypeError(f"{name} is a dictionary of figures and limits, such as {{'params': '5M'}}, not {limits!r}")
    return tuple(_named(name, budget, str(key), str(limit), "--max") for key, limit in limits.items())


def _named(name: str, read: Callable[..., Any], *given: str) -> Any:
    """What is read of a text. Raises ValueError that names the option."""
    try:
        return read(*given)
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None


def refuse_unknown(function: Callable[..., Any], options: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises TypeError for an option that a function does not have, with the nearest one that it has."""
    names = list(known)
    for option in options:
        if option not in names:
            from shapecalc.diagnostics.spelling import did_you_mean

            hint = did_you_mean(option, names, f"there are {', '.join(names)}")
            raise TypeError(f"{function.__name__}() has no option '{option}'; {hint}")


def _bindings(name: str, given: Any) -> dict[str, Binding]:
    if not isinstance(given, Mapping) or not all(isinstance(one, str) for one in given):
        raise TypeError(f"{name} is a dictionary of names and values, such as {{'N': 3}}, not {given!r}")
    return {one: _binding(one, value) for one, value in given.items()}


def _binding(name: str, value: Any) -> Binding:
    from shapecalc.expansion.options import binding

    if isinstance(value, tuple):
        value = size_text(value)
    if isinstance(value, Integral) and not isinstance(value, bool):
        value = int(value)  # NumPy's too
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction | str):
        raise TypeError(f"set gives {name} a number, a size or a word, not {value!r}")
    if isinstance(value, str):
        return _named(f"the value of {name}", binding, value)  # type: ignore[no-any-return]
    try:
        exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except ValueError:
        raise ValueError(f"set gives {name} the value {value}, which is not a number") from None
    return int(exact) if exact.denominator == 1 else exact


def _size(name: str, given: Any) -> Sizes:
    from shapecalc.expansion.options import input_size

    if not isinstance(given, str):
        is_list = isinstance(given, Sequence) and not isinstance(given, bytes)
        if not is_list or any(isinstance(n, bool) or not isinstance(n, Integral) for n in given):
            raise TypeError(f"{name} is a size, such as '224x224x3' or (224, 224, 3), not {given!r}")
        given = size_text(given)
    return _named(name, input_size, given)  # type: ignore[no-any-return]


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} is at least 1, not {value}")
    return int(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is a text, not {value!r}")
    return value


def _one_of(*choices: str) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return read


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {value!r}")
    return value


def _words(name: str, value: Any) -> tuple[str, ...]:
    return tuple(_names(name, value).replace(",", " ").split())


def _names(name: str, value: Any) -> str:
    """One text with commas, or several without."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        example = "names, such as ['stem', 'conv1..conv3']" if name == "freeze" else "rules, such as ['SHP401']"
        raise TypeError(f"{name} is a list of {example}, not {value!r}")
    return ",".join(value)
