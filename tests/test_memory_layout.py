"""How volumes lie in memory, which says what is kept once, beside NumPy's own arrays."""

from __future__ import annotations

import random

import numpy as np

from shapecalc.core.layout import contiguous


def drawn_shape(r: random.Random, count: int) -> tuple[int, ...]:
    """Some sizes whose product is `count`."""
    sizes = []
    while count > 1:
        size = r.choice([n for n in range(2, count + 1) if count % n == 0])
        sizes.append(size)
        count //= size
    return (*sizes, 1) if r.random() < 0.3 or not sizes else tuple(sizes)


def test_another_shape_is_a_view_where_numpy_gives_it_without_a_copy() -> None:
    r, views = random.Random(0), 0
    for _ in range(600):
        shape = tuple(r.choice((1, 2, 3, 4, 6)) for _ in range(r.randint(2, 4)))
        array, layout = np.zeros(shape), contiguous(shape)
        for _ in range(r.randint(0, 3)):
            axis, axes = r.randrange(array.ndim), r.sample(range(array.ndim), array.ndim)
            if r.random() < 0.5:
                size = r.randint(1, array.shape[axis])
                array, layout = array[(slice(None),) * axis + (slice(size),)], layout.narrowed(axis, size)
            else:
                array, layout = array.transpose(axes), layout.permuted(axes)
        assert layout.is_contiguous == array.flags.c_contiguous
        wanted = drawn_shape(r, array.size)
        other = array.reshape(wanted)
        found = layout.viewed(wanted)
        assert (found is not None) == np.shares_memory(array, other)
        if found is not None:
            views += 1
            taken = [(a, b // other.itemsize) for a, b in zip(found.strides, other.strides, strict=True)]
            assert all(a == b for (a, b), size in zip(taken, wanted, strict=True) if size > 1)
    assert 100 < views < 500
