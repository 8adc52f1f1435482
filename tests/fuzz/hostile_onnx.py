"""Models of ONNX that are made to harm, written byte by byte, as the library would refuse to."""

from __future__ import annotations

from collections.abc import Iterator

File = tuple[str, str, bytes]
"""What it tries, what the file is called, and its bytes."""


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
    broken = tensor("onnx::Conv_1", 400, data=field(4, bytes(1_601)))
    yield (
        "onnx values that break off",
        "net.onnx",
        model(broken, node("Add", "x onnx::Conv_1", "y")).replace(field(2, "maker"), field(2, "pytorch")),
    )
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
    one = field(9, bytes((1, *bytes(7))))
    stated = tensor("n", 2**31, data=one, kind=7) + tensor("i", 1, data=one, kind=7)
    sums = node("Gather", "s i", "g"), node("Add", "g n", "t"), node("Div", "t i", "u"), node("Mul", "u i", "v")
    parts = stated, node("Shape", "x", "s"), *sums, node("Reshape", "x v", "y")
    yield "onnx sizes of 2^31 values", "net.onnx", model(*parts)
    yield "onnx weights of one value", "net.onnx", model(tensor("w", 2**40, 2**40, 2**40), node("MatMul", "x w", "y"))
    yield (
        "onnx LRN",
        "net.onnx",
        model(node("LRN", "x", "y", field(1, "size") + field(3, 100_003) + field(20, 2)), dims=(1, 2**31, 8, 8)),
    )
