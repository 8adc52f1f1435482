"""Keras' multi-head attention: three projections, ours between all positions, and a projection of the result."""

from __future__ import annotations

from math import prod
from typing import Any

from shapecalc.core.parameters import Sizes
from shapecalc.lowering.keras.settings import KerasTensor
from shapecalc.lowering.keras.use import Use

PARTS = ("query_dense", "key_dense", "value_dense", "output_dense")
"""Where a .keras file has the kernels of the four projections, in their order."""


def attention(use: Use) -> KerasTensor:
    """A call reads query and value, and a key where that is another one; projections are CONVs of one position."""
    tensors = _query_key_value(use)
    settings = use.settings
    heads, size = settings.whole("num_heads"), settings.whole("key_dim")
    deep = settings.whole("value_dim", size) if settings.values.get("value_dim") else size
    depth = _depth(use, use.depth_at(tensors[0]) or 0)
    wide, whole = heads * size, heads * deep
    if not _is_ours(use, tensors) or not depth:
        shapes = [use.shape_at(tensor) for tensor in tensors]
        if any(shape is None for shape in shapes):
            return use.shaped(None)
        params = _params(use, [shape[-1] for shape in shapes if shape], wide, whole, depth)
        return use.shaped((*(shapes[0] or ())[:-1], depth), params)
    projected = [
        _projection(use, tensor, wide, place)
        for place, (tensor, wide) in enumerate(zip(tensors, (wide, wide, whole), strict=True))
    ]
    p = settings.real("dropout", 0) or None
    attended = use.add("ATTENTION", projected, heads=heads, p=p, causal=use.said("use_causal_mask") is True or None)
    use.differing(attended, "a mask says which positions it looks at" if use.call.masks else "")
    return _projection(use, attended, depth, len(tensors))


def _query_key_value(use: Use) -> tuple[KerasTensor, KerasTensor, KerasTensor]:
    query = use.given[0]
    value = use.given[1] if len(use.given) > 1 else query
    return query, use.given[2] if len(use.given) > 2 else value, value


def _is_ours(use: Use, tensors: tuple[KerasTensor, ...]) -> bool:
    """Whether it looks at all positions, and of at most a query, a value and a key."""
    axes = use.settings.values.get("attention_axes")
    everywhere = axes is None or axes == list(range(1, tensors[0].rank))
    return everywhere and len(use.given) <= len(tensors) and not any(t.first or t.rank < 2 for t in tensors)


def _depth(use: Use, query: int) -> int:
    """Channels of the result: as many as the query has, unless it is said."""
    stated = use.settings.values.get("output_shape")
    (depth,) = stated if isinstance(stated, list) and len(stated) == 1 else (stated,)
    return depth if isinstance(depth, int) and depth > 0 else query


def _projection(use: Use, tensor: KerasTensor, wide: int, place: int) -> KerasTensor:
    """A CONV of one position; Keras keeps heads and the size of one as two axes of its kernel."""
    bias = use.settings.flag("use_bias", True)
    last = place == len(PARTS) - 1  # which gives the result, and so has the name of the layer
    bare = None if bias else False
    made = use.add("CONV", (tensor,), called=use.path if last else "", filters=wide, extent=Sizes((1,)), bias=bare)
    kernel = _joined_at_the_front if last else _joined_at_the_end
    return use.holding(made, ("kernel", kernel), ("bias", _in_a_row), part=PARTS[place], before=place * (1 + bias))


def _joined_at_the_end(array: Any) -> Any:
    """Depth x heads x size as depth x (heads · size)."""
    return array.reshape(array.shape[0], -1)


def _joined_at_the_front(array: Any) -> Any:
    """Heads x size x depth as (heads · size) x depth."""
    return array.reshape(-1, array.shape[-1])


def _in_a_row(array: Any) -> Any:
    return array.reshape(-1)


def _params(use: Use, depths: list[int], wide: int, deep: int, depth: int) -> int:
    """Source: the weights of keras.layers.MultiHeadAttention of Keras 3."""
    bias, (query, key, value) = int(use.settings.flag("use_bias", True)), depths
    return wide * (query + key + 2 * bias) + deep * (value + bias) + depth * (deep + bias)


def grouped_attention(use: Use) -> KerasTensor:
    """Several heads of the query share one of key and value. Source: keras.layers.GroupQueryAttention of Keras 3."""
    shapes = [use.shape_at(tensor) for tensor in _query_key_value(use)]
    settings = use.settings
    size = settings.whole("head_dim")
    wide, shared = (size * settings.whole(f"num_{of}_heads") for of in ("query", "key_value"))
    if any(shape is None for shape in shapes):
        return use.shaped(None)
    query, key, value = (shape[-1] for shape in shapes if shape)
    bias = int(settings.flag("use_bias", True))
    params = wide * (query + bias) + shared * (key + value + 2 * bias) + query * (wide + bias)
    return use.shaped(shapes[0], params)


def plain_attention(use: Use) -> KerasTensor:
    """Products or sums of positions without projections, of at most a few weights."""
    query, key, value = _query_key_value(use)
    shape, values = use.shape_at(query), use.shape_at(value)
    settings = use.settings
    added = settings.kind == "AdditiveAttention"
    scaled = settings.flag("use_scale", added)
    joined = settings.text("score_mode", "dot") == "concat"
    if not (scaled or added or joined or query.first) and query.rank > 1:
        causal = use.said("use_causal_mask", "causal") is True or None
        made = use.add("ATTENTION", (query, key, value), scaled=False, causal=causal)
        return use.differing(made, "a mask says which positions it looks at" if use.call.masks else "")
    if shape is None or values is None:
        return use.shaped(None)
    macs = prod(shape[:-1]) * prod(values[:-1]) * (shape[-1] + values[-1])
    return use.shaped((*shape[:-1], values[-1]), (shape[-1] if added else 1) * scaled + joined, macs=macs)
