"""Layers that exporters of older opsets write as several nodes, as the one node that newer opsets have for them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from math import isclose, sqrt
from typing import Any, TypeAlias

LEAST = -1e30
"""What is less than all values that a network has."""
Array: TypeAlias = Callable[[str], Any]
"""The values of a short constant; None for another tensor."""


def readers_of(nodes: Iterable[Any], asked: Iterable[str]) -> dict[str, list[Any]]:
    """The nodes that read each tensor, and None for one that is an output."""
    found: dict[str, list[Any]] = {name: [None] for name in asked}
    for node in nodes:
        for name in set(node.input):
            found.setdefault(name, []).append(node)
    return found


class Fusions:
    """Finds them in the nodes of a graph; `asked` are tensors that are outputs, `fixed` those that are constants."""

    def __init__(
        self, onnx: Any, nodes: Iterable[Any], asked: Iterable[str], array: Array, fixed: Container[str],
        shapes: Mapping[str, tuple[int, ...]], parameters: Container[str],
    ) -> None:  # fmt: skip
        self.onnx, self.nodes, self.array, self.fixed, self.shapes = onnx, list(nodes), array, fixed, shapes
        self.parameters = parameters
        self.makers = {name: node for node in self.nodes for name in node.output}
        self.readers = readers_of(self.nodes, asked)

    def applied(self) -> list[Any]:
        """All nodes, with one in the place of the last of each group, and the others left out."""
        left_out: set[int] = set()
        made: dict[int, Any] = {}
        for node in self.nodes:
            find = _GROUPS.get(node.op_type)
            found = find(self, node) if find is not None else None
            if found is not None and not left_out & {id(one) for one in found[0]}:
                group, fused = found
                left_out |= {id(one) for one in group}
                made[id(group[-1])] = fused
        return [made.get(id(node), node) for node in self.nodes if id(node) not in left_out or id(node) in made]

    def only_reader(self, node: Any, *kinds: str) -> Any:
        """The one node that reads what another gives, if it is of these kinds."""
        found = self.readers.get(node.output[0], [])
        return found[0] if len(found) == 1 and found[0] is not None and found[0].op_type in kinds else None

    def chain(self, node: Any, *steps: str | tuple[str, float]) -> list[Any] | None:
        """A node and those after it, each the only reader of the one before, of a kind and perhaps with a number."""
        group = [node]
        for step in steps:
            kind, *numbers = (step,) if isinstance(step, str) else step
            after = self.only_reader(group[-1], str(kind))
            if after is None or (numbers and not self.is_number(self.other(after, group[-1].output[0]), *numbers)):
                return None
            group.append(after)
        return group

    def given(self, node: Any) -> dict[str, Any]:
        """The attributes of a node."""
        return {attribute.name: self.onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}

    def other(self, node: Any, name: str) -> str:
        """The other one of two inputs."""
        if len(node.input) != 2 or name not in node.input:
            return ""
        return str(node.input[1] if node.input[0] == name else node.input[0])

    def number(self, name: str) -> float | None:
        """The value of a constant that is one number."""
        array = self.array(name)
        return None if array is None or array.size != 1 else float(array.reshape(-1)[0])

    def with_weights(self, node: Any) -> tuple[list[Any], list[str]]:
        """The nodes that multiply and add weights to what a norm gives, and these weights; a factor may be alone."""
        group, weights = [], []
        for kind in ("Mul", "Add"):
            following = self.only_reader(node, kind)
            weight = self.other(following, node.output[0]) if following is not None else ""
            if weight not in self.fixed or self.number(weight) is not None:
                break
            group.append(following)
            weights.append(weight)
            node = following
        return group, weights

    def is_number(self, name: str, wanted: float) -> bool:
        """Whether a tensor is a number."""
        value = self.number(name)
        return value is not None and isclose(value, wanted, rel_tol=1e-3)

    def fused(self, kind: str, group: Sequence[Any], inputs: Sequence[str], **attributes: Any) -> tuple[list[Any], Any]:
        """A node in the place of a group, which has the name and the output of its last."""
        last = group[-1]
        node = self.onnx.helper.make_node(kind, list(inputs), [last.output[0]], name=last.name, **attributes)
        return list(group), node


def _gelu(f: Fusions, erf: Any) -> Any:
    """x/2 · (1 + erf(x/√2)), multiplied in any order."""
    scaled = f.makers.get(erf.input[0])
    if scaled is None or scaled.op_type not in ("Div", "Mul") or len(scaled.input) != 2:
        return None
    x, factor = scaled.input
    group = f.chain(scaled, "Erf", ("Add", 1), "Mul")
    if group is None or not f.is_number(factor, sqrt(2) if scaled.op_type == "Div" else sqrt(0.5)):
        return None
    *before, one, product = group
    other = f.other(product, one.output[0])
    half = f.makers.get(other)
    if half is not None and half.op_type == "Mul" and f.is_number(f.other(half, x), 0.5):
        alone = f.only_reader(half, "Mul") is product
        return f.fused("Gelu", [*before, one, half, product], [x]) if alone else None
    last = f.only_reader(product, "Mul")
    rest = "" if last is None else f.other(last, product.output[0])
    fits = (other == x and f.is_number(rest, 0.5)) or (rest == x and f.is_number(other, 0.5))
    return f.fused("Gelu", [*group, last], [x]) if fits else None


def _times_itself(kind: str) -> Callable[[Fusions, Any], Any]:
    """An activation that is x times a function of x."""

    def find(f: Fusions, node: Any) -> Any:
        x = node.input[0]
        if node.op_type == "HardSigmoid" and not _is_sixth(node):
            return None
        group = f.chain(node, *(("Tanh", "Mul") if node.op_type == "Softplus" else ("Mul",)))
        fits = group is not None and f.other(group[-1], group[-2].output[0]) == x
        return f.fused(kind, group, [x]) if group and fits else None

    return find


def _is_sixth(node: Any) -> bool:
    given = {attribute.name: attribute.f for attribute in node.attribute}
    return isclose(given.get("alpha", 0.2), 1 / 6, rel_tol=1e-4) and given.get("beta", 0.5) == 0.5


def _layer_norm(f: Fusions, mean: Any) -> Any:
    """(x − mean) / √(mean of (x − mean)² + eps), scaled and shifted."""
    x, centred = mean.input[0], f.only_reader(mean, "Sub")
    if centred is None or list(centred.input) != [x, mean.output[0]] or not _over_the_last(f, mean):
        return None
    readers = [node for node in f.readers.get(centred.output[0], []) if node is not None]
    square = next((n for n in readers if n.op_type in ("Pow", "Mul")), None)
    divided = next((n for n in readers if n.op_type == "Div"), None)
    if len(readers) != 2 or square is None or divided is None or divided.input[0] != centred.output[0]:
        return None
    if not (f.is_number(square.input[1], 2) if square.op_type == "Pow" else len(set(square.input)) == 1):
        return None
    group = f.chain(square, "ReduceMean", "Add", "Sqrt", "Div")
    if group is None or group[-1] is not divided or not _over_the_last(f, group[1]):
        return None
    eps = f.number(f.other(group[2], group[1].output[0]))
    if eps is None:
        return None
    after, weights = f.with_weights(divided)
    return f.fused("LayerNormalization", [mean, centred, *group, *after], [x, *weights], axis=-1, epsilon=eps)


def _group_norm(f: Fusions, norm: Any) -> Any:
    """Channels of a group as one, normalised, and put back; ones and zeros that may be parameters are left."""
    before, after = f.makers.get(norm.input[0]), f.only_reader(norm, "Reshape")
    if any(name not in f.makers and (not f.parameters or name in f.parameters) for name in norm.input[1:3]):
        return None
    ones, zeros = (f.array(name) for name in norm.input[1:3])
    if before is None or before.op_type != "Reshape" or after is None or ones is None or zeros is None:
        return None
    shape, groups = f.shapes.get(before.input[0], ()), int(ones.size)
    if (ones != 1).any() or zeros.any() or len(shape) < 3 or f.shapes.get(after.output[0]) != shape:
        return None
    if shape[1] % groups or f.shapes.get(norm.input[0], ())[:2] != (shape[0], groups):
        return None
    found, weights = f.with_weights(after)
    found, weights = (found, weights) if len(found) == 2 else ([], [])
    group, epsilon = [before, norm, after, *found], f.given(norm).get("epsilon", 1e-5)
    return f.fused("GroupNormalization", group, [before.input[0], *weights], num_groups=groups, epsilon=epsilon)


def _padded_pool(f: Fusions, pad: Any) -> Any:
    """Values below all others around a maximum are the padding that it has itself."""
    pool = f.only_reader(pad, "MaxPool")
    given = f.given(pad)
    pads = given.get("pads", f.array(pad.input[1]) if len(pad.input) > 1 else None)
    value = given.get("value", f.number(pad.input[2]) if len(pad.input) > 2 else None)
    if pool is None or pads is None or len(pad.input) > 3 or given.get("mode", b"constant") != b"constant":
        return None
    own = f.given(pool)
    if own.get("ceil_mode", 0) or len(pool.output) > 1:
        return None
    kernel, around = own.get("kernel_shape", ()), [int(n) for n in pads]
    rank = len(kernel)
    before, after = around[: rank + 2], around[rank + 2 :]
    if value is None or value > LEAST or len(around) != 2 * rank + 4 or own.get("auto_pad", b"NOTSET") != b"NOTSET":
        return None
    sides = [a + b for a, b in zip(before[2:] + after[2:], own.get("pads", [0] * 2 * rank), strict=True)]
    if any(before[:2] + after[:2]) or not all(0 <= n < size for n, size in zip(sides, kernel * 2, strict=True)):
        return None
    return f.fused("MaxPool", [pad, pool], pad.input[:1], **{**own, "pads": sides})


def _over_the_last(f: Fusions, node: Any) -> bool:
    """Whether a mean is over the last axis, which stays."""
    given = f.given(node)
    axes = given.get("axes")
    last = list(axes) == [-1] if axes is not None else len(node.input) > 1 and f.number(node.input[1]) == -1
    return last and given.get("keepdims", 1) == 1


_GROUPS: Mapping[str, Callable[[Fusions, Any], Any]] = {
    "Erf": _gelu, "Sigmoid": _times_itself("Swish"), "HardSigmoid": _times_itself("HardSwish"),
    "Softplus": _times_itself("Mish"), "ReduceMean": _layer_norm, "InstanceNormalization": _group_norm,
    "Pad": _padded_pool,
}  # fmt: skip
"""What finds a group, by the operator that it is found at."""
