"""How a volume lies in its storage while a network is trained: how far apart neighbours are."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.core.record import NamedTuple


class Layout(NamedTuple):
    """A volume for a whole batch as PyTorch lays it out: images, channels, then the spatial axes, width last."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    """Values between neighbours, by axis."""

    @property
    def is_contiguous(self) -> bool:
        """Whether it lies in one piece and in order, so that any other shape of it is a view."""
        expected = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size > 1:
                if stride != expected:
                    return False
                expected *= size
        return True

    def narrowed(self, axis: int, size: int) -> Layout:
        """Some neighbours along an axis, where they are."""
        return self._replace(shape=(*self.shape[:axis], size, *self.shape[axis + 1 :]))

    def permuted(self, axes: Sequence[int]) -> Layout:
        """The axes in another order, no value moved."""
        return Layout(tuple(self.shape[a] for a in axes), tuple(self.strides[a] for a in axes))

    def viewed(self, shape: Sequence[int]) -> Layout | None:
        """The same values in order under another shape; None where they would have to be moved.

        >>> whole = contiguous((2, 6, 4))
        >>> whole.narrowed(1, 3).viewed((2, 12)).strides
        (24, 1)
        >>> whole.narrowed(1, 3).viewed((24,)) is None
        True
        """
        strides: list[int] = []
        wanted = list(reversed(shape))
        for size, stride in self._runs():
            filled = 1
            while wanted and (filled < size or wanted[0] == 1):
                strides.append(stride * filled)
                filled *= wanted.pop(0)
            if filled != size:
                return None
        strides.extend(1 for _ in wanted)
        return Layout(tuple(shape), tuple(reversed(strides)))

    def _runs(self) -> list[tuple[int, int]]:
        """Values that lie evenly spaced, last axis first: how many, and how far apart."""
        runs: list[tuple[int, int]] = []
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size == 1:
                continue
            if runs and stride == runs[-1][0] * runs[-1][1]:
                runs[-1] = (runs[-1][0] * size, runs[-1][1])
            else:
                runs.append((size, stride))
        return runs


def contiguous(shape: Sequence[int]) -> Layout:
    """A volume in one piece."""
    strides = [1]
    for size in reversed(shape[1:]):
        strides.append(strides[-1] * size)
    return Layout(tuple(shape), tuple(reversed(strides)))
