"""What PyTorch's present exporter says of the constants in a model: which are trained, and what others are made of."""

from __future__ import annotations

import re
from math import prod
from typing import Any

from shapecalc.core.named_tuple import NamedTuple

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


def origins(model: Any) -> Origins:
    """What is known of the initializers of a model that PyTorch wrote.

    Its older exporter says nothing, but keeps the names of parameters for initializers, and has its own for those that
    it computed: no Constant is a parameter there.
    """
    graph = model.graph
    signature = next((entry.value for entry in graph.metadata_props if entry.key == SIGNATURE), "")
    inputs = [(name, kind == "PARAMETER") for kind, name in _INPUT.findall(signature)]
    parameters, untrained = ({name for name, trained in inputs if trained == learned} for learned in (True, False))
    sizes = {tensor.name: prod(tensor.dims) for tensor in graph.initializer}
    folded = {
        value.name: parameters.intersection(_NAME.findall(entry.value))
        for value in (graph.value_info if inputs else ())
        for entry in value.metadata_props
        if entry.key == FOLDED and value.name in sizes
    }
    alone = {name: next(iter(sources)) for name, sources in folded.items() if len(sources) == 1}
    copies = {name: source for name, source in alone.items() if sizes.get(source) == sizes[name]}
    kept = parameters.intersection(sizes).union(alone.values())  # what is computed from these only is none of its own
    computed = {name for name, sources in folded.items() if not sources <= kept}
    untrained |= {name for name in folded if name not in alone and name not in computed}
    lost = [name for name in parameters.difference(sizes) if not any(name in sources for sources in folded.values())]
    if not inputs and model.producer_name == "pytorch":
        numbers = {name for name, size in sizes.items() if size == 1 and name.startswith(NUMBERED)}
        parameters = {name for name in sizes.keys() - numbers if not name.startswith(COMPUTED)}
        computed = {name for name in sizes if name.startswith(COMPUTED) and not name.startswith(TURNED)}
    return Origins(parameters, untrained, computed, copies, sorted(lost))
