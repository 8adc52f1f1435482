"""What makes published figures true, in words."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.core.phrases import counted
from shapecalc.transforms.reconcile import Reconciled


def lines(one: Reconciled) -> Iterator[str]:
    """What `shapecalc reconcile` prints of a figure: every explanation a line, or the nearest that was tried."""
    head = f"{one.key} = {one.figure}"
    if not one.explanations:
        nearest = f"; the nearest is {one.nearest}" if one.nearest else ""
        yield f"{head} is true in no way that was tried{nearest}"
        if one.untried:
            yield f"not tried: {counted(one.untried, 'variant')}, as the network is large"
        return
    first, *others = one.explanations
    yield f"{head} is true {first}"
    for other in others:
        yield f"{' ' * len(head)} or      {other}"
