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
    computed: set[str] = set()
    copies: dict[str, str] = {}
    lost = [name for name, learned in inputs if learned and name not in sizes]
    for value in graph.value_info if inputs else ():
        for entry in value.metadata_props:
            sources = parameters.intersection(_NAME.findall(entry.value)) if entry.key == FOLDED else None
            if sources is None or value.name not in sizes:
                continue
            lost = [name for name in lost if name not in sources]
            (computed if len(sources) > 1 else untrained if not sources else set[str]()).add(value.name)
            if len(sources) == 1 and sizes.get(next(iter(sources))) == sizes[value.name]:
                copies[value.name] = next(iter(sources))
    if not inputs and model.producer_name == "pytorch":
        parameters = {name for name in sizes if not name.startswith(COMPUTED)}
        computed = {name for name in sizes if name.startswith(COMPUTED) and not name.startswith(TURNED)}
    return Origins(parameters, untrained, computed, copies, lost)
