"""DROPPATH: stochastic depth, dropout of a whole branch."""

from __future__ import annotations

from shapecalc.core.families import Dropping
from shapecalc.core.layer import Device, Kept, Volume
from shapecalc.core.parameters import argument, choice, probability


class DropPath(Dropping):
    """Drops the branch that it ends with probability p while training, for each image by itself; else the identity.

    With mode=batch all images of a batch lose it together.
    """

    kind = "DROPPATH"
    aliases = {"STOCHASTICDEPTH": {}}
    p: float = argument("p", probability, 0.5, ("rate", "drop_prob"), assumed=True)
    mode: str = argument("mode", choice("row", "batch"), "row")

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        if not self.p:
            return Kept()
        return Kept(values_of_batch=1) if self.mode == "batch" else Kept(values=1)
