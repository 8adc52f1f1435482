"""Calls of frameworks mean what they mean there, or are refused."""

from __future__ import annotations

import json
from itertools import product
from math import prod
from pathlib import Path

import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.dialects.plain_calls import ARGUMENTS, OURS, has_other_calls
from shapecalc.dialects.tree import in_our_words
from shapecalc.language import syntax
from shapecalc.parse import parse_statements

DATA = json.loads((Path(__file__).parent / "data" / "call_forms.json").read_text(encoding="utf-8"))


def of(text: str) -> tuple[shapecalc.Report, list[str]]:
    """The report of a text, and the codes of its errors and warnings."""
    report = shapecalc.check(text)
    return report, [d.code for d in report.diagnostics if d.severity != "note"]


def test_the_table_of_calls_is_large_and_made_with_named_versions() -> None:
    assert len(DATA["rows"]) >= 250
    assert set(DATA["made_with"]) == {"torch", "keras"}


def test_a_call_gives_what_its_framework_gives() -> None:
    for row in DATA["rows"]:
        _framework, call, size, output, params, buffers = row
        report, codes = of(f"INPUT({'x'.join(map(str, size))}) => {call}")
        assert set(codes) <= {"SHP201", "SHP212"}, report.diagnostics
        last = report.layers[-1]
        if params or buffers:
            assert (report.totals.params, report.totals.buffers) == (params, buffers)
        else:
            assert (report.totals.params, report.totals.buffers) == (0, 0)
        flat = prod(output[:-1]) == 1 and last.output is not None and last.output.positions == 1
        assert last.output is not None
        assert last.output.sizes == tuple(output) or (flat and last.output.depth == output[-1])


@pytest.mark.parametrize(
    ("text", "layers", "params"),
    [
        # torch: nn.LSTM(3, 4) has 4·(3·4 + 4·4 + 4 + 4) weights, nn.GRU 3·(…), both two biases a gate
        ("INPUT(20x3) => nn.LSTM(3, 4, batch_first=True)", ["LSTM(4) 20x4"], 144),
        ("INPUT(20x3) => nn.GRU(3, 4, bidirectional=True)", ["GRU(4, bidirectional=True) 20x8"], 216),
        ("INPUT(20x3) => nn.RNN(3, 4, bias=False)", ["RNN(4, biases=0) 20x4"], 28),
        # Keras: one bias a gate (GRU two), and the last position alone unless all are asked for
        ("INPUT(20x3) => LSTM(4, return_sequences=True)", ["LSTM(4, last=false, biases=1) 20x4"], 128),
        ("INPUT(20x3) => LSTM(4) => Dense(10)", ["LSTM(4, last=true, biases=1) 1x4", "FC(10) 1x10"], 178),
        ("INPUT(20x3) => layers.GRU(4)", ["GRU(4, last=true, biases=2) 1x4"], 108),
        ("INPUT(20x3) => layers.GRU(4, reset_after=False)", ["GRU(4, last=true, biases=1) 1x4"], 96),
        ("INPUT(20x3) => SimpleRNN(4)", ["RNN(4, last=true, biases=1) 1x4"], 32),
        # ours: PyTorch's biases, every position
        ("INPUT(20x3) => LSTM(4)", ["LSTM(4) 20x4"], 144),
        ("INPUT(20x1) => nn.Embedding(50, 8)", ["EMBEDDING(50, K=8) 20x8"], 400),
        ("INPUT(20x1) => Embedding(input_dim=50, output_dim=8)", ["EMBEDDING(50, K=8) 20x8"], 400),
        (
            "INPUT(20x8) => nn.MultiheadAttention(8, 2, dropout=0.1)",
            ["CONV(24, 1) 20x24", "ATTENTION(2, p=0.1) 20x8", "CONV(8, 1) 20x8"],
            288,
        ),
        # torch: 3·(8·8 + 8) + 8·8 + 8, and without biases 4·8·8
        (
            "INPUT(20x8) => nn.MultiheadAttention(8, 2, bias=False)",
            ["CONV(24, 1, bias=false) 20x24", "ATTENTION(2) 20x8", "CONV(8, 1, bias=false) 20x8"],
            256,
        ),
        # Keras: num_heads and the size of one, so that 3·(8·10 + 10) + 10·8 + 8 is of 2 heads of 5
        (
            "INPUT(20x8) => MultiHeadAttention(2, 5, output_shape=8)",
            ["CONV(30, 1) 20x30", "ATTENTION(2) 20x10", "CONV(8, 1) 20x8"],
            358,
        ),
        # torch: a stack reads what the layer before gives; proj_size is a kernel of hidden_size x proj_size
        (
            "INPUT(20x3) => nn.LSTM(3, 4, num_layers=2, bidirectional=True, dropout=0.5)",
            ["LSTM(4, bidirectional=True) 20x8", "DO(0.5) 20x8", "LSTM(4, bidirectional=True) 20x8"],
            736,
        ),
        ("INPUT(20x3) => nn.GRU(3, 4, 3)", ["GRU(4) 20x4"] * 3, 348),
        ("INPUT(20x3) => nn.LSTM(3, 4, proj_size=2)", ["LSTM(4, projection=2) 20x2"], 120),
        ("INPUT(20x3) => LSTM(4, num_layers=2)", ["LSTM(4) 20x4", "LSTM(4) 20x4"], 304),
        # Keras' layers around others
        (
            "INPUT(20x3) => Bidirectional(LSTM(4)) => Dense(10)",
            ["LSTM(4, last=true, biases=1, bidirectional=true) 1x8", "FC(10) 1x10"],
            346,
        ),
        (
            "INPUT(20x3) => layers.Bidirectional(layers.GRU(4, return_sequences=True), name='both') "
            "=> layers.TimeDistributed(layers.Dense(10, activation='relu'))",
            ["GRU(4, last=false, biases=2, bidirectional=true) 20x8", "CONV(10, 1) 20x10", "RELU 20x10"],
            306,
        ),
        (
            "INPUT(20x3) => TIMEDISTRIBUTED(FC(10)) => TimeDistributed(Dropout(0.1))",
            ["CONV(10, 1) 20x10", "DO(0.1) 20x10"],
            40,
        ),
    ],
)
def test_layers_over_sequences_have_the_weights_of_their_framework(text: str, layers: list[str], params: int) -> None:
    report, codes = of(text)
    assert not codes
    assert [f"{row.text} {row.output}" for row in report.rows[1:]] == layers
    assert report.totals.params == params


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INPUT(8x8x3) => nn.Conv2d(3, 16, 3, rounding=floor)", "PyTorch's Conv2d has no argument called rounding"),
        ("INPUT(20x3) => nn.LSTM(3, 4, num_layers=0)", "PyTorch: num_layers is a number from 1 to 64, and this is 0"),
        (
            "INPUT(20x8) => MultiHeadAttention(2, 5)",
            "gives as many channels as arrive, and a call does not say how many",
        ),
        (
            "INPUT(20x8) => layers.MultiHeadAttention(2, 5, value_dim=3)",
            "has values of another size than keys",
        ),
        ("INPUT(20x3) => LSTM(4, projection=4)", "the projection makes fewer values of 4, and this is 4"),
        (
            "INPUT(20x3) => Bidirectional(Dense(4))",
            "Bidirectional is around an LSTM, a GRU or a SimpleRNN, and this is FC",
        ),
        ("INPUT(20x3) => Bidirectional(LSTM(4), merge_mode='sum')", "merge_mode=concat only, and this is sum"),
        (
            "INPUT(8x8x20x3) => TimeDistributed(Conv2D(4, 3))",
            "TimeDistributed is read around a Dense or a layer of single values, and this is CONV",
        ),
        ("INPUT(20x3) => nn.LSTM(5, 4)", "LSTM expects 5 channels, 3 arrive"),
        ("INPUT(20x3) => layers.LSTM(4, return_state=True)", "Keras: LSTM is read with return_state=false only"),
    ],
)
def test_layers_over_sequences_that_mean_something_else_are_refused(text: str, message: str) -> None:
    report, _ = of(text)
    assert any(message in d.message for d in report.diagnostics)


MISFITS = {
    "Conv2d(3, 16, kernel_size=(3,3,3))": "PyTorch: kernel_size is for 3 axes, and Conv2d has 2",
    "Conv2D(filters=16, kernel_size=3, strides=(2,2,2))": "Keras: strides is for 3 axes, and Conv2D has 2",
    "Conv2D(16, 3, padding=(1,2))": "write PAD((1, 2)) before it, or use CONV, whose P takes numbers",
    "Conv2D(16, 3, padding=1)": "Keras: padding is same or valid, and this is 1",
    "nn.Conv2d(3, 16, 3, padding='reflect')": "write padding=1 for a border of one zero",
    "Conv2D(16, 3, padding=p)": "CONV: P must be a number",
    "Convolution2D(64, nb_col=5)": "Keras 1: nb_col needs nb_row beside it",
    "Dense(10, use_bias='maybe')": "FC: bias must be true or false, not 'maybe'",
    "BatchNormalization(axis=1)": "write axis=-1, which are the channels unless data_format says channels_first",
    "F.relu(x, 2, 3, 4)": "PyTorch's ReLU takes 1 argument, and 3 are given",
    "Reshape((-1, 5))": "the size (-1, 5) is open; write the number that it stands for",
    "Reshape((-1,))": "the size (-1,) is open; write Flatten(), which gives all values",
    "Permute((2, 2, 1))": "Keras: dims is an order such as (2, 1, 3), and this is (2, 2, 1)",
    "Activation('foo')": "activation is the name of a function such as relu, and this is foo",
    "Bidirectional(LSTM(8), backward_layer=LSTM(4))": "Bidirectional is read without backward_layer",
    "TimeDistributed(Dense(8), foo=4)": "TimeDistributed is read without foo",
    "MultiHeadAttention(num_heads=h, key_dim=8)": "write CONV(3*h*8, 1) => ATTENTION(h) => CONV(d, 1)",
    "conv_2d(16, 3)": "write CONV(16, 3, P=same); write CONV(16, 3)",
    "conv_2d(16, 3, foo=3)": "tflearn's conv_2d has no argument called foo",
    "Linear(8, 16, 2)": "write FC(2, in=16) if 16 values arrive and 2 are given",
    "CONV(16, 3, in=n)": "n has no value",
    "CONV(16, 3, in=1/2)": "in must be a whole number, and this is 0.5",
    "CONV(16, 3, in=-2)": "in must be a whole number, at least 1",
    "CONV(2^(1/2))": "2 ^ 0.5 is not an exact number: the exponent must be a whole number",
    "CONV(1/(3^90), 3)": "the value is larger than 10^30",
}
"""Calls that give no layer, and parts of what is said of them."""
READ = {
    "nn.Conv2d(3, 16, kernel_size=(3,))": "CONV(16, 3)",
    "Convolution2D(64, nb_row=3, nb_col=5)": "CONV(64, 5x3)",
    "F.max_pool2d(x, 2)": "POOL(2)",
    "BatchNormalization(axis=[3])": "BN(eps=0.001)",
    "Permute((2, 3, 1))": "PERMUTE((3,1,2))",
    "PReLU(shared_axes=[1, 2])": "PRELU(each=false)",
    "nn.Upsample(size=(20,20))": "RESIZE(20)",
    "Upsample(scale_factor=2, mode='bicubic')": "UPSAMPLE(2, mode=bilinear)",
}
"""Calls, and the layer that each is."""


def test_a_call_that_does_not_fit_says_what_would() -> None:
    for call, part in MISFITS.items():
        report, codes = of(f"INPUT(32x32x3) => {call}")
        said = [" ".join((d.message, *d.notes)) + "; " + "; ".join(d.help) for d in report.diagnostics]
        assert codes, call
        assert any(part in one for one in said), (call, said)


def test_a_call_with_other_arguments_is_the_layer_that_they_say() -> None:
    assert {call: shapecalc.check(f"INPUT(32x32x3) => {call}").rows[-1].text for call in READ} == READ


def test_the_batch_of_a_shape_is_left_out() -> None:
    assert str(shapecalc.check("Input(batch_shape=(None, 28, 28, 1)) => Flatten()").rows[0].output) == "28x28x1"


VALUES = ("3", "0.5", "3x5", "same", "channels_first", "-1", "2*N")


@pytest.mark.parametrize("name", sorted(OURS))
def test_who_knows_frameworks_leaves_plain_calls_as_they_are(name: str) -> None:
    """For other texts nothing that knows frameworks is loaded."""
    for argument, value in product(sorted(ARGUMENTS - {None}), VALUES):
        for written in (f"{name}({argument}={value})", f"{name}({value}, {argument}={value})"):
            diagram = syntax.Diagram(parse_statements(f"INPUT(8x8x3) => {written} => {name}"))
            problems: list[Diagnostic] = []
            assert not has_other_calls(diagram)
            assert (in_our_words(diagram, problems), problems) == (diagram, [])


def test_a_misspelt_kernel_size_is_named() -> None:
    (found,) = [
        d for d in shapecalc.check("INPUT(8x8x3) => Conv2d(3, 8, kernal_size=3)").diagnostics if d.code != "SHP502"
    ]
    assert (found.code, found.label) == ("SHP102", "did you mean kernel_size?")
