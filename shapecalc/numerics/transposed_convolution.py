"""Where the result of a transposed convolution lies on an axis, and what of it is kept."""

from __future__ import annotations

from typing import Any, NamedTuple

from shapecalc.numerics.arrays import pads


class Transposed(NamedTuple):
    """The result along one axis: `size` kernels of `span` positions, each a stride further, added up."""

    reached: int
    """Positions of the accumulator."""
    first: int
    stop: int
    """Of what is kept; past the accumulator there are zeros."""

    @property
    def cut(self) -> tuple[int, int]:
        """What is cut off before and after; less than nothing is what is added."""
        return self.first, self.reached - self.stop


def transposed_axis(size: int, taps: int, step: int, gap: int, pad: Any, extra: int | None) -> Transposed:
    """Where `size` scattered kernels lie, for padding by pair or by name and an output padding, if one is written."""
    span = range(0, taps * gap, gap)[-1] + 1
    reached = range(0, size * step, step)[-1] + span
    return Transposed(reached, *_kept(pad, size * step, reached, span, extra))


def _kept(pad: Any, grown: int, reached: int, span: int, extra: int | None) -> tuple[int, int]:
    """From where to where a transposed convolution's result is kept, for padding by pair or by name.

    It undoes the convolution that would have made its input: what that padded is cut off. Keras' `same` keeps
    W·S positions, its `valid` at least as many; with an output padding both cut off what the kernel's half is, or
    nothing, and add that. What `same` cuts off is shared out as TensorFlow does.
    """
    if pad in ("same", "same_lower", "valid"):
        if extra is not None:
            length = reached + extra - (0 if pad == "valid" else span - span % 2)
        else:
            length = max(reached, grown) if pad == "valid" else grown
        lacking = max(reached - length, 0)
        first = lacking - lacking // 2 if pad == "same_lower" else lacking // 2
        return first, first + length
    if isinstance(pad, str):
        pad = pads(pad, grown, span, 1)
    return pad[0], reached - pad[1] + (extra or 0)
