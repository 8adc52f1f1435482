"""Binary files that people have of a network and that are not read: what they are, and what to write instead."""

from __future__ import annotations

import re

from shapecalc.diagnostics.diagnostic import Diagnostic, report

_WEIGHTS = "it has weights and no layers: "
_EXPORT = "torch.export.save(torch.export.export(model, (image,)), 'model.pt2') writes a file that is read"
_TO_ONNX = "writes an ONNX model, which is read"

# fmt: off
_FILES = (
    (rb"\x80[\x02-\x05]", (), "a pickle, and reading one runs code", _EXPORT),
    (b"", (".pt", ".pth", ".ckpt", ".torchscript", ".ptl"),
     "a file of torch.save or TorchScript, with a pickle in it, and reading one runs code", _EXPORT),
    (rb".{7}\0\{\"", (".safetensors",), "a safetensors file", _WEIGHTS + "give the config or the exported model"),
    (rb"GGUF", (), "a GGUF file", _WEIGHTS + "give the config or the exported model"),
    (rb".{4}TFL3", (".tflite",), "a TensorFlow Lite model",
     "python -m tf2onnx.convert --tflite model.tflite --output model.onnx " + _TO_ONNX),
    (b"", (".pb",), "a graph of TensorFlow",
     "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx " + _TO_ONNX),
    (b"", (".weights",), "a file of Darknet's weights", _WEIGHTS + "give the .cfg"),
    (b"", (".caffemodel",), "a model of Caffe", "the layers are read from its .prototxt"),
    (b"", (".mlmodel", ".mlpackage"), "a model of Core ML", "give the model that it was converted from"),
    (b"", (".engine", ".plan", ".trt"), "an engine of TensorRT", "give the ONNX model that it was built from"),
    (rb"\x93NUMPY", (".npz",), "a file of NumPy's arrays", _WEIGHTS + "give the file of the model"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP", (), "a picture", "type the network as INPUT(32x32x3) => CONV(64, 3)"),
    (rb"%PDF-", (), "a PDF", "copy the table or the diagram out of it into a text file"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ\0|7z\xbc\xaf", (), "a compressed file", "unpack it and give the file in it"),
)
# fmt: on
"""How the file begins, how its name ends, what it is, and what to do."""


def unread_file(name: str, data: bytes) -> Diagnostic | None:
    """The diagnostic for a file that is known and not read, by how it begins or what it is called."""
    for beginning, suffixes, what, instead in _FILES:
        begins = beginning and re.match(beginning, data, re.DOTALL)
        if begins or any(name.lower().endswith(suffix) for suffix in suffixes):
            return report("SHP010", f"{name} is {what}", help=(instead,))
    return None
