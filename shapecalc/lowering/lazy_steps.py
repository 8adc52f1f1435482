"""Operations that compute nothing, and the products of attention: what they give is pending until a layer reads it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import isclose, prod
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.parameters import Sizes, is_writable
from shapecalc.lowering import attention_heads
from shapecalc.lowering.common_operators import opaque
from shapecalc.lowering.flow import BATCH, AxisPart, Flowing, TensorView, Weights, joined, shape_of, whole, whole_parts
from shapecalc.lowering.operator_call import OperatorCall, Unread
from shapecalc.lowering.operator_products import multiplies
from shapecalc.lowering.pending import Apply, Held, Joined, Pending, Scores, Value, Values, as_it_lies, as_sequence
from shapecalc.lowering.rearrangements import cut_out, laid_out
from shapecalc.lowering.short_numbers import short_number

Made = list["Value"]
SEQUENCE_AXES = 3
"""Images, steps and values."""
LIKE_ROOT = 1e-3
"""How near a scale is to one over the root of a head's depth."""


@dataclass(frozen=True)
class Lazy:
    """One operation, and what it takes to leave it for later."""

    values: Values
    use: OperatorCall
    apply: Apply
    names: tuple[str, ...]

    def follow(self, step: Callable[[Lazy, Any], Made | None] | None) -> None:
        """Sets what it gives: tensors that `step` leaves until a layer reads them, or those of layers."""
        made: Sequence[Value] | None = None
        with suppress(Unread):
            made = step and step(self, self.use)
        if made is None:
            self.values.resolve(self.use.tensors)
            made = (self.apply if self.use.batch_first else opaque)(self.use)
        self.values.update(zip(self.names, made, strict=False))

    @property
    def first(self) -> Value | None:
        """The first tensor that it reads."""
        return self.values.get(self.use.tensors[0])

    def held(self, place: int = 0) -> Held:
        """What a tensor that it reads holds. Raises Unread where a shape is unknown."""
        self.use.needs(place < len(self.use.tensors))
        return self.use.known(self.values.held(self.use, self.use.tensors[place]))

    def giving(self, held: Held | Scores | Joined, place: int = 0) -> Flowing | Pending:
        """A tensor of its outputs: one that layers can read as it lies is pending no more."""
        shape = self.use.shapes[place]
        if isinstance(held, Held):
            found = as_it_lies(self.use, held, shape)
            if found is None and held.scale == 1 and _is_sequence(held.view, shape):
                found = laid_out(self.use, place, held.node, held.view, shape)
            if found is not None:
                return found
        return Pending(held, shape, self.use, self.apply, self.names, place)

    def computed(self, held: Held) -> Flowing | Pending:
        """The output of a layer that has been made."""
        found = self.giving(held)
        return found._replace(made=True) if isinstance(found, Pending) else found

    def regrouped(self) -> Made:
        """Another shape; what is put in a row is a FLATTEN."""
        first, shape = self.first, self.use.shapes[0]
        if isinstance(first, Pending) and isinstance(first.held, Scores) and shape[-2:] == first.shape[-2:]:
            return [self.giving(first.held)]
        row = isinstance(first, Flowing) and len(shape) == 2 and not (first.last and len(first.shape) > 2)
        self.use.needs(shape and 0 not in shape and not (row and shape[0] == self.use.batch))
        return self._viewed(self.held(), self.held().view.regrouped(shape))

    def reordered(self, order: Sequence[int]) -> Made:
        """Axes in another order; channels that go to the back or the front of a volume leave it as it is."""
        first, rank = self.first, len(order)
        scores = self.values.scores(self.use.tensors[0])
        if scores is not None and list(order) == [*range(rank - 2), rank - 1, rank - 2]:
            return [self.giving(scores._replace(turned=not scores.turned))]
        if isinstance(first, Flowing) and rank > 2:
            plain = [0, rank - 1, *range(1, rank - 1)] if first.last else [0, *range(2, rank), 1]
            self.use.needs(list(order) != plain or self.use.assembler.nodes[first.node].kind == "RESHAPE")
        return self._viewed(self.held(), self.held().view.reordered(order))

    def _viewed(self, held: Held, view: TensorView | None) -> Made:
        return [self.giving(held._replace(view=self.use.known(view)))]

    def taken(self, axis: int, ranges: Sequence[tuple[int, int]], *, drop: bool = False) -> Made:
        """Parts of an axis, one for each output; channels of a volume that has them in front are SLICEs."""
        first = self.first
        if isinstance(first, Pending) and isinstance(first.held, Joined):
            return self._taken_of_one(first.held, axis, ranges, drop=drop)
        held = self.held()
        self.use.needs(not isinstance(first, Flowing) or first.last or axis != 1 or drop)
        self.use.needs(len(ranges) == len(self.use.shapes))
        views = [self.use.known(held.view.cut(axis, *ends, drop=drop)) for ends in ranges]
        return [self.giving(held._replace(view=view), place) for place, view in enumerate(views)]

    def _taken_of_one(self, parts: Joined, axis: int, ranges: Sequence[tuple[int, int]], *, drop: bool) -> Made:
        """What lies in one of several tensors that follow each other."""
        (start, stop), after = ranges[0], 0
        for held in parts.parts if axis == 0 and len(ranges) == 1 else ():
            before, after = after, after + prod(part.size for part in held.view.groups[0])
            if before <= start < stop <= after:
                return self._viewed(held, held.view.cut(0, start - before, stop - before, drop=drop))
        raise Unread(self.use)

    def cut(self, axis: int, start: int, stop: int) -> Made:
        """Places of an axis that follow each other; negative ones count from its end."""
        held = self.held()
        axis %= len(held.view.groups)
        size = prod(part.size for part in held.view.groups[axis])
        low, high = (min(max(n + size if n < 0 else n, 0), size) for n in (start, stop))
        return self.taken(axis, [(low, high)])

    def split(self, axis: int) -> Made:
        """Parts of an axis that follow each other, as long as the outputs are."""
        held, shapes = self.held(), self.use.shapes
        self.use.needs(all(len(shape) == len(held.view.groups) for shape in shapes))
        axis %= len(held.view.groups)
        ends = accumulate((shape[axis] for shape in shapes), initial=0)
        return self.taken(axis, list(pairwise(ends)))

    def passed(self) -> Made | None:
        """The tensor as it is."""
        return [self.giving(self.first.held)] if isinstance(self.first, Pending) else None

    def scaled(self, factor: float, place: int = 0) -> Made | None:
        """A number times what goes into attention's products, or times the products."""
        value = self.values.get(self.use.tensors[place])
        if not isinstance(value, Pending) or isinstance(value.held, Joined):
            return None
        self.use.needs(not isinstance(value.held, Scores) or not value.held.spread)
        held = value.held._replace(scale=value.held.scale * factor)
        return [Pending(held, self.use.shapes[0], self.use, self.apply, self.names)]

    def added(self, *, causal: bool = False) -> Made | None:
        """Constants that are added to products, or put in their place; `causal` ones only hide what is later."""
        found = [name for name in self.use.tensors if self.values.scores(name) is not None]
        scores = self.values.scores(found[0]) if len(found) == 1 else None
        if scores is None or scores.spread or scores.turned or len(self.use.constants) != len(self.use.tensors) - 1:
            return None
        if causal:
            return [self.giving(scores._replace(causal=True))]
        return [self.giving(scores._replace(added=(*scores.added, *self.use.constants)))]

    def spread(self, axis: int) -> Made | None:
        """A softmax of products over what is looked at."""
        scores = self.values.scores(self.use.tensors[0])
        last = axis % max(len(self.use.shapes[0]), 1) == len(self.use.shapes[0]) - 1
        return [self.giving(scores._replace(spread=True))] if scores and last and not scores.turned else None

    def softmax(self, axis: int) -> Made | None:
        """Of products, or along the channels."""
        return self.spread(axis) or (self.through() if axis in (-1, len(self.use.shapes[0]) - 1) else None)

    def product(self) -> Made | None:
        """With weights, or of two tensors."""
        return self.through() if self.use.constants else self.multiplied()

    def multiplied(self) -> Made:
        """A query times a key, or the weights that come of both times a value, perhaps both turned around."""
        one, other = (*self.use.tensors, "")[:2]
        for name, place, turned in ((one, 1, False), (other, 0, True)):
            scores = self.values.scores(name)
            if scores is not None and self.held(place).scale == 1:
                return self._seen(scores, self.held(place), turned=turned)
        query, key = self.held(), self.held(1)
        self.use.needs(other != one)
        return self._scored(query, key._replace(view=_turned(key.view)))

    def _seen(self, scores: Scores, value: Held, *, turned: bool) -> Made:
        """The mean of values that is weighed by a softmax of products."""
        alone = isinstance(self.values.get(scores.name), Pending) and scores.name not in self.values.counted
        self.use.needs(scores.spread and scores.turned == turned and alone)  # others that read products had them made
        value = value._replace(view=_turned(value.view)) if turned else value
        found = self._attention(scores, value)
        self.values.counted |= {scores.name}
        return [self.computed(found._replace(view=_turned(found.view)) if turned else found)]

    def attended(self, scores: Scores, value: Held, scale: float | None) -> Made:
        """The layer ATTENTION; a scale of None is one over the root of a head's depth."""
        usual = _usual_scale(scores.query, self.use.known(attention_heads.heads_of(scores.query)))
        return [self.computed(self._attention(scores._replace(scale=usual if scale is None else scale), value))]

    def _attention(self, scores: Scores, value: Held) -> Held:
        """With a bias for each pair of positions it is opaque, as the layer has one for each distance."""
        query, key, scale, added, causal = scores.query, scores.key, scores.scale, scores.added, scores.causal
        sizes, gives = query.view.sizes, (*query.view.sizes[:-1], value.view.sizes[-1])
        heads = self.use.known(attention_heads.heads_of(query))
        self.use.needs(heads == attention_heads.heads_of(key) == attention_heads.heads_of(value))
        looked_at = prod(key.view.sizes[:-1]) // prod(part.size for part in heads.apart)
        ordered = heads.window is None and len(sizes) == SEQUENCE_AXES - 1 and looked_at == sizes[0]
        biases = [value for value in added if attention_heads.is_bias(value, self.use, heads.number, looked_at)]
        use = self._adding(biases)
        plain = isclose(scale, _usual_scale(query, heads), rel_tol=LIKE_ROOT)
        rescaled = scale != 1 and not plain and is_writable(scale)
        alone = None if rescaled else attention_heads.thirds(use, query, key, value)
        nodes = alone or [self.cut_out(held).node for held in (query, key, value)]
        if rescaled:
            nodes[0] = use.aside("RESCALE", nodes[0], scale=short_number(scale))
        alike = query.view.sizes[:-1] == key.view.sizes[:-1]  # a grid looks at a row in no distances
        window = attention_heads.window_of_biases(use, heads, sizes[:-1], looked_at) if alike else None
        if window is not None or not use.weights:
            rows = window if window is not None and len(window) > len(sizes) - 1 else None
            nodes = [self._with_axes(node, rows) for node in nodes] if rows is not None else nodes
            node = use.add(
                "ATTENTION", nodes, heads=heads.number, window=heads.window and Sizes(heads.window),
                grid=True if heads.grid else None, relative=True if use.weights else None,
                scaled=None if plain else False, causal="true" if causal and ordered else None,
            )  # fmt: skip
            if window is not None and use.weights[0][1] == heads.number * looked_at**2:
                use.hold_table(node, use.weights[0][0], window, width_first=rows is not None)
            if not plain and scale != 1 and not rescaled:
                use.assembler.differs(node, f"its products are scaled by {scale:.3g}")
            elif len(added) > len(biases) or (causal and not ordered):
                use.assembler.differs(node, "a mask is added to its products")
            node = node if rows is None else self._with_axes(node, sizes[:-1])
        else:
            macs = prod(sizes[:-1]) * looked_at * (sizes[-1] + gives[-1])
            node = attention_heads.opaque_attention(use, nodes, Volume(sizes[:-1], gives[-1]), macs)
        return Held(node, TensorView(whole(gives), attention_heads.in_the_place_of(query.view, gives, heads.number)))

    def _adding(self, biases: Sequence[Weights]) -> OperatorCall:
        """The call as one whose weights are those of biases alone."""
        arrays = dict.fromkeys(array for bias in biases for array in bias.arrays if array[2])  # indices are no weights
        tensors = [name for name in self.use.tensors if not isinstance(self.values.get(name), Weights)]
        return replace(self.use, weights=tuple(arrays), tensors=tensors)

    def _with_axes(self, node: int, axes: tuple[int, ...]) -> int:
        """The same positions along other axes."""
        volume = self.use.assembler.volumes[node]
        depth = 1 if volume is None else volume.depth
        return self.use.assembler.add("RESHAPE", (node,), self.use.outputs[0][0], "", size=Sizes((*axes, depth)))

    def contracted(self, equation: str) -> Made:
        """An Einsum of two tensors that sums over one index of many, as attention does."""
        use = self.use
        left, _, gives = equation.replace(" ", "").partition("->")
        one, _, other = left.partition(",")
        scores, right = self.values.scores(use.tensors[0]), self.held(1)
        rows, summed, columns = set(one) - set(other), set(one) & set(other) - set(gives), set(other) - set(one)
        heads = [index for index in (gives if scores is None else one) if {index} <= {*one} & {*other} & {*gives}]
        fits = len(one) == len(other) == len(gives) == len(heads) + 2 == len({*one}) == len({*other}) == len({*gives})
        use.needs(fits and len(rows) == len(summed) == len(columns) == 1 and gives.isalpha())
        order = [*heads, *rows, *columns]
        if scores is None:
            query = self.held()
            asked = query.view.reordered([one.index(index) for index in (*heads, *rows, *summed)])
            key = right.view.reordered([other.index(index) for index in (*heads, *columns, *summed)])
            use.needs(list(gives) == order)
            return self._scored(query._replace(view=use.known(asked)), right._replace(view=use.known(key)))
        value = right.view.reordered([other.index(index) for index in (*heads, *summed, *columns)])
        use.needs(scores.spread and list(one) == [*heads, *rows, *summed] and right.scale == 1)
        held = right._replace(view=use.known(value))
        found = self._attention(scores, held)
        view = use.known(found.view.reordered([order.index(index) for index in gives]))
        self.values.counted |= {scores.name}
        return [self.computed(found._replace(view=view))]

    def _scored(self, query: Held, key: Held) -> Made:
        self.use.needs(self.use.known(attention_heads.heads_of(query)) == attention_heads.heads_of(key))
        return [self.giving(Scores(query, key, query.scale * key.scale, name=self.names[0]))]

    def through(self) -> Made | None:
        """A layer on channels that come last, however the positions lie: it works at each of them alone."""
        names = [name for name in self.use.tensors if isinstance(self.values.get(name), Flowing | Pending)]
        found = [self.values.held(self.use, name) for name in names if isinstance(self.values.get(name), Pending)]
        views = [held.view for held in found if held is not None and held.scale == 1 and self._is_pointwise(held.view)]
        shape = self.use.shapes[0] if self.use.shapes else ()
        if not shape or not views or len(views) < len(names) or len({view.groups for view in views}) > 1:
            return None
        view = views[0]
        positions = prod(view.sizes[:-1])
        if not _channels_last(view) or positions == 1 or prod(shape[:-1]) != positions * view.batch:
            return None
        sizes = (*view.sizes[:-1], shape[-1])
        overlay: dict[str, Value] = {name: self._in_front(name) for name in names}
        normal = shape_of(sizes, view.batch, last=True)
        use = replace(self.use, values=ChainMap(overlay, self.values), shapes=(normal,))
        (made,) = self.apply(use)[:1]
        volume = self.use.assembler.volumes[made.node]
        if volume is None or volume.sizes != sizes or not made.last:
            return [made]
        group = joined([AxisPart(len(sizes) - 1, 1, sizes[-1])])
        return [self.computed(Held(made.node, TensorView(whole(sizes), (*view.groups[:-1], group))))]

    def averaged(self, axes: Sequence[int], mode: str | None, *, keep: bool) -> Made:
        """A mean or a maximum of all positions, in a tensor that is laid out in another way than volumes are."""
        held = self.held()
        self.use.needs(isinstance(self.first, Pending) and held.scale == 1)
        view, depth = held.view, len(held.view.cuts) - 1
        gone = {axis % len(view.groups) for axis in axes}
        parts = [part for axis in gone for part in view.groups[axis]]
        left = [part for axis, group in enumerate(view.groups) if axis not in gone for part in group]
        channels = joined([AxisPart(depth, 1, view.sizes[-1])])
        self.use.needs(not any(part.axis in (BATCH, depth) for part in parts))
        self.use.needs(set(left) <= {*channels, *_images(view)})
        node = self.use.add("GAP", [self.cut_out(held).node], mode=mode or None)
        volume = self.use.known(self.use.assembler.volumes[node])
        last = joined([AxisPart(len(volume.sizes) - 1, 1, volume.depth)])
        groups = [
            () if axis in gone else last if group == channels and group else group
            for axis, group in enumerate(view.groups)
            if keep or axis not in gone
        ]
        return [self.computed(Held(node, TensorView(whole(volume.sizes), tuple(groups))))]

    def _is_pointwise(self, view: TensorView) -> bool:
        """Whether nothing that it reads beside has values for positions, where those are in another order."""
        sizes = [prod(value.shape) for value in self.use.constants]
        return view.layout() is True or multiplies(self.use.kind) or all(size in (1, view.sizes[-1]) for size in sizes)

    def _in_front(self, name: str) -> Flowing:
        """A tensor with its batch in front, for layers; what is cut out for it is cut out for all."""
        value = self.values[name]
        assert isinstance(value, Pending)
        assert isinstance(value.held, Held)
        held = self.cut_out(value.held)
        self.values[name] = value._replace(held=held)
        return Flowing(held.node, shape_of(held.view.sizes, held.view.batch, last=True), True)

    def sequence(self, *, in_front: bool) -> Held:
        """The first tensor as a sequence; its axes are images, steps and values, or steps before images."""
        held = self.held()
        self.use.needs(held.scale == 1 and len(held.view.groups) == SEQUENCE_AXES)
        if held.is_loose and len(held.view.cuts) == SEQUENCE_AXES - 1:
            return self.cut_out(held)
        images, steps, values = (0, 1, 2) if in_front else (1, 0, 2)
        return as_sequence(self.use, held.node, self.use.known(held.view.reordered((images, steps, values))))

    def joined(self, axis: int) -> Made:
        """Tensors one after the other along the first axis, which has no images, of which one may be taken again."""
        self.use.needs(axis % max(len(self.use.shapes[0]), 1) == 0)
        held = tuple(self.held(place) for place in range(len(self.use.tensors)))
        self.use.needs(not any(part.axis == BATCH for one in held for part in one.view.groups[0]))
        return [Pending(Joined(held), self.use.shapes[0], self.use, self.apply, self.names)]

    def cut_out(self, held: Held) -> Held:
        """The same values as the whole of another node, where they are a cut."""
        node = cut_out(self.use, held.node, held.view)
        return held._replace(node=node, view=held.view._replace(cuts=whole(held.view.sizes)))


def _usual_scale(query: Held, heads: attention_heads.Heads) -> float:
    """One over the root of a head's depth."""
    return float((query.view.sizes[-1] / heads.number) ** -0.5)


def _images(view: TensorView) -> list[AxisPart]:
    return [part for group in view.groups for part in group if part.axis == BATCH]


def _turned(view: TensorView) -> TensorView:
    """The last two axes of a tensor, one in the place of the other."""
    return view._replace(groups=(*view.groups[:-2], *view.groups[:-3:-1]))


def _is_sequence(view: TensorView, shape: Sequence[int]) -> bool:
    """Whether all positions of an image follow each other in one axis, and the channels in another."""
    depth = len(view.cuts) - 1
    outwards = joined(whole_parts(view.sizes, range(depth - 1, -1, -1)))
    channels = joined([AxisPart(depth, 1, view.sizes[-1])])
    return len(shape) == 3 and len(outwards) > 1 and set(view.groups[1:]) == {outwards, channels}


def _channels_last(view: TensorView) -> bool:
    """Whether the last axis of the tensor has the channels, and all of them."""
    depth = len(view.cuts) - 1
    return view.groups[-1] == joined([AxisPart(depth, 1, view.sizes[-1])])
