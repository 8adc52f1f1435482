"""What convolutions of all kinds share: their arguments, and the padding of a bare one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapecalc.core.padding import PRESERVE, Padding, padding
from shapecalc.core.parameters import Sizes, argument, choice, count, flag, sizes

FILTERS = argument("K", count, 64, ("filters", "out", "out_channels", "num_output"), assumed=True, one_channel=1)
EXTENT = argument("F", sizes, Sizes((3,)), ("extent", "kernel", "kernel_size", "size"), assumed=True)
STRIDE = argument("S", sizes, Sizes((1,)), ("stride", "strides"), assumed=True)
PADDING = argument("P", padding, Padding("", ((0, 0),)), ("pad", "padding"), assumed=True)
DILATION = argument("dilation", sizes, Sizes((1,)), ("dilation_rate", "d"))
GROUPS = argument("groups", count, 1, ("group", "g"), one_channel=1)
MULTIPLIER = argument("multiplier", count, 1, ("depth_multiplier", "m"), one_channel=1)
BIAS = argument("bias", flag, True, ("use_bias",))
ROUNDING = argument("rounding", choice("floor", "exact"), None)


def bare_padding(written: Mapping[str, Any]) -> dict[str, Any]:
    """A convolution without an extent keeps the size; once F is written, P=0 as in every framework."""
    return {} if "extent" in written else {"padding": PRESERVE}
