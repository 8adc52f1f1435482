"""The same texts and changes under atheris, which keeps those that reach code that none has reached before."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import shapecalc
from tests.fuzz.doors import CHECK, DOORS, LONGEST, Door

Try = Callable[[Door, str, tuple[str, ...]], None]


def fuzz_guided(atheris: Any, seconds: int, seed: int, folder: Path, attempt: Try) -> None:
    """Never returns: atheris ends the process after the seconds, or at the first exception of `attempt`."""
    with atheris.instrument_imports(include=["shapecalc"]):
        for module in pkgutil.walk_packages(shapecalc.__path__, "shapecalc."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    texts = [list(door.seeds()) for door in DOORS]
    corpus = folder / "corpus"
    corpus.mkdir()
    for i, seeds in enumerate(texts):
        for j, text in enumerate(seeds):
            (corpus / f"{i}-{j}").write_bytes(_data(i, 0, text))
    options = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LONGEST}", "-timeout=9999", "-rss_limit_mb=0"]
    atheris.Setup(
        [sys.argv[0], *options, str(corpus)],
        lambda data: attempt(*_chosen(data)),
        custom_mutator=lambda data, most, seed: _changed(data, most, seed, texts),
    )
    atheris.Fuzz()


def _data(door: int, command: int, text: str) -> bytes:
    """A text with the numbers of its door and its command in front."""
    return bytes((door, command)) + text.encode("utf-8", "surrogatepass")


def _chosen(data: bytes) -> tuple[Door, str, tuple[str, ...]]:
    padded = data.ljust(2, b"\0")
    door = DOORS[padded[0] % len(DOORS)]
    commands = (CHECK, *door.commands)
    return door, padded[2:].decode("utf-8", "surrogateescape"), commands[padded[1] % len(commands)]


def _changed(data: bytes, most: int, seed: int, texts: Sequence[Sequence[str]]) -> bytes:
    random = Random(seed)
    door = data[0] % len(DOORS) if data else 0
    text = data[2:].decode("utf-8", "surrogateescape")
    return _data(door, random.randrange(256), DOORS[door].change(text, texts[door], random))[:most]
