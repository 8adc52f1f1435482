"""What PyTorch's present exporter says of the constants in a model: which are trained, and what others are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np

from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.formats.read import LoadArray

SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"
FOLDED = "pkg.onnxscript.optimizer.folded_from"
"""Keys of the metadata of a graph, and of a value that was computed from constants."""
COMPUTED = ("onnx::", "/")
"""How the older exporter's own names begin."""
NUMBERED = "val_"
"""How the present one calls what it computed: the numbers of functions are called so, and parameters that it turned."""
TURNED = tuple(f"onnx::{kind}_" for kind in ("MatMul", "LSTM", "GRU", "RNN", "PRelu"))
"""And those of parameters in another order, as many as they were."""
_INPUT = re.compile(r": (PARAMETER|BUFFER|CONSTANT_TENSOR) target='([^']*)'")
_NAME = re.compile(r"'([^']*)'")
_PART = re.compile(r"embedding|slice|select|index|gather|narrow|split|chunk|unbind|getitem")
"""How the names of what was picked out of a table begin; its length is not that of the table then."""
_TRAINED = re.compile(r"weight|bias|embed|token|gamma|beta|alpha|scale|temperature|^[bw]\d*$")
"""What is in the last word of the name of a parameter; buffers have other names as a rule."""
MOST_COMPARED = 2**26
"""Values of an array that are looked at."""
_GIVEN = re.compile(r"linear|matmul|addmm|mm|bmm|conv")
"""How the names of products begin: what is made of them, or of a buffer, a part of the network gives; no kernel is."""
STATISTICS = ("running_mean", "running_var")
"""How buffers end that kernels are divided by."""
NORMED, STEPS = "_orig", ("_u", "_v")
"""How spectral_norm calls a kernel, and the steps of its norm, which are buffers."""
FEWEST_STEPS, MOST_ERROR, LEAST = 6, 0.01, 1e-9
"""Rows of a table of which two give the third, by which part of them these may be wrong, stored in 16 bits, and what is
no more than rounding where two equations are one."""


class Origins(NamedTuple):
    """Names of initializers."""

    parameters: set[str]
    """Those that are known to be parameters of the program; empty where nothing is known."""
    untrained: set[str]
    """Those that are none, and were computed from none."""
    computed: set[str]
    """Those that were computed from parameters whose sizes the file may not have."""
    copies: dict[str, str]
    """The parameter that another initializer has, turned for a product."""
    lost: list[str]
    """Parameters of the program that no initializer has, or was computed from as far as is said."""
    unsaid: set[str]
    """Those that may be parameters as well as buffers."""


def origins(model: Any, opened: Callable[[], LoadArray]) -> Origins:
    """What is known of the initializers of a model that PyTorch wrote.

    Its older exporter says nothing, but keeps the names of parameters and buffers for initializers, and has its own for
    those that it computed: no Constant is a parameter there. What its values tell is read: `opened` gives what loads
    them.
    """
    graph = model.graph
    signature = next((entry.value for entry in graph.metadata_props if entry.key == SIGNATURE), "")
    inputs = [(name, kind == "PARAMETER") for kind, name in _INPUT.findall(signature)]
    parameters, untrained = ({name for name, trained in inputs if trained == learned} for learned in (True, False))
    sizes = {tensor.name: prod(tensor.dims) for tensor in graph.initializer}
    said = {
        value.name: _NAME.findall(entry.value)
        for value in (graph.value_info if inputs else ())
        for entry in value.metadata_props
        if entry.key == FOLDED and value.name in sizes
    }
    folded = {name: parameters.intersection(names) for name, names in said.items()}
    alone = {name: next(iter(sources)) for name, sources in folded.items() if len(sources) == 1}
    parts = {name: source for name, source in alone.items() if any(map(_PART.match, (name, *said[name])))}
    firsts: dict[str, str] = {}  # of a layer that is run twice there are two, and of a parameter two functions
    for name, source in alone.items():
        if name not in parts:
            firsts.setdefault(source, source if source in sizes else name)
    same = {name: firsts[source] for name, source in alone.items() if source in firsts and name not in parts}
    copies = {name: first for name, first in same.items() if sizes[first] == sizes[name] and first != name}
    cut = {source for source in parts.values() if list(parts.values()).count(source) == 1}
    kept = parameters.intersection(sizes).union(set(alone.values()) - cut)  # what is of these only is none of its own
    computed = {name for name, sources in folded.items() if not sources <= kept}
    made = {name for name, source in alone.items() if source in sizes and name not in copies}
    tables = {name for name in untrained if not name.endswith((*STEPS, *STATISTICS))}
    given = {
        name
        for name, sources in folded.items()
        if sources and name not in parts and (any(map(_GIVEN.match, said[name])) or not tables.isdisjoint(said[name]))
    }
    computed |= given
    untrained |= made | given | {name for name in folded if name not in alone and name not in computed}
    lost = parameters.difference(sizes, *folded.values())
    unsaid: set[str] = set()
    if not inputs and model.producer_name == "pytorch":
        numbers = {name for name, size in sizes.items() if size == 1 and name.startswith(NUMBERED)}
        parameters = {name for name in sizes.keys() - numbers if not name.startswith(COMPUTED)}
        computed = {name for name in sizes if name.startswith(COMPUTED) and not name.startswith(TURNED)}
        shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
        copies, unknown = _copied(graph, shapes, opened)
        computed |= unknown
        unsaid = {name for name in parameters if sizes[name] > 1 and not _TRAINED.search(name.rpartition(".")[2])}
        untrained |= {name for name in parameters if name.endswith(STEPS) and name[:-2] + NORMED in parameters}
        untrained |= {name for name in parameters if name.endswith(STATISTICS)}
        series = {name for name in unsaid | computed if sizes[name] <= MOST_COMPARED and _is_series(name, opened)}
        untrained |= series
        parameters, unsaid, computed = (names - untrained for names in (parameters, unsaid, computed))
    return Origins(parameters, untrained, computed, copies, sorted(lost), unsaid)


def _copied(
    graph: Any, shapes: Mapping[str, tuple[int, ...]], opened: Callable[[], LoadArray]
) -> tuple[dict[str, str], set[str]]:
    """Kernels that are another array once more, turned or in rows, and those that may be.

    A product after a network often has the table of words before it, a decoder the kernels of its encoder, and a norm
    of a kernel has that in rows.
    """
    read = {name for node in graph.node if node.op_type in ("Gather", "MatMul", "Gemm") for name in node.input}
    found = (name for name in shapes if (name in read and len(shapes[name]) == 2) or name.endswith(NORMED))
    others = sorted(name for name in found if not name.startswith(COMPUTED))
    copies, unknown = {}, set()
    for name in (name for name in shapes if name.startswith(TURNED[0])):
        for other in (other for other in others if prod(shapes[other]) == prod(shapes[name])):
            unknown.add(name)
            with suppress(Diagnosed):  # values that are not there
                if prod(shapes[name]) > MOST_COMPARED:
                    break
                one, two = opened()((other,)), opened()((name,))
                unknown.discard(name)
                if np.array_equal(one.T, two) or np.array_equal(one.reshape(two.shape), two):
                    copies[name] = other
                    break
    return copies, unknown


def _is_series(name: str, opened: Callable[[], LoadArray]) -> bool:
    """Whether every value follows from the two before it in the same way: nothing that is trained is like that.

    f(n + 1) = a·f(n) + b·f(n - 1) holds for sines of equal steps, as rotary tables have, and for powers of a number,
    of which these steps are.
    """
    try:
        table = np.asarray(opened()((name,)), np.float64).squeeze()
    except (Diagnosed, ValueError):  # values that are not there
        return False
    table = table.reshape(len(table), -1) if table.ndim else table.reshape(1, 1)
    if len(table) < FEWEST_STEPS or len(np.unique(table[:, 0])) == 1 == len(np.unique(table[:, -1])):
        return False
    before, now, after = table[:-2], table[1:-1], table[2:]
    aa, ab, bb = (now * now).sum(0), (now * before).sum(0), (before * before).sum(0)
    ac, bc, whole = (now * after).sum(0), (before * after).sum(0), aa * bb - ab * ab
    alone = whole <= LEAST * aa * bb  # each value is the one before it times a number
    whole = np.where(alone, np.maximum(aa, 1e-300), whole)
    a, b = np.where(alone, ac, ac * bb - bc * ab) / whole, np.where(alone, 0, bc * aa - ac * ab) / whole
    error = after - a * now - b * before
    return bool((np.abs(error) <= MOST_ERROR * np.maximum(np.abs(now), np.abs(before))).all())
