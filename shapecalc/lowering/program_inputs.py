"""The inputs of an exported program: how one lies, which what reads it says, and the INPUT that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shapecalc.diagnostics.diagnostic import Diagnosed, unreadable
from shapecalc.lowering.assembler import Assembler
from shapecalc.lowering.flow import Flowing, TensorView, whole
from shapecalc.lowering.pending import Held, Values, axes_of_steps
from shapecalc.passes.graph import StoredTensor

MOST_TENSORS = 8
"""How many tensors are followed that operators on single values give."""
SEQUENCE_RANK = 3
FIRST, LAST, STEPS = "channels first", "channels last", "steps first"
ALONG = "along the last axis"
"""What an operator says of a layout whose channels are last, and where either of the others may be the batch."""
Verdict = Callable[[Any, str], "str | Sequence[str]"]
"""Of an operator and a tensor that it reads: its layout, empty for any, or the tensors to follow in its place."""


def layout_of(name: str, sizes: Sequence[int | None], readers: Mapping[str, Sequence[Any]], verdict: Verdict) -> str:
    """One of the three, on which all readers agree; of several steps with one value each, the one is the batch."""
    names, found = [name], set[str]()
    for place in range(MOST_TENSORS):
        for reader in readers.get(names[place], ()) if place < len(names) else ():
            said = verdict(reader, names[place])
            if isinstance(said, str):
                found.add(said)
            else:
                names += said
    found.discard("")
    if found == {ALONG} and len(sizes) == SEQUENCE_RANK and sizes[0] != 1 == sizes[1]:
        return STEPS
    found = {LAST if layout == ALONG else layout for layout in found}
    return found.pop() if len(found) == 1 else FIRST


def without_batch(shape: Sequence[int | None]) -> Diagnosed:
    """What to raise for a model that was saved for one sample: its first axis is no batch."""
    sizes = ["?" if size is None else str(size) for size in shape]
    message = f"the model reads one sample, {'x'.join(sizes)}, and no batch of them"
    help = f"save it again with a batch of 1: torch.randn({', '.join(['1', *sizes])}) in place of its input"
    return unreadable(message, help=(help,))


def begin(
    assembler: Assembler, values: Values, name: str, shape: Sequence[int | None], layout: str, one: int | None = 1
) -> None:
    """An INPUT with its axes in the order width, height, channels; None is open. Without a shape all axes are `one`."""
    known = tuple(n or 0 for n in shape)
    spatial, depth = (shape[1:-1], shape[-1:]) if layout == LAST else (shape[2:], shape[1:2])
    if layout == STEPS:
        spatial, depth = shape[:1], shape[2:]
    sizes = [1, 1, *shape[1:]] if len(shape) == 2 else [*reversed(spatial), *depth]
    node = assembler.input(sizes or [one, one, one], name, name)
    assembler.stored.inputs[node] = StoredTensor(name, layout != FIRST, layout == STEPS)
    volume = assembler.volumes[node]
    values[name] = Flowing(node, known, layout != FIRST)
    if layout == STEPS and volume is not None and volume.sizes == (known[0], known[2]):
        steps = axes_of_steps(known[1], known[0], known[2])
        values.given(name, Held(node, TensorView(whole(volume.sizes), steps)), known)
