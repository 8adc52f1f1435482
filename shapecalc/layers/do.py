"""DO: dropout."""

from __future__ import annotations

from shapecalc.core.families import Dropping
from shapecalc.core.kept import Device, Kept, mask
from shapecalc.core.layer import Volume
from shapecalc.core.parameters import argument, flag, probability


class Dropout(Dropping):
    """Drops each value with probability p while training, or whole channels; the identity when the network is used.

    With `inplace=true` PyTorch keeps a mask of 4 bytes a value on CUDA too, where it is 1 byte otherwise.
    """

    kind = "DO"
    aliases = {
        "DROPOUT": {}, "DROP": {}, "DROPOUT1D": {"channels": True}, "DROPOUT2D": {"channels": True},
        "DROPOUT3D": {"channels": True}, "SPATIALDROPOUT": {"channels": True}, "SPATIALDROPOUT1D": {"channels": True},
        "SPATIALDROPOUT2D": {"channels": True}, "SPATIALDROPOUT3D": {"channels": True},
    }  # fmt: skip
    p: float = argument("p", probability, 0.5, ("rate",), assumed=True)
    channels: bool = argument("channels", flag, False)
    overwrites: bool = argument("inplace", flag, False, ("in_place",))

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        if not self.p:
            return Kept()
        if self.channels:
            return Kept(values=volumes[0].depth)
        size = volumes[0].size
        return Kept(values=size) if self.overwrites and device == "cuda" else Kept(bytes=mask(size, device))
