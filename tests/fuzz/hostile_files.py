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

from tests.fuzz.hostile_onnx import File, onnx_files

FOREIGN = Path(__file__).parents[1] / "foreign"
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
