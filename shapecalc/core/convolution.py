"""What convolutions of all kinds share: their arguments, and the padding of a bare one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.padding import PRESERVE, Padding, padding
from shapecalc.core.parameters import Parameter, Sizes, choice, count, flag, sizes

FILTERS = Parameter("K", "filters", count, 64, ("filters", "out", "out_channels", "num_output"), assumed=True)
EXTENT = Parameter("F", "extent", sizes, Sizes((3,)), ("extent", "kernel", "kernel_size", "size"), assumed=True)
STRIDE = Parameter("S", "stride", sizes, Sizes((1,)), ("stride", "strides"), assumed=True)
PADDING = Parameter("P", "padding", padding, Padding("", ((0, 0),)), ("pad", "padding"), assumed=True)
DILATION = Parameter("dilation", "dilation", sizes, Sizes((1,)), ("dilation_rate", "d"))
GROUPS = Parameter("groups", "groups", count, 1, ("group", "g"))
MULTIPLIER = Parameter("multiplier", "multiplier", count, 1, ("depth_multiplier", "m"))
BIAS = Parameter("bias", "bias", flag, True, ("use_bias",))
ROUNDING = Parameter("rounding", "rounding", choice("floor", "exact"), None)


def bare_padding(written: Mapping[str, Any]) -> dict[str, Any]:
    """A convolution without an extent keeps the size; once F is written, P=0 as in every framework."""
    return {} if "extent" in written else {"padding": PRESERVE}
