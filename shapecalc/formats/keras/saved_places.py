"""Where a .keras file keeps the arrays of each layer, under its class and a number, and the arrays themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics.diagnostic import Source
from shapecalc.lowering.json_values import value_at

if TYPE_CHECKING:
    from contextlib import ExitStack

    from shapecalc.formats.keras.hdf5_process import ServedArrays

LayerPath = tuple[str, ...]


def saved_places(layers: Sequence[Any], path: LayerPath, model: str) -> dict[LayerPath, str]:
    """The place of every layer of a model that is itself at a place; functions of `keras.ops` have none.

    Source: `_save_container_state` of keras/src/saving/saving_lib.py, Keras 3.

    >>> layers = [{"class_name": "Conv2D", "config": {"name": name}} for name in ("stem", "head")]
    >>> saved_places(layers, (), "")
    {('stem',): 'layers/conv2d', ('head',): 'layers/conv2d_1'}
    """
    counts: dict[str, int] = {}
    found = {}
    for layer in layers:
        if not isinstance(layer, dict) or ".ops." in str(layer.get("module")):
            continue
        name = layer.get("name") or value_at(layer, "config", "name")
        kind = _snake_case(str(layer.get("class_name")))
        number = counts.get(kind, 0)
        counts[kind] = number + 1
        place = f"layers/{kind}_{number}" if number else f"layers/{kind}"
        found[(*path, str(name or ""))] = f"{model}/{place}" if model else place
    return found


def _snake_case(name: str) -> str:
    """A class as Keras writes it in a path: `batch_normalization`, `conv2d`, `re_lu`."""
    parted = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", parted).lower()


class FileArrays:
    """The arrays of a file, which is opened when they are asked for."""

    def __init__(self, source: Source, opened: ExitStack) -> None:
        self.source, self.opened = source, opened

    @cached_property
    def are_numbered(self) -> bool:
        """Whether they are in a zip, which has numbers in the place of names."""
        assert self.source.open_bytes is not None
        with self.source.open_bytes() as file:
            return file.read(2) == b"PK"

    def sizes(self, saved: str, path: str) -> list[tuple[str, int]]:
        """The name and the number of values of each array of a layer. Raises Diagnosed SHP010."""
        return self._arrays.sizes(saved, path)

    @cached_property
    def _arrays(self) -> ServedArrays:
        """Raises Diagnosed SHP010 where they cannot be read."""
        from shapecalc.formats.keras.hdf5_process import open_keras_weights

        return self.opened.enter_context(open_keras_weights(self.source))
