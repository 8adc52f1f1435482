"""The worked examples of the lecture notes and articles that the tool was made for."""

from __future__ import annotations

import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Diagnostic
from shapecalc.passes.memory import im2col
from shapecalc.passes.report import Report, Row
from tests.networks import checked_sample, row_called
from tests.singlelayers import checked


def last(text: str) -> Row:
    return checked(text).rows[-1]


def out(text: str) -> str:
    return str(last(text).output)


def only(report: Report) -> Diagnostic:
    (diagnostic,) = [d for d in report.diagnostics if d.severity != "note"]
    return diagnostic


# --- windows on an input ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "volume"),
    [
        ("INPUT(227x227x3) => CONV(96, 11, S=4)", "55x55x96"),
        ("INPUT(224x224x3) => CONV(96, 11, S=4, P=(1,2,1,2))", "55x55x96"),  # 3 extra pixels, as one source guesses
        ("INPUT(7x7x1) => CONV(1, 3)", "5x5x1"),
        ("INPUT(7x7x1) => CONV(1, 3, S=2)", "3x3x1"),
        ("INPUT(5x1) => CONV(1, 3, P=1)", "5x1"),
        ("INPUT(5x1) => CONV(1, 3, S=2, P=1)", "3x1"),
        ("INPUT(11x11x4) => CONV(2, 5, S=2)", "4x4x2"),
        ("INPUT(5x5x3) => CONV(2, 3, S=2, P=1)", "3x3x2"),
        ("INPUT(28x28x1) => CONV(32, 3)", "26x26x32"),
        ("INPUT(28x28x1) => CONV(32, 3) => POOL(2)", "13x13x32"),
        ("INPUT(28x28x1) => CONV(32, 3, S=2, P=same)", "14x14x32"),
        ("INPUT(7x7x1000) => GAP", "1x1x1000"),
        ("INPUT(224x224x64) => POOL(2, S=2)", "112x112x64"),
        ("INPUT(4x4x1) => POOL(2, S=1)", "3x3x1"),
        ("INPUT(4x4x1) => POOL(2, S=2)", "2x2x1"),
        ("INPUT(13x13x8) => POOL(3, S=2)", "6x6x8"),  # overlapping pooling
    ],
)
def test_a_layer_gives_this_volume_and_reads_everything(text: str, volume: str) -> None:
    report = checked(text)
    assert str(report.rows[-1].output) == volume
    assert report.ok


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("INPUT(224x224x3) => CONV(96, 11, S=4)", "(224 − 11 + 2·0)/4 + 1 = 54.25"),
        ("INPUT(10x10x1) => CONV(1, 3, S=2)", "(10 − 3 + 2·0)/2 + 1 = 4.5"),
    ],
)
def test_a_stride_that_does_not_fit_is_an_error_that_shows_the_fraction(text: str, formula: str) -> None:
    assert only(checked(text)).message == f"CONV does not tile its input: {formula}"


def test_a_stride_of_3_does_not_divide_4_and_leaves_only_padding_over() -> None:
    report = checked("INPUT(5x1) => CONV(1, 3, S=3, P=1)")
    (note,) = report.diagnostics
    assert (note.code, note.severity) == ("SHP202", "note")
    assert "(5 − 3 + 2·1)/3 + 1 = 7/3" in note.message
    assert not shapecalc.check("INPUT(5x1) => CONV(1, 3, S=3, P=1)", strict=True).ok


@pytest.mark.parametrize("changed", ["S=2, P=same", "S=2, P=(0,1,0,1)"])
def test_what_does_not_fit_can_be_padded_at_one_side(changed: str) -> None:
    report = checked(f"INPUT(10x10x1) => CONV(1, 3, {changed})")
    assert report.ok
    assert str(report.rows[-1].output) == "5x5x1"


def test_what_does_not_fit_may_be_cropped_if_that_is_what_is_meant() -> None:
    report = checked("---\nrounding: floor\n---\nINPUT(10x10x1) => CONV(1, 3, S=2)")
    assert report.ok
    assert str(report.rows[-1].output) == "4x4x1"


def test_the_windows_of_a_slice_start_two_apart_and_are_five_by_five_by_four() -> None:
    row = last("INPUT(11x11x4) => CONV(2, 5, S=2)")
    assert [a.shape for a in row.weight_arrays] == [(5, 5, 4, 2), (2,)]
    assert row.field is not None
    assert [(axis.step, axis.low, axis.low + axis.size - 1) for axis in row.field.axes] == [(2, 0, 4), (2, 0, 4)]


# --- parameters -------------------------------------------------------------------------------


def test_alexnets_first_layer_has_290400_neurons_that_share_96_filters() -> None:
    row = last("INPUT(227x227x3) => CONV(96, F=11, S=4)")
    assert (row.activations, row.weights, row.biases, row.params) == (290400, 34848, 96, 34944)
    assert row.weights == 96 * 363
    assert row.macs == 290400 * 363


def test_without_sharing_alexnets_first_layer_has_105_million_parameters() -> None:
    row = last("INPUT(227x227x3) => LOCAL(96, F=11, S=4)")
    assert row.params == 290400 * 364 == 105705600


def test_im2col_makes_363_by_3025_of_alexnets_input() -> None:
    row = last("INPUT(227x227x3) => CONV(96, F=11, S=4)")
    columns = im2col(row)
    assert columns == (363, 3025)
    assert (row.weights or 0) // columns[0] == 96  # W_row is 96x363, the product 96x3025
    assert 96 * columns[1] == row.activations


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("INPUT(32x32x3) => CONV(1, 5)", 75),
        ("INPUT(16x16x20) => CONV(1, 3)", 180),
        ("INPUT(16x16x94) => CONV(1, 3)", 846),
        ("INPUT(32x32x3) => CONV(1, 3)", 27),
    ],
)
def test_a_neuron_has_so_many_weights_and_one_bias(text: str, weights: int) -> None:
    row = last(text)
    assert (row.weights, row.biases) == (weights, 1)


@pytest.mark.parametrize("branches", ["ADD[ | LEARNED ]", "ADD[ LEARNED | ]", "CONCAT[ LEARNED | | LEARNED ]"])
def test_a_learned_branch_sees_nothing_and_takes_nothing_from_what_the_others_see(branches: str) -> None:
    field = shapecalc.check(f"INPUT(9x4) => CONV(4, F=3) => {branches}").rows[-1].field
    assert field is not None
    assert [axis.intervals for axis in field.axes] == [((0, 2),)]


def test_three_3x3_see_7x7_with_27_c2_weights_where_one_7x7_has_49_c2() -> None:
    three = checked("INPUT(28x28x10) => CONV(10, 3, P=1)*3")
    one = checked("INPUT(28x28x10) => CONV(10, 7, P=3)")
    for report, per_channel in ((three, 27), (one, 49)):
        assert report.totals is not None
        assert report.totals.weights == per_channel * 10**2
        field = report.rows[-1].field
        assert field is not None
        assert [axis.size for axis in field.axes] == [7, 7]


def test_three_stacked_3x3_see_3_then_5_then_7() -> None:
    rows = checked("INPUT(28x28x1) => CONV(1, 3)*3").rows[1:]
    assert [row.field.axes[0].size for row in rows if row.field] == [3, 5, 7]


@pytest.mark.parametrize(("dilation", "sees", "size"), [(1, 3, 7), (2, 5, 5)])
def test_a_dilated_filter_reads_every_second_position(dilation: int, sees: int, size: int) -> None:
    row = last(f"INPUT(9x1) => CONV(1, 3, dilation={dilation})")
    assert row.windows[0].effective == sees
    assert str(row.output) == f"{size}x1"
    assert row.params == 4


def test_parameters_take_at_least_three_times_their_memory_with_gradient_and_momentum() -> None:
    text = "INPUT(1x1x1000) => FC(1000)"
    memory = {optimizer: shapecalc.check(text, optimizer=optimizer).totals for optimizer in ("sgd", "momentum", "adam")}
    parameters = 4 * (1000 * 1000 + 1000)
    training = {name: t.memory.training for name, t in memory.items() if t is not None}
    image, label, outputs, loss = 4 * 1000, 8, 4 * 1000, 4
    backward = image + label + 2 * outputs + 2 * loss
    assert training["sgd"] == 2 * parameters + backward
    assert training["momentum"] == 3 * parameters + backward
    # Adam's update makes two volumes of the size of an array besides its two slots and the step counts of two arrays.
    update = image + label + outputs + loss + 2 * 4 + 2 * 4 * 1000 * 1000
    assert training["adam"] == 4 * parameters + update


# --- pooling and padding ----------------------------------------------------------------------


def test_pooling_over_depth_shrinks_the_channels_and_keeps_width_and_height() -> None:
    assert out("INPUT(8x6x12) => DEPTHPOOL(3)") == "8x6x4"


@pytest.mark.parametrize("layer", ["POOL", "AVGPOOL", "L2POOL"])
def test_pooling_by_maximum_average_or_norm_has_no_weights(layer: str) -> None:
    row = last(f"INPUT(224x224x64) => {layer}(2)")
    assert (str(row.output), row.params, row.macs) == ("112x112x64", 0, 0)


def test_a_2x2_pool_discards_three_quarters_of_the_activations() -> None:
    rows = checked("INPUT(224x224x64) => POOL(2, S=2)").rows
    before, after = (row.activations or 0 for row in rows)
    assert after == before * (1 - 3 / 4)


@pytest.mark.parametrize("extent", [1, 3, 5, 7, 11])
def test_half_of_the_extent_less_one_keeps_the_size(extent: int) -> None:
    assert out(f"INPUT(32x32x3) => CONV(8, {extent}, P={(extent - 1) // 2})") == "32x32x8"
    assert out(f"INPUT(32x32x3) => CONV(8, {extent}, P=same)") == "32x32x8"


@pytest.mark.parametrize(
    ("pad", "volume"),
    [("valid", "5x5x1"), ("same", "7x7x1"), ("full", "9x9x1"), ("2", "9x9x1"), ("(0,1,2,0)", "6x7x1")],
)
def test_padding_by_name_by_number_or_side_by_side(pad: str, volume: str) -> None:
    assert out(f"INPUT(7x7x1) => CONV(1, 3, P={pad})") == volume


@pytest.mark.parametrize(
    ("size", "extent", "stride", "volume", "split"),
    [(224, 3, 2, 112, (0, 1)), (224, 7, 2, 112, (2, 3)), (224, 11, 4, 56, (3, 4))],
)
def test_same_padding_puts_the_odd_position_behind(
    size: int, extent: int, stride: int, volume: int, split: tuple[int, int]
) -> None:
    row = last(f"INPUT({size}x{size}x3) => CONV(8, {extent}, S={stride}, P=same)")
    assert row.output is not None
    assert row.output.spatial == (volume, volume)
    assert {(w.before, w.after) for w in row.windows} == {split}
    lower = last(f"INPUT({size}x{size}x3) => CONV(8, {extent}, S={stride}, P=same_lower)")
    assert {(w.before, w.after) for w in lower.windows} == {split[::-1]}


# --- fully connected as convolution -----------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ("F=3, S=2, P=same", 16),
        ("F=3, S=2, P=same, output_padding=0", 15),
        ("F=3, S=2, P=same, output_padding=1", 16),
        ("F=4, S=2, P=same, output_padding=1", 15),
        ("F=3, S=2, P=same, dilation=2, output_padding=1", 16),
        ("F=1, S=2, P=same", 16),
        ("F=1, S=2, P=valid", 16),
        ("F=1, S=2, P=valid, output_padding=0", 15),
        ("F=3, S=2, P=valid, output_padding=1", 18),
    ],
)
def test_keras_transposed_convolutions_by_name(arguments: str, size: int) -> None:
    """W·S for same, and (W − 1)·S + F − 2·(F // 2) + output padding once that is written."""
    assert out(f"INPUT(8x8x3) => UPCONV(2, {arguments})") == f"{size}x{size}x2"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # a view takes nothing, whoever else reads its input: 8·8·4 + 8·8·5 + the joined 8·8·10
        ("INPUT(8x8x4) => CONV(5) => CONCAT[ DO | IDENTITY ]", 256 + 320 + 640),
        ("INPUT(8x8x4) => CONV(5) as c => FLATTEN => FC(3)\n@c => GAP", 256 + 320 + 3 + 5),
        # what writes may write over a volume that nothing else reads, directly or as a view
        ("INPUT(8x8x4) => CONV(5) => DO => RELU", 256 + 320),
        ("INPUT(8x8x4) => CONV(5) as c => DO => RELU\n@c => GAP", 256 + 320 + 320 + 5),
        ("INPUT(8x8x4) => CONV(5) => CONCAT[ DO => RELU | ]", 256 + 320 + 320 + 640),
    ],
)
def test_only_what_writes_needs_its_input_for_itself(text: str, values: int) -> None:
    totals = checked(text).totals
    assert totals is not None
    assert totals.memory.forward == 4 * values


def test_an_fc_is_a_conv_as_large_as_its_input() -> None:
    fc, conv = last("INPUT(7x7x512) => FC(4096)"), last("INPUT(7x7x512) => CONV(4096, F=7, P=0, S=1)")
    assert (fc.output or ())[:2] == (conv.output or ())[:2]
    assert fc.params == conv.params == 102764544
    assert fc.macs == conv.macs


CONVERTED = """
INPUT => [[CONV(k, 3, P=1) => RELU]*n => POOL for k, n in (64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
=> CONV(4096, 7) => RELU => CONV(4096, 1) => RELU => CONV(1000, 1)
"""


def converted_vgg(size: int) -> Report:
    """VGG-16 with its FCs written as CONVs, on an input of another size."""
    return shapecalc.check(CONVERTED, input=(size, size, 3))


@pytest.mark.parametrize(("size", "features", "scores"), [(224, 7, 1), (384, 12, 6)])
def test_the_converted_network_runs_over_a_larger_image(size: int, features: int, scores: int) -> None:
    report = converted_vgg(size)
    pools = [row for row in report.rows if row.node.kind == "POOL"]
    assert str(pools[-1].output) == f"{features}x{features}x512"
    assert str(report.rows[-1].output) == f"{scores}x{scores}x1000"
    assert report.totals is not None
    assert report.totals.params == 138357544


def test_the_converted_network_looks_at_crops_32_apart() -> None:
    field = converted_vgg(384).rows[-1].field
    assert field is not None
    assert [axis.step for axis in field.axes] == [32, 32]


# --- networks ---------------------------------------------------------------------------------


def test_three_volumes_of_224x224x64_are_ten_million_activations_and_72_mebibytes_with_gradients() -> None:
    report = checked("INPUT(224x224x64) => CONV*2")
    values = report.totals.activations if report.totals else None
    assert values == 3 * 224 * 224 * 64 == 9633792
    assert 72 < 2 * values * 4 / 2**20 < 75


def test_the_first_fc_holds_most_of_vgg16() -> None:
    report = checked_sample("vgg16")
    first = row_called(report, "fc1")
    assert first.weights == 7 * 7 * 512 * 4096 == 102760448
    assert report.totals is not None
    assert first.params / report.totals.params > 0.74  # type: ignore[operator]


def test_the_lectures_network_goes_from_32x32x3_to_ten_scores() -> None:
    rows = checked_sample("cifar-lecture").rows
    assert [str(row.output) for row in rows] == ["32x32x3", "32x32x12", "32x32x12", "16x16x12", "1x1x10"]


def test_the_keras_example_has_these_volumes() -> None:
    rows = checked_sample("keras-mnist").rows
    sizes = [str(row.output) for row in rows if row.node.kind in ("CONV", "POOL", "FLATTEN", "FC")]
    assert sizes == ["26x26x32", "13x13x32", "11x11x64", "5x5x64", "1x1x1600", "1x1x64", "1x1x10"]


def test_branches_are_joined_over_the_depth() -> None:
    report = checked("INPUT(28x28x192) => CONCAT[ CONV(64, 1) | CONV(128, 3, P=1) | CONV(32, 5, P=2) ]")
    assert str(report.rows[-1].output) == "28x28x224"


def test_bn_trains_a_scale_and_a_shift_and_keeps_two_running_figures() -> None:
    row = last("INPUT(8x8x32) => BN")
    assert (row.params, row.buffers) == (64, 64)


SIZE_PRESERVING = (
    "RELU ELU LeakyReLU TANH SIGMOID SOFTMAX DO(0.25) BN LRN LN GN(8) IN CONV(16,1) CONV(16,3,P=2,dilation=2)"
)


@pytest.mark.parametrize("layer", SIZE_PRESERVING.split())
def test_these_layers_keep_the_size(layer: str) -> None:
    report = checked(f"INPUT(16x12x16) => {layer}")
    assert report.ok
    assert str(report.rows[-1].output) == "16x12x16"
