"""The 40 networks of keras.applications, saved in three ways and compared layer by layer with what Keras says of them.

    pip install keras jax && KERAS_BACKEND=jax python -m tests.compat.keras_applications [NAME …]

Every network is built without trained weights and written as `.json`, `.keras` and `.h5`; a layer is equal where ours
of its name has the same output, the totals where trainable and other values are as many. Not in the suite: it
takes minutes.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from shapecalc.core.parameters import Sizes
from shapecalc.expansion.options import Options
from shapecalc.formats.sources import read_source
from shapecalc.passes.report import CheckedNetwork
from shapecalc.pipeline import CheckOptions, check

OPEN_SIZE = 224
"""For the networks that leave the size of their input open."""


def applications() -> Iterator[str]:
    """The names of all constructors."""
    import keras.applications as all_of_them  # type: ignore[import-not-found]

    yield from sorted(name for name, made in vars(all_of_them).items() if name[0].isupper() and callable(made))


def saved(model: Any, folder: Path) -> list[Path]:
    """The model in three files."""
    (folder / "model.json").write_text(model.to_json(), encoding="utf-8")
    model.save(folder / "model.keras")
    model.save(folder / "model.h5")
    return [folder / f"model.{ending}" for ending in ("json", "keras", "h5")]


def wrong_layers(model: Any, report: CheckedNetwork) -> list[str]:
    """The layers that have another output here than in Keras, or none."""
    ours = {row.node.name: row.output for row in report.rows}
    found = []
    for layer in model.layers:
        size = [OPEN_SIZE if n is None else n for n in layer.output.shape[1:]]
        if None in model.input_shape[1:]:
            size = []  # what an open size becomes is ours alone to say
        inner = getattr(layer, "layers", None)  # a model within: its output is that of its last layer
        output = ours.get(f"{layer.name}/{inner[-1].name}", ours.get(inner[-1].name)) if inner else ours.get(layer.name)
        stated = [*size[1::-1], *size[2:]] if len(size) == 3 else [1, 1, *size]
        if output is None or (size and list(output.sizes)[-3:] != stated[-len(output.sizes) :]):
            found.append(f"{layer.name} {size}, ours {output}")
    return found


def compared(model: Any, path: Path) -> tuple[bool, str]:
    """Whether one file reads as Keras has it, and what differs."""
    open_size = None in model.input_shape[1:]
    sizes = Sizes((OPEN_SIZE, OPEN_SIZE, 3)) if open_size else None
    report = check(read_source(str(path)), CheckOptions(Options(input=sizes)))
    if report.totals is None:
        return False, "; ".join(d.message for d in report.diagnostics[:2])
    trainable = sum(prod(weight.shape) for weight in model.trainable_weights)
    others = sum(prod(weight.shape) for weight in model.non_trainable_weights)
    wrong = wrong_layers(model, report)
    here = (report.totals.params, report.totals.buffers)
    if wrong or here != (trainable, others):
        return False, f"values {here} for {(trainable, others)}; {wrong[:3]}"
    return True, ""


def main(chosen: list[str]) -> None:
    """Prints a row a network, and how many of all are equal in each format."""
    import keras

    for random in (keras.initializers.VarianceScaling, keras.initializers.TruncatedNormal):
        random.__call__ = lambda self, shape, dtype=None, **more: keras.ops.zeros(shape, dtype)  # values do not matter
    equal: dict[str, int] = {}
    names = chosen or list(applications())
    for name in names:
        model = getattr(keras.applications, name)(weights=None)
        with tempfile.TemporaryDirectory() as folder:
            for path in saved(model, Path(folder)):
                same, why = compared(model, path)
                equal[path.suffix] = equal.get(path.suffix, 0) + same
                print(f"{name:24} {path.suffix:7} {'equal' if same else why}", flush=True)
        del model
        keras.backend.clear_session()
        gc.collect()
    print(f"{len(names)} networks: " + ", ".join(f"{count} equal from {ending}" for ending, count in equal.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
