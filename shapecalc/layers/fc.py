"""FC: fully connected."""

from __future__ import annotations

from typing import Any

from shapecalc.core.layer import Array, Arrays, Device, Kept, Layer, Run, Volume, Weight
from shapecalc.core.parameters import Sizes, argument, count, flag


class FC(Layer):
    """Every output reads every input: inputs · K weights and K biases.

    Without a number it has 4096 outputs, the last one as many as there are classes.
    """

    kind = "FC"
    example = "INPUT(6x6x256) => FC(4096)"
    aliases = {
        "DENSE": {}, "LINEAR": {}, "INNERPRODUCT": {}, "FULLYCONNECTED": {}, "FULLCONNECTED": {},
        "AFFINE": {}, "IP": {},
    }  # fmt: skip
    units: int = argument(
        "K",
        count,
        4096,
        ("units", "filters", "out", "out_features", "num_output"),
        assumed=True,
        classes=True,
        one_channel=1,
    )
    bias: bool = argument("bias", flag, True, ("use_bias",))
    formulas = {"depth": "K", "kernel": "W·W·D·K", "bias": "K", "uses": "1"}
    op_category = "mac"
    is_global = True
    copies = 0
    kernel_by_rows = True

    def output(self, *volumes: Volume) -> Volume:
        return Volume((1,) * len(volumes[0].spatial), self.units, flat=True)

    def weights(self, *volumes: Volume) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (volumes[0].size, self.units), "kernel", 1)
        return (kernel, Weight("bias", (self.units,), "bias")) if self.bias else (kernel,)

    def as_convolution(self, volume: Volume) -> tuple[str, dict[str, Any]]:
        extent = Sizes(set(volume.spatial) if len(set(volume.spatial)) == 1 else volume.spatial)
        return "CONV", {"filters": self.units, "extent": extent, "bias": self.bias}

    def kept(self, device: Device, *volumes: Volume) -> Kept:
        return Kept(factors=True, in_one_piece=True)

    def forward(self, run: Run, weights: Arrays, *arrays: Array) -> Array:
        (x,) = arrays
        rows = x.reshape(*x.shape[:1], *(1,) * (x.ndim - 2), -1)
        kernel = run.fit(weights["kernel"], (rows.shape[-1], self.units))
        bias = run.fit(weights["bias"], (self.units,), role="bias") if self.bias else None
        return run.matmul(rows, kernel, bias)
