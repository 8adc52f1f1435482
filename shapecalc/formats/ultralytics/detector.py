"""The network of a file: every row with the modules that it reads, at the scale of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from shapecalc.core.layer import Volume
from shapecalc.core.padding import Padding
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnosed, unreadable
from shapecalc.expansion.options import Options
from shapecalc.formats.ultralytics import transformers
from shapecalc.formats.ultralytics.builder import Builder, activation_named, made, whole
from shapecalc.formats.ultralytics.heads import HEADS, USUAL_BINS, Head, anchored, depth_map, has_anchors
from shapecalc.formats.ultralytics.model_file import ModelFile, ModelRow
from shapecalc.formats.ultralytics.modules import REPEATED, SCALED
from shapecalc.language.syntax import Claim, Settings
from shapecalc.passes.graph import Graph

USUAL_CLASSES = 80
"""Of COCO, and of files that say nothing else."""
CLASSIFIER = 1280
"""Channels before the classes."""
INSIDE = frozenset({"HGBlock", "C2fAttn"})
"""Other modules that are repeated inside."""
MASKED = frozenset({"Segment", "Segment26", "YOLOESegment", "YOLOESegment26", "Panoptic"})
"""Heads whose third argument is scaled as a width, of Panoptic the number of masks."""
LIGHT = frozenset({"C3k2", "C2fCIB", "A2C2f"})
"""Modules of newer files, whose heads have depthwise convolutions."""


WORDS = (
    ("K", "c2={}"), ("F", "k={}"), ("S", "s={}"), ("P", "p={}"), ("groups", "g={}"), ("dilation", "d={}"),
    ("INPUT", "--input {w}x{h}x{d}"), ("RESIZE", "nn.Upsample, [None, {factor}, 'nearest']"),
)  # fmt: skip
"""What modules call the arguments that a file gives them by their place, and what enlarges a map."""
ADVICE = ("export the model to ONNX, whose file states every output, and check that file: model.export(format='onnx')",)
"""What helps where a file names a module that somebody wrote."""


def read_detector(file: ModelFile, options: Options) -> Graph:
    """The graph, with the count that a comment states as a claim. Raises Diagnosed SHP010."""
    builder = _built(file, options)
    settings = Settings(name=f"{file.name}{_suffix(file)}")
    own = _own_params(builder)
    if file.claim is None or own is None:
        return builder.assembler.graph(settings)
    text, place = file.claim
    cause = _cause(file, options, int(text)) if own != int(text) else ""
    return builder.assembler.graph(replace(settings, expect=(Claim("params", text, place, cause),)))


def _built(file: ModelFile, options: Options) -> Builder:
    """The modules up to one that cannot be read because a layer before it does not fit, of which the report says so."""
    builder = Builder(
        options, file.number("channels", file.number("ch", 3)), activation_named(file.values.get("activation"))
    )
    builder.assembler.words, builder.assembler.advice = WORDS, ADVICE
    builder.narrow = any(has_anchors(row.module, row.arguments, file.values) for row in file.rows)
    ends: list[int | tuple[int, ...]] = []
    for number, row in enumerate(file.rows):
        builder.begin(str(number), row.module, row.span)
        reads = [_source(builder, ends, source) for source in row.sources]
        legacy = not any(r.module in LIGHT for r in file.rows[: number + 1])
        try:
            made = _module(builder, file, row, reads, legacy=legacy)
        except Diagnosed:
            if None not in builder.assembler.volumes:
                raise
            break
        if isinstance(made, int):
            made = builder.called(made, str(number))
        ends.append(made)
    return builder


def _own_params(b: Builder) -> int | None:
    """The weights of all layers; None where a volume is unknown."""
    volumes, total = b.assembler.volumes, 0
    for node in b.assembler.nodes:
        inputs = [volume for i in node.inputs if (volume := volumes[i]) is not None]
        if not node.layer.understood or volumes[node.index] is None or len(inputs) < len(node.inputs):
            return None
        total += sum(weight.size for weight in node.layer.weights(*inputs) if weight.role != "running")
    return total


def _cause(file: ModelFile, options: Options, stated: int) -> str:
    """Why a stated count is not that of the file, where another file has it."""
    head = file.rows[-1]
    others = []
    if head.arguments and head.arguments[0] != USUAL_CLASSES:
        said = f"the count is that of {USUAL_CLASSES} classes, and the file says {head.arguments[0]}"
        others.append((said, replace(head, arguments=(USUAL_CLASSES, *head.arguments[1:]))))
    plain = head.module.removeprefix("YOLOE")
    if plain != head.module:
        said = f"the count is that of the file with the head {plain} in place of {head.module}"
        others.append((said, replace(head, module=plain)))
    for said, other in others:
        if _own_params(_built(replace(file, rows=(*file.rows[:-1], other)), options)) == stated:
            return said
    return ""


def _suffix(file: ModelFile) -> str:
    named = re.search(rf"\d{re.escape(file.scale)}", file.name) if file.scale else None
    return f" ({file.scale})" if file.scale and not named else ""


def _source(b: Builder, ends: Sequence[int | tuple[int, ...]], number: int) -> int | tuple[int, ...]:
    """What a row reads. Raises Diagnosed SHP010."""
    if not ends and number == -1:
        return 0
    place = len(ends) + number if number < 0 else number
    if not 0 <= place < len(ends):
        raise unreadable(f"{b.module} reads module {number}, and there are {len(ends)} before it", b.place)
    return ends[place]


def _module(
    b: Builder, file: ModelFile, row: ModelRow, reads: Sequence[int | tuple[int, ...]], *, legacy: bool
) -> int | tuple[int, ...]:
    """The last node of a row; several where it gives several volumes."""
    arguments, n = list(row.arguments), file.often(row.repeats)
    if row.module == "CBFuse":
        return _fused(b, reads, arguments)
    nodes = [node for node in reads if isinstance(node, int)]
    if len(nodes) < len(reads):
        raise unreadable(f"{row.module} reads a module that gives several volumes", row.span)
    if row.module == "CBLinear":
        return _split(b, nodes[0], arguments)
    for _ in range(1 if row.module in REPEATED or row.module in INSIDE else n):
        made = _once(b, file, row.module, nodes, arguments, n, legacy=legacy)
        nodes = [made]
    return nodes[0]


def _once(
    b: Builder, file: ModelFile, module: str, nodes: list[int], arguments: list[Any], n: int, *, legacy: bool
) -> int:
    try:
        if module in SCALED or module in REPEATED:
            stated = whole(b, arguments[0], "the width")
            width = stated if stated == file.outputs else file.wide(stated)
            return _scaled(b, file, module, nodes[0], width, arguments[1:], n)
        if has_anchors(module, arguments, file.values):
            if module == "Segment" and len(arguments) > 3:
                arguments = [*arguments[:3], file.wide(whole(b, arguments[3], "the width of the masks"))]
            return anchored(b, module, nodes, arguments)
        if module in MASKED and len(arguments) > 2:
            wide = file.wide(whole(b, arguments[2], "the width of the masks"))
            arguments = [*arguments[:2], wide, *arguments[3:]]
        if module in HEADS:
            classes = whole(b, (*arguments, USUAL_CLASSES)[0], "the number of classes") or 1
            head = Head(
                b, nodes, classes, legacy, file.number("reg_max", USUAL_BINS), bool(file.values.get("end2end")),
                file.values.get("kpt_shape"), "anchors" in file.values,
            )  # fmt: skip
            return made(b, HEADS[module], [head], arguments[1:])
        if module in ON_ONE:
            return made(b, ON_ONE[module], (b, nodes[0]), arguments)
        if module in ON_ALL:
            return made(b, ON_ALL[module], (b, nodes), arguments)
        return _other_module(b, file, module, nodes, arguments, n)
    except Diagnosed:
        raise
    except (IndexError, TypeError, ValueError):
        return b.opaque(nodes, None, why=f"{module} has other arguments than {module} takes")


def _other_module(b: Builder, file: ModelFile, module: str, nodes: list[int], arguments: list[Any], n: int) -> int:
    """Modules that take more than their row says, layers of PyTorch, and what nobody knows."""
    match module:
        case "HGBlock":
            return made(b, transformers.hg_block, (b, nodes[0], n), arguments)
        case "C2fAttn":
            width, heads = file.wide(whole(b, arguments[0], "the width")), whole(b, arguments[2], "the heads")
            least = min(heads, file.most_channels // 2 // 32)
            scaled = int(max(round(least) * file.width, 1)) if heads > 1 else heads
            return made(b, transformers.c2f_attn, (b, nodes[0], width, n, file.number("nc", 80), scaled), arguments[3:])
        case "ImagePoolingAttn":
            return made(b, transformers.image_pooling, (b, nodes, file.number("nc", 80)), arguments)
        case _:
            return _plain(b, module, nodes, arguments)


def _scaled(b: Builder, file: ModelFile, module: str, x: int, width: int, arguments: list[Any], n: int) -> int:
    if module in SCALED:
        return made(b, SCALED[module], (b, x, width), arguments)
    if module == "C3k2" and file.scale in ("m", "l", "x"):
        arguments = [True, *arguments[1:]]
    if module == "A2C2f" and file.scale in ("l", "x"):
        arguments = [*arguments, True, 1.2]
    return made(b, REPEATED[module], (b, x, width, n), arguments)


def _split(b: Builder, x: int, arguments: Sequence[Any]) -> tuple[int, ...]:
    """One convolution whose channels are several volumes."""
    widths = [whole(b, width, "a width") for width in arguments[0]] if isinstance(arguments[0], list) else []
    if not widths or min(widths) < 1:
        raise unreadable("CBLinear has no list of widths", b.place)
    node = b.called(b.plain(x, sum(widths)), b.path)
    starts = [sum(widths[:i]) for i in range(len(widths))]
    return tuple(b.add("SLICE", node, start=s, stop=s + w) for s, w in zip(starts, widths, strict=True))


def _fused(b: Builder, reads: Sequence[int | tuple[int, ...]], arguments: Sequence[Any]) -> int:
    """One of the volumes of each row, all at the size of the last, added."""
    last, chosen = reads[-1], arguments[0] if arguments and isinstance(arguments[0], list) else []
    if not isinstance(last, int) or len(chosen) != len(reads) - 1:
        raise unreadable("CBFuse has other arguments than CBFuse takes", b.place)
    target, parts = b.volume(last), []
    for read, index in zip(reads[:-1], chosen, strict=True):
        nodes = read if isinstance(read, tuple) else (read,)
        if not isinstance(index, int) or not 0 <= index < len(nodes):
            raise unreadable("CBFuse reads a volume that is not there", b.place)
        source = nodes[index]
        parts.append(b.opaque(source, Volume(target.spatial, b.depth(source)), kind="resize"))
    return b.added(*parts, last)


def _semantic(b: Builder, nodes: Sequence[int], classes: int, *_: Any) -> int:
    width = b.depth(nodes[0])
    if len(nodes) > 1:
        b.plain(b.conv(nodes[1], width, 3), classes)
    return b.plain(b.conv(nodes[0], width, 3), classes)


def _classify(b: Builder, x: int, classes: int, k: int = 1, s: int = 1, *_: Any) -> int:
    row = b.add("FLATTEN", b.add("GAP", b.conv(x, CLASSIFIER, k, s)))
    return b.add("FC", row, units=classes)


def _max_pool(b: Builder, x: int, k: int = 2, *_: Any) -> int:
    return b.pool(x, k, k, 0)


def _padded_pool(b: Builder, x: int, k: int = 3, s: int = 1) -> int:
    return b.pool(x, k, s)


def _plain(b: Builder, module: str, nodes: Sequence[int], arguments: Sequence[Any]) -> int:
    """Layers of PyTorch by name, Concat, and modules that nobody knows."""
    x = nodes[0]
    match module, list(arguments):
        case "Concat", ([] | [1]):
            return b.concat(nodes)
        case "nn.Upsample", [_, int(factor), *_]:
            return b.add("UPSAMPLE", x, factor=factor)
        case (("nn.MaxPool2d" | "nn.AvgPool2d"), [int(extent), *more]) if len(more) <= 2:
            stride, padding = (whole(b, n, "an argument") for n in (*more, *(extent, 0)[len(more) :]))
            return b.pool(x, extent, stride, padding, "max" if module == "nn.MaxPool2d" else "avg")
        case "nn.ZeroPad2d", [[int(left), int(right), int(top), int(bottom)]]:
            return b.add("PAD", x, padding=Padding("", ((left, right), (top, bottom))))
        case (("ReOrg" | "Contract" | "Expand"), ([] | [int()]) as gain):
            kind = "PIXELSHUFFLE" if module == "Expand" else "PIXELUNSHUFFLE"
            return b.add(kind, x, factor=2 if module == "ReOrg" else (*gain, 2)[0])
        case "Shortcut", _:
            return b.added(*nodes)
        case "nn.BatchNorm2d", _:
            return b.add("BN", x)
        case (("nn.Identity" | "Identity" | "Silence"), _):
            return b.add("IDENTITY", x)
        case _:
            return b.opaque(nodes, None)


ON_ONE: dict[str, Callable[..., int]] = {
    "Classify": _classify, "HGStem": transformers.hg_stem, "ResNetLayer": transformers.resnet_layer,
    "AIFI": transformers.aifi, "MP": _max_pool, "SP": _padded_pool,
}  # fmt: skip
"""Modules whose widths no scale changes."""
ON_ALL: dict[str, Callable[..., int]] = {
    "SemanticSegment": _semantic,
    "RTDETRDecoder": transformers.rtdetr,
    "Depth": depth_map,
}
"""Those that read several others."""
