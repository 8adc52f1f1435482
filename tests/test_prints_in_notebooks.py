"""Prints as notebooks and posts keep them: colours, two models in a cell, open lengths, weights that may be shared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import shapecalc
from tests import command

COLOURED = """
┃\x1b[1m \x1b[0m\x1b[1mLayer (type)     \x1b[0m┃\x1b[1m \x1b[0m\x1b[1mOutput Shape     \x1b[0m┃\x1b[1m   Param #\x1b[0m┃
│ c (\x1b[38;5;33mConv1D\x1b[0m)  │ (\x1b[38;5;45mNone\x1b[0m, \x1b[38;5;34m38\x1b[0m, \x1b[38;5;34m8\x1b[0m) │ 32 │
├──────┼──────┼──────┤
│ f (\x1b[38;5;33mFlatten\x1b[0m) │ (\x1b[38;5;45mNone\x1b[0m, \x1b[38;5;34m304\x1b[0m) │ \x1b[38;5;34m0\x1b[0m │
├──────┼──────┼──────┤
│ d (\x1b[38;5;33mDense\x1b[0m)   │ (\x1b[38;5;45mNone\x1b[0m, \x1b[38;5;34m5\x1b[0m)   │ \x1b[38;5;34m1,525\x1b[0m │
"""


def run(*arguments: str, text: str) -> str:
    """All that a command prints of a text that is piped to it."""
    done = command.run(*arguments, cwd=Path.cwd(), stdin=text.encode())
    return done.stdout + done.stderr


def params(text: str, *options: str) -> list[str]:
    """The parameters of every network of a text."""
    done = command.run("check", *options, "--get", "totals.params", cwd=Path.cwd(), stdin=text.encode())
    return [line.rpartition(" ")[2] for line in done.stdout.splitlines()]


def keras(*rows: str, total: int = 0) -> str:
    """A table of Keras 2 with rows `name (Kind)|shape|params`."""
    lines = [f"{name:<29}{shape:<26}{params}" for name, shape, params in (row.split("|") for row in rows)]
    return "\n".join(("Layer (type)                 Output Shape              Param #", "=" * 65, *lines, "=" * 65)) + (
        f"\nTotal params: {total}\n" if total else "\n"
    )


SUMMARY = """
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1            [-1, 8, 14, 14]              72
            Conv2d-2              [-1, 6, 7, 7]             438
================================================================
Total params: 510
Input size (MB): 0.00
"""
GENERATOR = """G(
  (fc): Linear(in_features=10, out_features=512, bias=True)
  (up): ConvTranspose2d(32, 3, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)
)
"""
CRITIC = """D(
  (conv): Conv2d(3, 4, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)
  (fc): Linear(in_features=64, out_features=1, bias=True)
)
"""


def test_the_colours_of_a_terminal_are_no_part_of_a_text() -> None:
    assert params(COLOURED) == [str(32 + 1525)]
    assert shapecalc.check(COLOURED).totals.params == 32 + 1525


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SUMMARY + SUMMARY, ["510", "510"]),
        (keras("d (Dense)|(None, 5)|55", total=55) + keras("d (Dense)|(None, 4)|44", total=44), ["55", "44"]),
        (GENERATOR + "\n" + CRITIC, [str(10 * 512 + 512 + 32 * 3 * 16), "unknown"]),
    ],
)
def test_each_model_of_a_text_is_a_network(text: str, expected: list[str]) -> None:
    assert params(text) == expected


def test_the_input_that_is_given_is_of_the_models_that_leave_theirs_open() -> None:
    assert params(GENERATOR + CRITIC, "--input", "8x8x3") == [str(10 * 512 + 512 + 32 * 3 * 16), str(3 * 4 * 16 + 65)]


def test_more_models_than_anybody_pastes_are_refused() -> None:
    assert "the text has more than 20 models" in run("check", text=CRITIC * 21)


def test_a_small_image_has_a_usual_size_where_megabytes_say_too_little() -> None:
    assert "its input is taken to be 28x28x1" in run("check", "--notes", text=SUMMARY)


def test_values_in_a_row_are_reshaped_to_the_channels_that_are_taken() -> None:
    report = shapecalc.check(GENERATOR)
    assert [str(layer.output) for layer in report.layers] == ["1x1x10", "1x1x512", "4x4x32", "8x8x3"]


@pytest.mark.parametrize(
    ("rows", "size", "expected"),
    [
        (("e (Embedding)|(None, None, 6)|60", "g (LSTM)|(None, 4)|176"), "?x1", 236),
        (("g (GRU)|(None, None, 4)|156", "d (Dense)|(None, None, 2)|10"), "?x7", 166),
        (("s (LSTM)|(None, 4)|176", "d (Dense)|(None, 2)|10"), "?x6", 186),
        (("e (Embedding)|(None, None, 6)|60", "batch_normalization_1 (Batch|(None, None, 6)|24"), "?x1", 72),
        (("g (GRU)|(None, None, 4)|156", "bidirectional_2 (Bidirection|(None, None, 8)|240"), "?x7", 396),
    ],
)
def test_an_open_length_is_asked_for_and_the_values_a_step_follow_from_the_weights(
    rows: tuple[str, ...], size: str, expected: int
) -> None:
    """Keras: 4·u·(d + u + 1) weights of an LSTM, 3·u·(d + u + 2) of a GRU; a norm trains two of its four."""
    text = keras(*rows)
    assert f"leaves the size of its input open: {size}" in run("check", text=text)
    assert params(text, "--input", size.replace("?", "20")) == [str(expected)]


def test_what_a_table_leaves_open_is_said_with_what_it_says() -> None:
    rows = ("i (InputLayer)|(None, 32, 32, 3)|0", "net (Functional)|(None, None, None, 9)|99", "d (Dense)|(None, 5)|50")
    text = run("check", text=keras(*rows))
    assert "the table leaves the output of net open: ?x?x9" in text
    assert "expand_nested=True" in text
    cut = run("check", text=keras("i (InputLayer)|(None, 1, 1, 50, 4|0", "d (Dense)|(None, 5)|50"))
    assert "the table has no size of i" in cut


def test_a_table_without_any_size_says_how_it_is_printed_with_them() -> None:
    assert "Model(x, model.call(x)).summary()" in run(
        "check", text=keras("d (Dense)|multiple|50", "e (Dense)|multiple|6")
    )


def test_a_leaf_of_torchinfo_that_no_table_has_is_a_layer() -> None:
    text = """
Layer (type:depth-idx)                   Output Shape              Param #
Net                                      [1, 2]                    --
├─Linear: 1-1                            [1, 4]                    20
├─Swoosh: 1-2                            [1, 4]                    --
├─Linear: 1-3                            [1, 2]                    10
"""
    assert [layer.kind for layer in shapecalc.check(text).layers] == ["INPUT", "FC", "Swoosh", "FC"]


def test_weights_of_an_embedding_that_an_output_may_share_are_named() -> None:
    """As GPT-2 prints itself: its head is its Embedding."""
    text = """
M(
  (wte): Embedding(50, 8)
  (head): Linear(in_features=8, out_features=50, bias=False)
)
"""
    assert "on their own: head (400 parameters)" in run("check", "--input", "5x1", text=text)


def test_a_linear_that_takes_other_channels_has_its_own_weights_at_every_position() -> None:
    text = """
M(
  (e): Embedding(50, 8)
  (fc): Linear(in_features=20, out_features=3, bias=True)
)
"""
    assert params(text, "--input", "5x1") == [str(50 * 8 + 20 * 3 + 3)]


@pytest.mark.parametrize(("fixed", "trained", "statistics"), [(6, 94, 6), (90, 100, 0)])
def test_what_a_part_does_not_train_is_statistics_where_it_is_little_else_frozen_weights(
    fixed: int, trained: int, statistics: int
) -> None:
    rows = "i (InputLayer)|(None, 8, 8, 3)|0", "net (Functional)|(None, 4)|100"
    report = shapecalc.check(keras(*rows, total=100) + f"Non-trainable params: {fixed}\n")
    assert (report.totals.params, report.totals.buffers) == (trained, statistics)


def test_a_layer_without_statistics_has_frozen_weights_alone() -> None:
    rows = "i (InputLayer)|(None, 9)|0", "e (Embedding)|(None, 9, 6)|600", "d (Dense)|(None, 9, 1)|7"
    assert params(keras(*rows, total=607) + "Non-trainable params: 7\n") == ["607"]


def test_frozen_modules_of_torchinfo_are_parameters() -> None:
    text = """
Layer (type:depth-idx)       Output Shape      Param #
Net                          [1, 2]            --
├─Conv2d: 1-1                [1, 4, 6, 6]      (112)
├─Block: 1-2                 [1, 4, 6, 6]      (500)
Total params: 612
Trainable params: 0
Non-trainable params: 612
"""
    assert params(text) == ["612"]


def test_an_input_of_one_value_a_sample_is_one_value() -> None:
    text = keras("i (InputLayer)|[(None,)]|0", "e (Embedding)|(None, 6)|60", "d (Dense)|(None, 2)|14")
    assert params(text) == ["74"]


NOTEBOOK_CELL = """
tf.random.set_seed(42)
num_classes = 10
model = tf.keras.Sequential([
    tf.keras.layers.Input(shape=(784,)),
    tf.keras.layers.Dense(num_classes),
])
model.compile(loss="mae")
history = model.fit(x, y, epochs=5)
"""


def test_a_cell_of_a_notebook_is_read_by_its_layers() -> None:
    assert params(NOTEBOOK_CELL) == [str(784 * 10 + 10)]


MODEL = """Net(
  (a): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))
  (b): BatchNorm2d(2, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (c): Sequential(
    (0): Linear(in_features=8, out_features=3, bias=True)
  )
)
"""
TABLE = keras(
    "i (InputLayer)|(None, 4, 4, 1)|0", "c (Conv2D)|(None, 2, 2, 2)|20", "n (BatchNormaliza|(None, 2, 2, 2)|8", total=28
)


@pytest.mark.parametrize("text", [MODEL, TABLE + "Non-trainable params: 4\n"], ids=["model", "table"])
@pytest.mark.parametrize(
    "line",
    [
        lambda text, number: f"> {text}",
        lambda text, number: f"# {text}",
        lambda text, number: f"2021-03-04 12:00:{number + 10},123 - INFO - {text}",
        lambda text, number: f"{number:3d}\t{text}",
        lambda text, number: f'    "{text}\\n",',
        lambda text, number: text.replace(" ", "\xa0"),
        lambda text, number: text + "\n" if text else text,
    ],
    ids=["quoted", "comment", "log", "numbered", "notebook", "no-break spaces", "blank lines"],
)
def test_what_stands_around_each_line_of_a_print_is_no_part_of_it(text: str, line: Callable[[str, int], str]) -> None:
    damaged = "\n".join(line(one, number) for number, one in enumerate(text.splitlines(), 1))
    given = ("--input", "4x4x1") if text == MODEL else ()
    assert params(damaged, *given) == params(text, *given) == [str(20 + 4 + (27 if text == MODEL else 0))]


def test_a_table_that_nothing_ends_may_be_cut_off() -> None:
    cut = TABLE.partition("n (Batch")[0]
    assert "rows may be missing after the last one" in run("check", "--notes", text=cut)
    assert "rows may be missing" not in run("check", "--notes", text=TABLE)


def test_the_end_of_a_table_in_front_of_another_has_no_titles() -> None:
    assert "the titles of its columns are missing" in run("check", text=TABLE.partition("=\n")[2] + TABLE)


def test_rows_that_a_hand_has_moved_are_read_as_they_are_written() -> None:
    """Numbers a column to the left, a name as long as its column: the first digit was cut off, or the row left out."""
    moved = keras("i (InputLayer)|(None, 6, 6, 1)|0", "c (Conv2D)|(None, 4, 4, 64)|640", "f (Flatten)|(None, 1024)|0")
    moved += f" d (Dense){' ' * 19}(None, 16){' ' * 15}16,400\n d2 (Dense){' ' * 17}(None, 9){' ' * 15}153\n"
    assert params(moved) == [str(640 + 16400 + 153)]
