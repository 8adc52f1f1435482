"""Single layers in files of other tools: the layer that each is in our words, its volume and its parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import run


def checked(folder: Path, name: str, text: str) -> dict[str, Any]:
    (folder / name).write_text(text, encoding="utf-8")
    network: dict[str, Any] = json.loads(run("check", "--format", "json", name, cwd=folder).stdout)["networks"][0]
    return network


def words(network: dict[str, Any], at: int) -> str:
    """The layers from a place on, as ours, with volumes and parameters; a question mark is what is not known."""
    return "; ".join(
        f"{row['text']} {'x'.join(map(str, row['output'] or ['?']))} {'?' if row['params'] is None else row['params']}"
        for row in network["layers"][at:]
    )


CAFFE = """input: 'a' input_dim: 1 input_dim: 6 input_dim: 8 input_dim: 10
layer { name: 'half' type: 'Pooling' bottom: 'a' top: 'half' pooling_param { kernel_size: 2 stride: 2 } }
layer { name: 'odd' type: 'Unheard' bottom: 'a' top: 'odd' }
layer { name: 'b' type: '%s' top: 'b' %s }
"""
CAFFE_LAYERS = [
    (
        "Convolution",
        "bottom: 'a' convolution_param { num_output: 4 kernel_h: 1 kernel_w: 5 pad_w: 2 stride: 2 "
        "group: 2 bias_term: false }",
        "CONV(4, F=5x1, S=2, P=2x0, groups=2, bias=false) 5x4x4 60",
    ),
    (
        "Convolution",
        "bottom: 'a' convolution_param { num_output: 4 kernel_size: 3 dilation: 2 }",
        "CONV(4, F=3, S=1, P=0, dilation=2) 6x4x4 220",
    ),
    (
        "Deconvolution",
        "bottom: 'a' convolution_param { num_output: 3 kernel_size: 4 stride: 2 pad: 1 }",
        "UPCONV(3, F=4, S=2, P=1) 20x16x3 291",
    ),
    (
        "ConvolutionDepthwise",
        "bottom: 'a' convolution_param { num_output: 12 kernel_size: 3 bias_term: false }",
        "DWCONV(3, S=1, P=0, multiplier=2, bias=false) 8x6x12 108",
    ),
    (
        "Pooling",
        "bottom: 'a' pooling_param { pool: AVE kernel_size: 3 stride: 2 }",
        "POOL(3, S=2, P=0, mode=avg, ceil=caffe) 5x4x6 0",
    ),
    (
        "Pooling",
        "bottom: 'a' pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 round_mode: FLOOR }",
        "POOL(3, S=2, P=1) 5x4x6 0",
    ),
    ("Pooling", "bottom: 'a' pooling_param { pool: AVE global_pooling: true }", "GAP 1x1x6 0"),
    *[
        ("Pooling", f"bottom: 'a' pooling_param {{ pool: {rest} }}", f"Pooling (opaque) {size}x6 0")
        for rest, size in (
            ("STOCHASTIC kernel_size: 3 stride: 2", "5x4"),
            ("2 kernel_size: 3 stride: 3 round_mode: FLOOR", "3x2"),
            ("STOCHASTIC global_pooling: true", "1x1"),
        )
    ],
    *[
        (
            "Python",  # one that nothing reads is no part of the network
            f"bottom: 'a' python_param {{ module: 'spatial_dropout' {told} }} }} layer {{ type: 'ReLU' bottom: 'b' ",
            f"{layer} 10x8x6 0; RELU 10x8x6 0",
        )
        for told, layer in (
            ("""param_str: "{\\'phase\\': \\'TEST\\', \\'p\\': \\'0.01\\'}" """, "DO(0.01, channels=true)"),
            ("", "DO(channels=true)"),
        )
    ],
    (
        "InnerProduct",
        "bottom: 'a' inner_product_param { num_output: 7 bias_term: false }",
        "FC(7, bias=false) 1x1x7 3360",
    ),
    ("Pooling", "bottom: 'a' pooling_param { kernel_size: 3 stride: 2 ceil_mode: false }", "POOL(3, S=2, P=0) 4x3x6 0"),
    ("InnerProduct", "bottom: 'a' inner_product_param { num_output: 7 axis: 2 }", "InnerProduct (opaque) 7x6 567"),
    ("InnerProduct", "bottom: 'a' inner_product_param { num_output: 7 axis: -1 }", "InnerProduct (opaque) 7x8x6 77"),
    ("Flatten", "bottom: 'a'", "FLATTEN 1x1x480 0"),
    ("Flatten", "bottom: 'a' flatten_param { axis: 2 }", "RESHAPE(80x6) 80x6 0"),
    ("Flatten", "bottom: 'a' flatten_param { axis: 1 end_axis: -2 }", "RESHAPE(10x48) 10x48 0"),
    ("Flatten", "bottom: 'a' flatten_param { axis: 0 }", "Flatten (opaque) ? ?"),
    ("Bias", "bottom: 'a'", "Bias (opaque) 10x8x6 6"),
    ("Bias", "bottom: 'a' bias_param { axis: 2 num_axes: -1 }", "Bias (opaque) 10x8x6 80"),
    ("Bias", "bottom: 'a' bottom: 'a' bias_param { axis: 0 }", "ADD 10x8x6 0"),
    ("Scale", "bottom: 'a' bottom: 'a' scale_param { axis: 0 }", "MUL 10x8x6 0"),
    ("Scale", "bottom: 'a' scale_param { num_axes: 0 bias_term: true }", "Scale (opaque) 10x8x6 2"),
    ("Scale", "bottom: 'a' scale_param { axis: -2 num_axes: 2 bias_term: true }", "Scale (opaque) 10x8x6 160"),
    ("Embed", "bottom: 'a' embed_param { input_dim: 9 num_output: 4 }", "Embed (opaque) 4x10x8x6 40"),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: 2 dim: 7 } }", "RESHAPE(1x1x7) ? ?"),
    ("Crop", "bottom: 'a' bottom: 'half' crop_param { axis: 1 offset: 0 }", "CROP((0,5,0,4)) 5x4x6 0"),
    ("Crop", "bottom: 'a' bottom: 'half' crop_param { offset: 0 offset: 0 offset: 0 }", "Crop (opaque) ? ?"),
    ("Tile", "bottom: 'a' tile_param { axis: 2 tiles: 3 }", "Tile (opaque) 10x24x6 0"),
    ("Reduction", "bottom: 'a' reduction_param { operation: MEAN axis: 2 }", "GAP 1x1x6 0"),
    ("Reduction", "bottom: 'a' reduction_param { operation: SUMSQ axis: -1 }", "Reduction (opaque) 8x6 0"),
    ("Reduction", "bottom: 'a' reduction_param { axis: 1 }", "Reduction (opaque) 1x1x1 0"),
    ("Reduction", "bottom: 'a'", "Reduction (opaque) ? ?"),
    ("SPP", "bottom: 'a' spp_param { pyramid_height: 3 }", "SPP (opaque) 1x1x126 0"),
    ("ArgMax", "bottom: 'a' argmax_param { axis: 2 top_k: 3 }", "ArgMax (opaque) 10x3x6 0"),
    ("ArgMax", "bottom: 'a' argmax_param { out_max_val: true }", "ArgMax (opaque) 1x1x2 0"),
    ("Scale", "bottom: 'a' scale_param { bias_term: true }", "SCALE 10x8x6 12"),
    ("ReLU", "bottom: 'a' relu_param { negative_slope: 0.2 }", "LRELU(0.2) 10x8x6 0"),
    ("PReLU", "bottom: 'a' prelu_param { channel_shared: true }", "PRELU(true) 10x8x6 1"),
    ("ELU", "bottom: 'a' elu_param { alpha: 0.5 }", "ELU(0.5) 10x8x6 0"),
    (
        "LRN",
        "bottom: 'a' lrn_param { local_size: 3 alpha: 0.5 norm_region: WITHIN_CHANNEL }",
        "LRN(3, alpha=0.5, k=1, within=true) 10x8x6 0",
    ),
    ("Dropout", "bottom: 'a' dropout_param { dropout_ratio: 0.3 }", "DO(0.3) 10x8x6 0"),
    ("Softmax", "bottom: 'a' softmax_param { axis: 2 }", "Softmax (opaque) 10x8x6 0"),
    ("ShuffleChannel", "bottom: 'a' shuffle_channel_param { group: 3 }", "SHUFFLE(3) 10x8x6 0"),
    ("MVN", "bottom: 'a'", "IN(1e-9) 10x8x6 0"),
    ("MVN", "bottom: 'a' mvn_param { across_channels: true }", "GN(1, eps=1e-9, affine=false) 10x8x6 0"),
    ("MVN", "bottom: 'a' mvn_param { normalize_variance: false }", "MVN (opaque) 10x8x6 0"),
    ("Normalize", "bottom: 'a' norm_param { channel_shared: false }", "Normalize (opaque) 10x8x6 6"),
    ("Normalize", "bottom: 'a'", "Normalize (opaque) 10x8x6 1"),
    ("Eltwise", "bottom: 'a' bottom: 'a' eltwise_param { operation: SUM coeff: 1 coeff: -1 }", "SUB 10x8x6 0"),
    ("Eltwise", "bottom: 'a' bottom: 'a' eltwise_param { operation: PROD }", "MUL 10x8x6 0"),
    ("Eltwise", "bottom: 'a' bottom: 'a' eltwise_param { operation: MAX }", "MAX 10x8x6 0"),
    ("Axpy", "bottom: 'a' bottom: 'a' bottom: 'a'", "MUL 10x8x6 0; ADD 10x8x6 0"),
    ("Concat", "bottom: 'a' bottom: 'a' concat_param { axis: 2 }", "CONCAT(height) 10x16x6 0"),
    ("Concat", "bottom: 'a' bottom: 'a' concat_param { axis: 0 }", "Concat (opaque) 10x8x6 0"),
    ("Concat", "bottom: 'a'", "IDENTITY 10x8x6 0"),
    (
        "Slice",
        "bottom: 'a' slice_param { axis: -1 slice_point: 3 } top: 'z'",
        "SLICE(0, stop=3, along=width) 3x8x6 0; SLICE(3, stop=10, along=width) 7x8x6 0",
    ),
    ("Slice", "bottom: 'a' slice_param { axis: 0 } top: 'z'", "Slice (opaque) 10x8x6 0"),
    ("Slice", "bottom: 'a' slice_param { axis: 4 } top: 'z'", "Slice (opaque) ? ?"),
    ("Permute", "bottom: 'a' permute_param { order: 0 order: 2 order: 3 order: 1 }", "PERMUTE((3,1,2)) 6x10x8 0"),
    ("Permute", "bottom: 'a' permute_param { order: 1 order: 0 }", "Permute (opaque) ? ?"),
    ("Interp", "bottom: 'a' interp_param { zoom_factor: 2 }", "RESIZE(19x15, mode=bilinear) 19x15x6 0"),
    ("Interp", "bottom: 'a' interp_param { height: 4 width: 5 }", "RESIZE(5x4, mode=bilinear) 5x4x6 0"),
    ("Interp", "bottom: 'a' interp_param { shrink_factor: 2 pad_beg: -1 }", "Interp (opaque) 5x4x6 0"),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: 0 dim: 3 dim: -1 dim: 10 } }", "RESHAPE(10x16x3) 10x16x3 0"),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: 0 dim: -1 } }", "FLATTEN 1x1x480 0"),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: 0 dim: -1 dim: -1 } }", "Reshape (opaque) ? ?"),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: -1 dim: 40 } }", "Reshape (opaque) 1x1x40 0"),
    (
        "Reshape",
        "bottom: 'a' reshape_param { shape { dim: 2 dim: -1 } axis: 1 num_axes: 1 }",
        "RESHAPE(10x8x3x2) 10x8x3x2 0",
    ),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: 80 } axis: -3 }", "RESHAPE(80x6) 80x6 0"),
    ("Reshape", "bottom: 'a' reshape_param { shape { dim: 0 dim: 3 dim: -1 dim: 0 } }", "RESHAPE(10x16x3) 10x16x3 0"),
    *[
        (kind, "bottom: 'a'", f"ACT({kind.lower()}) 10x8x6 0")
        for kind in ("AbsVal", "BNLL", "Clip", "Exp", "Threshold")
    ],
    ("MultiStageMeanfield", "bottom: 'a'", f"MultiStageMeanfield (opaque) 10x8x6 {3 * 6 * 6}"),
    ("Eltwise", "bottom: 'a' bottom: 'a' eltwise_param { coeff: 1 coeff: 2 }", "ADD 10x8x6 0"),
    ("Power", "bottom: 'a'", "ACT(power) 10x8x6 0"),
    ("Reorg", "bottom: 'a' reorg_param { stride: 2 }", "PIXELUNSHUFFLE(2) 5x4x24 0"),
    ("Reorg", "bottom: 'a' reorg_param { stride: 2 reverse: true }", "Reorg (opaque) ? ?"),
    ("Reorg", "bottom: 'a'", "Reorg (opaque) ? ?"),
    ("Unheard", "bottom: 'a'", "Unheard (opaque) ? ?"),
    ("Unheard", "bottom: 'a' loss_weight: 1", ""),
    ("UnheardLoss", "bottom: 'a'", ""),
    ("UnheardDetectionOutput", "bottom: 'a'", ""),
    (
        "PriorBox",
        "bottom: 'a' prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 aspect_ratio: 2 flip: false }",
        "PriorBox (opaque) 960x2 0",
    ),
    ("Crop", "bottom: 'a' bottom: 'half' crop_param { axis: 2 offset: 1 offset: 3 }", "CROP((3,2,1,3)) 5x4x6 0"),
    ("Crop", "bottom: 'a' bottom: 'half' crop_param { axis: 3 offset: 2 }", "CROP((2,3,0,0)) 5x8x6 0"),
    ("Crop", "bottom: 'a' bottom: 'half' crop_param { axis: 1 offset: 2 }", "Crop (opaque) ? ?"),
    ("Crop", "bottom: 'a' bottom: 'half' crop_param { axis: 2 offset: 9 }", "Crop (opaque) ? ?"),
    ("Normalize", "bottom: 'odd' norm_param { channel_shared: false }", "Normalize (opaque) ? ?"),
    ("Bias", "bottom: 'odd'", "Bias (opaque) ? ?"),
    ("Permute", "bottom: 'odd'", "Permute (opaque) ? ?"),
    ("PriorBox", "bottom: 'odd'", "PriorBox (opaque) ? ?"),
    (
        "PriorBox",
        "bottom: 'a' prior_box_param { min_size: 9 aspect_ratio: 2 aspect_ratio: 0.5 }",
        "PriorBox (opaque) 960x2 0",
    ),
    ("Embed", "bottom: 'odd' embed_param { input_dim: 9 num_output: 4 }", "Embed (opaque) ? ?"),
    ("Interp", "bottom: 'a' interp_param { height: 4 }", "Interp (opaque) ? ?"),
    ("ArgMax", "bottom: 'a' argmax_param { axis: 1 }", "ArgMax (opaque) 10x8x1 0"),
    ("ROIPooling", "bottom: 'a' roi_pooling_param { pooled_h: 3 }", "ROIPooling (opaque) ? ?"),
    ("ROIPooling", "bottom: 'a' roi_pooling_param { pooled_h: 3 pooled_w: 1 }", "ROIPooling (opaque) 1x3x6 0"),
    ("Tile", "bottom: 'a' tile_param { tiles: 3 }", "Tile (opaque) 10x8x18 0"),
    ("Upsample", "bottom: 'a' upsample_param { scale: 2 pad_out_h: true }", "Upsample (opaque) 20x15x6 0"),
    ("Upsample", "bottom: 'a' upsample_param { upsample_w: 19 upsample_h: 1 }", "Upsample (opaque) 19x1x6 0"),
    ("Upsample", "bottom: 'odd'", "Upsample (opaque) ? ?"),
]
"""Types with their parameters on a blob of 6 channels, 8 high and 10 wide, by Caffe's formulas of caffe.proto."""


def test_a_layer_of_caffe_is_ours(tmp_path: Path) -> None:
    for kind, rest, expected in CAFFE_LAYERS:
        assert words(checked(tmp_path, "net.prototxt", CAFFE % (kind, rest)), 3) == expected, (kind, rest)


def test_eltwise_of_caffe_repeats_nothing(tmp_path: Path) -> None:
    joined = "bottom: 'a' bottom: 'mean' eltwise_param { operation: PROD }"
    mean = "layer { name: 'mean' type: 'Pooling' bottom: 'a' top: 'mean' pooling_param { global_pooling: true } }\n"
    text = (CAFFE % ("Eltwise", joined)).replace("layer { name: 'b'", mean + "layer { name: 'b'")
    (error,) = [d for d in checked(tmp_path, "net.prototxt", text)["diagnostics"] if d["code"] == "SHP208"]
    assert error["message"] == "Eltwise reads blobs of one size, and these are 10x8x6 and 1x1x6"


TRAINED = """input: 'weights' input_dim: 1 input_dim: 4 input_dim: 1 input_dim: 1
layer { name: 'd' type: 'Data' top: 'd' top: 'label' transform_param { crop_size: 8 mean_value: 1 mean_value: 2 } }
layer { name: 'part' type: 'Slice' bottom: 'label' top: 'age' top: 'place' slice_param { slice_point: 1 } }
layer { name: 'many' type: 'Tally' bottom: 'age' top: 'many' }
layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c' convolution_param { num_output: 3 kernel_size: 1 } }
layer { name: 'l' type: 'SoftmaxWithLoss' bottom: 'c' bottom: 'many' bottom: 'weights' top: 'l' }
"""


def test_labels_of_caffe_and_what_losses_alone_make_of_them_are_no_part_of_the_network(tmp_path: Path) -> None:
    assert words(checked(tmp_path, "a.prototxt", TRAINED), 0) == "INPUT(8x8x2) 8x8x2 0; CONV(3, F=1, S=1, P=0) 8x8x3 9"
    apart = TRAINED.replace("top: 'd' top: 'label'", "top: 'd'") + "input: 'label'"
    assert words(checked(tmp_path, "c.prototxt", apart), 0) == "INPUT(8x8x2) 8x8x2 0; CONV(3, F=1, S=1, P=0) 8x8x3 9"
    with_margin = TRAINED.replace("'SoftmaxWithLoss'", "'MarginProduct'")  # has weights: no loss that anybody knows
    assert words(checked(tmp_path, "b.prototxt", with_margin), -1) == "MarginProduct (opaque) ? ?"


DARKNET = """[net]
width=10
height=8
channels=4

[convolutional]
filters=6
size=1
activation=linear

[convolutional]
filters=6
size=1
activation=linear

"""
DARKNET_SECTIONS = {
    "[local] filters=4 size=3 stride=2 pad=1": "LOCAL(4, F=3, S=2, P=1) 5x4x4 4400; SIGMOID 5x4x4 0",
    "[conv] filters=2 padding=1 dilation=2 activation=linear": "CONV(2, F=1, S=1, P=1) 12x10x2 14",
    "[maxpool] size=3 stride=2": "POOL(3, S=2, P=1) 5x4x6 0",
    "[maxpool] maxpool_depth=1 out_channels=2": "maxpool (opaque) 10x8x2 0",
    "[avgpool]": "GAP 1x1x6 0",
    "[local_avgpool] size=2 stride=2": "POOL(2, S=2, P=(0,1,0,1), mode=avg, count_include_pad=false) 5x4x6 0",
    "[route] layers=-1 groups=2 group_id=1": "SLICE(3, stop=6) 10x8x3 0",
    "[route] layers=-1 groups=2": "SLICE(0, stop=3) 10x8x3 0",
    "[route] layers=-1,-1 groups=2": "SLICE(0, stop=3) 10x8x3 0; SLICE(0, stop=3) 10x8x3 0; CONCAT 10x8x6 0",
    "[route_lhalf] layers=-1": "SLICE(0, stop=3) 10x8x3 0",
    "[shortcut] from=-2 weights_type=per_channel": "shortcut (opaque) 10x8x6 12",
    "[shortcut] from=-2 weights_type=per_feature": "shortcut (opaque) 10x8x6 2",
    "[route] layers=-1": "IDENTITY 10x8x6 0",
    "[reorg] stride=2": "PIXELUNSHUFFLE(2) 5x4x24 0",
    "[reorg]": "PIXELUNSHUFFLE(1) 10x8x6 0",
    "[reorg] stride=3": "reorg (opaque) 3x2x54 0",
    "[reorg] stride=2 reverse=1": "reorg (opaque) 20x16x1 0",
    "[reorg] stride=3 reverse=1": "reorg (opaque) ? ?",
    "[reorg] extra=5": "FLATTEN 1x1x480 0; PAD(depth=(0,5)) 1x1x485 0",
    "[crop] crop_width=5 crop_height=4": "CROP((2,3,2,2)) 5x4x6 0; RESCALE(2, offset=-1) 5x4x6 0",
    "[conv_lstm] output=4 bottleneck=1": "conv_lstm (opaque) 10x8x4 1172",
    "[crop] crop_width=5 crop_height=4 noadjust=1": "CROP((2,3,2,2)) 5x4x6 0",
    "[batchnorm]": "BN(affine=false) 10x8x6 0; SCALE(false) 10x8x6 6",
    "[history] history_size=3": "history (opaque) 10x8x18 0",
    "[upsample] stride=2": "UPSAMPLE(2) 20x16x6 0",
    "[dropout] probability=.3": "DO(0.3) 10x8x6 0",
    "[activation] activation=leaky": "LRELU(0.1) 10x8x6 0",
    "[activation] activation=linear": "IDENTITY 10x8x6 0",
    "[activation] activation=prelu": "PRELU 10x8x6 6",
    "[activation] activation=Mish": "MISH 10x8x6 0",
    "[connected] output=5 batch_normalize=1 activation=relu": "FC(5, bias=false) 1x1x5 2400; BN 1x1x5 10; RELU 1x1x5 0",
    "[scale_channels] from=-2": "MUL 10x8x6 0",
    "[sam] from=-2": "MUL 10x8x6 0",
    "[control_channels] from=-2": "MUL 10x8x6 0",
    "[shift_channels] from=-2": "ADD 10x8x6 0",
    "[implicit] atoms=2 filters=6": "LEARNED(1x2x6) 1x2x6 12",
    "[implicit_add] filters=6": "LEARNED(1x1x6) 1x1x6 6",
    "[implicit] filters=0": "LEARNED(1x1x0) ? ?",
    "[deconvolutional] filters=3 size=4 stride=2 padding=1 activation=linear": "UPCONV(3, F=4, S=2, P=1) 20x16x3 291",
    "[softmax]": "FLATTEN 1x1x480 0; SOFTMAX 1x1x480 0",
    "[softmax] spatial=1": "SOFTMAX 10x8x6 0",
    "[softmax] groups=5": "PERMUTE((3,2,1)) 6x8x10 0; RESHAPE(1x5x96) 1x5x96 0; SOFTMAX 1x5x96 0; FLATTEN 1x1x480 0",
    "[softmax] temperature=3": "softmax (opaque) 1x1x480 0",
    "[softmax] tree=9k.tree": "softmax (opaque) 1x1x480 0",
    "[normalize]": "IDENTITY 10x8x6 0",
    "[logistic]": "SIGMOID 10x8x6 0",
    "[normalization]": "LRN(alpha=0.0005, k=1) 10x8x6 0",
    "[lrn] size=3 alpha=.3 beta=.5 kappa=2": "LRN(3, alpha=0.9, beta=0.5) 10x8x6 0",
    "[yolo]": "IDENTITY 10x8x6 0",
    "[prelu] n=1": "prelu (opaque) ? ?",
}
"""Sections on 6 channels, 8 high and 10 wide, by the formulas of Darknet's make_…_layer."""


def test_a_shortcut_of_other_channels_moves_no_window(tmp_path: Path) -> None:
    """shortcut_cpu steps over positions only where the sizes differ: 4 of the 6 channels stay, or 3 are zeros."""
    for filters, fitted in ((4, "SLICE(0, stop=4)"), (9, "PAD(depth=(0,3))")):
        section = f"[conv]\nfilters={filters}\nactivation=linear\n\n[shortcut]\nfrom=-2\n"
        network = checked(tmp_path, "net.cfg", DARKNET + section)
        assert words(network, 4) == f"{fitted} 10x8x{filters} 0; ADD 10x8x{filters} 0"


def test_a_row_of_values_of_darknet_is_a_map_of_one_position(tmp_path: Path) -> None:
    """parse_convolutional and its like take 1, 1 and the outputs of a [connected] for height, width and channels."""
    row = "[connected]\noutput=5\nactivation=linear\n\n"
    for section, expected in {
        "[conv] filters=2 activation=linear": "CONV(2, F=1, S=1, P=0) 1x1x2 12",
        "[local] filters=2 size=3 pad=1 activation=linear": "LOCAL(2, F=3, S=1, P=1) 1x1x2 92",
        "[maxpool] size=2 stride=2": "POOL(2, S=2, P=(0,1,0,1)) 1x1x5 0",
        "[upsample] stride=2": "UPSAMPLE(2) 2x2x5 0",
        "[reorg] stride=1": "PIXELUNSHUFFLE(1) 1x1x5 0",
        "[avgpool]": "GAP 1x1x5 0",
    }.items():
        network = checked(tmp_path, "net.cfg", DARKNET + row + section.replace(" ", "\n") + "\n")
        assert words(network, 4) == f"RESHAPE(1x1x5) 1x1x5 0; {expected}", section


def test_a_section_of_darknet_is_our_layers(tmp_path: Path) -> None:
    for section, expected in DARKNET_SECTIONS.items():
        network = checked(tmp_path, "net.cfg", DARKNET + section.replace(" ", "\n") + "\n")
        assert words(network, 3) == expected, section


HEAD = """nc: 3
{more}backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, Conv, [24, 3, 2]]
head:
  - [[0, 1, 2], 1, {row}]
"""
TWICE = "end2end: True\nreg_max: 1\n"
HEADS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "Detect, [nc]": ((161785, 960), (44082, 672)),
    "v10Detect, [nc]": ((311002, 2112), (311002, 2112)),
    "Segment, [nc, 8, 16]": ((171985, 1136), (59778, 944)),
    "Segment26, [nc, 8, 16]": ((178244, 1264), (66037, 1072)),
    "OBB, [nc, 1]": ((162790, 984), (46092, 720)),
    "OBB26, [nc, 1]": ((162790, 984), (46092, 720)),
    "Pose, [nc, [17, 3]]": ((262612, 1572), (245736, 1896)),
    "Pose26, [nc, [5, 2]]": ((236509, 1218), (139746, 1170)),
    "WorldDetect, [nc, 64, True]": ((163822, 1344), (42303, 1200)),
    "WorldDetect, [nc, 512, False]": ((175534, 960), (54015, 816)),
    "YOLOEDetect, [nc, 64, True]": ((206622, 1520), (90956, 1616)),
    "YOLOESegment, [nc, 8, 16, 64, True]": ((216822, 1696), (106652, 1888)),
    "YOLOESegment26, [nc, 8, 16, 64, True]": ((223081, 1824), (112911, 2016)),
}
"""Parameters and running statistics, the latter without counters, of the whole model as ultralytics 8.4.190 makes it,
and with branches twice and one bin."""


MASKED = [
    ("0, 1, 2", "DSegment, [nc, 8, 16]", 46174, 752),
    ("0, 1, 2, 2", "DualDSegment, [nc, 8, 16]", 49334, 800),
    ("0, 1, 2, 1, 2, 0, 1, 2", "DualDSegment, [nc, 8, 16]", 154482, 2144),
    ("0, 1, 2", "Panoptic, [nc, 5, 8, 16]", 171117, 1140),
]
"""Parameters and running statistics of the whole model as YOLOv9's own parse_model makes it."""


@pytest.mark.parametrize(("levels", "row", "params", "buffers"), MASKED)
def test_a_head_has_the_weights_that_yolov9_gives_it(
    levels: str, row: str, params: int, buffers: int, tmp_path: Path
) -> None:
    text = HEAD.format(more="anchors: 3\n", row=row).replace("0, 1, 2", levels)
    totals = checked(tmp_path, "net.yaml", text)["totals"]
    assert (totals["params"], totals["buffers"]) == (params, buffers)


@pytest.mark.parametrize("row", HEADS)
def test_a_head_has_the_weights_that_ultralytics_gives_it(row: str, tmp_path: Path) -> None:
    for more, expected in zip(("", TWICE), HEADS[row], strict=True):
        totals = checked(tmp_path, "net.yaml", HEAD.format(more=more, row=row))["totals"]
        assert (totals["params"], totals["buffers"]) == expected, more
