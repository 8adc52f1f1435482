"""Multiply-accumulates of operators that the language has no layer for, from their shapes alone."""

from __future__ import annotations

import pytest

from shapecalc.lowering.operator_products import Shape, products

ROWS, MATRIX = (2, 5, 6), (6, 7)
BATCHED = 2 * 5 * 7 * 6
"""Each of 2x5x7 values is a sum of 6 products."""
COUNTED: list[tuple[str, list[Shape], Shape, int]] = [
    ("MatMul matmul.default bmm.default mm.default MatMulInteger", [ROWS, MATRIX], (2, 5, 7), BATCHED),
    ("linear.default", [ROWS, (7, 6), (7,)], (2, 5, 7), BATCHED),  # its matrix lies the other way
    ("Gemm FusedGemm FusedMatMul", [(5, 6), MATRIX], (5, 7), 5 * 7 * 6),
    ("Gemm FusedGemm FusedMatMul", [(6, 5), MATRIX], (5, 7), 5 * 7 * 6),
    ("addmm.default", [(5, 6), MATRIX, (7,)], (5, 7), 5 * 7 * 6),  # what flows is put first
    ("baddbmm.default", [(2, 5, 7), ROWS, (2, 6, 7)], (2, 5, 7), BATCHED),
    ("Conv ConvInteger FusedConv conv2d.default", [(1, 4, 9, 9), (8, 2, 3, 3)], (1, 8, 7, 7), 8 * 7 * 7 * 2 * 9),
    ("conv1d.default", [(1, 4, 9), (8, 4, 3)], (1, 8, 7), 8 * 7 * 4 * 3),
    ("conv3d.default", [(1, 1, 5, 5, 5), (2, 1, 3, 3, 3)], (1, 2, 3, 3, 3), 2 * 27 * 27),
    ("ConvTranspose conv_transpose2d.input", [(1, 4, 5, 5), (4, 8, 3, 3)], (1, 8, 7, 7), 4 * 5 * 5 * 8 * 9),
    ("conv_transpose1d.default", [(1, 4, 5), (4, 8, 3)], (1, 8, 7), 4 * 5 * 8 * 3),
    ("conv_transpose3d.input", [(1, 1, 2, 2, 2), (1, 3, 2, 2, 2)], (1, 3, 3, 3, 3), 8 * 3 * 8),
    ("scaled_dot_product_attention.default", [(1, 2, 5, 4), (1, 2, 7, 4), (1, 2, 7, 3)], (1, 2, 5, 3), 70 * (4 + 3)),
    ("lstm_cell.default", [(2, 5), (2, 3), (2, 3), (12, 5), (12, 3)], (2, 3), 2 * 12 * (5 + 3)),
    ("gru_cell.default", [(2, 5), (2, 3), (9, 5), (9, 3)], (2, 3), 2 * 9 * (5 + 3)),
    ("rnn_tanh_cell.default rnn_relu_cell.default", [(2, 5), (2, 3), (3, 5), (3, 3)], (2, 3), 2 * 3 * (5 + 3)),
    ("Relu relu.default", [ROWS, MATRIX], (2, 5, 7), 0),
    ("MatMul", [ROWS, (0, 7)], (2, 5, 7), 0),
    ("MatMul", [ROWS], (2, 5, 7), 0),
]
"""Operators with a space between, the shapes of what they read and give, and the products."""
EINSUMS = {
    "ij,jk->ik": ([(5, 6), (6, 7)], (5, 7), 5 * 7 * 6),
    "ij,jk": ([(5, 6), (6, 7)], (5, 7), 5 * 7 * 6),
    "ij,jk,kl->il": ([(5, 6), (6, 7), (7, 8)], (5, 8), 5 * 7 * 6 + 5 * 8 * 7),
    "ij,k->k": ([(5, 6), (7,)], (7,), 7),  # the first operand is summed before
    "bqhd,bkhd->bhqk": ([(2, 5, 3, 4), (2, 7, 3, 4)], (2, 3, 5, 7), 2 * 3 * 5 * 7 * 4),
    "...ij,jk->...ik": ([(2, 5, 6), (6, 7)], (2, 5, 7), 0),  # not read
}


@pytest.mark.parametrize(("kinds", "reads", "gives", "macs"), COUNTED)
def test_an_operator_multiplies_as_often_as_its_shapes_say(
    kinds: str, reads: list[Shape], gives: Shape, macs: int
) -> None:
    assert {kind: products(kind, reads, gives) for kind in kinds.split()} == dict.fromkeys(kinds.split(), macs)


@pytest.mark.parametrize("equation", EINSUMS)
def test_an_einsum_multiplies_two_operands_after_the_other(equation: str) -> None:
    reads, gives, macs = EINSUMS[equation]
    assert products("einsum.default", reads, gives, equation) == products("Einsum", reads, gives, equation) == macs
