"""Files that people have of a network and that are not read: each is called by its name, with what to write instead."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pytest

import shapecalc
from shapecalc.diagnostics.diagnostic import Diagnosed
from shapecalc.formats.read import read
from shapecalc.formats.sources import LONGEST, of_bytes
from tests.command import run


def zipped(member: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(member, pickle.dumps({}))
    return held.getvalue()


FILES = {
    "model.pkl": (pickle.dumps({"a": 1}), "pickle", "torch.export.save"),
    "old.pth": (pickle.dumps({"a": 1}, protocol=2), "pickle", "torch.export.save"),
    "model.pt": (zipped("model/data.pkl"), "pickle", "torch.export.save"),
    "large.pth": (b"PK\x03\x04" + bytes(LONGEST), "pickle", "torch.export.save"),
    "model.safetensors": (b"\x40\0\0\0\0\0\0\0" + b'{"w":{"dtype":"F32"}}' + bytes(9), "safetensors", "no layers"),
    "model.tflite": (b"\x1c\0\0\0TFL3" + bytes(9), "TensorFlow Lite", "tf2onnx.convert --tflite"),
    "frozen.pb": (b"\x0a\x04node" + bytes(9), "TensorFlow", "tf2onnx.convert"),
    "yolo.weights": (bytes(16), "Darknet's weights", ".cfg"),
    "vgg.caffemodel": (b"\x0a\x03vgg" + bytes(9), "Caffe", ".prototxt"),
    "arrays.npz": (zipped("a.npy"), "NumPy", "no layers"),
    "photo": (b"\x89PNG\r\n\x1a\n" + bytes(9), "picture", "INPUT(32x32x3)"),
    "paper.pdf": (b"%PDF-1.4\n\xe2\xe3\xcf\xd3", "PDF", "copy the table"),
    "page.pdf": (b"%PDF-1.4\n1 0 obj", "PDF", "copy the table"),
    "model.onnx.gz": (b"\x1f\x8b\x08" + bytes(9), "compressed", "unpack it"),
    "model.ipynb": (b'{"cells": [{"source": ["model = Sequential()"]}]}', "notebook", "print(model)"),
    "graph.pbtxt": (b'node {\n  op: "Conv2D"\n}\n', "protobuf", "tf2onnx.convert"),
    "model.param": (b"7767517\n3 3\nInput data 0 1 data\n", "ncnn", "converted from"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_read_is_called_by_its_name(name: str) -> None:
    data, what, instead = FILES[name]
    with pytest.raises(Diagnosed) as refused:
        read(of_bytes(name, data))
    (diagnostic,) = refused.value.diagnostics
    assert what in diagnostic.message
    assert any(instead in line for line in diagnostic.help)


def test_a_model_that_was_never_built_does_not_say_the_size_of_its_input(tmp_path: Path) -> None:
    path = tmp_path / "dense.json"
    layers = '{"layers": [{"class_name": "Dense", "config": {"units": 10}}]}'
    path.write_text(f'{{"class_name": "Sequential", "config": {layers}}}', encoding="utf-8")
    (found,) = shapecalc.check(path).diagnostics
    assert (found.code, found.message) == ("SHP114", "the file does not say the size of its input")


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("net/vgg61.net", "write nets/vgg16.net"),
        ("nets/vgg16", "write nets/vgg16.net"),
        ("resnet50.yaml", "write zoo:resnet-50 for the published network"),
        ("zoo:vgg61", "write zoo:vgg-16"),
        ("nowhere/else.net", None),
    ],
)
def test_for_a_file_that_is_not_there_the_nearest_is_named(path: str, instead: str | None, tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    for name in ("vgg11", "vgg16", "resnet18"):
        (tmp_path / "nets" / f"{name}.net").write_text("INPUT(8x8x3) => CONV", encoding="utf-8")
    done = run("check", path, cwd=tmp_path)
    helps = [line.strip() for line in done.stdout.splitlines() if "= help: " in line]
    assert (done.returncode, helps) == (2, [f"= help: {instead}"] if instead else [])
