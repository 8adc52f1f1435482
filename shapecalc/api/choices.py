"""Options of the public functions: their names are those of the command line, their values plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from shapecalc.core.parameters import Sizes, Word
    from shapecalc.expansion.expander import Options
    from shapecalc.passes.budgets import Budget
    from shapecalc.passes.report import Conventions
    from shapecalc.pipeline import CheckOptions
    from shapecalc.rules.selection import Selection

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
    from shapecalc.passes.freeze import frozen_parts
    from shapecalc.pipeline import CheckOptions

    return CheckOptions(
        expand_options(options),
        conventions(options),
        bool(_flag(options, "strict")),
        _one_of(options, "rounding", ("exact", "floor", "ceil"), None),
        frozen_parts(_names(options, "freeze")),
        _selection(options),
        _budgets(options),
    )


def _selection(options: Mapping[str, Any]) -> Selection:
    """Which rules run. No configuration file is read. Raises ValueError for a word that is no rule."""
    from shapecalc.rules.selection import LEVELS, Selection, effective_rules

    severity = options.get("severity") or {}
    if not isinstance(severity, Mapping) or not all(level in LEVELS for level in severity.values()):
        raise TypeError(f"severity is a dictionary of rules and {', '.join(LEVELS)}, not {severity!r}")
    select, ignore = (tuple(_names(options, name).replace(",", " ").split()) for name in ("select", "ignore"))
    ruleset = options.get("ruleset") or Selection().ruleset
    found = Selection(select, ignore, bool(_flag(options, "preview")), ruleset, tuple(severity.items()))
    effective_rules(found)
    return found


def _budgets(options: Mapping[str, Any]) -> tuple[Budget, ...]:
    """Raises TypeError and ValueError that name the option."""
    from shapecalc.passes.budgets import budget

    limits = options.get("max") or {}
    if not isinstance(limits, Mapping):
        raise TypeError(f"max is a dictionary of figures and limits, such as {{'params': '5M'}}, not {limits!r}")
    return tuple(budget(key, str(limit), "--max") for key, limit in limits.items())


def expand_options(options: Mapping[str, Any]) -> Options:
    """What closes a network. Raises TypeError and ValueError that name the option."""
    from shapecalc.expansion.expander import MOST_LAYERS, Options

    size = options.get("input")
    return Options(
        {name: _binding(name, value) for name, value in _pairs(options.get("set") or {})},
        None if size is None else _size(size),
        _count(options, "classes", None),
        _one_of(options, "optional", ("keep", "drop"), None),
        _count(options, "max_layers", MOST_LAYERS) or MOST_LAYERS,
        _text(options, "member"),
    )


def conventions(options: Mapping[str, Any]) -> Conventions:
    """For which batch, type and optimizer figures are given. Raises TypeError and ValueError that name the option."""
    from shapecalc.core.kept import DEVICES, DTYPES
    from shapecalc.passes.checkpointing import layers_between
    from shapecalc.passes.optimizers import OPTIMIZERS
    from shapecalc.passes.report import Conventions

    usual = Conventions()
    return Conventions(
        _count(options, "batch", usual.batch) or usual.batch,
        _one_of(options, "dtype", DTYPES, usual.dtype) or usual.dtype,
        _one_of(options, "optimizer", OPTIMIZERS, usual.optimizer) or usual.optimizer,
        _one_of(options, "device", DEVICES, usual.device),
        _flag(options, "foreach", None),
        bool(_flag(options, "weight_decay")),
        None if (asked := options.get("checkpoint")) is None else layers_between(str(asked)),
        bool(_flag(options, "amp")),
    )


def refuse_unknown(function: Callable[..., Any], options: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises TypeError for an option that a function does not have, with the nearest one that it has."""
    names = list(known)
    for option in options:
        if option not in names:
            from shapecalc.diagnostics.spelling import nearest

            guess = nearest(option, names)
            hint = f"did you mean '{guess}'?" if guess else f"there are {', '.join(names)}"
            raise TypeError(f"{function.__name__}() has no option '{option}'; {hint}")


def _pairs(given: Any) -> Iterable[tuple[str, Any]]:
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"set is a dictionary of names and values, such as {{'N': 3}}, not {given!r}")
    return given.items()


def _binding(name: str, value: Any) -> Binding:
    from shapecalc.expansion.option_values import binding

    if isinstance(value, tuple):
        value = "x".join(map(str, value))
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction | str):
        raise TypeError(f"set gives {name} a number, a size or a word, not {value!r}")
    if isinstance(value, str):
        try:
            return binding(value)
        except ValueError as problem:
            raise ValueError(f"the value of {name}: {problem}") from None
    try:
        exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except ValueError:
        raise ValueError(f"set gives {name} the value {value}, which is not a number") from None
    return int(exact) if exact.denominator == 1 else exact


def _size(given: Any) -> Sizes:
    from shapecalc.expansion.option_values import input_size

    if not isinstance(given, str):
        if not isinstance(given, Sequence) or any(isinstance(n, bool) or not isinstance(n, int) for n in given):
            raise TypeError(f"input is a size, such as '224x224x3' or (224, 224, 3), not {given!r}")
        given = "x".join(map(str, given))
    try:
        return input_size(given)
    except ValueError as problem:
        raise ValueError(f"input: {problem}") from None


def _count(options: Mapping[str, Any], name: str, usual: int | None) -> int | None:
    value = options.get(name)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} is at least 1, not {value}")
    return value


def _text(options: Mapping[str, Any], name: str) -> str | None:
    value = options.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is a text, not {value!r}")
    return value


def _one_of(options: Mapping[str, Any], name: str, choices: Iterable[str], usual: str | None) -> Any:
    value = options.get(name)
    if value is not None and value not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}")
    return usual if value is None else value


def _flag(options: Mapping[str, Any], name: str, usual: bool | None = False) -> bool | None:
    value = options.get(name)
    if value is None:
        return usual
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {value!r}")
    return value


def _names(options: Mapping[str, Any], name: str) -> str:
    """One text with commas, or several without."""
    value = options.get(name, ())
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        example = "names, such as ['stem', 'conv1..conv3']" if name == "freeze" else "rules, such as ['SHP401']"
        raise TypeError(f"{name} is a list of {example}, not {value!r}")
    return ",".join(value)
