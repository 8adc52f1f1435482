"""Layers of Keras in programs that are several of ours, or one of another kind: counts and sizes are Keras 3.15's."""

from __future__ import annotations

import pytest

import shapecalc
from tests.keras_figures import IMPORTS, assert_counted

SEQUENCE = "i = Input((5, 6))\nm = Model(i, {})"
STEPS = "i = Input((5, 13, 10, 3))\nm = Model(i, layers.LSTM(4)({}))"
ROWS = {
    "an LSTM with relu": (SEQUENCE.format("layers.LSTM(7, activation='relu')(i)"), 392, "7"),
    "from the end": (SEQUENCE.format("layers.GRU(3, go_backwards=True, return_sequences=True)(i)"), 99, "5x3"),
    "both directions added": (SEQUENCE.format("layers.Bidirectional(layers.LSTM(3), merge_mode='sum')(i)"), 240, "3"),
    "both directions apart": (
        "i = Input((5, 6))\na, b = layers.Bidirectional(layers.GRU(3), merge_mode=None)(i)\nm = Model(i, a * b)",
        198,
        "3",
    ),
    "an encoder and a decoder": (
        "i, j = Input((5, 6)), Input((7, 4))\n_, h, c = layers.LSTM(8, return_state=True)(i)\n"
        "x = layers.LSTM(8, return_sequences=True)(j, initial_state=[h, c])\nm = Model([i, j], layers.Dense(9)(x))",
        977,
        "7x9",
    ),
    "the last of several states": (
        "i = Input((5, 6))\nx, s = layers.GRU(4, return_sequences=True, return_state=True)(i)\n"
        "m = Model(i, layers.concatenate([layers.Flatten()(x), s]))",
        144,
        "24",
    ),
    "cells": (
        SEQUENCE.format("layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)], return_sequences=True)(i)"),
        257,
        "5x3",
    ),
    "a cell twice": (
        "i = Input((5, 6))\nr = layers.RNN(layers.SimpleRNNCell(6), return_sequences=True)\nm = Model(i, r(r(i)))",
        78,
        "5x6",
    ),
    "windows at every step": (
        STEPS.format(
            "layers.TimeDistributed(layers.Flatten())(layers.TimeDistributed(layers.MaxPooling2D())("
            "layers.TimeDistributed(layers.Conv2D(2, 3, strides=(2, 1), activation='relu'))(i)))"
        ),
        56 + 4 * 4 * (24 + 4 + 1),
        "4",
    ),
    "means at every step": (STEPS.format("layers.TimeDistributed(layers.GlobalAveragePooling2D())(i)"), 128, "4"),
    "a model at every step": (
        "base = Sequential([Input((12, 10, 3)), layers.Conv2D(2, 3, padding='same')])\n"
        "base.add(layers.ReLU())\nbase.add(layers.Flatten())\n"
        "i = Input((5, 12, 10, 3))\nm = Model(i, layers.TimeDistributed(base)(i))",
        56,
        "5x240",
    ),
    "an activation of the program": (
        "def double(x):\n    return x * 2\n\ni = Input((5, 6))\nx = layers.Dense(4, activation=double)(i)\n"
        "x = layers.Conv1D(3, 2, activation=lambda t: ops.tanh(t) + 1)(x)\nm = Model(i, layers.Activation(double)(x))",
        55,
        "4x3",
    ),
    "all values normalized": (
        "i = Input((9, 7, 3))\nm = Model(i, layers.LayerNormalization(axis=[1, 2, 3])(i))",
        378,
        "7x9x3",
    ),
    "rows normalized": (
        "i = Input((9, 7, 3))\nm = Model(i, layers.BatchNormalization(axis=1, scale=False)(i))",
        27,
        "7x9x3",
    ),
    "no shift": (SEQUENCE.format("layers.LayerNormalization(center=False)(i)"), 6, "5x6"),
    "its mean square": (SEQUENCE.format("layers.RMSNormalization()(i)"), 6, "5x6"),
    "a group for every channel": (
        "i = Input((9, 7, 8))\nm = Model(i, layers.GroupNormalization(groups=-1)(i))",
        16,
        "7x9x8",
    ),
    "attention without weights": (
        "i, j = Input((6, 4)), Input((5, 4))\nm = Model([i, j], layers.Dense(2)(layers.Attention()([i, j])))",
        10,
        "6x2",
    ),
    "attention that adds": ("i = Input((6, 4))\nm = Model(i, layers.AdditiveAttention()([i, i]))", 4, "6x4"),
}  # fmt: skip
"""Programs, the weights of the model `m` with statistics, and its output in our order of axes, without those of 1."""


@pytest.mark.parametrize("case", ROWS)
def test_the_counts_and_sizes_are_those_of_keras(case: str) -> None:
    assert_counted(*ROWS[case])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("layers.LSTM(7, activation='relu')(i)", "is read without activation"),
        ("layers.LSTM(7, go_backwards=True)(i)", "is read without go_backwards"),
        ("layers.LSTM(6)(i, initial_state=[layers.Flatten()(i)[:, :6]] * 2)", "begins with states that are given"),
    ],
)
def test_what_only_the_values_hang_on_is_noted(call: str, said: str) -> None:
    report = shapecalc.check(IMPORTS + SEQUENCE.format(call))
    assert {d.severity for d in report.diagnostics} == {"note"}, [d.message for d in report.diagnostics]
    assert said in report.diagnostics[0].message


def test_weights_of_both_directions_that_are_not_trained() -> None:
    text = "b = layers.Bidirectional(layers.LSTM(3), merge_mode='sum')\nb.trainable = False\n" + SEQUENCE.format(
        "layers.Dense(2)(b(i))"
    )
    report = shapecalc.check(IMPORTS + text)
    assert (report.ok, report.totals and report.totals.trainable) == (True, 8), report.diagnostics


@pytest.mark.parametrize(
    ("result", "notes"),
    [
        ("layers.Bidirectional(layers.LSTM(8), merge_mode=None)(i)[0]", 0),
        ("layers.Bidirectional(layers.LSTM(8), merge_mode=None, "
         "backward_layer=layers.LSTM(8, use_bias=False, go_backwards=True))(i)[0]", 1),
        ("layers.Bidirectional(layers.GRU(8, return_state=True))(i)[0]", 0),
        ("layers.Add()(layers.Bidirectional(layers.LSTM(8), merge_mode=None)(i))", 0),
    ],
)  # fmt: skip
def test_a_direction_that_nothing_reads_is_not_counted_and_noted(result: str, notes: int) -> None:
    report = shapecalc.check(f"from keras import layers, Model\ni = layers.Input((5, 6))\nm = Model(i, {result})\n")
    message = "a part of this Bidirectional is read by nothing: its parameters are not counted"
    assert [d.message for d in report.diagnostics if "Bidirectional" in d.message] == [message] * notes
