"""Files of text that are made to harm: configurations, printed models, listings, YAML and JSON."""

# ruff: noqa: E501 (texts)

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.hostile_onnx import File

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


def json_files() -> Iterator[File]:
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


def text_files() -> Iterator[File]:
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
