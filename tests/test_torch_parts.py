"""Programs of torch.export whose parts are graphs of their own, and parameters that nothing reads."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from tests.command import run
from tests.test_torch_programs import SAME, node, sizes, write_program

IMAGE = (1, 6, 8, 4)


def network(path: Path) -> dict[str, Any]:
    (found,) = json.loads(run("check", "--format", "json", path.name, cwd=path.parent).stdout)["networks"]
    return dict(found)


def wrapped(path: Path, inner: list[dict[str, Any]], gives: str) -> None:
    """Puts operations of a program of one operation into a graph that runs without gradients, with names of its own."""
    with zipfile.ZipFile(path) as archive:
        program = json.loads(archive.read("net/models/model.json"))
    graph = program["graph_module"]["graph"]
    given = [{"as_tensor": {"name": name}} for name in ("x", "w")]
    part = {
        "inputs": [{"as_tensor": {"name": name}} for name in ("y", "w")],
        "outputs": [{"as_tensor": {"name": gives}}],
        "nodes": inner,
        "tensor_values": {
            name: {"sizes": sizes(shape)} for name, shape in {"y": IMAGE, "x": IMAGE, "z": IMAGE, "w": (6,)}.items()
        },
    }
    inputs = [{"as_bool": False}, {"as_graph": {"name": "part", "graph": part}}, *given]
    graph["nodes"] = [
        {
            "target": "torch.ops.higher_order.wrap_with_set_grad_enabled",
            "inputs": [{"name": "", "arg": value} for value in inputs],
            "outputs": [{"as_tensor": {"name": "y"}}],
            "metadata": {},
        }
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/models/model.json", json.dumps(program))


def test_a_part_that_runs_without_gradients_is_read_in_its_place(tmp_path: Path) -> None:
    """The names inside are those of other tensors outside: y is what arrives, x what its function gives."""
    path = tmp_path / "net.pt2"
    write_program(path, IMAGE, {"w": (6,)}, [("relu.default", {"self": "x"}, SAME)])
    inner = [node("relu.default", {"self": "y"}, ["x"]), node("prelu.default", {"self": "x", "weight": "w"}, ["z"])]
    wrapped(path, inner, "z")
    found = network(path)
    assert [layer["kind"] for layer in found["layers"]] == ["INPUT", "RELU", "PRELU", "IDENTITY"]
    assert (found["totals"]["params"], found["diagnostics"]) == (6, [])


def test_a_part_may_give_what_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    write_program(path, IMAGE, {"w": (6,)}, [("relu.default", {"self": "x"}, SAME)])
    wrapped(path, [], "y")
    assert [layer["kind"] for layer in network(path)["layers"]] == ["INPUT", "IDENTITY"]


def test_parameters_that_nothing_reads_are_named_and_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    write_program(
        path, IMAGE, {"w": (6,), "mask_token": (1, 32)}, [("prelu.default", {"self": "x", "weight": "w"}, SAME)]
    )
    found = network(path)
    (note,) = [d["message"] for d in found["diagnostics"]]
    assert note == "the program reads 1 array of its parameters nowhere, which do not count: mask_token"
    assert found["totals"]["params"] == 6


def test_a_parameter_with_two_names_is_read_by_either(tmp_path: Path) -> None:
    """A table and the product that has it once more: the program reads one name, the zip has both in one file."""
    path = tmp_path / "net.pt2"
    nodes: list[Any] = [("prelu.default", {"self": "x", "weight": "w"}, SAME)]
    write_program(path, IMAGE, {"w": (6,), "tied": (6,)}, nodes)
    with zipfile.ZipFile(path, "a") as archive:
        config = {name: {"path_name": "weight_0"} for name in ("w", "tied")}
        archive.writestr("net/data/weights/model_weights_config.json", json.dumps({"config": config}))
    assert network(path)["diagnostics"] == []


def test_a_product_with_what_the_program_makes_has_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    made = ("eye.default", {"n": 4}, {"eye": (4, 4)})
    write_program(path, IMAGE, {}, [made, ("matmul.default", {"self": "x", "other": "eye"}, SAME)])
    totals = network(path)["totals"]
    assert (totals["params"], totals["macs"]) == (0, 6 * 8 * 4 * 4)


def test_an_input_of_one_number_is_known(tmp_path: Path) -> None:
    """The time step of a diffusion network."""
    path = tmp_path / "net.pt2"
    write_program(path, (1,), {}, [("relu.default", {"self": "x"}, {"y": (1,)})])
    assert network(path)["diagnostics"] == []


def test_a_first_state_that_other_layers_compute_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    weights = {"k": (12, 5), "r": (12, 4), "k2": (12, 4), "r2": (12, 4)}
    gates = {"has_biases": False, "num_layers": 1, "dropout": 0.0, "train": False, "bidirectional": False}
    both = {"batch_first": True, **gates}
    nodes = [
        ("zeros.default", {"size": [1, 1, 4]}, {"none": (1, 1, 4)}),
        ("gru.input", {"input": "x", "hx": "none", "params": ["k", "r"], **both}, {"a": (1, 9, 4), "h": (1, 1, 4)}),
        ("gru.input", {"input": "a", "hx": "h", "params": ["k2", "r2"], **both}, {"i": (1, 1, 4), "y": (1, 9, 4)}),
    ]
    write_program(path, (1, 9, 5), weights, nodes)
    notes = [d["code"] for d in network(path)["diagnostics"] if d["code"] == "SHP507"]
    assert notes == ["SHP507"]
