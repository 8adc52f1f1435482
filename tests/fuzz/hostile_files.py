"""Files of foreign formats that are made to harm: each by what it tries, what the file is called, and its bytes."""

# ruff: noqa: E501 (texts)

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from random import Random

from tests.fuzz.hostile_onnx import File, onnx_files
from tests.fuzz.hostile_texts import FOREIGN, SIZES, json_files, text_files

PARTS = 50
"""In so many places a file is cut."""


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
    yield from json_files()
    yield from _pt2()
    yield from text_files()
