"""Tells a text that is code, data or prose from a diagram with mistakes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnostic, report
from shapecalc.notations.layer_tables import not_a_diagram, table_of_layers
from shapecalc.notations.layer_words import layer_of

_WRITE = "write the network as a diagram, such as INPUT(32x32x3) => CONV(64, 3) => RELU => FC(10)"
_PRINT = "give what print(model) prints, or the model saved as .onnx, .pt2, .keras or .h5; or write it as a diagram"
_CONVERT = "give shapecalc the file itself, under its own name, or write the network as a diagram"
_TORCH = "give what torchinfo or print(model) prints, or the model saved as .onnx or .pt2"
_ONNX = "give the model saved as .onnx, or write it as a diagram"
# fmt: off
_PRINTS = (
    (r"Kernel Shape[ \t]+Output Shape[ \t]+Params", "a table of torchsummaryX", _TORCH),
    (r"Input Shape[ \t]+Param\b", "a table without the sizes of outputs", _TORCH),
    (r"[|┃][ \t]*Name[ \t]*[|┃][ \t]*Type[ \t]*[|┃][ \t]*Params", "a summary of Lightning", _TORCH),
    (r"^[ \t]*\|[ \t]*(?:module|name)[ \t]*\|[ \t]*$", "a table of fvcore", _TORCH),
    (r"\(\d+ -> \d+, size: ", "what PyTorch 0.1 prints", _TORCH),
    (r"\[input -> \(1\)", "what Lua Torch prints", _ONNX),
    (r"^[ \t]*(?:(?:\w+[ \t]*=[ \t]*)?(?:Parallel|SkipConnection|Recur|Chain)|\w+Cell)\([^()\n]*$",
     "a model of Flux with branches or with other layers than are read",
     "write its branches as ADD[ CONV(64, 3, P=1) | ] or CONCAT[ a | b ], with arrows between layers"),
    (r"^[ \t]*(?:LayerName \(Layer|VertexName \(Vertex)Type\)", "a summary of Deeplearning4j", _ONNX),
    (r"\bLayer array with layers:|\b[\dx×]{1,20} (?:images with '|convolutions with stride \[)", "what MATLAB prints",
     _ONNX + "; exportONNXNetwork(net, 'net.onnx') writes it"),
    (r"┃[ \t]*path[ \t]*┃[ \t]*(?:module|type)[ \t]*┃", "a table of Flax"),
    (r"^[ \t]*\|[ \t]*Module[ \t]*\|[ \t]*Config[ \t]*\|", "a table of Haiku"),
    (r"^[ \t]*\w+\(null\)", "a summary of MXNet", _ONNX),
    (r"(?i:\boutput(?:[ _]shape)?)[ \t]*[:=]?[ \t]*(?:torch\.Size\(|\[?\((?:None\b|-1,))",
     "a list of output sizes, without the arguments of layers", _PRINT),
    (r"\w[ \t(:]{1,20}torch\.Size\(\[|\(float\w+_ref ", "a list of weights, without what reads them", _PRINT),
    (r"^[ \t]*-{3}[ \t]+-{4,}[ \t]+-{3,}[ \t]*$", "a table of layers"),
    (r"\bch_in\b.{1,20}\bdim_in\b.{1,20}\bch_out\b", "a table of Netscope",
     "give the .prototxt that it shows, or write the network as a diagram"),
    (r"\|[ \t]*TYPE[ \t]*\|[ \t]*INPUT[ \t]*\|[ \t]*OUTPUT[ \t]*\|", "a table of PaddleSlim",
     "give what paddle.summary prints, or the model saved as .onnx"),
)
"""What programs print, of which some are tables."""
_OTHER = (
    (r"\A\s*(?i:(?:no|type|layer|name|operator|patch|kernel|filters?|size|strides?|input|output|shape|depth|channels"
     r"|params?|ops|activation|[cknst])\b[ \t/(),.#]*){3,}$", "a table of layers",
     "write the layers with arrows between them"),
    (r"^[ \t]*\w[\w ]*\(\w+\)[^\n]*Output Shape|^[ \t=_-]*Total params:|^[ \t]*\(\w+\):[ \t]\w+\("
     r"|[├└]─\w+: \d+-\d+|^[ \t]*\w+-\d+[ \t]+\[-1, ",
     "part of a printed summary",
     "paste all that is printed, from its first line to its last, or give the file of the model"),
    (r"^(?:diagram|layers)[ \t]*:(?=[ \t]*(?:$|[|>\[\"']|[A-Za-z]))", "YAML",
     "call the file net.yaml, and it is read as YAML"),
    (r"^[ \t]*(?:```|~~~)\w*", "Markdown", "keep only the lines between the fences"),
    (r"^[ \t]*(?:graph|flowchart)[ \t]+(?:TD|TB|BT|LR|RL)\b|\b[A-Za-z]\d{0,3}\[[^\]\n]*\][ \t]*-[-.=]+>", "Mermaid"),
    (r"^[ \t]*graph\(%|^[ \t]*(?:%\w+ = )?(?:\w+\.)?func(?:\.func)? @|^[ \t]*<?[ \t]*ir_version\b",
     "a program of a compiler as text", _ONNX),
    (r"^[ \t]*(?:strict[ \t]+)?(?:di)?graph\b[^\n]*\{", "Graphviz"),
    (r"\+-{2,}\+|[┌┐└┘├┤╔╗╚╝]|^[ \t]*_{4,}[ \t]*$", "a drawing of boxes",
     "write the layers with arrows between them"),
    (r"\$[^$\n]*\\[A-Za-z]|\\(?:begin|text|mathrm|mathbf|textbf|frac|left|underbrace|operatorname|node|draw)\b",
     "LaTeX"),
    (r"\[[ \t]*\(?\d+[ \t]*,[^\]\n]{0,99}(?P<quote>['\"])[Mm](?:ax)?(?P=quote)",
     "a list of widths, as VGG's code has it",
     "write CONV3-64 => RELU for 64 and POOL for 'M': INPUT(224x224x3) => CONV3-64 => RELU => POOL"),
    (r"\bstruct\([ \t]*'type'|\b(?:imageInput|(?:convolution|maxPooling|averagePooling|transposedConv)2d"
     r"|fullyConnected|batchNormalization|relu)Layer\b", "MATLAB code",
     "write CONV(20, 5) for convolution2dLayer(5, 20), with arrows between the layers"),
    (r"\blayer_defs\b|\{[ \t]*type[ \t]*:[ \t]*'|\blayers\.\w+\(\{", "JavaScript"),
    (r"\bnew[ \t]+\w+\.Builder\(", "Java"),
    (r"\bnew[ \t]+List<", "C#"),
    (r"^[ \t]*using[ \t]+\w+[ \t]*=[^\n]*<|\bnetwork<\w+>|<<[ \t]*\w+\(|\btorch::nn::", "C++"),
    (r"^[ \t]*struct[ \t]+\w+[^\n]*\{|\w<Float>\(", "Swift code"),
    (r"\w::new\(|^[ \t]*pub[ \t]+type\b", "Rust code"),
    (r"\[\]int\{", "Go code"),
    (r"^[ \t]*\w+:add\(", "Lua code"),
    (r"\bNet(?:Chain|Graph)\[|\b(?:Convolution|Pooling|Linear)Layer\[", "Wolfram code"),
    (r"%>%[ \t]*$|\bnn_(?:sequential|conv\dd|linear)\(", "R code",
     "write Conv2D(32, 3) => MaxPooling2D(2) for layer_conv_2d(32, 3) %>% layer_max_pooling_2d(2)"),
    (r"^[ \t]*\w+[ \t]*=[ \t]*dict\(", "Python code"),
    (r"^[ \t]*(?P<name>\w+)[ \t]*=[ \t]*[\w.]+\((?:[^\n]*\)[ \t]*\([ \t]*\w+[ \t]*\)[ \t]*(?:#[^\n]*)?$"
     r"|[ \t]*(?P=name)[ \t]*,)", "Python code",
     "write the calls with arrows between them, without x = and (x): INPUT(32x32x3) => Conv2D(32, 3) => ReLU"),
    (r"^(?![^\n]*(?:[=-]>|→|⇒))[^\n]*\([^()\n]*\)[ \t]*[xX×*][ \t]*\d+[ \t]*,",
     "a list of layers and repeats, with commas",
     "write [CONV(64, 3, P=1)]*2 => POOL for (conv 3x3, 64) x 2, maxpool"),
    (r"^[ \t]*\w+[ \t]*=[ \t]*\[(?:[^\n>]*\),)?[ \t]*$", "a list of Python",
     "write the calls with arrows between them: INPUT(32x32x3) => Conv2D(32, 3) => ReLU"),
    (r"\A%PDF-", "a PDF", "copy the table or the diagram out of it into a text file"),
    (r"\A7767517\s", "a model of ncnn", "give the model that it was converted from"),
    (r"\bnet\.cpp:\d+\]", "a log of Caffe", "give the .prototxt of the network"),
    (r"^[ \t]*node[ \t]*\{", "a graph of protobuf as text",
     "give the .onnx file of the model; of one of TensorFlow, python -m tf2onnx.convert makes it"),
    (r"\b(?:nn|F|tf|keras|layers|torch|model|self)\.\w+[ \t]*\(|\bSequential[ \t]*\("
     r"|^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+\w+|^[ \t]*(?:def|class)[ \t]+\w+[ \t]*\(", "Python code",
     _PRINT),
    (r"^(?!let\b)\w+:[ \t]*\n[ \t]+\w+:[ \t]*\S", "YAML with keys of its own",
     "write the layers with arrows between them, such as CONV(32, 3) => POOL(2)"),
    (r"^[ \t]*self\.\w+[ \t]*=[ \t]*\w", "Python code", _PRINT),
    (r"\b(?:L|mx|hk|nnx|eqx|brew|slim|paddle|gluon|lasagne|tflearn|tfa)\.[ ]*(?:\w+\.)*\w+[ \t]*\(",
     "code of a framework",
     "write its calls in our words, such as CONV(32, F=3, P=same): frameworks differ in order and padding"),
    (r"\A\s*\{\s*(?:[\"']|\})|\A\s*\[\s*[\"'{]|[{,]\s*\"\w+\"\s*:", "JSON", _CONVERT),
    (r"\A\s*<[!?\w][^>\n]{0,200}>", "a markup file"),
    (r"^[ \t]*layers?[ \t]*\{|^[ \t]*type:[ \t]*(?:\"\w+\"|[A-Z]+)[ \t]*$", "a Caffe prototxt", _CONVERT),
    (r"^[ \t]*\[(?:net|network|convolutional|maxpool|avgpool|connected|route|shortcut|upsample|yolo)\][ \t]*$",
     "a Darknet cfg", _CONVERT),
    (r"^[ \t]*(?:backbone|head|neck):[ \t]*$"
     r"|^[ \t]*+-?[ \t]*+\[[ \t]*+-?\d+[ \t]*+,[ \t]*\d+[ \t]*,[ \t]*[\w.]+[ \t]*,[ \t]*\[",
     "a model of Ultralytics"),
)
# fmt: on
"""What a line of another language looks like, what that is called, and what to do where a diagram is not all."""


_MOST = 100_000
"""Characters of a text that are looked at."""
_ARROWS = re.compile(r"[=＝-]\s*[>＞]|\s[-=]\s|[^\x00-\u218f]|[—–−→@|*]|-{2}|&[rR]arr;|\\to\b")
_DIAGRAM = re.compile(r"\s*(?:(?:INPUT|IMAGE)\b|\d+\s*[xX×]\s*\d)")
_MODULES = re.compile(
    r"\b(?:(?:nn|F|tf|keras|layers|torch|flax|linen|gluon|mx|sym|symbol|paddle|eqx)\.)+(?=\w+[ \t]*\()"
)


def other_language(text: str) -> Diagnostic | None:
    """The one diagnostic for a text that is code, data or prose rather than a diagram."""
    late = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)+(---)[ \t]*\n", text)
    if late:
        message = "front matter must begin on the first line, and there is text above it"
        help = ("move the blank lines and comments above it below the closing ---",)
        return report("SHP003", message, late.span(1), label="not the first line", help=help)
    bare = re.sub(r"#(?![ \t]*\|)[^\n]*", _blank, text[:_MOST])  # `| Param # |` is no comment
    if _DIAGRAM.match(bare):  # its layers may be called as a framework calls them
        bare = _MODULES.sub(_blank, bare)
    return _named(_PRINTS, bare) or table_of_layers(bare) or _named(_OTHER, bare) or _prose(bare)


def _named(rows: Sequence[Sequence[str]], text: str) -> Diagnostic | None:
    """What is said of the first of these that the text is."""
    for pattern, name, *instead in rows:
        if match := re.search(pattern, text, re.MULTILINE):
            return not_a_diagram(f"this is {name},", match.span(), *(instead or [_WRITE]), label=f", found {name}")
    return None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


_HEAD = r"[ \t]*+(?:[-*•]|\d+[.)])?[ \t]*+(([^\W\d]+)\d*(?:[ \t-]+[^\W\d]+)?)"
"""`2. Max pooling: …`, a layer in one word or two in front of its arguments."""
FEW_WORDS = 12
"""So many may be layers with names of their own; more without an arrow are a sentence."""


def _prose(text: str) -> Diagnostic | None:
    """Many words without an arrow, most of which are no layers."""
    words = [word for word in re.finditer(r"[^\W\d]\w+", text[:1_000]) if word.group() not in ("let", "block")]
    known = sum(layer_of(word.group()) is not None for word in words)
    heads = [re.match(_HEAD, line) for line in text.splitlines() if line.strip()]
    named = [any(layer_of(re.sub(r"[ \t-]", "", word)) for word in head.groups() if word) for head in heads if head]
    listed = len(heads) > 1 and 4 * sum(named) >= 3 * len(heads)
    if _ARROWS.search(text) or len(words) <= FEW_WORDS or 2 * known >= len(words) or listed:
        return None
    what = "this text has many words and no arrow, so it is"
    return not_a_diagram(what, (words[0].start(), words[4].end()), _WRITE)


_OF_SENTENCES = frozenset({
    "a", "an", "and", "are", "be", "by", "each", "from", "has", "have", "is", "it", "of", "on", "our", "so", "that",
    "the", "then", "this", "to", "use", "was", "we", "which", "with", "you",
})  # fmt: skip
_FEW, _SOME, _MANY = 3, 5, 10
"""Different ones that a remark beside a layer may have; mistakes of a text that is none, and those with which one word
is enough."""
_ASKED = re.compile(r"^(?![^\n]*(?:[-=]>|→|⇒))(?:[^\W\d]\w*[ \t,]+){2}[^\n]*[?!][ \t]*$", re.MULTILINE)
"""`hi, is this right?`, a line of several words."""
_CALL = r"\b[^\W\d]\w{0,60}(?:\([^()\n]{0,80}\))?"
_CHAIN = re.compile(rf"{_CALL}(?:[ \t]{{0,3}}(?:[-=]>|→|⇒)[ \t]{{0,3}}{_CALL}){{2,}}")


def sentences(text: str, mistakes: int) -> Diagnostic | None:
    """The one diagnostic for a text with many mistakes that is a description in words, perhaps with a diagram in it."""
    bare = re.sub(r"#(?![ \t]*\|)[^\n]*", _blank, text[:_MOST])  # `| Param # |` is no comment
    found = [word for word in re.finditer(r"[^\W\d]\w*", bare) if word.group().lower() in _OF_SENTENCES]
    words = {word.group().lower() for word in found}
    asked = _ASKED.search(bare)
    if (mistakes < _SOME and not asked) or len(words) <= (0 if mistakes >= _MANY or asked else _FEW):
        return None
    chain = max((match.group() for match in _CHAIN.finditer(bare)), key=len, default="")
    keep = (f"or keep only the diagram that is in it: {shortened(' '.join(chain.split()), 60)}",) if chain else ()
    start = bare.rfind("\n", 0, found[0].start()) + 1
    line = bare[start:].partition("\n")[0]
    where = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
    return not_a_diagram("this is a description in sentences,", where, _WRITE, *keep)
