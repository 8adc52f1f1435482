"""The operations of aten that only move values, and attention: they become layers when something reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from shapecalc.formats.torch_export.arguments import INFINITE, LARGEST_NUMBER
from shapecalc.formats.torch_export.operations import ACTIVATIONS, batch_norm
from shapecalc.formats.torch_export.sequence_operations import KINDS, embedding, recurrent
from shapecalc.lowering.flow import Weights
from shapecalc.lowering.lazy_steps import Lazy, Made

if TYPE_CHECKING:
    from shapecalc.formats.torch_export.arguments import Application

Step = Callable[[Lazy, "Application"], "Made | None"]


def _picked(lazy: Lazy, use: Application) -> Made | None:
    """One place of an axis, or every place as a tensor of its own."""
    held = lazy.held()
    axis, places = use.operation.whole("dim", 0) % len(held.view.groups), range(len(use.shapes))
    if use.operation.name == "select":
        at = use.operation.whole("index", 0)
        at += prod(part.size for part in held.view.groups[axis]) if at < 0 else 0
        places = range(at, at + 1)
    return lazy.taken(axis, [(at, at + 1) for at in places], drop=True)


def _sliced(lazy: Lazy, use: Application) -> Made | None:
    use.needs(use.operation.whole("step", 1) == 1 and use.shapes[0] != use.values[use.tensors[0]].shape)
    ends = use.operation.whole("start", 0), use.operation.whole("end", LARGEST_NUMBER)
    return lazy.cut(use.operation.whole("dim", 0), *ends)


def _attended(lazy: Lazy, use: Application) -> Made | None:
    """A scale that is not given is one over the root of a head's depth."""
    query, key, value = (lazy.held(place) for place in range(3))
    masks = use.constants
    use.needs(len(use.tensors) == 3 + len(masks) and not use.operation.value("enable_gqa"))
    use.needs({query.scale, key.scale, value.scale} == {1})
    scale = use.operation.value("scale")
    number = float(scale) if isinstance(scale, int | float) else None
    return lazy.attended(query, key, value, number, masks, causal=use.operation.value("is_causal") is True)


def _expanded(lazy: Lazy, use: Application) -> Made | None:
    """A tensor that is as large already is what it was, and so is what only products with as large ones read."""
    value, (wanted, *_) = use.values[use.tensors[0]], use.shapes
    if value.shape == wanted:
        return lazy.passed() or [value]
    readers = use.readers.get(use.operation.outputs[0], ())
    others = [use.values[name] for reader in readers for name in reader.tensors() if name in use.values]
    fits = all(reader.name in ("mul", "div") and len(reader.tensors()) == 2 for reader in readers)
    fits = fits and 0 < len(readers) == len(others) and len(value.shape) == len(wanted)
    if not fits or any(isinstance(other, Weights) or other.shape != wanted for other in others):
        return None
    lazy.values.resolve(use.tensors[:1])
    return [lazy.values[use.tensors[0]]]


def _normalised(lazy: Lazy, use: Application) -> Made | None:
    """Rows of which each is a position: their columns are the channels."""
    return replace(lazy, apply=batch_norm).through() if len(use.shapes[0]) == 2 else None  # type: ignore[arg-type]


def _times(lazy: Lazy, use: Application) -> Made | None:
    """A number may scale what attention multiplies."""
    made, number = lazy.through(), use.operation.value("other")
    if made is not None or not isinstance(number, int | float) or not 0 < abs(number) <= LARGEST_NUMBER:
        return made
    return lazy.scaled(number if use.operation.name == "mul" else 1 / number)


def _hidden(lazy: Lazy, use: Application) -> Made | None:
    """Which products hide everything: decomposed attention asks for it, and nothing that is counted hangs on it."""
    scores = lazy.values.scores(use.tensors[0])
    return [Weights((), use.shapes[0])] if scores is not None and use.operation.value("other") in INFINITE else None


def _chosen(lazy: Lazy, use: Application) -> Made | None:
    """Constants in the place of some products, or of weights that come of them."""
    found = [scores for name in use.tensors if (scores := lazy.values.scores(name)) is not None]
    spread = len(found) == 1 and found[0].spread and len(use.constants) == len(use.tensors) - 1
    return [lazy.giving(found[0])] if spread else lazy.added()


def _dropped(lazy: Lazy, use: Application) -> Made | None:
    """Dropout of products is left out, as all of it is when a network is used."""
    return lazy.passed() if lazy.values.scores(use.tensors[0]) is not None else lazy.through()


def _averaged(lazy: Lazy, use: Application) -> Made | None:
    mode = "max" if use.operation.name == "amax" else None
    return lazy.averaged(use.operation.wholes("dim"), mode, keep=bool(use.operation.value("keepdim")))


THROUGH = (
    *ACTIVATIONS, "hardtanh", "linear", "layer_norm", "rms_norm", "sub", "abs", "neg", "exp", "log", "sqrt", "rsqrt",
    "pow",
)  # fmt: skip
"""Operations on single values, and what works along the last axis."""
STEPS: dict[str, Step] = {
    **dict.fromkeys(
        ("view", "reshape", "reshape_as", "flatten", "unflatten", "unsqueeze", "squeeze"),
        lambda lazy, use: lazy.regrouped(),
    ), "batch_norm": _normalised,
    **dict.fromkeys(("contiguous", "clone", "alias", "detach", "to", "_to_copy"), lambda lazy, use: lazy.passed()),
    **dict.fromkeys(THROUGH, lambda lazy, use: lazy.through()),
    **dict.fromkeys(("permute", "transpose", "swapaxes", "swapdims", "t"), lambda lazy, use: lazy.reordered(use.order)),
    **dict.fromkeys(
        ("chunk", "split", "split_with_sizes"), lambda lazy, use: lazy.split(use.operation.whole("dim", 0))
    ),
    "einsum": lambda lazy, use: lazy.contracted(str(use.operation.value("equation", ""))), "expand": _expanded,
    **dict.fromkeys(("masked_fill", "where"), _chosen), "add": lambda lazy, use: lazy.added() or lazy.through(),
    **dict.fromkeys(("matmul", "bmm", "mm", "addmm"), lambda lazy, use: lazy.product()),
    "softmax": lambda lazy, use: lazy.softmax(use.operation.whole("dim", -1)),
    **dict.fromkeys(KINDS, recurrent), "embedding": embedding, "dropout": _dropped,
    **dict.fromkeys(("mul", "div"), _times), **dict.fromkeys(("mean", "amax"), _averaged), "eq": _hidden,
    **dict.fromkeys(("select", "unbind"), _picked), "slice": _sliced, "scaled_dot_product_attention": _attended,
}  # fmt: skip
"""How each operation is left for later; None there means that it is read at once."""


def step_of(use: Application) -> Step | None:
    """How an operation is left for later; None for one that is not."""
    read = zip(use.operation.outputs, use.shapes, strict=True)
    known = use.stated and all((shape and 0 not in shape) or name not in use.asked for name, shape in read)
    weights = bool(use.tensors) and isinstance(use.values.get(use.tensors[0]), Weights)
    weights = weights and use.operation.name not in ("embedding", "where")
    fits = known and not weights and any(use.shapes[:1]) and use.tensors
    return STEPS.get(use.operation.name) if fits else None
