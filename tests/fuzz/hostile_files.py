"""Files of foreign formats that are made to harm: each by what it tries, what the file is called, and its bytes."""

# ruff: noqa: E501 (texts)

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

FOREIGN = Path(__file__).parents[1] / "foreign"
File = tuple[str, str, bytes]
SIZES = (
    "0",
    "-1",
    "1.5",
    "1e308",
    "NaN",
    "Infinity",
    str(2**31),
    str(2**63),
    str(2**64),
    "9" * 400,
    "9" * 5000,
    "true",
    '""',
    "[]",
    "{}",
    "null",
    "[3,3,3,3,3,3]",
)
"""Values in the place of a whole number."""
PARTS = 50


def varint(value: int) -> bytes:
    """A number as protocol buffers write it; a negative one with ten bytes."""
    value %= 1 << 64
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes((*made, value))


def field(number: int, content: int | bytes | str) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def node(kind: str, inputs: str, outputs: str, *attributes: bytes, domain: str = "") -> bytes:
    """A node of a graph; names are separated by spaces."""
    names = [field(1, name) for name in inputs.split()] + [field(2, name) for name in outputs.split()]
    return field(1, b"".join([*names, field(4, kind), *(field(5, a) for a in attributes), field(7, domain)]))


def ints(name: str, *values: int) -> bytes:
    return field(1, name) + b"".join(field(8, value) for value in values) + field(20, 7)


def tensor(name: str, *dims: int, data: bytes = b"", kind: int = 1) -> bytes:
    """An initializer of a graph."""
    return field(5, b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name) + data)


def value(number: int, name: str, *dims: int) -> bytes:
    """An input (11) or output (12)."""
    shape = b"".join(field(1, field(1, d)) for d in dims)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))


def model(*graph: bytes, opset: int = 17, rest: bytes = b"", dims: tuple[int, ...] = (1, 3, 8, 8)) -> bytes:
    """A model from x to y."""
    content = b"".join((*graph, value(11, "x", *dims), value(12, "y")))
    return field(1, 8) + field(2, "maker") + rest + field(7, content) + field(8, field(1, "") + field(2, opset))


def function(name: str, *nodes: bytes) -> bytes:
    """A function of a model from a to b, of the domain `own`."""
    inner = b"".join(field(7, b"")[:1] + part[1:] for part in nodes)
    uses = field(9, field(1, "") + field(2, 17)) + field(9, field(1, "own") + field(2, 1))
    return field(25, field(1, name) + field(4, "a") + field(5, "b") + inner + uses + field(10, "own"))


def onnx_files() -> Iterator[File]:
    """Models of ONNX, byte by byte."""
    conv = node("Conv", "x w", "y", ints("kernel_shape", 3, 3))
    weight = tensor("w", 4, 3, 3, 3)
    for opset in (0, -1, 1, 6, 22, 10**9, 2**63):
        yield f"onnx opset {opset}", "net.onnx", model(weight, conv, opset=opset)
    yield "onnx without opset", "net.onnx", model(weight, conv).rpartition(field(8, field(1, "") + field(2, 17)))[0]
    for size in (0, -1, 2**31, 2**62, 2**63 - 1):
        yield f"onnx input {size}", "net.onnx", model(weight, conv, dims=(1, 3, size, 8))
        yield f"onnx batch {size}", "net.onnx", model(weight, conv, dims=(size, 3, 8, 8))
        yield f"onnx weight {size}", "net.onnx", model(tensor("w", 4, 3, size, 3), conv)
        yield f"onnx filters {size}", "net.onnx", model(tensor("w", size, size, 3, 3), conv)
        for name in ("kernel_shape", "strides", "pads", "dilations", "output_shape"):
            for kind in ("Conv", "MaxPool", "ConvTranspose", "AveragePool"):
                yield (
                    f"onnx {kind} {name} {size}",
                    "net.onnx",
                    model(
                        weight,
                        node(
                            kind,
                            "x w" if "Conv" in kind else "x",
                            "y",
                            ints("kernel_shape", 3, 3) if name != "kernel_shape" else b"",
                            ints(name, *[size] * (4 if name == "pads" else 2)),
                        ),
                    ),
                )
        for name in ("group", "size"):
            yield (
                f"onnx {name} {size}",
                "net.onnx",
                model(
                    weight,
                    node(
                        "Conv" if name == "group" else "LRN",
                        "x w" if name == "group" else "x",
                        "y",
                        field(1, name) + field(3, size) + field(20, 2),
                    ),
                ),
            )
        shape = tensor("s", 3, data=b"".join(field(7, n) for n in (1, -1, size)), kind=7)
        for kind in (
            "Reshape",
            "Expand",
            "Tile",
            "Resize",
            "Slice",
            "Pad",
            "Upsample",
            "Unsqueeze",
            "ConstantOfShape",
            "TopK",
            "Split",
        ):
            yield (
                f"onnx {kind} to {size}",
                "net.onnx",
                model(shape, node(kind, "x s" if kind != "ConstantOfShape" else "s", "y")),
            )
        yield (
            f"onnx range to {size}",
            "net.onnx",
            model(shape, node("ConstantOfShape", "s", "z"), node("NonZero", "z", "q"), node("Expand", "x q", "y")),
        )
        for kind in ("SpaceToDepth", "DepthToSpace"):
            yield (
                f"onnx {kind} {size}",
                "net.onnx",
                model(node(kind, "x", "y", field(1, "blocksize") + field(3, size) + field(20, 2))),
            )
        yield f"onnx transpose {size}", "net.onnx", model(node("Transpose", "x", "y", ints("perm", 0, 1, 2, size)))
        for kind in ("Concat", "Softmax", "Flatten", "Gather"):
            yield (
                f"onnx {kind} axis {size}",
                "net.onnx",
                model(
                    node(
                        kind,
                        "x x" if kind in ("Concat", "Gather") else "x",
                        "y",
                        field(1, "axis") + field(3, size) + field(20, 2),
                    )
                ),
            )
        yield (
            f"onnx LSTM {size}",
            "net.onnx",
            model(
                tensor("r", 1, size, 4),
                weight,
                node("LSTM", "x w r", "y", field(1, "hidden_size") + field(3, size) + field(20, 2)),
            ),
        )
    yield "onnx cycle", "net.onnx", model(node("Relu", "b", "a"), node("Relu", "a", "b"), node("Add", "a x", "y"))
    yield "onnx node of itself", "net.onnx", model(node("Add", "x y", "y"))
    yield (
        "onnx names twice",
        "net.onnx",
        model(weight, weight, node("Relu", "x", "a"), node("Relu", "x", "a"), node("Add", "a a", "y")),
    )
    yield "onnx no outputs", "net.onnx", model(node("Relu", "x", ""))
    yield "onnx empty names", "net.onnx", model(field(1, field(1, "") + field(2, "") + field(4, "")))
    yield (
        "onnx function of itself",
        "net.onnx",
        model(node("f", "x", "y", domain="own"), rest=function("f", node("f", "a", "b", domain="own"))),
    )
    yield (
        "onnx functions of each other",
        "net.onnx",
        model(
            node("f", "x", "y", domain="own"),
            rest=function("f", node("g", "a", "b", domain="own")) + function("g", node("f", "a", "b", domain="own")),
        ),
    )
    doubling = b"".join(
        function(f"f{i}", node(f"f{i + 1}", "a", "c", domain="own"), node(f"f{i + 1}", "c", "b", domain="own"))
        for i in range(60)
    )
    yield (
        "onnx functions that double",
        "net.onnx",
        model(node("f0", "x", "y", domain="own"), rest=doubling + function("f60", node("Relu", "a", "b"))),
    )
    chain = b"".join(function(f"f{i}", node(f"f{i + 1}", "a", "b", domain="own")) for i in range(3000))
    yield (
        "onnx functions in each other",
        "net.onnx",
        model(node("f0", "x", "y", domain="own"), rest=chain + function("f3000", node("Relu", "a", "b"))),
    )
    inner = node("Relu", "x", "q")
    for depth in (50, 90, 3000):
        graph = inner
        for _ in range(depth):
            graph = node("If", "x", "q", field(1, "then_branch") + field(6, graph) + field(20, 5))
        yield f"onnx graphs {depth} deep", "net.onnx", model(graph, node("Relu", "x", "y"))
    groups = b"\x0b" * 100_000
    yield "onnx groups", "net.onnx", model(node("Relu", "x", "y"), groups)
    yield "onnx groups in front", "net.onnx", field(1, 8) + field(2, "m") + groups
    yield "onnx long varint", "net.onnx", field(1, 8) + field(2, "m") + b"\x3a" + b"\xff" * 30
    yield (
        "onnx padded varint",
        "net.onnx",
        b"\x08\x88\x80\x80\x80\x80\x80\x80\x80\x80\x00" + model(node("Relu", "x", "y"))[2:],
    )
    yield "onnx length beyond", "net.onnx", field(1, 8) + field(2, "m") + b"\x3a" + varint(2**63) + b"\0" * 100
    yield "onnx field zero", "net.onnx", field(1, 8) + field(2, "m") + b"\x00\x00"
    yield "onnx graph twice", "net.onnx", model(node("Relu", "x", "y")) + field(7, node("Relu", "y", "z"))
    yield (
        "onnx bytes as names",
        "net.onnx",
        model(field(1, field(1, "x") + field(2, b"\xff\xfe") + field(4, "Relu")), node("Relu", "x", "y")),
    )
    for place in ("/etc/passwd", "../../../etc/passwd", "/dev/zero", "net.onnx", ".", "", "\0", "a" * 5000):
        outside = (
            field(14, 1)
            + field(13, field(1, "location") + field(2, place))
            + field(13, field(1, "offset") + field(2, "-1"))
            + field(13, field(1, "length") + field(2, str(2**63)))
        )
        yield f"onnx values in {place[:20]!r}", "net.onnx", model(tensor("w", 4, 3, 3, 3, data=outside), conv)
        yield (
            f"onnx shape in {place[:20]!r}",
            "net.onnx",
            model(tensor("s", 3, data=outside, kind=7), node("Reshape", "x s", "y")),
        )
        yield (
            f"onnx constant in {place[:20]!r}",
            "net.onnx",
            model(
                node(
                    "Constant",
                    "",
                    "w",
                    field(1, "value") + field(5, tensor("w", 4, 3, 3, 3, data=outside)[2:]) + field(20, 4),
                ),
                conv,
            ),
        )
    many = b"".join(node("Relu", f"a{i}" if i else "x", f"a{i + 1}") for i in range(20_000))
    yield "onnx 20,000 nodes", "net.onnx", model(many, node("Relu", "a20000", "y"))
    adds = b"".join(node("Add", f"a{i} a{i}" if i else "x x", f"a{i + 1}") for i in range(3_000))
    yield "onnx joins", "net.onnx", model(adds, node("Relu", "a3000", "y"))
    yield (
        "onnx join of many",
        "net.onnx",
        model(node("Concat", "x " * 20_000, "y", field(1, "axis") + field(3, 1) + field(20, 2))),
    )
    many = b"".join(node("Shape", "x", f"s{i}") + node("Concat", f"s{i} " * 30, f"c{i}") for i in range(300))
    yield "onnx shapes of shapes", "net.onnx", model(many, node("Relu", "x", "y"))
    growing = b"".join(
        node("Concat", f"c{i} c{i}" if i else "s s", f"c{i + 1}", field(1, "axis") + field(3, 0) + field(20, 2))
        for i in range(60)
    )
    yield (
        "onnx constants that double",
        "net.onnx",
        model(node("Shape", "x", "s"), growing, node("Reshape", "x c60", "y")),
    )
    for rank in (0, 1, 2, 30, 1000):
        yield f"onnx rank {rank}", "net.onnx", model(weight, conv, dims=(2,) * rank)
    long = tensor("n", 1, data=field(7, 2**39), kind=7)
    for kind in ("Cast", "Concat", "Slice", "Gather", "Squeeze", "Pad"):
        yield (
            f"onnx {kind} of 2^39 values",
            "net.onnx",
            model(long, node("ConstantOfShape", "n", "c"), node(kind, "c n n", "y")),
        )
    yield "onnx weights of one value", "net.onnx", model(tensor("w", 2**40, 2**40, 2**40), node("MatMul", "x w", "y"))
    yield (
        "onnx LRN",
        "net.onnx",
        model(node("LRN", "x", "y", field(1, "size") + field(3, 100_003) + field(20, 2)), dims=(1, 2**31, 8, 8)),
    )


def _zip(*members: tuple[str, bytes], deflated: bool = True) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def _described(suffix: str) -> tuple[str, bytes]:
    """The description of a network in a zip, and what it is called there."""
    if suffix == ".keras":
        return "config.json", (FOREIGN / "keras" / "valid_and_same.json").read_bytes()
    with zipfile.ZipFile(FOREIGN / "torch_export" / "plain.pt2") as archive:
        name = next(name for name in archive.namelist() if name.endswith("models/model.json"))
        return name, archive.read(name)


ENTRY_LIES = (
    ("encrypted", 8, "<H", 1), ("method", 10, "<H", 99), ("bzip2", 10, "<H", 12), ("lzma", 10, "<H", 14),
    ("checksum", 16, "<I", 5), ("packed size", 20, "<I", 2**31), ("size", 24, "<I", 2**32 - 2), ("size zero", 24, "<I", 0),
    ("zip64 size", 24, "<I", 2**32 - 1), ("name length", 28, "<H", 65535), ("extra length", 30, "<H", 65535),
    ("comment length", 32, "<H", 65535), ("offset", 42, "<I", 2**31), ("zip64 offset", 42, "<I", 2**32 - 1), ("version", 6, "<H", 255),
)  # fmt: skip
"""Fields of a file in the directory of a zip: where they are, how they are written, and what they are changed to."""
END_LIES = (
    ("entries", 10, "<H", 65535), ("directory size", 12, "<I", 2**32 - 1), ("directory offset", 16, "<I", 2**31),
    ("end comment", 20, "<H", 65535), ("disk", 4, "<H", 9),
)  # fmt: skip


def zip_lies(suffix: str) -> Iterator[File]:
    """Small zips that are not what they say."""
    member, data = _described(suffix)
    name, whole = f"net{suffix}", _zip((member, data))
    for what, members in (
        ("paths", [(f"../../../tmp/{member}", data), (f"/{member}", data), (member, data)]),
        ("path only", [(f"../../../tmp/{member}", data)]), ("other", [("a.txt", b"hello")]), ("no members", []),
        ("folder", [(f"{member}/", b"")]), ("pickle", [(member, b"cos\nsystem\n(S'echo hacked'\ntR.")]),
        ("bytes", [(member, b"\xff\xfe" * 100)]), ("bom", [(member, b"\xef\xbb\xbf" + data)]), ("empty", [(member, b"")]),
        ("in itself", [(member, whole)]),
    ):  # fmt: skip
        yield f"{suffix} {what}", name, _zip(*members)
    for signature, lies in ((b"PK\x01\x02", ENTRY_LIES), (b"PK\x05\x06", END_LIES)):
        for what, at, form, lie in lies:
            changed = bytearray(whole)
            struct.pack_into(form, changed, whole.rindex(signature) + at, lie)
            yield f"{suffix} {what}", name, bytes(changed)
    yield f"{suffix} bytes in front", name, b"#!/bin/sh\n" + whole
    yield f"{suffix} bytes after", name, whole + b"\0" * 100_000


def _zip_bombs(suffix: str) -> Iterator[File]:
    """Zips that are small and become large, or have very many files."""
    member, data = _described(suffix)
    name, spaces = f"net{suffix}", b" " * 11_900_000
    for what, content in (
        ("spaces", spaces * 10), ("spaces in front", spaces[len(data) :] + data), ("brackets", b"[" * 11_900_000),
        ("lists", b"[" + b"[]," * 3_900_000 + b"[]]"), ("objects", b"[" + b'{"a":1},' * 1_480_000 + b"1]"),
    ):  # fmt: skip
        yield f"{suffix} {what}", name, _zip((member, content))
    yield f"{suffix} many members", name, _zip(*((f"a{i}", b"") for i in range(65_000)), (member, data))
    packed = _zip((member, spaces))
    at, end = packed.rindex(b"PK\x01\x02"), packed.rindex(b"PK\x05\x06")
    directory = packed[at:end] * 60_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 60_000, 60_000, len(directory), at, 0)
    yield f"{suffix} overlapping", name, packed[:at] + directory + tail


def _h5() -> Iterator[File]:
    data = (FOREIGN / "keras" / "residual_block.h5").read_bytes()
    begin = b'{"class_name": "Sequential", '
    yield "h5 many beginnings", "net.h5", data[:8] + begin * 1_000_000
    yield "h5 open lists", "net.h5", data[:8] + begin + b'"config": ' + b"[" * 3_000_000
    yield "h5 beginnings of lists", "net.h5", data[:8] + (begin + b'"config": ' + b"[1," * 400_000) * 50
    yield "h5 long", "net.h5", data[:8] + bytes(200_000_000)
    yield "h5 objects", "net.h5", data[:8] + b'{"config": [' + b"{}," * 1_300_000 + b"1]}"
    yield "h5 bytes", "net.h5", data.replace(b'"class_name"', b'"class_n\xffme"')
    yield "h5 nothing", "net.h5", data[:8]
    try:
        import h5py
    except ImportError:
        return
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        file.attrs["model_config"] = (FOREIGN / "keras" / "residual_block.json").read_text(encoding="utf-8")
        weights = file.create_group("model_weights")
        weights["again"] = weights
        for link in (
            h5py.SoftLink("/model_weights"),
            h5py.ExternalLink("/etc/passwd", "/"),
            h5py.ExternalLink("net.h5", "/"),
        ):
            weights[f"l{len(weights)}"] = link
    yield "h5 links", "net.h5", made.getvalue()


def _json() -> Iterator[File]:
    for name in ("net.json",):
        yield "json open", name, b'{"class_name": "Sequential", "config": ' + b"[" * 100_000
        yield "json nested", name, b'{"class_name": "Sequential", "config": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        yield (
            "json objects",
            name,
            b'{"class_name": "Sequential", "config": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        )
        for deep in (100, 400, 900):
            yield (
                f"json {deep} deep",
                name,
                b'{"class_name": "Sequential", "config": {"name": '
                + b"[" * deep
                + b"]" * deep
                + b', "layers": [{"class_name": "Dense", "config": {"units": '
                + b"[" * deep
                + b"1"
                + b"]" * deep
                + b"}}]}}",
            )
        yield (
            "json escapes",
            name,
            b'{"class_name": "Sequential", "config": {"name": "' + b"\\ud800" * 1000 + b'", "layers": []}}',
        )
        yield "json bom", name, b"\xef\xbb\xbf" + (FOREIGN / "keras" / "decoder.json").read_bytes()
        yield "json utf-16", name, (FOREIGN / "keras" / "decoder.json").read_text(encoding="utf-8").encode("utf-16")
        yield "json bytes", name, (FOREIGN / "keras" / "decoder.json").read_bytes().replace(b'"name"', b'"n\xffme"', 1)
        yield (
            "json keys twice",
            name,
            (FOREIGN / "keras" / "decoder.json")
            .read_bytes()
            .replace(b'"class_name"', b'"class_name": 3, "class_name"'),
        )
        yield "json lines", name, b"\n" * 100_000 + (FOREIGN / "keras" / "decoder.json").read_bytes()
        yield (
            "json lambda",
            name,
            b'{"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, 8, 8, 3]}}, {"class_name": "Lambda", "config": {"function": ["4wEAAAAA", null, null]}}]}}',
        )
        layer = {"class_name": "Dense", "config": {"name": "d", "units": 3}}
        inside: dict[str, object] = layer
        for _ in range(300):
            inside = {"class_name": "Sequential", "config": {"name": "m", "layers": [inside]}}
        yield "json models in models", name, json.dumps(inside).encode()
        yield "json wrappers", name, json.dumps(_wrapped(layer, 150)).encode()
        names = {
            "class_name": "Functional",
            "config": {
                "layers": [
                    {
                        "class_name": "Dense",
                        "name": "d",
                        "config": {"name": "d", "units": 3},
                        "inbound_nodes": [[["d", 0, 0]]],
                    }
                ]
                * 30,
                "input_layers": [["d", 0, 0]],
                "output_layers": [["d", 0, 0]],
            },
        }
        yield "json names twice", name, json.dumps(names).encode()
    for key in (
        "filters",
        "units",
        "kernel_size",
        "strides",
        "padding",
        "dilation_rate",
        "groups",
        "depth_multiplier",
        "data_format",
        "pool_size",
        "size",
        "target_shape",
        "axis",
        "rate",
        "output_padding",
        "n",
        "cropping",
        "batch_shape",
        "activation",
        "name",
        "dims",
        "layers",
        "input_layers",
        "inbound_nodes",
        "class_name",
    ):
        for size in SIZES:
            content = f'"{key}": {size}'
            kinds = "".join(
                f', {{"class_name": "{kind}", "config": {{"name": "{kind}", "filters": 4, "kernel_size": 3, "units": 3, "dims": [2, 1, 3], {content}}}}}'
                for kind in (
                    "Conv2D",
                    "MaxPooling2D",
                    "DepthwiseConv2D",
                    "Conv2DTranspose",
                    "ZeroPadding2D",
                    "Cropping2D",
                    "UpSampling2D",
                    "SeparableConv2D",
                    "BatchNormalization",
                    "Reshape",
                    "Permute",
                    "RepeatVector",
                    "Dense",
                    "LSTM",
                )
            )
            yield (
                f"json {key} {size[:12]}",
                "net.json",
                f'{{"class_name": "Sequential", "config": {{"name": "s", "layers": [{{"class_name": "InputLayer", "config": {{"batch_shape": [null, 32, 32, 3]}}}}{kinds}]}}}}'.encode(),
            )
    for size in SIZES:
        yield (
            f"json shape {size[:12]}",
            "net.json",
            f'{{"class_name": "Sequential", "config": {{"name": "s", "layers": [{{"class_name": "InputLayer", "config": {{"batch_shape": [null, {size}, 32, 3]}}}}, {{"class_name": "Conv2D", "config": {{"name": "c", "filters": 3, "kernel_size": 3}}}}]}}}}'.encode(),
        )


def _wrapped(layer: dict[str, object], depth: int) -> dict[str, object]:
    for _ in range(depth):
        layer = {"class_name": "TimeDistributed", "config": {"name": "t", "layer": layer}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}


def _pt2() -> Iterator[File]:
    member, data = _described(".pt2")
    program = data.decode()
    for size in SIZES:
        for number in ('"as_int": 3', '"as_int": 1', '"as_int": 2'):
            changed = program.replace(number + "}", number.partition(":")[0] + f": {size}}}")
            yield f"pt2 {number} {size[:12]}", "net.pt2", _zip((member, changed.encode()))
    nodes = json.loads(program)
    graph = nodes["graph_module"]["graph"]
    for what, change in (
        ("reversed", graph["nodes"][::-1]),
        ("twice", graph["nodes"] * 2),
        ("none", []),
        ("numbers", [1, 2]),
        ("many", graph["nodes"] * 500),
    ):
        yield (
            f"pt2 nodes {what}",
            "net.pt2",
            _zip(
                (
                    member,
                    json.dumps(
                        {**nodes, "graph_module": {**nodes["graph_module"], "graph": {**graph, "nodes": change}}}
                    ).encode(),
                )
            ),
        )
    for key in graph:
        for size in ("null", "3", "[]", "{}", '"a"'):
            yield (
                f"pt2 {key} {size}",
                "net.pt2",
                _zip(
                    (
                        member,
                        json.dumps(
                            {
                                **nodes,
                                "graph_module": {**nodes["graph_module"], "graph": {**graph, key: json.loads(size)}},
                            }
                        ).encode(),
                    )
                ),
            )


def _texts() -> Iterator[File]:
    net = "[net]\nwidth=8\nheight=8\nchannels=3\n"
    for size in (*SIZES[:11], "0x10", "٣", "1_0", "1,2"):
        for section, keys in (
            ("convolutional", "filters size stride padding groups dilation stride_x antialiasing activation"), ("maxpool", "size stride padding out_channels"), ("route", "layers groups group_id"),
            ("shortcut", "from weights_type"), ("upsample", "stride scale"), ("reorg", "stride reverse"), ("connected", "output"), ("deconvolutional", "filters size stride padding"), ("yolo", "classes num mask"),
            ("crop", "crop_width crop_height"), ("local", "filters size stride pad"), ("rnn", "output hidden"), ("crnn", "output_filters hidden_filters"), ("scale_channels", "from"), ("dropout", "probability"), ("region", "coords classes num"),
        ):  # fmt: skip
            for key in keys.split():
                yield (
                    f"cfg {section} {key}={size[:8]}",
                    "net.cfg",
                    f"{net}[convolutional]\nfilters=4\nsize=3\npad=1\n[{section}]\n{key}={size}\n".encode(),
                )
        for key in ("width", "height", "channels", "inputs", "batch", "time_steps"):
            yield f"cfg {key}={size[:8]}", "net.cfg", f"{net}{key}={size}\n[convolutional]\nfilters=4\n".encode()
            yield f"cfg only {key}={size[:8]}", "net.cfg", f"[net]\n{key}={size}\n[convolutional]\nfilters=4\n".encode()
    yield (
        "cfg routes that double",
        "net.cfg",
        (net + "[route]\nlayers=-1,-1\n" * 3000).replace("[route]", "[convolutional]\nfilters=1\n[route]", 1).encode(),
    )
    yield "cfg sections", "net.cfg", (net + "[convolutional]\nfilters=4\n" * 50_000).encode()
    yield "cfg long line", "net.cfg", (net + "[convolutional]\nfilters=" + "4," * 1_000_000).encode()
    yield "cfg keys twice", "net.cfg", (net + "[convolutional]\nfilters=4\nfilters=5\n").encode()
    yield (
        "cfg route to all",
        "net.cfg",
        (
            net
            + "[convolutional]\nfilters=1\n"
            + "".join(f"[route]\nlayers={','.join(str(-j - 1) for j in range(min(i + 1, 300)))}\n" for i in range(300))
        ).encode(),
    )
    head = 'input: "d" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n'
    for size in (*SIZES[:11], "-0", "010", "0x7fffffff", "1e3", '"3"', "{}", "MAX", "3f"):
        for kind, content in (
            ("Convolution", "convolution_param { num_output: # kernel_size: 3 }"), ("Convolution", "convolution_param { num_output: 4 kernel_size: # }"), ("Convolution", "convolution_param { num_output: 4 kernel_size: 3 stride: # }"),
            ("Convolution", "convolution_param { num_output: 4 kernel_size: 3 pad: # }"), ("Convolution", "convolution_param { num_output: 4 kernel_size: 3 dilation: # group: # axis: # }"), ("Deconvolution", "convolution_param { num_output: 4 kernel_size: # stride: # }"),
            ("Pooling", "pooling_param { pool: # kernel_size: 3 }"), ("Pooling", "pooling_param { kernel_size: # stride: # pad: # }"), ("InnerProduct", "inner_product_param { num_output: # axis: # }"), ("Concat", "concat_param { axis: # }"),
            ("Slice", "slice_param { slice_point: # axis: # }"), ("LRN", "lrn_param { local_size: # alpha: # }"), ("Reshape", "reshape_param { shape { dim: # dim: # } axis: # }"), ("Crop", "crop_param { axis: # offset: # }"), ("Tile", "tile_param { tiles: # axis: # }"),
            ("Permute", "permute_param { order: # order: # }"), ("Reduction", "reduction_param { axis: # }"), ("SPP", "spp_param { pyramid_height: # }"), ("Flatten", "flatten_param { axis: # }"), ("Im2col", "convolution_param { kernel_size: # }"), ("PriorBox", "prior_box_param { min_size: # }"), ("Embed", "embed_param { num_output: # input_dim: # }"),
            ("Interp", "interp_param { height: # width: # zoom_factor: # }"), ("Upsample", "upsample_param { scale: # }"), ("Eltwise", "eltwise_param { operation: # coeff: # }"),
        ):  # fmt: skip
            yield (
                f"prototxt {kind} {content[:50]} {size[:8]}",
                "net.prototxt",
                (
                    head + f'layer {{ name: "l" type: "{kind}" bottom: "d" top: "t" {content.replace("#", size)} }}'
                ).encode(),
            )
        yield (
            f"prototxt dim {size[:8]}",
            "net.prototxt",
            f'input: "d" input_dim: 1 input_dim: 3 input_dim: {size} input_dim: 8 layer {{ name: "r" type: "ReLU" bottom: "d" top: "t" }}'.encode(),
        )
    yield "prototxt braces", "net.prototxt", (head + "layer { a { " * 50_000).encode()
    yield "prototxt angles", "net.prototxt", (head + "layer < a < " * 50_000).encode()
    yield "prototxt closers", "net.prototxt", (head + "} " * 50_000).encode()
    yield "prototxt lists", "net.prototxt", (head + "layer { a: " + "[" * 50_000).encode()
    yield "prototxt strings", "net.prototxt", (head + "layer { name: " + '"a" ' * 200_000 + "}").encode()
    yield "prototxt open string", "net.prototxt", (head + 'layer { name: "' + "a" * 1_000_000).encode()
    yield "prototxt fields", "net.prototxt", (head + "x: 1 " * 1_000_000).encode()
    yield (
        "prototxt layers",
        "net.prototxt",
        (
            head + "".join(f'layer {{ name: "l{i}" type: "ReLU" bottom: "d" top: "d" }}\n' for i in range(20_000))
        ).encode(),
    )
    yield (
        "prototxt tops",
        "net.prototxt",
        (
            head
            + 'layer { name: "s" type: "Split" bottom: "d" '
            + "".join(f'top: "t{i}" ' for i in range(50_000))
            + "}"
        ).encode(),
    )
    yield (
        "prototxt cycle",
        "net.prototxt",
        (
            head
            + 'layer { name: "a" type: "Eltwise" bottom: "d" bottom: "b" top: "a" } layer { name: "b" type: "ReLU" bottom: "a" top: "b" }'
        ).encode(),
    )
    yield (
        "prototxt itself",
        "net.prototxt",
        (head + 'layer { name: "a" type: "Eltwise" bottom: "a" bottom: "d" top: "a" }').encode(),
    )
    yolo = "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\n"
    for size in (
        *SIZES,
        "0x10",
        ".nan",
        ".inf",
        "-.inf",
        "[-1]",
        "__import__('os')",
        "!!python/object/apply:os.system ['echo hacked']",
        "&a [*a]",
    ):
        for row in (
            "[-1, 1, Conv, [#, 3, 2]]", "[-1, 1, Conv, [64, #, 2]]", "[-1, 1, Conv, [64, 3, #]]", "[-1, #, C2f, [64]]", "[-1, 3, C3, [#]]", "[#, 1, Conv, [64]]", "[[-1, #], 1, Concat, [1]]", "[-1, 1, #, [64]]", "[-1, 1, nn.Upsample, [None, #, nearest]]",
            "[-1, 1, SPPF, [64, #]]", "[-1, 1, SPP, [64, [#]]]", "[[0], 1, Detect, [#]]", "[-1, 1, Focus, [64, #]]", "[-1, 1, GhostConv, [64, #]]", "[-1, 1, Classify, [#]]", "[[0], 1, Segment, [80, #, #]]", "[[0], 1, Pose, [80, [#, 3]]]", "[-1, 1, nn.ConvTranspose2d, [64, #, 2]]", "[-1, 1, nn.Conv2d, [64, #, 2]]", "[-1, 1, DWConv, [64, 3, #]]", "[-1, 1, nn.MaxPool2d, [#, 2]]", "[-1, 2, C2PSA, [#]]", "[-1, 2, A2C2f, [64, True, #]]", "[-1, 1, AIFI, [#, 8]]", "[-1, 1, HGBlock, [#, 64, #]]", "[-1, 1, #]", "[-1]", "[-1, 1, Conv, #]", "#",
        ):  # fmt: skip
            yield (
                f"yolo {row} {size[:12]}",
                "net.yaml",
                f"{yolo}  - {row.replace('#', size)}\nhead:\n  - [[0], 1, Detect, [nc]]\n".encode(),
            )
        for key in (
            "nc",
            "depth_multiple",
            "width_multiple",
            "scales",
            "ch",
            "max_channels",
            "activation",
            "kpt_shape",
            "reg_max",
            "anchors",
            "scale",
            "head",
        ):
            yield (
                f"yolo {key} {size[:12]}",
                "net.yaml",
                f"{key}: {size}\n{yolo if key != 'nc' else yolo[7:]}head:\n  - [[0], 1, Detect, [nc]]\n".encode(),
            )
        yield (
            f"yolo scale of {size[:12]}",
            "net.yaml",
            f"scales:\n  n: [{size}, {size}, {size}]\n{yolo}head:\n  - [[0], 1, Detect, [nc]]\n".encode(),
        )
    laughs = "a0: &a0 [-1, 1, Conv, [64]]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    yield "yolo laughs", "net.yaml", f"{laughs}nc: 80\nbackbone: *a29\nhead: []\n".encode()
    yield "yolo laughs below", "net.yaml", f"nc: 80\nbackbone:\n  - [-1, 1, Conv, [64]]\nhead: []\n{laughs}".encode()
    yield (
        "yolo merges",
        "net.yaml",
        (
            yolo
            + "head: []\n"
            + "".join(f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}]}}\n" if i else "m0: &m0 {a: 1}\n" for i in range(60))
        ).encode(),
    )
    yield "yolo deep", "net.yaml", (yolo + "head: " + "[" * 100_000).encode()
    yield "yolo deep maps", "net.yaml", (yolo + "head: " + "{a: " * 100_000).encode()
    yield "yolo long", "net.yaml", (yolo + "  - [-1, 1, Conv, [64, 3, 1]]\n" * 100_000 + "head: []\n").encode()
    yield "yolo concats", "net.yaml", (yolo + "  - [[-1, -1], 1, Concat, [1]]\n" * 300 + "head: []\n").encode()
    yield "yolo itself", "net.yaml", b"nc: 80\nbackbone: &a\n  - [-1, 1, Conv, [64]]\n  - *a\nhead: []\n"
    yield "yaml directives", "net.yaml", ("%YAML 9.9\n%TAG ! tag:x,2000:\n---\n" + yolo).encode()


def damaged(random: Random, flips: int) -> Iterator[File]:
    """Every file of tests/foreign cut at each fiftieth of its length, and with a few bytes changed."""
    for folder in sorted(path for path in FOREIGN.iterdir() if path.is_dir()):
        files = [path for path in sorted(folder.iterdir()) if path.name != "expected.json"]
        for path in files:
            data = path.read_bytes()
            for part in range(PARTS):
                yield f"{path.name} cut at {part}/{PARTS}", f"net{path.suffix}", data[: len(data) * part // PARTS]
        for turn in range(flips):
            path = random.choice(files)
            changed = bytearray(path.read_bytes())
            for _ in range(random.choice((1, 1, 2, 8))):
                changed[random.randrange(len(changed))] = random.choice((0, 1, 255, 127, 128, random.randrange(256)))
            yield f"{path.name} flipped {turn}", f"net{path.suffix}", bytes(changed)


def hostile_files() -> Iterator[File]:
    """All that is made by hand."""
    yield from onnx_files()
    for suffix in (".keras", ".pt2"):
        yield from zip_lies(suffix)
        yield from _zip_bombs(suffix)
    yield from _h5()
    yield from _json()
    yield from _pt2()
    yield from _texts()
