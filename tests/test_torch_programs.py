"""Programs of torch.export, written here in its JSON: what their operations are read as, and what is counted."""

from __future__ import annotations

import json
import zipfile
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.command import run

Shape = tuple[int, ...]
Node = tuple[str, dict[str, Any], dict[str, Shape]]
"""An operation of aten, its arguments, and the shapes of what it gives by name."""
SYMBOL = {"expr_str": "Symbol('s0')", "hint": {"as_int": 6}}
OPEN = "steps"
"""A size that is open: 6 at the export."""


def argument(value: Any) -> dict[str, Any]:
    """A value as the file has it: a text is the name of a tensor, or of the open size."""
    if isinstance(value, str):
        return {"as_sym_int": {"as_name": OPEN}} if value == OPEN else {"as_tensor": {"name": value}}
    if isinstance(value, list):
        inner = [argument(part) for part in value]
        if isinstance(value[0], str) and OPEN not in value:
            return {"as_tensors": [part["as_tensor"] for part in inner]}
        if OPEN in value:
            return {"as_sym_ints": [part.get("as_sym_int", part) for part in inner]}
        return {"as_ints": value}
    if isinstance(value, bool):
        return {"as_bool": value}
    if value in (inf, -inf):
        return {"as_float": "Infinity" if value > 0 else "-Infinity"}  # JSON has no number for it
    return {"as_float" if isinstance(value, float) else "as_int": value}


def sizes(shape: Shape) -> list[dict[str, Any]]:
    return [{"as_int": n} for n in shape]


def node(target: str, arguments: dict[str, Any], gives: list[str]) -> dict[str, Any]:
    one = {"as_tensor": {"name": gives[0]}} if len(gives) == 1 else {"as_tensors": [{"name": name} for name in gives]}
    outputs = [{"as_sym_int": {"as_name": OPEN}}] if target == "sym_size.int" else [one]
    inputs = [{"name": name, "arg": argument(value)} for name, value in arguments.items()]
    return {"target": f"torch.ops.aten.{target}", "inputs": inputs, "outputs": outputs, "metadata": {}}


def write_program(path: Path, shape: Shape, weights: dict[str, Shape], nodes: list[Node]) -> None:
    """A .pt2 with one input, x; what the last operation gives is its output. Weights called frozen are not trained."""
    tensors = {"x": shape, **weights, **{name: size for _, _, gives in nodes for name, size in gives.items()}}
    tensors.pop(OPEN, None)
    kinds = {name: "buffer" if name.startswith("frozen") else "parameter" for name in weights}
    specs: list[dict[str, Any]] = [{kind: {"arg": {"name": n}, f"{kind}_name": n}} for n, kind in kinds.items()]
    specs.append({"user_input": {"arg": {"as_tensor": {"name": "x"}}}})
    graph = {
        "nodes": [node(target, arguments, list(gives)) for target, arguments, gives in nodes],
        "outputs": [{"as_tensor": {"name": list(nodes[-1][2])[-1]}}],
        "tensor_values": {name: {"sizes": sizes(size)} for name, size in tensors.items()},
        "sym_int_values": {OPEN: {"as_expr": SYMBOL}},
    }
    program = {"graph_module": {"graph": graph, "signature": {"input_specs": specs}}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/models/model.json", json.dumps(program))


IMAGE: Shape = (1, 6, 8, 4)
SAME: dict[str, Shape] = {"y": IMAGE}
PIECES = ["INPUT", "SLICE", "SLICE", "SIGMOID", "MUL"]


def attention(scaled: Node) -> list[Node]:
    """Attention of one head of 4 values, written out, with the operation that makes m of the products s."""
    return [
        ("linear.default", {"input": "x", "weight": "q"}, {"a": (1, 6, 4)}),
        ("linear.default", {"input": "x", "weight": "k"}, {"b": (1, 6, 4)}),
        ("transpose.int", {"self": "b", "dim0": 1, "dim1": 2}, {"t": (1, 4, 6)}),
        ("matmul.default", {"self": "a", "other": "t"}, {"s": (1, 6, 6)}),
        scaled,
        ("softmax.int", {"self": "m", "dim": -1}, {"p": (1, 6, 6)}),
        ("dropout.default", {"input": "p", "p": 0.1, "train": 0}, {"d": (1, 6, 6)}),
        ("matmul.default", {"self": "d", "other": "b"}, {"y": (1, 6, 4)}),
    ]


MASK: Node = ("new_zeros.default", {"self": "x"}, {"m": (6, 6)})


def masked(*made: Node) -> list[Node]:
    """Attention of two heads over six positions, with a tensor added to its products that may be made before."""
    return [
        *made,
        ("linear.default", {"input": "x", "weight": "w"}, {"a": (1, 6, 12)}),
        ("view.default", {"self": "a", "size": [1, 6, 3, 2, 2]}, {"b": (1, 6, 3, 2, 2)}),
        ("permute.default", {"self": "b", "dims": [2, 0, 3, 1, 4]}, {"c": (3, 1, 2, 6, 2)}),
        ("unbind.int", {"self": "c"}, {"d": (1, 2, 6, 2), "e": (1, 2, 6, 2), "f": (1, 2, 6, 2)}),
        (
            "scaled_dot_product_attention.default", {"query": "d", "key": "e", "value": "f", "attn_mask": "m"},
            {"g": (1, 2, 6, 2)},
        ),
        ("swapaxes.default", {"self": "g", "axis0": 1, "axis1": 2}, {"h": (1, 6, 2, 2)}),
        ("reshape.default", {"self": "h"}, {"y": (1, 6, 4)}),
    ]  # fmt: skip


CASES: dict[str, tuple[Shape, dict[str, Shape], list[Node], list[str], int, int]] = {
    "functions of single values": (
        IMAGE, {}, [("abs.default", {"self": "x"}, {"a": IMAGE}), ("rsub.Scalar", {"self": "a", "other": 2}, SAME)],
        ["INPUT", "ACT", "RESCALE"], 0, 0,
    ),
    "numbers that no diagram has": (
        IMAGE, {},
        [
            ("div.Tensor", {"self": "x", "other": 1e-320}, {"a": IMAGE}),
            ("mul.Tensor", {"self": "a", "other": 1e300}, SAME),
        ],
        ["INPUT", "ACT", "ACT"], 0, 0,
    ),
    "a logarithm of a softmax": (
        IMAGE, {}, [("log_softmax.int", {"self": "x", "dim": 1}, SAME)], ["INPUT", "SOFTMAX", "ACT"], 0, 0,
    ),
    "a half that gates the other": (
        IMAGE, {}, [("glu.default", {"self": "x", "dim": 1}, {"y": (1, 3, 8, 4)})], PIECES, 0, 0,
    ),
    "pixels to channels, and channels dealt out": (
        IMAGE, {},
        [
            ("pixel_unshuffle.default", {"self": "x", "downscale_factor": 2}, {"a": (1, 24, 4, 2)}),
            ("channel_shuffle.default", {"self": "a", "groups": 3}, {"y": (1, 24, 4, 2)}),
        ],
        ["INPUT", "PIXELUNSHUFFLE", "SHUFFLE"], 0, 0,
    ),
    "the greatest of all positions": (
        IMAGE, {}, [("amax.default", {"self": "x", "dim": [2, 3]}, {"y": (1, 6)})], ["INPUT", "GAP"], 0, 0,
    ),
    "two halves of one weight": (
        (1, 6, 5), {"w": (8, 5)},
        [
            ("chunk.default", {"self": "w", "chunks": 2}, {"w1": (4, 5), "w2": (4, 5)}),
            ("linear.default", {"input": "x", "weight": "w1"}, {"p": (1, 6, 4)}),
            ("linear.default", {"input": "x", "weight": "w2"}, {"q": (1, 6, 4)}),
            ("add.Tensor", {"self": "p", "other": "q"}, {"y": (1, 6, 4)}),
        ],
        ["INPUT", "CONV", "CONV", "ADD"], 40, 6 * 40,
    ),
    "a weight that two others make": (
        IMAGE, {"v": (5, 6, 3, 3), "g": (5, 1, 1, 1)},
        [
            ("_weight_norm.default", {"v": "v", "g": "g"}, {"w": (5, 6, 3, 3)}),
            ("conv2d.default", {"input": "x", "weight": "w", "padding": [1, 1]}, {"y": (1, 5, 8, 4)}),
        ],
        ["INPUT", "conv2d.default"], 275, 32 * 270,
    ),
    "words, and a product with the table that they came from": (
        (1, 6), {"table": (9, 5)},
        [
            ("embedding.default", {"weight": "table", "indices": "x"}, {"e": (1, 6, 5)}),
            ("linear.default", {"input": "e", "weight": "table"}, {"y": (1, 6, 9)}),
        ],
        ["INPUT", "RESHAPE", "EMBEDDING", "linear.default"], 45, 6 * 45,
    ),
    "a size that is open": (
        (1, 6, 4), {"w": (4, 4)},
        [
            ("sym_size.int", {"self": "x", "dim": 1}, {OPEN: ()}),
            ("linear.default", {"input": "x", "weight": "w"}, {"a": (1, 6, 4)}),
            ("view.default", {"self": "a", "size": [1, OPEN, 2, 2]}, {"b": (1, 6, 2, 2)}),
            ("view.default", {"self": "b", "size": [1, OPEN, 4]}, {"c": (1, 6, 4)}),
            ("slice.Tensor", {"self": "c", "dim": 1, "start": 2, "end": OPEN}, {"y": (1, 4, 4)}),
        ],
        ["INPUT", "CONV", "SLICE"], 16, 6 * 16,
    ),
    "windows of positions, times a weight": (
        (1, 6, 4), {"v": (4, 4), "w": (4, 5)},
        [
            ("linear.default", {"input": "x", "weight": "v"}, {"a": (1, 6, 4)}),
            ("view.default", {"self": "a", "size": [2, 3, 4]}, {"b": (2, 3, 4)}),
            ("matmul.default", {"self": "b", "other": "w"}, {"c": (2, 3, 5)}),
            ("view.default", {"self": "c", "size": [1, 6, 5]}, {"y": (1, 6, 5)}),
        ],
        ["INPUT", "CONV", "CONV"], 36, 6 * 36,
    ),
    "a norm with a factor alone, and what nothing reads": (
        (1, 6, 4), {"w": (4,), "v": (9, 4)},
        [
            ("linear.default", {"input": "x", "weight": "v"}, {"unread": (1, 6, 9)}),
            ("layer_norm.default", {"input": "x", "normalized_shape": [4], "weight": "w"}, {"y": (1, 6, 4)}),
        ],
        ["INPUT", "LN", "SCALE"], 4, 0,
    ),
    "positions that are moved around both axes": (
        IMAGE, {}, [("roll.default", {"self": "x", "shifts": [2, -1], "dims": [2, 3]}, {"y": IMAGE})],
        ["INPUT", "SLICE", "SLICE", "CONCAT", "SLICE", "SLICE", "CONCAT"], 0, 0,
    ),
    "the greatest of all channels, and a mean of them": (
        IMAGE, {},
        [
            ("max.dim", {"self": "x", "dim": 1, "keepdim": 1}, {"a": (1, 1, 8, 4), "places": (1, 1, 8, 4)}),
            ("mean.dim", {"self": "x", "dim": [1], "keepdim": 1}, {"b": (1, 1, 8, 4)}),
            ("div.Tensor", {"self": "a", "other": "b"}, {"y": (1, 1, 8, 4)}),
        ],
        ["INPUT", "DEPTHPOOL", "DEPTHPOOL", "ACT", "MUL"], 0, 0,
    ),
    "a cell of an LSTM": (
        (1, 6), {"w": (20, 6), "v": (20, 5), "h": (1, 5), "c": (1, 5)},
        [("lstm_cell.default", {"input": "x", "h": "h", "c": "c", "w_ih": "w", "w_hh": "v"}, {"y": (1, 5)})],
        ["INPUT", "lstm_cell.default"], 120 + 100 + 10, 120 + 100,
    ),
    "a norm of groups with a factor alone": (
        IMAGE, {"w": (6,)}, [("group_norm.default", {"input": "x", "num_groups": 3, "weight": "w"}, SAME)],
        ["INPUT", "GN", "SCALE"], 6, 0,
    ),
    "a norm of batches with a summand alone": (
        IMAGE, {"b": (6,)}, [("batch_norm.default", {"input": "x", "bias": "b"}, SAME)], ["INPUT", "BN"], 6, 0,
    ),
    "a bias of which a part is not trained": (
        (1, 6, 4), {"w": (12, 4), "q": (4,), "frozen": (4,), "v": (4,)},
        [
            ("cat.default", {"tensors": ["q", "frozen", "v"]}, {"b": (12,)}),
            ("linear.default", {"input": "x", "weight": "w", "bias": "b"}, {"y": (1, 6, 12)}),
        ],
        ["INPUT", "linear.default"], 48 + 8, 6 * 48,
    ),
    "a blur whose kernel is not trained": (
        IMAGE, {"frozen": (6, 1, 3, 3)},
        [("conv2d.default", {"input": "x", "weight": "frozen", "groups": 6}, {"y": (1, 6, 6, 2)})],
        ["INPUT", "conv2d.default"], 0, 6 * 2 * 6 * 9,
    ),
    "a class token that looks at all others": (
        (1, 6, 4), {"q": (4, 4), "k": (4, 4), "w": (4, 4)},
        [
            ("select.int", {"self": "x", "dim": 1, "index": 0}, {"c": (1, 4)}),
            ("linear.default", {"input": "c", "weight": "q"}, {"a": (1, 4)}),
            ("unsqueeze.default", {"self": "a", "dim": 1}, {"d": (1, 1, 4)}),
            ("linear.default", {"input": "x", "weight": "k"}, {"b": (1, 6, 4)}),
            ("scaled_dot_product_attention.default", {"query": "d", "key": "b", "value": "b"}, {"e": (1, 1, 4)}),
            ("linear.default", {"input": "e", "weight": "w"}, {"y": (1, 1, 4)}),
        ],
        ["INPUT", "SLICE", "FLATTEN", "FC", "CONV", "ATTENTION", "FC"], 48, 16 + 6 * 16 + 2 * 6 * 4 + 16,
    ),
    "an image that looks at a row, with a bias for each distance": (
        IMAGE, {"k": (6, 6), "table": (105, 1), "w": (6, 6)},
        [
            ("other.default", {"self": "x"}, {"a": IMAGE}),
            ("view.default", {"self": "a", "size": [1, 1, 6, 32]}, {"b": (1, 1, 6, 32)}),
            ("transpose.int", {"self": "b", "dim0": 2, "dim1": 3}, {"q": (1, 1, 32, 6)}),
            ("flatten.using_ints", {"self": "x", "start_dim": 2}, {"c": (1, 6, 32)}),
            ("transpose.int", {"self": "c", "dim0": 1, "dim1": 2}, {"d": (1, 32, 6)}),
            ("linear.default", {"input": "d", "weight": "k"}, {"e": (1, 32, 6)}),
            ("unsqueeze.default", {"self": "e", "dim": 1}, {"h": (1, 1, 32, 6)}),
            ("index.Tensor", {"self": "table"}, {"i": (1024, 1)}),
            ("view.default", {"self": "i", "size": [32, 32]}, {"m": (32, 32)}),
            (
                "scaled_dot_product_attention.default", {"query": "q", "key": "h", "value": "h", "attn_mask": "m"},
                {"g": (1, 1, 32, 6)},
            ),
            ("squeeze.dim", {"self": "g", "dim": 1}, {"f": (1, 32, 6)}),
            ("linear.default", {"input": "f", "weight": "w"}, {"y": (1, 32, 6)}),
        ],
        ["INPUT", "other.default", "RESHAPE", "CONV", "Attention", "RESHAPE", "CONV"],
        36 + 105 + 36, 2 * 32 * 36 + 2 * 32 * 32 * 6,
    ),
    "a mask in attention": (
        (1, 6, 4), {"w": (12, 4)}, masked(MASK), ["INPUT", "CONV", "ATTENTION"], 48, 6 * 48 + 2 * 6 * 6 * 4,
    ),
    "a trained bias of attention that both heads share": (
        (1, 6, 4), {"w": (12, 4), "m": (6, 6)}, masked(),
        ["INPUT", "CONV", "Attention"], 48 + 36, 6 * 48 + 2 * 6 * 6 * 4,
    ),
    "attention, written out": (
        (1, 6, 4), {"q": (4, 4), "k": (4, 4)}, attention(("mul.Tensor", {"self": "s", "other": 0.5}, {"m": (1, 6, 6)})),
        ["INPUT", "CONV", "CONV", "ATTENTION"], 32, 6 * 32 + 2 * 6 * 6 * 4,
    ),
}  # fmt: skip
"""A shape, weights, operations, the kinds of the layers, parameters and multiply-accumulates."""


@pytest.mark.parametrize("case", CASES)
def test_operations_are_read_as_layers_and_counted(case: str, tmp_path: Path) -> None:
    shape, weights, nodes, kinds, params, macs = CASES[case]
    write_program(tmp_path / "net.pt2", shape, weights, nodes)
    done = run("check", "--format", "json", "net.pt2", cwd=tmp_path)
    (network,) = json.loads(done.stdout)["networks"]
    assert [layer["kind"] for layer in network["layers"] if layer["kind"] != "IDENTITY"] == kinds
    assert (network["totals"]["params"], network["totals"]["macs"]) == (params, macs)
    assert [d["message"] for d in network["diagnostics"] if d["severity"] == "error"] == []


ONE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "add.Tensor": ({"other": 2, "alpha": 3}, ["RESCALE(offset=6)"]),
    "sub.Tensor": ({"other": 2, "alpha": 3}, ["RESCALE(offset=-6)"]),
    "rsub.Scalar": ({"other": 2, "alpha": 3}, ["RESCALE(-3, offset=2)"]),
    "mul.Tensor": ({"other": 4}, ["RESCALE(4)"]),
    "div.Tensor": ({"other": 4}, ["RESCALE(0.25)"]),
    "amax.default": ({"dim": [2, 3]}, ["GAP(max)"]),
    "hardtanh.default": ({"min_val": 0.0, "max_val": 6.0}, ["RELU6"]),
    "hardtanh_.default": ({"min_val": 0.0, "max_val": inf}, ["CLIP(0)"]),
    "clamp.default": ({"min": 0, "max": 6}, ["RELU6"]),
    "glu.default": ({"dim": 1}, ["SLICE(0, stop=3)", "SLICE(3, stop=6)", "SIGMOID", "MUL"]),
    "square.default": ({}, ["ACT(square)"]),
}
GIVEN: dict[str, Shape] = {"amax.default": (1, 6), "glu.default": (1, 3, 8, 4)}


def texts(path: Path) -> list[str]:
    """The layers after the input."""
    (network,) = json.loads(run("check", "--format", "json", path.name, cwd=path.parent).stdout)["networks"]
    return [layer["text"].partition(" ←")[0] for layer in network["layers"][1:]]


@pytest.mark.parametrize("target", ONE)
def test_an_operation_has_the_numbers_of_the_file(target: str, tmp_path: Path) -> None:
    arguments, expected = ONE[target]
    program: list[Node] = [(target, {"self": "x", **arguments}, {"y": GIVEN.get(target, IMAGE)})]
    write_program(tmp_path / "net.pt2", IMAGE, {}, program)
    assert texts(tmp_path / "net.pt2") == expected


@pytest.mark.parametrize(("divisor", "expected"), [(2, "ATTENTION"), (4, "ATTENTION(scaled=false)")])
def test_products_of_attention_may_be_divided(divisor: int, expected: str, tmp_path: Path) -> None:
    divided = ("div.Tensor", {"self": "s", "other": divisor}, {"m": (1, 6, 6)})
    write_program(tmp_path / "net.pt2", (1, 6, 4), {"q": (4, 4), "k": (4, 4)}, attention(divided))
    assert texts(tmp_path / "net.pt2")[-1] == expected


INPUTS: dict[str, tuple[Shape, dict[str, Shape], list[Node], list[int]]] = {
    "steps before one image": (
        (6, 1, 4), {"w": (4, 4)}, [("linear.default", {"input": "x", "weight": "w"}, {"y": (6, 1, 4)})], [6, 4],
    ),
    "steps and channels are normalised together": (
        (1, 6, 4), {}, [("layer_norm.default", {"input": "x", "normalized_shape": [6, 4]}, {"y": (1, 6, 4)})], [4, 6],
    ),
    "one reader has channels last and one has them first": (
        IMAGE, {"w": (4, 4), "k": (2, 6, 1, 1)},
        [
            ("linear.default", {"input": "x", "weight": "w"}, {"p": IMAGE}),
            ("conv2d.default", {"input": "x", "weight": "k"}, {"y": (1, 2, 8, 4)}),
        ],
        [4, 8, 6],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", INPUTS)
def test_what_reads_an_input_says_where_its_channels_are(case: str, tmp_path: Path) -> None:
    shape, weights, nodes, size = INPUTS[case]
    write_program(tmp_path / "net.pt2", shape, weights, nodes)
    done = run("check", "--format", "json", "net.pt2", cwd=tmp_path)
    assert json.loads(done.stdout)["networks"][0]["layers"][0]["output"] == size


def test_a_list_of_sizes_may_be_open(tmp_path: Path) -> None:
    pooled: Node = ("adaptive_avg_pool2d.default", {"self": "x", "output_size": [OPEN, 3]}, {"y": (1, 6, 6, 3)})
    write_program(tmp_path / "net.pt2", IMAGE, {}, [pooled])
    assert texts(tmp_path / "net.pt2") == ["ADAPTIVEPOOL(3x6)"]
