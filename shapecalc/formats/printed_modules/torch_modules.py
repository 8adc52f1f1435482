"""One printed module as a layer of ours, with what it says that it takes."""

from __future__ import annotations

import re

from shapecalc.core.layer import Layer
from shapecalc.core.record import NamedTuple
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic
from shapecalc.dialects.framework_of import Manner
from shapecalc.dialects.translate import translate
from shapecalc.expansion.bind import Binder
from shapecalc.expansion.unknown_layers import UnknownLayers
from shapecalc.language import syntax
from shapecalc.parse import parse_statements
from shapecalc.registry import by_name

_TORCH = Manner(frozenset({"PyTorch"}))
ALIKE: tuple[tuple[str, str], ...] = (
    (r"(Lazy\w+)\((?:in_features=)?0, (.*)", r"\1(\2"),
    (r"\w*GELU\w*\(.*", "GELU()"),
    (r"Conv1D\(nf=(\d+), nx=(\d+)\)", r"Linear(\2, \1)"),
    (r"Convolution(\d)D\((?:in_channels=None, )?(.*)", r"Conv\1d(\2"),
    (r"Linear\(in_features=None, (.*)", r"Linear(\1"),
    (r"BatchNormalization\(size=\(?(\d+).*", r"BatchNorm2d(\1)"),
    (r"SelectAdaptivePool2d ?\(pool_type=(?:fast)?avg.*|FastAdaptiveAvgPool(?:2d)?\(.*", "AdaptiveAvgPool2d(1)"),
    (r"SelectAdaptivePool2d ?\(pool_type=(?:fast)?max.*", "AdaptiveMaxPool2d(1)"),
    (r"\w+Conv2dSame\((.*)", r"Conv2dSame(\1"),
    (r"\w*(?:[Tt]ranspose|Deconv)\w*\((\d+, \d+, kernel_size=.*)", r"ConvTranspose{n}d(\1"),
    (r"\w+\((\d+, \d+, kernel_size=.*)", r"Conv{n}d(\1"),
    (r"\w+\((in_features=\d+, out_features=\d+(?:, bias=\w+)?).*\)", r"Linear(\1)"),
    (r"Dense\((\d+, \d+), linear\)", r"Linear(\1)"),
    (r"BatchNorm(?:2D)?\((?:num_features=|axis=1, .*in_channels=)(\d+).*", r"BatchNorm2d(\1)"),
    (r"(Max|Avg)Pool2[dD]\((?:kernel_)?size=(.*)", r"\1Pool2d(kernel_size=\2"),
    (r"(?:Global|Adaptive)(Avg|Max)Pool2D\((?!output_size=[^1]).*", r"Adaptive\1Pool2d(1)"),
    (r"(\w+)\(inplace\)", r"\1()"),
    (r"(\w+)\((\d+, \d+), size=(.*)", r"\1(\2, kernel_size=\3"),
    (r"(BatchNorm\dd)\(nChannels=(\d+).*", r"\1(\2)"),
    (r"\w*Instance\w*\((\d+, eps=.*, track_running_stats=.*)", r"InstanceNorm2d(\1"),
    (r"\w+\((\d+, eps=.*, momentum=.*, track_running_stats=.*)", r"BatchNorm2d(\1"),
    (r"\w+\((\d+, \d+, eps=.*, affine=.*)", r"GroupNorm(\1"),
    (r"(?!\w*RMS)\w+\((\(\d+,\), eps=.*, elementwise_affine=.*)", r"LayerNorm(\1"),
)
"""What modules outside of torch.nn print that are made as one of it is, and the call of that: {n} axes."""
OTHER_WORDS = {
    "ksize=": "kernel_size=", "dilate=": "dilation=", "pad=": "padding=", "nobias=False": "bias=True",
    "nobias=True": "bias=False", "in_size=": "in_features=", "out_size=": "out_features=",
    "input_dims=": "in_features=", "output_dims=": "out_features=",
}  # fmt: skip
"""What Chainer and MLX call arguments of torch."""
_OTHER_WORDS = re.compile(rf"\b(?:{'|'.join(OTHER_WORDS)})")
_NO_ARGUMENT = re.compile(r"(?:data_format|dtype|scale|zero_point|qscheme)=[\w.'-]*,?\s*")
_NO_TEXT = re.compile(r"(?:mode|track_running_stats|inplace)=[\w.']*,?\s*")


class TorchModule(NamedTuple):
    """A module that is one of our layers."""

    layer: Layer
    text: str
    takes: int | None
    """Channels or values that it says it takes."""
    axes: int
    """Spatial axes that its class is for; 0 where it is for any."""
    before: tuple[tuple[Layer, str], ...] = ()
    """The layers in front of the last one where it is a stack: an LSTM with num_layers=2."""


def torch_module(text: str) -> TorchModule | None:
    """The layer of a call such as `Conv2d(3, 8, kernel_size=(3, 3))`; None where it is none of ours.

    >>> torch_module("Linear(in_features=12, out_features=5, bias=True)").text
    'FC(5, bias=True)'
    """
    call = _call(text.replace("affine=False, bias=False", "affine=False"))  # PyTorch from 2.14 on
    if call is None:
        return None
    read = translate(call, _TORCH)
    main = read.calls[-1]
    problems: list[Diagnostic] = []
    binder = Binder(syntax.Settings(), {}, problems, UnknownLayers(problems, ()).add)
    known = [(named, one) for one in read.calls if (named := by_name(one.name)) is not None and not one.refused]
    bound = [binder.bind(named, one, {}) for named, one in known]
    layers = [(one.layer, one.text) for one in bound if one.layer.understood]
    if problems or len(layers) < len(read.calls) or read.main + 1 < len(read.calls):
        return None
    *before, (layer, written) = layers
    if main.framework != "PyTorch" and layer.op_category != "activation" and layer.kind != "DROPPATH":
        return None  # somebody's Norm or Scale may be anything
    takes = int(bound[0].arrives.text) if bound[0].arrives else None
    return TorchModule(layer, written, takes, main.axes, tuple(before))


def _call(text: str) -> syntax.Call | None:
    """The call that a text is."""
    for written in (text, _NO_TEXT.sub("", text).replace(", )", ")")):
        try:
            statements = parse_statements(written)
        except Diagnosed:
            continue
        if len(statements) == 1 and isinstance(statements[0], syntax.Chain) and len(statements[0].items) == 1:
            item = statements[0].items[0]
            return item if isinstance(item, syntax.Call) else None
    return None


def alike(text: str) -> str | None:
    """The call of torch.nn that prints as a class of somebody else does, which is probably made from it.

    >>> alike("StdConv2d(3, 8, kernel_size=(7, 7), stride=(2, 2))")
    'Conv2d(3, 8, kernel_size=(7, 7), stride=(2, 2))'
    """
    text = _OTHER_WORDS.sub(lambda match: OTHER_WORDS[match.group()], text)
    text = re.sub(r",\s*\)$", ")", _NO_ARGUMENT.sub("", re.sub(r"\b(\w++): (?=[\d(])", r"\1=", text)))
    for pattern, call in ALIKE:
        found = re.fullmatch(pattern, text)
        if found:
            sizes = re.search(r"kernel_size=[(\[]([^)\]]*)[)\]]", text)
            axes = sizes[1].count(",") + (sizes[1][-1:] != ",") if sizes else 2
            return found.expand(call).replace("{n}", str(axes))
    return None


def stated_parameters(text: str) -> int:
    """The weights of a module that is none of ours, where what it was made with says them.

    >>> stated_parameters("Embedding(1000, 16)"), stated_parameters("LlamaRMSNorm((64,), eps=1e-05)")
    (16000, 64)
    """
    found = re.match(r"(?:Embedding\w*\((\d+), |\w*(?:RMS|Layer)Norm\(\(?)(\d+)(?!.*affine=False)", text)
    return int(found[1] or 1) * int(found[2]) if found else 0
