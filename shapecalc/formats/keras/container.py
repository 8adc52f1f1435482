"""Gets the JSON of a model out of the file that holds it: a text, a zip, or HDF5."""

from __future__ import annotations

from typing import Any, BinaryIO

from shapecalc.diagnostics.diagnostic import Diagnosed, Source, report

MOST_BYTES = 32_000_000
"""How long the JSON of a model may be; that of the largest networks of Keras has less than one million."""
_INSTALL = "pip install 'shapecalc[keras]'"


def model_text(source: Source) -> str:
    """The JSON. Raises Diagnosed SHP010."""
    if source.open_bytes is None:
        return source.text
    with source.open_bytes() as file:
        zipped = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        return _from_zip(file) if zipped else _from_hdf5(file)


def _from_zip(file: BinaryIO) -> str:
    """`config.json` of a .keras; nothing else in it is opened."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(file) as archive, archive.open("config.json") as config:
            data = config.read(MOST_BYTES + 1)
    except KeyError:
        raise _refused("the file is a zip without the config.json of a Keras model") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise _refused("the zip is damaged or cut short") from None
    return _decoded(data)


def _from_hdf5(file: BinaryIO) -> str:
    """The attribute `model_config`; weights stay where they are."""
    try:
        attributes = _attributes(file)
    except ImportError:
        raise _refused(f"reading .h5 needs h5py or pyfive: {_INSTALL}") from None
    except Exception as problem:  # whatever a library says of bytes that are no HDF5 at all
        raise _refused(f"the HDF5 file is damaged or cut short ({type(problem).__name__})") from None
    config = attributes.get("model_config")
    if config is None:
        raise _refused("the .h5 holds weights only: it has no model_config")
    return _decoded(config) if isinstance(config, bytes) else str(config)


def _attributes(file: BinaryIO) -> dict[str, Any]:
    """The attributes of the root. Raises ImportError, and what the library raises."""
    try:
        import h5py
    except ImportError:
        import pyfive

        return dict(pyfive.File(file).attrs)
    with h5py.File(file, "r") as opened:
        return {name: opened.attrs[name] for name in ("model_config",) if name in opened.attrs}


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise _refused(f"the description of the model is longer than {MOST_BYTES:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("the description of the model is not UTF-8") from None


def _refused(message: str) -> Diagnosed:
    return Diagnosed(report("SHP010", message))
