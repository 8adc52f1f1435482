"""Gets the JSON of a model out of the file that holds it: a text, a zip, or HDF5."""

from __future__ import annotations

from typing import Any, BinaryIO

from shapecalc.diagnostics.diagnostic import Diagnosed, Source, report
from shapecalc.lowering.archive import decoded, member_text

_INSTALL = "pip install 'shapecalc[keras]'"


def model_text(source: Source) -> str:
    """The JSON. Raises Diagnosed SHP010."""
    if source.open_bytes is None:
        return source.text
    with source.open_bytes() as file:
        zipped = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        return member_text(file, _is_config, "the config.json of a Keras model") if zipped else _from_hdf5(file)


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
    return decoded(config) if isinstance(config, bytes) else str(config)


def _attributes(file: BinaryIO) -> dict[str, Any]:
    """The attributes of the root. Raises ImportError, and what the library raises."""
    try:
        import h5py
    except ImportError:
        import pyfive

        return dict(pyfive.File(file).attrs)
    with h5py.File(file, "r") as opened:
        return {name: opened.attrs[name] for name in ("model_config",) if name in opened.attrs}


def _is_config(name: str) -> bool:
    return name == "config.json"


def _refused(message: str) -> Diagnosed:
    return Diagnosed(report("SHP010", message))
