"""What `print(model)` shows of PyTorch's models is read; small ones, printed by torch 2.13 or written in its way."""

from __future__ import annotations

import pytest

import shapecalc

CHAIN = """
A(
  (f): Sequential(
    (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
    (1): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    (2): ReLU()
    (3): MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=True)
    (4): Conv2d(8, 12, kernel_size=(3, 5), stride=(1, 1), dilation=(2, 1), groups=4)
  )
  (c): Linear(in_features=12, out_features=5, bias=True)
)
"""

BLOCKS = """
Net(
  (stem): Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
  (body): ModuleList(
    (0-1): 2 x BasicBlock(
      (conv): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=same, bias=False)
      (relu): ReLU(inplace=True)
    )
    (2): Block(
      (conv): Conv2d(16, 32, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
      (downsample): Sequential(
        (0): Conv2d(16, 32, kernel_size=(1, 1), stride=(2, 2))
      )
    )
    (3): SqueezeExcitation(
      (avgpool): AdaptiveAvgPool2d(output_size=1)
      (fc1): Conv2d(32, 4, kernel_size=(1, 1), stride=(1, 1))
      (activation): ReLU()
      (fc2): Conv2d(4, 32, kernel_size=(1, 1), stride=(1, 1))
      (scale_activation): Sigmoid()
    )
    (4): Fire(
      (squeeze): Conv2d(32, 8, kernel_size=(1, 1), stride=(1, 1))
      (expand1x1): Conv2d(8, 16, kernel_size=(1, 1), stride=(1, 1))
      (expand3x3): Conv2d(8, 24, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    )
  )
  (head): Conv2d(40, 10, kernel_size=(1, 1), stride=(1, 1))
)
"""


def checked(text: str, size: tuple[int, ...] | None) -> shapecalc.Report:
    return shapecalc.check(text, input=size) if size else shapecalc.check(text)


def said(report: shapecalc.Report) -> str:
    return "; ".join(part for d in report.diagnostics if d.code == "SHP511" for part in (d.message, *d.notes))


def test_a_chain_has_the_volumes_and_parameters_that_torch_gives() -> None:
    report = checked(CHAIN, (47, 61, 3))
    rows = {row.name: row for row in report.layers}
    assert {name: rows[name].output.sizes for name in ("f.0", "f.3", "f.4", "c") if rows[name].output} == {
        "f.0": (24, 31, 8), "f.3": (12, 15, 8), "f.4": (8, 11, 12), "c": (1, 1, 5),
    }  # fmt: skip
    assert (report.totals.params, report.totals.buffers) == (669, 16)
    assert report.ok
    assert "at c" in said(report), "the mean over width and height is a call that is not printed"


def test_blocks_are_added_gated_and_joined_as_their_channels_say() -> None:
    report = checked(BLOCKS, (32, 32, 3))
    kinds = [row.kind for row in report.layers]
    assert (kinds.count("ADD"), kinds.count("MUL"), kinds.count("CONCAT")) == (3, 1, 1)
    assert report.layers[-1].output is not None
    assert report.layers[-1].output.sizes == (16, 16, 10)
    assert report.ok
    assert "each module is called once, in the order in which it is printed" in said(report)


def test_what_forward_calls_is_a_doubt_and_such_a_model_is_not_called_clean() -> None:
    once_or_twice = (
        "Net(\n"
        "  (a): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
        "  (b): Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
        ")\n"
    )
    (found,) = checked(once_or_twice, (8, 8, 3)).diagnostics
    assert (found.code, found.severity) == ("SHP511", "warning")
    assert checked(once_or_twice.replace("Net", "Sequential"), (8, 8, 3)).diagnostics == ()


def test_the_size_of_the_input_is_asked_for() -> None:
    report = checked(CHAIN, None)
    assert [(d.code, d.message) for d in report.diagnostics if d.severity == "error"] == [
        ("SHP114", "the file leaves the size of its input open: ?x?x3")
    ]


def test_a_sequential_says_its_order() -> None:
    report = checked("Sequential(\n  (0): Linear(in_features=8, out_features=4, bias=True)\n  (1): ReLU()\n)\n", None)
    assert (report.totals.params, said(report)) == (36, "")


MISFITS = {
    "(c): Linear(in_features=12, out_features=5, bias=True)": (
        "(c): Linear(in_features=13, out_features=5, bias=True)",
        "c expects 13 values, 1,056 arrive from f.4",
    ),
    "(1): BatchNorm2d(8, ": ("(1): BatchNorm2d(9, ", "f.1 expects 9 channels, 8 arrive from f.0"),
}


@pytest.mark.parametrize("line", MISFITS)
def test_a_module_that_takes_what_does_not_arrive_is_an_error(line: str) -> None:
    other, message = MISFITS[line]
    report = checked(CHAIN.replace(line, other), (47, 61, 3))
    assert message in [d.message for d in report.diagnostics if d.code == "SHP306"]


def test_a_text_that_ends_in_the_middle_is_refused() -> None:
    report = checked(CHAIN[:200], (47, 61, 3))
    assert "a bracket is not closed" in report.diagnostics[0].message


def test_modules_that_cannot_be_joined_are_one_error_with_their_names() -> None:
    text = (
        "M(\n"
        "  (a): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n"
        "  (b): Linear(in_features=7, out_features=8, bias=True)\n"
        "  (c): Linear(in_features=9, out_features=8, bias=True)\n"
        ")\n"
    )
    report = shapecalc.check(text, input="8x8x3")
    (error,) = [d for d in report.diagnostics if d.severity == "error"]
    assert (error.code, error.notes) == ("SHP306", ("the same at c",))
    assert report.totals.params == (27 * 8 + 8) + (7 * 8 + 8) + (9 * 8 + 8)


SOMEBODYS = """
Net(
  (stem): StdConv2dSame(3, 8, kernel_size=(3, 3), stride=(2, 2), bias=False)
  (bn1): NormAct2d(
    8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True
    (drop): Identity()
    (act): ReLU(inplace=True)
  )
  (pool): MaxPool2dSame(kernel_size=(3, 3), stride=(2, 2), padding=(0, 0), dilation=(1, 1), ceil_mode=False)
  (conv): ParametrizedConv2d(
    8, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)
    (parametrizations): ModuleDict(
      (weight): ParametrizationList(
        (0): _SpectralNorm()
      )
    )
  )
  (ln): OwnNorm((16,), eps=1e-06, elementwise_affine=True)
  (gn): OneGroup(1, 16, eps=1e-05, affine=True)
  (up): UpDeconv(16, 4, kernel_size=(2, 2), stride=(2, 2))
  (scale): Scale()
  (global_pool): SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))
  (head): NormedLinear(in_features=4, out_features=10, bias=True)
)
"""
"""Classes that are made from one of torch print as it does, and have its sizes and parameters."""


def test_classes_that_are_made_from_torchs_are_read_as_these_and_named() -> None:
    report = checked(SOMEBODYS, (33, 33, 3))
    assert report.ok
    found = {row.name: (str(row.output), row.params) for row in report.layers if row.params}
    assert found == {
        "stem": ("17x17x8", 27 * 8), "bn1": ("17x17x8", 16), "conv": ("9x9x16", 9 * 8 * 16 + 16),
        "ln": ("9x9x16", 32), "gn": ("9x9x16", 32), "up": ("18x18x4", 4 * 16 * 4 + 4), "head": ("1x1x10", 50),
    }  # fmt: skip
    assert "layers of PyTorch that print alike: StdConv2dSame, NormAct2d, OwnNorm, OneGroup, UpDeconv" in said(report)
    assert "counted: conv.parametrizations.weight.0, scale" in said(report), "Scale is no word of torch"


def test_a_layer_of_other_axes_that_does_not_fit_has_its_own_weights() -> None:
    text = (
        "M(\n"
        "  (a): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n"
        "  (b): Conv3DSimple(1, 4, kernel_size=(3, 5, 1), stride=(1, 1, 1))\n"
        ")\n"
    )
    report = shapecalc.check(text, input="8x8x3")
    assert "b expects 1 channel, 8 arrive from a" in [d.message for d in report.diagnostics]
    assert report.layers[-1].params == 3 * 5 * 4 + 4


def test_groups_that_do_not_divide_are_an_error_where_other_channels_arrive_too() -> None:
    conv = "Conv2d(8, 7, kernel_size=(3, 3), stride=(1, 1), groups=4)"
    report = shapecalc.check(
        f"M(\n  (a): ReLU()\n  (b): Conv2d(3, 4, kernel_size=(1, 1), stride=(1, 1))\n  (c): {conv}\n)",
        input="8x8x3",
    )
    assert not report.ok


def test_a_linear_behind_a_flatten_takes_so_many_values_of_whatever_size() -> None:
    linear = "Linear(in_features=784, out_features=10, bias=True)"
    text = f"Sequential(\n  (0): Flatten(start_dim=1, end_dim=-1)\n  (1): {linear}\n)"
    assert str(checked(text, None).rows[0].output) == "1x1x784"
    report = checked(text, (28, 28, 1))
    assert report.ok
    assert (str(report.rows[0].output), report.totals.params) == ("28x28x1", 7850)


OTHER_PRINTS = {
    "PyTorch 0.3": """Net (
  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
  (pool): MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))
  (relu): ReLU (inplace)
  (fc): Linear (72 -> 5)
)""",
    "PyTorch 0.1": """Net (
  (conv): Conv2d (3 -> 8, size: (3, 3), stride: (1, 1))
  (pool): MaxPool2d (size: (2, 2), stride: (2, 2), dilation: (1, 1))
  (relu): ReLU (inplace)
  (fc): Linear (72 -> 5)
)""",
    "Paddle": """Net(
  (conv): Conv2D(3, 8, kernel_size=[3, 3], data_format=NCHW)
  (pool): MaxPool2D(kernel_size=2, stride=2, padding=0)
  (relu): ReLU()
  (fc): Linear(in_features=72, out_features=5, dtype=float32)
)""",
    "MXNet": """HybridSequential(
  (0): Conv2D(3 -> 8, kernel_size=(3, 3), stride=(1, 1))
  (1): MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False)
  (2): Activation(relu)
  (3): Dense(72 -> 5, linear)
)""",
    "Chainer": """Net(
  (conv): Convolution2D(in_channels=3, out_channels=8, ksize=3, stride=(1, 1), pad=(0, 0), nobias=False, groups=1),
  (body): Chain(
    (fc): Linear(in_size=72, out_size=5, nobias=False),
  ),
)""",
    "MLX": """Net(
  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(0, 0), dilation=1, groups=1, bias=True)
  (pool): MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))
  (fc): Linear(input_dims=72, output_dims=5, bias=True)
)""",
    "ptflops": """Net(
  584.0, 100.000% Params, 8.42 KMac, 100.000% MACs,
  (conv): Conv2d(224, 38.356% Params, 8.06 KMac, 95.724% MACs, 3, 8, kernel_size=(3, 3), stride=(1, 1))
  (pool): MaxPool2d(0, 0.000% Params, 288.0 Mac, 3.420% MACs, kernel_size=2, stride=2, padding=0, dilation=1)
  (fc): Linear(365, 62.500% Params, 365.0 Mac, 4.334% MACs, in_features=72, out_features=5, bias=True)
)""",
    "DeepSpeed": """Net(
  589, 100.00% Params, 8.06 KMACs, 100.00% MACs, 25.62 us, 100.00% latency, 34.31 TFLOPS,
  (conv): Conv2d(224, 38% Params, 8 KMACs, 95% MACs, 6 us, 24% latency, 39.8 TFLOPS, 3, 8, kernel_size=(3, 3))
  (pool): MaxPool2d(0, 0.00% Params, 0 MACs, 0.00% MACs, 0.0 s, 0.00% latency, 0.0 FLOPS, kernel_size=2, stride=2)
  (fc): Linear(365, 61% Params, 360 MACs, 4% MACs, 9 us, 30% latency, 79 MFLOPS, in_features=72, out_features=5)
)""",
    "fvcore": """Net(
  #params: 0.59K, #flops: 8.14K
  (conv): Conv2d(
    3, 8, kernel_size=(3, 3), stride=(1, 1)
    #params: 0.22K, #flops: 7.78K
  )
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (fc): Linear(
    in_features=72, out_features=5, bias=True
    #params: 0.37K, #flops: 0.36K
  )
)""",
    "not called yet": """Net(
  (conv): LazyConv2d(0, 8, kernel_size=(3, 3), stride=(1, 1))
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (fc): LazyLinear(in_features=0, out_features=5, bias=True)
)""",
    "quantised": """Net(
  (conv): QuantizedConv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), scale=0.1, zero_point=6)
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (relu): ReLU()
  (fc): QuantizedLinear(in_features=72, out_features=5, scale=0.2, zero_point=5, qscheme=torch.per_channel_affine)
)""",
}


@pytest.mark.parametrize("text", OTHER_PRINTS.values(), ids=OTHER_PRINTS)
def test_modules_as_other_versions_and_frameworks_print_them(text: str) -> None:
    report = checked(text, (8, 8, 3))
    assert [layer.params for layer in report.layers if layer.params] == [3 * 3 * 3 * 8 + 8, 72 * 5 + 5]
    assert str(report.layers[-1].output) == "1x1x5"
    assert "not known" not in said(report)


def conv(name: str, takes: int, gives: int, *, size: int = 1, stride: int = 1, more: str = "") -> str:
    return f"({name}): Conv2d({takes}, {gives}, kernel_size=({size}, {size}), stride=({stride}, {stride}){more})"


STEM = conv("stem", 3, 8)
JOINED = {
    "what a block reads is beside what it gives, as in DenseNet": (
        [STEM, "(layer): Block(", conv("conv", 8, 4, size=3, more=", padding=(1, 1)"), ")", conv("next", 12, 5)],
        ["CONV", "CONV", "CONCAT", "CONV"],
        8 * 4 + 4 * (9 * 8 + 1) + 5 * 13,
    ),
    "a pool that is not printed is beside a branch of half the size, as in Inception": (
        [
            STEM,
            "(red): Reduction(",
            conv("branch0", 8, 6, size=3, stride=2),
            ")",
            conv("next", 14, 5),
        ],
        ["CONV", "CONV", "POOL", "CONCAT", "CONV"],
        8 * 4 + 6 * (9 * 8 + 1) + 5 * 15,
    ),
    "one half of the channels is passed on, as in ShuffleNet": (
        [
            STEM,
            "(block): Unit(",
            "(branch1): Sequential()",
            "(branch2): Sequential(",
            conv("0", 4, 4),
            ")",
            ")",
            conv("next", 8, 5),
        ],
        ["CONV", "SLICE", "CONV", "SLICE", "CONCAT", "CONV"],
        8 * 4 + 4 * 5 + 5 * 9,
    ),
}
"""Modules, the layers that they are read as, and how many parameters torch has of them."""


@pytest.mark.parametrize("case", JOINED)
def test_what_channels_say_is_joined_between_modules_is_said_to_be_assumed(case: str) -> None:
    lines, kinds, params = JOINED[case]
    depth, text = 1, "Net(\n"
    for line in lines:
        depth -= line == ")"
        text += "  " * depth + line + "\n"
        depth += line.endswith("(")
    report = checked(text + ")\n", (17, 17, 3))
    assert [row.kind for row in report.layers[1:]] == kinds
    assert report.totals.params == params
    assert "a join, a pool, a reshape or a flattening is called between, at" in said(report)
    assert not [d for d in report.diagnostics if d.severity == "error"]


def test_modules_that_are_left_out_are_not_passed_over() -> None:
    (found,) = checked(CHAIN.replace("    (2): ReLU()", "    ..."), (47, 61, 3)).diagnostics
    assert (found.code, found.message) == ("SHP010", "the printed model is not complete: modules are left out here")


def test_the_first_module_says_how_many_axes_there_are() -> None:
    conv = "Conv3DSimple(3, 8, kernel_size=(3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3), bias=False)"
    report = checked(f"M(\n  (stem): {conv}\n  (pool): AdaptiveAvgPool3d(output_size=1)\n)", (32, 32, 4, 3))
    assert [str(row.output) for row in report.layers] == ["32x32x4x3", "16x16x4x8", "1x1x1x8"]


MODULES = {
    "InstanceNorm2d(4, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)": ("IN", 0),
    "GroupNorm(2, 4, eps=1e-05, affine=False, bias=False)": ("GN", 0),
    "LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=False)": ("LayerNorm", 4),
    "RMSNorm((4,), eps=None, elementwise_affine=True)": ("RMSNorm", 4),
    "RMSNorm((4,), eps=None, elementwise_affine=False)": ("RMSNorm", 0),
    "UpsamplingBilinear2d(scale_factor=2.0, mode='bilinear')": ("UPSAMPLE", 0),
    "QuickGELUActivation()": ("GELU", 0),
}


@pytest.mark.parametrize("text", MODULES)
def test_modules_as_torch_and_transformers_print_them(text: str) -> None:
    row = checked(f"Sequential(\n  (0): Identity()\n  (1): {text}\n)", (6, 6, 4)).layers[-1]
    assert (row.kind, row.params) == MODULES[text]
