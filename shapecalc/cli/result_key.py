"""All that the result of a file depends on, as a hash: who computes, what is asked for, configuration, and the text."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import PathFinder

import click
from click.core import ParameterSource

from shapecalc import __version__
from shapecalc.cli.result_store import digest
from shapecalc.configuration.search import bytes_of, nearest_configuration
from shapecalc.core.record import NamedTuple
from shapecalc.display.repository_path import repository_path
from shapecalc.display.style import Style
from shapecalc.formats.discover import is_text

MOST_BYTES = 4_000_000
"""Bytes of a file whose result is kept: to read a larger one twice takes longer than it saves."""
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PACKAGES = ("click", "lark", "numpy", "onnx", "rich", "yaml")
"""Others that a check may load."""
_BESIDE = ("jobs", "watch", "no_cache", "outputs", "formats", "paths")
"""Options that change no result of a single file, or are in the styles."""


class ResultKey(NamedTuple):
    """What is the same for all files of a run, and how each file's is asked for."""

    common: bytes
    baseline: str | None
    no_config: bool

    def of(self, path: str, data: bytes) -> str | None:
        """The key of a file with these bytes; None where its configuration or its baseline cannot be read."""
        try:
            place = [path, repository_path(path), *self._configured(path)]
        except OSError:
            return None
        return digest(self.common, json.dumps(place).encode(), data)

    def _configured(self, path: str) -> list[str]:
        """The configuration of a file, and what a baseline holds. Raises OSError."""
        found = None if self.no_config else nearest_configuration(path)
        given = [self.baseline] if self.baseline else []
        if found is None:
            return [_digest(file) for file in given]
        if not given and b"baseline" in _bytes(found):  # which one it is only who reads it knows
            return [found, _digest(found), *map(_digest, _baseline_of(found))]
        return [found, *map(_digest, (found, *given))]


def read_regular(path: str) -> bytes | None:
    """The bytes of a file whose result may be kept; None for a text, a stream, a name of the zoo, what is too large."""
    if path == "-" or path.startswith("zoo:") or is_text(path) or not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError:
        return None  # who checks it says why
    return data if len(data) <= MOST_BYTES else None


def run_key(context: click.Context, prints: Sequence[tuple[str, Style]], *, many: bool) -> ResultKey:
    """What is the same for all files of a run; `prints` are the formats by name, each with its style."""
    forget_files()
    chosen = {name: value for name, value in context.params.items() if name not in _BESIDE}
    typed = [name for name in chosen if context.get_parameter_source(name) is not ParameterSource.DEFAULT]
    facts = (code_stamp(), os.getcwd(), sorted(chosen.items()), sorted(typed), list(prints), many)
    common = digest(repr(facts).encode(errors="surrogatepass")).encode()
    return ResultKey(common, chosen["baseline"], chosen["no_config"])


def code_stamp() -> str:
    """What tells this state of the program from any other: also an editable one, whose version stays the same."""
    return f"{__version__} {sys.version} {' '.join(_states(_PACKAGE))} {list(map(_installed, _PACKAGES))}"


def _installed(package: str) -> object:
    """Which state of a package there is: a result may say that one has to be installed, and the next run has it."""
    spec = PathFinder.find_spec(package)
    origin = spec and spec.origin
    return _state(origin) if origin and os.path.exists(origin) else origin


def _state(path: str) -> str:
    """A file, its bytes, and when it was written and when changed in any way, which no tool sets back."""
    return f"{path} {_shown(os.stat(path))}"


def _shown(known: os.stat_result) -> str:
    return f"{known.st_size} {known.st_mtime_ns} {known.st_ctime_ns}"


def _states(package: str) -> list[str]:
    """All files of a folder and of those below it, each with its state: some hundreds, at every run."""
    found, folders = [], [package]
    for folder in folders:
        found.append(folder)
        files = []
        for entry in os.scandir(folder):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    folders.append(entry.path)
            else:
                files.append(f"{entry.name} {_shown(entry.stat())}")
        found += sorted(files)
    return found


_bytes = cache(bytes_of)


@cache
def _digest(path: str) -> str:
    return digest(_bytes(path))


@cache
def _baseline_of(configuration: str) -> list[str]:
    """The baseline that a configuration names. Raises OSError where it names none that can be read."""
    from shapecalc.configuration.configuration import ConfigurationError
    from shapecalc.configuration.configuration_file import read_configuration

    try:
        known = read_configuration(configuration).known
    except ConfigurationError as problem:  # who checks a file says what is wrong
        raise OSError from problem
    return [known] if known else []


def forget_files() -> None:
    """Has configurations and baselines read again in the next run."""
    for remembered in (_bytes, _digest, _baseline_of):
        remembered.cache_clear()
