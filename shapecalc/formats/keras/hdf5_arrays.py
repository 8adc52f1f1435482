"""Reads the arrays of a Keras model: from model.weights.h5 in a .keras, or from the groups of an .h5."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any, BinaryIO

import numpy as np

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, report
from shapecalc.passes.graph import ArrayKey

MOST_DEFLATED = 256 << 20
"""Bytes that deflated weights, or a piece of an array, may have; Keras deflates none, and a small file may claim any
number."""
MEMBER = "model.weights.h5"
SEEDS = "seed_generator"
"""What Keras calls the state of random numbers."""
NUMBERS = "biuf"
"""Letters of NumPy's types that are real numbers."""


@contextmanager
def opened_arrays(file: BinaryIO) -> Iterator[KerasArrays]:
    """The arrays of a file. Raises Diagnosed SHP010."""
    try:
        import h5py
    except ImportError:
        message = "reading the weights of Keras needs the package h5py: pip install 'shapecalc[keras]'"
        raise Diagnosed(report("SHP010", message)) from None
    zipped = file.read(2) == b"PK"
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    with _reading():
        opened = h5py.File(_member(file) if zipped else file, "r")
    with opened:
        yield KerasArrays(opened, size, h5py.HardLink, zipped=zipped)


def _member(file: BinaryIO) -> io.BytesIO:
    """The HDF5 file in a zip. Raises Diagnosed."""
    with zipfile.ZipFile(file) as archive:
        if MEMBER not in archive.namelist():
            raise Diagnosed(report("SHP010", f"the .keras file has no {MEMBER}"))
        member = archive.getinfo(MEMBER)
        if member.compress_type != zipfile.ZIP_STORED and member.file_size > MOST_DEFLATED:
            message = f"the weights are deflated and have {member.file_size:,} bytes: {MOST_DEFLATED:,} is the most"
            raise Diagnosed(report("SHP010", message))
        return io.BytesIO(archive.read(member))


def _damaged(why: str) -> Diagnosed:
    return Diagnosed(report("SHP010", f"the weights are damaged or cut short: {shortened(why, 80)}"))


class KerasArrays:
    """The arrays of an opened file."""

    def __init__(self, opened: Any, size: int, hard_link: type, *, zipped: bool) -> None:
        self.opened, self.size, self.hard_link, self.zipped = opened, size, hard_link, zipped

    def __call__(self, key: ArrayKey) -> Any:
        """Key: place in a .keras, path of names, part of the layer, number in the part, number in the layer.

        Raises Diagnosed.
        """
        saved, path, part, number, whole = key
        places = (str(saved), *([str(part)] if part else []), "vars", str(number))
        with _reading():
            found = self._at(self.opened, "/".join(places)) if self.zipped else self._named(str(path), int(whole))
        if found is None:
            raise Diagnosed(report("SHP010", f"the file has no array {int(whole) + 1} of {shortened(str(path))}"))
        return self._values(found)

    def sizes(self, saved: str, path: str) -> list[tuple[str, int]]:
        """The name and the number of values of each array of a layer, but of what random numbers begin with.

        Raises Diagnosed.
        """
        found: list[tuple[str, int]] = []

        def add(name: str, item: Any) -> None:
            if item is not None and not isinstance(item, Mapping) and SEEDS not in name:
                found.append((name.rpartition("/")[2], prod(map(int, item.shape))))

        with _reading():
            if not self.zipped:
                group, names = self._names(path)
                for name in names:
                    add(name, self._at(group, name))
            elif (layer := self._at(self.opened, saved)) is not None:
                layer.visititems(add)
        return found

    def _at(self, group: Any, path: str) -> Any:
        """What is at a path of groups; None where nothing is. No link is followed, for it may leave the file."""
        for name in path.split("/"):
            if name not in group or not isinstance(group.get(name, getlink=True), self.hard_link):
                return None
            group = group[name]
        return group

    def _values(self, dataset: Any) -> Any:
        """The numbers of a dataset that is in the file, and not larger than it. Raises Diagnosed."""
        with _reading():
            if isinstance(dataset, Mapping):
                raise ValueError("a group stands where an array is expected")
            if dataset.external or dataset.is_virtual:
                raise ValueError("values that are in another file")
            dtype = np.dtype(dataset.dtype)
            if dtype.kind not in NUMBERS:
                raise ValueError(f"an array of {dtype.name}, which are not real numbers")
            claimed = prod(map(int, dataset.shape)) * dtype.itemsize
            if claimed > self.size:
                raise ValueError(f"an array of {claimed:,} bytes in a file of {self.size:,}")
            piece = prod(map(int, dataset.chunks or ())) * dtype.itemsize
            if piece > max(self.size, MOST_DEFLATED):
                raise ValueError(f"an array in pieces of {piece:,} bytes: {MOST_DEFLATED:,} is the most")
            return np.asarray(dataset[()])

    def _names(self, path: str) -> tuple[Any, list[str]]:
        """The group of a layer, or of the model that it is in, and the arrays there that are called after the layer."""
        parts, groups = path.split("/"), self.opened.get("model_weights", self.opened)
        for end in range(len(parts), 0, -1):  # names may have slashes
            group, inner = self._at(groups, "/".join(parts[:end])), parts[end:]
            if group is not None and "weight_names" in group.attrs:
                names = [_text(name) for name in np.ravel(group.attrs["weight_names"])]
                inside = _called_after(inner, names) or _called_after(inner[-1:], names)
                return group, (inside or _of_wrapper(parts[-2:-1], names)) if inner else names
        return groups, []

    def _named(self, path: str, number: int) -> Any:
        """An array of a layer by its number among those that are called after it."""
        group, names = self._names(path)
        return self._at(group, names[number]) if number < len(names) else None


@contextmanager
def _reading() -> Iterator[None]:
    """Libraries of HDF5 raise errors of all kinds for damaged files; here they are one."""
    try:
        yield
    except Diagnosed:
        raise
    except Exception as problem:
        raise _damaged(str(problem)) from None


def _called_after(layers: list[str], names: list[str]) -> list[str]:
    """The names of arrays in which these layers occur one in the other.

    >>> _called_after(["body", "conv"], ["net/body/conv/kernel", "net/head/conv/kernel"])
    ['net/body/conv/kernel']
    """
    found = []
    for name in names:
        parts = iter(name.split("/")[:-1])
        if all(layer in parts for layer in layers):
            found.append(name)
    return found


def _of_wrapper(name: list[str], names: list[str]) -> list[str]:
    """Arrays that are called after the layer around theirs, as those of TimeDistributed are."""
    return [array for array in names if array.split("/")[-2:-1] == name]


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
