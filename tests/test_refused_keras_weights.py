"""Weights of .keras and .h5 files on which a model is not run: what is missing, damaged, elsewhere or no number."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import shapecalc
from shapecalc.numerics.toolkit import Array
from tests.command import run
from tests.kerasfiles import (
    BIAS,
    DENSE,
    KERNEL,
    MATRIX,
    NET,
    SHIFT,
    drawn,
    layer,
    sequential,
    write_h5,
    write_keras,
)  # fmt: skip

h5py = pytest.importorskip("h5py")


def refusal(tmp_path: Path, name: str = "net.keras") -> str:
    done = run("verify", "--weights", "-q", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.strip()


def test_what_is_missing_or_of_another_size_is_named(tmp_path: Path) -> None:
    write_keras(tmp_path / "net.keras", NET, {"layers/conv2d": [KERNEL, BIAS]})
    assert refusal(tmp_path) == "error: the file has no array 1 of head"
    write_keras(tmp_path / "net.keras", NET, {"layers/conv2d": [KERNEL, BIAS], "layers/dense": [MATRIX[1:], SHIFT]})
    assert refusal(tmp_path) == "error: net: the kernel of head is 17x3 in the file: 54 values are needed"
    (tmp_path / "net.json").write_text(json.dumps(NET))
    assert refusal(tmp_path, "net.json") == "error: net: the file has no weights: .onnx, .keras and .h5 have them"


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        (np.zeros(2, np.complex64), "an array of complex64, which are not real numbers"),
        (np.zeros(2, [("a", "f4")]), "an array of void32, which are not real numbers"),
        (np.array([b"a", b"b"]), "an array of bytes8, which are not real numbers"),
        (np.float32(1), "the bias of r is a single number in the file: 6 values are needed"),
    ],
)
def test_values_that_are_no_numbers_or_have_too_few_axes_are_named(tmp_path: Path, bias: Array, message: str) -> None:
    gru = layer("GRU", "r", units=2, reset_after=True)
    kernel, state = drawn((3, 6), (2, 6))
    write_h5(
        tmp_path / "net.h5", sequential([5, 3], gru), {"r": {"r/kernel": kernel, "r/state": state, "r/bias": bias}}
    )
    assert message in refusal(tmp_path, "net.h5")


def test_weights_that_are_whole_numbers_with_scales_are_not_run(tmp_path: Path) -> None:
    policy = {"module": "keras.dtype_policies", "class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}
    dense = layer("Dense", "head", units=3, dtype=policy)
    write_keras(tmp_path / "net.keras", sequential([18], dense), {"layers/dense": [MATRIX, SHIFT]})
    assert "head computes other values in the file: its weights are whole numbers with scales" in refusal(tmp_path)


def test_a_gru_without_biases_that_resets_before_it_multiplies_is_not_run(tmp_path: Path) -> None:
    for name, after in (("before", False), ("after", True)):
        gru = layer("GRU", "r", units=2, use_bias=False, reset_after=after)
        write_keras(tmp_path / f"{name}.keras", sequential([5, 3], gru), {"layers/gru/cell": drawn((3, 6), (2, 6))})
    assert "r computes other values in the file: it resets the state before" in refusal(tmp_path, "before.keras")
    assert run("verify", "--weights", "-q", "after.keras", cwd=tmp_path).returncode == 0


def test_a_layer_whose_code_is_in_the_file_is_not_run(tmp_path: Path) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}
    write_keras(
        tmp_path / "net.keras", sequential([4], layer("Lambda", "l", function=code, output_shape=[4]), DENSE), {}
    )
    assert refusal(tmp_path) == "error: net: l is opaque, so the network is not run"


@pytest.mark.parametrize("link", ["external", "soft", "stored elsewhere"])
def test_links_out_of_the_file_are_not_followed(tmp_path: Path, link: str) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["vars/0"], other["vars/1"] = MATRIX, SHIFT
    (tmp_path / "raw").write_bytes(MATRIX.tobytes())
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/conv2d/vars/0"], file["layers/conv2d/vars/1"] = KERNEL, BIAS
        if link == "external":
            file["layers/dense"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/")
        elif link == "soft":
            file["layers/dense"] = h5py.SoftLink("/layers/conv2d")
        else:
            raw = [(str(tmp_path / "raw"), 0, MATRIX.nbytes)]
            file.create_dataset("layers/dense/vars/0", MATRIX.shape, MATRIX.dtype, external=raw)
            file["layers/dense/vars/1"] = SHIFT
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(NET))
        archive.writestr("model.weights.h5", weights.getvalue())
    missing = "error: the file has no array 1 of head"
    away = "error: the weights are damaged or cut short: values that are in another file"
    assert refusal(tmp_path) == (away if link == "stored elsewhere" else missing)


def test_weights_that_are_cut_short_or_too_large_are_refused(tmp_path: Path) -> None:
    write_keras(tmp_path / "net.keras", NET, {"layers/conv2d": [KERNEL, BIAS], "layers/dense": [MATRIX, SHIFT]})
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        whole = archive.read("model.weights.h5")
    for part in (whole[:100], whole[:1500], b"", bytes(2000)):
        with zipfile.ZipFile(tmp_path / "cut.keras", "w") as archive:
            archive.writestr("config.json", json.dumps(NET))
            archive.writestr("model.weights.h5", part)
        assert refusal(tmp_path, "cut.keras").startswith("error: the weights are damaged or cut short")
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(NET)
        group = file.create_group("model_weights/stem")
        group.attrs["weight_names"] = [b"stem/kernel", b"stem/bias"]
        group.create_dataset("stem/kernel", (10**6, 10**6), np.float32, chunks=(1000, 1000))
    assert "an array of 4,000,000,000,000 bytes in a file of" in refusal(tmp_path, "huge.h5")
    with h5py.File(tmp_path / "huge.h5", "r+") as file:
        del file["model_weights/stem/stem/kernel"]
        pieces = {"maxshape": (None, None), "chunks": (30_000, 30_000), "compression": "gzip"}
        file["model_weights/stem"].create_dataset("stem/kernel", (3, 3), np.float32, **pieces)
    assert "an array in pieces of 3,600,000,000 bytes" in refusal(tmp_path, "huge.h5")


def test_a_row_of_positions_that_other_positions_are_made_of_is_not_run(tmp_path: Path) -> None:
    net = sequential([5, 4, 3], *(layer("Reshape", n, target_shape=[p, 60 // p]) for n, p in (("a", 20), ("b", 10))))
    write_keras(tmp_path / "net.keras", net, {})
    assert refusal(tmp_path) == "error: net: b reads positions in the order in which the file counts them"


def test_factors_of_low_rank_and_scales_are_said_not_to_be_counted(tmp_path: Path) -> None:
    policy = {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}
    dense = [layer("Dense", "a", units=3, lora_rank=2), layer("Dense", "b", units=3, dtype=policy)]
    (tmp_path / "net.json").write_text(json.dumps(sequential([18], *dense)))
    report = shapecalc.check(tmp_path / "net.json")
    said = ["its LoRA factors of rank 2 are not counted", "the scales of its weights are not counted"]
    assert [problem.message for problem in report.diagnostics if problem.severity == "warning"] == said
