"""How many multiply-accumulates an operator does that the language has no layer for: they follow from its shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import prod

Shape = tuple[int, ...]
Count = Callable[[Sequence[Shape], Shape, str], int]
"""From the shapes of what it reads and gives, and its equation."""


def products(kind: str, reads: Sequence[Shape], gives: Shape, equation: str = "") -> int:
    """Of all images; 0 for an operator that multiplies nothing, and where a shape is unknown.

    >>> products("MatMul", [(64, 3, 49, 32), (64, 3, 32, 49)], (64, 3, 49, 49))
    14751744
    >>> products("FusedMatMul", [(5, 7), (5, 9)], (7, 9))  # the first is turned
    315
    >>> products("einsum.default", [(2, 10, 4, 8), (2, 7, 4, 8)], (2, 4, 10, 7), "bqhd,bkhd->bhqk")
    4480
    """
    count = _COUNTS.get(kind.partition(".")[0])
    known = all(0 not in shape for shape in (*reads, gives))
    if count is None or not known or not gives or len(reads) < 2:
        return 0
    try:
        return count(reads, gives, equation)
    except (IndexError, KeyError, ValueError):  # shapes that do not fit the operator: a damaged file
        return 0


def multiplies(kind: str) -> bool:
    """Whether an operator is a product."""
    return kind.partition(".")[0] in _COUNTS


def _last_axis(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """Each value is a sum over the last axis of the first operand."""
    return prod(gives) * reads[0][-1]


def _of_first_axis(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """As many, for a matrix that may be turned: what is summed over is what no axis of the result has."""
    rows, others = gives[-2], reads[0][-2] * reads[0][-1]
    return prod(gives) * (others // rows)


def _added(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    return _last_axis(reads[1:], gives, equation)


def _kernel(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """A kernel of filters, channels of a group and extents."""
    return prod(gives) * prod(reads[1][1:])


def _scattered(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """The same from the input's size."""
    return prod(reads[0]) * prod(reads[1][1:])


def _attention(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """A query of … x positions x values times keys, and the weights times values."""
    query, key, value = reads[:3]
    return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _cell(states: int) -> Count:
    """All images times the two kernels of a cell, which follow its input and its states."""
    return lambda reads, gives, _: gives[0] * sum(prod(shape) for shape in reads[states + 1 : states + 3])


def _every_step(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """All steps of all images times the kernels of all layers, which are the matrices among what PyTorch's read."""
    return prod(reads[0][:-1]) * sum(prod(shape) for shape in reads[1:] if len(shape) == 2)


def _einsum(reads: Sequence[Shape], gives: Shape, equation: str) -> int:
    """Operands one after the other; an index that only one of the two has, and nothing later reads, is summed first."""
    left, _, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if "." in equation or len(terms) != len(reads):
        return 0
    sizes = {index: n for term, shape in zip(terms, reads, strict=True) for index, n in zip(term, shape, strict=True)}
    if "->" not in equation:
        right = "".join(sorted(index for index, n in Counter(left.replace(",", "")).items() if n == 1))
    total, known = 0, set(terms[0])
    for place, term in enumerate(terms[1:], 1):
        later = set(right).union(*terms[place + 1 :])
        total += prod(sizes[i] for i in (known | set(term)) & (later | (known & set(term))))
        known = (known | set(term)) & later
    return total


_COUNTS: dict[str, Count] = {
    **dict.fromkeys(("MatMul", "matmul", "bmm", "mm", "addmm", "linear", "MatMulInteger"), _last_axis),
    **dict.fromkeys(("Gemm", "FusedGemm", "FusedMatMul"), _of_first_axis),
    "baddbmm": _added,
    **dict.fromkeys(("Conv", "ConvInteger", "FusedConv", "conv1d", "conv2d", "conv3d"), _kernel),
    **dict.fromkeys(("ConvTranspose", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _scattered),
    **dict.fromkeys(("Einsum", "einsum"), _einsum), "scaled_dot_product_attention": _attention,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), lambda reads, gives, _: prod(reads[0][:-1]) * sum(map(prod, reads[1:3]))),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _every_step), "lstm_cell": _cell(2),
    **dict.fromkeys(("gru_cell", "rnn_tanh_cell", "rnn_relu_cell"), _cell(1)),
}  # fmt: skip
"""How each operator that multiplies is counted; aten has its variant behind a dot."""
