"""Attention: which positions look at each other, and products of volumes with softmax between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapecalc.numerics.arrays import Array, Unrunnable
from shapecalc.numerics.products import MacCounter, share

Places = NDArray[np.int64]


class WindowParts(NamedTuple):
    """WindowParts of a volume whose positions look at each other, and at no others."""

    places: Places
    """WindowParts x positions of each: numbers of positions, the last spatial axis counting fastest."""
    regions: Places
    """The same shape: positions of a part look at each other only where these are equal."""

    @property
    def cut(self) -> list[int]:
        """The parts with more than one region."""
        return [int(p) for p in np.flatnonzero((self.regions != self.regions[:, :1]).any(axis=1))]


def parts_of(sizes: Sequence[int], window: Sequence[int], shift: Sequence[int], *, grid: bool) -> WindowParts:
    """Windows over all axes, moved by `shift`; a grid takes positions that lie apart. Raises Unrunnable.

    Windows that a shift cuts at the end of an axis hold positions of its beginning too, in a region of their own, as
    Swin (Liu et al. 2021) rolls its volume; where one window is all there is, nothing is moved.

    >>> parts_of((4,), (2,), (1,), grid=False).places.tolist()
    [[1, 2], [3, 0]]
    >>> parts_of((4,), (2,), (1,), grid=False).regions.tolist()
    [[0, 0], [1, 2]]
    >>> parts_of((6,), (2,), (0,), grid=True).places.tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    places, regions = np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int64)
    for size, wide, moved in zip(sizes, window, shift, strict=True):
        if size % wide:
            raise Unrunnable(f"windows of {wide} do not divide {size} positions")
        moved = moved if wide < size else 0
        order = np.arange(size)
        along = order.reshape(wide, -1).T if grid else ((order + moved) % size).reshape(-1, wide)
        region = np.where(order < size - wide, 0, np.where(order < size - moved, 1, 2)) if moved else 0 * order
        rows, columns = len(places) * len(along), places.shape[1] * wide
        places = (places[:, None, :, None] * size + along[None, :, None, :]).reshape(rows, columns)
        labels = region.reshape(-1, wide)
        regions = (regions[:, None, :, None] * 3 + labels[None, :, None, :]).reshape(rows, columns)
    return WindowParts(places, regions)


def offsets_of(window: Sequence[int]) -> Places:
    """For every pair of positions of a window, which row of the table of relative positions is theirs.

    >>> offsets_of((2,)).tolist()
    [[1, 0], [2, 1]]
    """
    index = np.zeros((1, 1), np.int64)
    for wide in window:
        along = np.arange(wide)
        apart = along[:, None] - along[None, :] + wide - 1
        index = index[:, None, :, None] * (2 * wide - 1) + apart[None, :, None, :]
        index = index.reshape(index.shape[0] * wide, -1)
    return index


def attend(
    counter: MacCounter,
    query: Array,
    key: Array,
    value: Array,
    heads: int,
    scale: float,
    bias: Array | None,
    parts: WindowParts | None,
    *,
    causal: bool = False,
) -> Array:
    """softmax(q · k · scale + bias) · v, head by head, within every part; arrays are batch x positions x depth.

    `bias` is heads x positions x positions of a part. Without parts queries may be others than keys, unless `causal`
    says that they look at themselves and at those before.
    """
    batch = len(query)
    inner = None if parts is None else parts.places.reshape(-1)
    gathered = [a if inner is None else a[:, inner] for a in (query, key, value)]
    rows = (batch, 1) if parts is None else (batch, len(parts.places))
    q, k, v = (_by_head(a.reshape(*rows, -1, a.shape[-1]), heads) for a in gathered)
    weights = counter.matmul(
        q * np.float32(scale), k.swapaxes(-1, -2), np.empty((*rows, heads, q.shape[-2], k.shape[-2]), np.float32)
    )
    if bias is not None:
        weights += bias
    cut = [] if parts is None else parts.cut
    apart = {} if parts is None else {p: parts.regions[p][:, None] != parts.regions[p][None, :] for p in cut}
    _softmax(weights, apart, causal=causal)
    out = np.empty((*rows, heads, q.shape[-2], v.shape[-1]), np.float32)
    if causal:
        _look_back(counter, weights, v, out)
    else:
        _look_around(counter, weights, v, out, apart)
    joined = np.ascontiguousarray(out.swapaxes(2, 3)).reshape(batch, -1, heads * v.shape[-1])
    if inner is None:
        return joined
    result = np.empty_like(joined)
    result[:, inner] = joined
    return result


def _softmax(weights: Array, apart: Mapping[int, Array], *, causal: bool) -> None:
    """Of each query over the keys that it looks at; in place."""
    for part, pairs in apart.items():
        weights[:, part] = np.where(pairs, -np.inf, weights[:, part])
    if causal:
        weights[..., np.triu(np.ones(weights.shape[-2:], bool), 1)] = -np.inf
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=-1, keepdims=True)


def _look_around(counter: MacCounter, weights: Array, v: Array, out: Array, apart: Mapping[int, Array]) -> None:
    """Part by part; `apart` are the pairs of positions in a part that do not look at one another."""
    whole = [p for p in range(v.shape[1]) if p not in apart]
    if not apart:
        counter.matmul(weights, v, out)
    elif whole:
        out[:, whole] = counter.matmul(weights[:, whole], v[:, whole], np.empty_like(out[:, whole]))
    for part, pairs in apart.items():
        # Value by value: what must not be looked at is taken out after it was multiplied.
        product = weights[:, part, :, :, :, None] * v[:, part, :, None]
        counter.macs += product.size
        out[:, part] = np.where(pairs[:, :, None], 0, product).sum(axis=-2)


def _look_back(counter: MacCounter, weights: Array, v: Array, out: Array) -> None:
    """Query by query, over values of which the later ones are not there yet: nothing of them comes through."""
    seen = np.zeros_like(v)
    for query in range(weights.shape[-2]):
        here = slice(query, query + 1)
        seen[..., here, :] = v[..., here, :]
        row = np.ascontiguousarray(weights[..., here, :])
        out[..., here, :] = counter.matmul(row, seen, np.empty_like(out[..., here, :]))


def _by_head(x: Array, heads: int) -> Array:
    """Batch x parts x heads x positions x depth of a head."""
    each = share(x.shape[-1], heads, "channels")
    return x.reshape(*x.shape[:-1], heads, each).swapaxes(2, 3)
