"""What forwards hold in memory besides what goes in and comes out: one formula for each way of running.

All are in values, for all images. Spatial sizes are of one image, width first.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecalc.core.record import NamedTuple
from shapecalc.core.window import Window
from shapecalc.numerics.block_sizes import BLOCK

PER_WINDOW = 10
"""Numbers that are kept for each window of the longest axis while the taps on real input are counted."""


class Execution(NamedTuple):
    """How a forward is run."""

    images: int = 1
    """At once."""
    workers: int = 1
    """Threads, each with a buffer of its own."""


class Slide(NamedTuple):
    """Windows over an input: their arguments, and the sizes of what they read and make."""

    windows: tuple[Window, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    depth: int

    @property
    def padded(self) -> tuple[int, ...]:
        """The sizes of the input with its padding, and with what a last window reads beyond that."""
        axes = zip(self.before, self.after, self.windows, strict=True)
        return tuple(max(n + w.before + w.after, (o - 1) * w.stride + w.effective) for n, o, w in axes)

    @property
    def gathered(self) -> int:
        """Values that all windows of one image gather, a window after another."""
        return prod(self.after) * self.depth * prod(w.extent for w in self.windows)


def padded_copy(slide: Slide, images: int) -> int:
    """The input with padding around it; nothing where none is added.

    >>> window = Window(3, before=1, after=1)
    >>> padded_copy(Slide((window,), (8,), (8,), depth=4), images=2)  # 2 rows of 10 positions with 4 channels
    80
    """
    return images * slide.depth * prod(slide.padded) if slide.padded != slide.before else 0


def axis_by_axis(before: Sequence[int], after: Sequence[int], depth: int) -> int:
    """The arrays in between when an image of `before` becomes one of `after` one axis after the other.

    >>> axis_by_axis((8, 6), (4, 3), depth=2)  # 4x6x2, before the second axis is done
    48
    """
    return depth * sum(prod(after[:axis]) * prod(before[axis:]) for axis in range(1, len(after)))


def joined(slide: Slide, execution: Execution) -> int:
    """Taps joined axis by axis, as pools do: the padded input, what lies between two axes, and counts of taps.

    >>> three = (Window(3, before=1, after=1),) * 2
    >>> joined(Slide(three, (8, 8), (8, 8), depth=4), Execution(images=2)) - 2 * 8 * 8 - 8 * PER_WINDOW
    1440

    Two images of 10x10x4 with their padding, and of 8x10x4 once the first axis is done.
    """
    between = execution.images * axis_by_axis(slide.padded, slide.after, slide.depth)
    counts = 2 * prod(slide.after) + PER_WINDOW * max(slide.after)
    return padded_copy(slide, execution.images) + between + counts


def multiplied(slide: Slide, execution: Execution) -> int:
    """Windows times a kernel: the padded input, and windows gathered in blocks of bounded size, one for a worker.

    >>> three = (Window(3, before=1, after=1),) * 2
    >>> small, large = (Slide(three, (n, n), (n, n), depth=64) for n in (16, 1024))
    >>> multiplied(small, Execution()) - padded_copy(small, 1) == 16 * 16 * 64 * 9  # all windows at once
    True
    >>> multiplied(large, Execution()) - padded_copy(large, 1) == BLOCK  # and not the 604 million of 1024 x 1024 x 576
    True
    """
    inner = slide.depth * prod(w.extent for w in slide.windows)
    return padded_copy(slide, execution.images) + blocks(execution.images * slide.gathered, inner, execution.workers)


def blocks(values: int, least: int, workers: int = 1) -> int:
    """What is made a block at a time, of `least` values or more, each worker with a buffer of its own."""
    return min(values, workers * max(BLOCK, least))


def resampled(before: Sequence[int], after: Sequence[int], depth: int, images: int) -> int:
    """Axes made longer or shorter one after the other, and the places on a part of a long one."""
    return images * axis_by_axis(before, after, depth) + BLOCK


def normalised(spatial: Sequence[int], depth: int, images: int) -> int:
    """Squares of what is left when the mean is taken away, and the statistics: a mean, a variance and its root."""
    return images * prod(spatial) * (depth + 3)
