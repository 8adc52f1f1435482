"""Networks of pytorchcv, read from its source files and compared with what PyTorch makes of them.

    pip install torch pytorchcv requests && python -m tests.compat.program_package [NAME …]

Of every file of models the first network is built, and the last of several, without trained weights, and run once;
what is read is a program that imports one of them. Equal are the parameters and the multiply-accumulates. Not in the
suite: it takes about half an hour.
"""

from __future__ import annotations

import ast
import importlib
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapecalc.formats.sources import read_source
from shapecalc.pipeline import CheckOptions, check

PACKAGE = "pytorchcv"
HELPERS = ("get_", "create_", "calc_", "lambda_", "conv")
"""How functions of its files begin that make no network."""
FEW = 3
"""Of so many names in a file the first alone is built."""
PROGRAM = """import torch
from {package}.models.{file} import {name}
model = {name}()
model(torch.randn({shape}))
"""


def networks(folder: Path) -> Iterator[tuple[str, str]]:
    """The files of models, and the names of the first and last network of each."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign([ast.Name("__all__")], ast.List(elements)):
                    said = [one.value for one in elements if isinstance(one, ast.Constant)]
                    names = [name for name in said if name[:1].islower() and not name.startswith(HELPERS)]
                    yield from ((path.stem, name) for name in (*names[:1], *names[FEW:][-1:]))


def built(file: str, name: str) -> tuple[int, int, list[int]]:
    """Parameters, multiply-accumulates and the shape of what it reads, by PyTorch."""
    import torch  # type: ignore[import-not-found]
    from torch.utils.flop_counter import FlopCounterMode  # type: ignore[import-not-found]

    model: Any = getattr(importlib.import_module(f"{PACKAGE}.models.{file}"), name)().eval()
    shape = [1, getattr(model, "in_channels", 3), *getattr(model, "in_size", (224, 224))]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.randn(*shape))
    return sum(one.numel() for one in model.parameters()), counter.get_total_flops() // 2, shape


def main(chosen: list[str]) -> None:
    """Prints a row a network, and how many of all are read and are equal."""
    found = Counter[str]()
    package = Path(str(importlib.import_module(PACKAGE).__file__)).parent
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(package, Path(folder, PACKAGE))
        for file, name in networks(package / "models"):
            if chosen and name not in chosen:
                continue
            try:
                params, macs, shape = built(file, name)
            except Exception as problem:  # what cannot be run has no figures to compare with
                print(f"{name:40} not run: {type(problem).__name__}", flush=True)
                continue
            path = Path(folder, f"{name}.py")
            sizes = ", ".join(map(str, shape))
            path.write_text(PROGRAM.format(package=PACKAGE, file=file, name=name, shape=sizes), encoding="utf-8")
            report = check(read_source(str(path)), CheckOptions())
            ours = (report.totals.params, report.totals.macs) if report.totals else None
            said = "not read" if ours is None else "equal" if ours == (params, macs) else "other figures"
            found[said] += 1
            print(f"{name:40} {said:14} {(params, macs)} {ours or report.diagnostics[0].message}", flush=True)
    print(f"{found.total()} networks: {dict(found)}")


if __name__ == "__main__":
    main(sys.argv[1:])
