"""The words that arguments take as values (`same`, `avg`, `true`): no name of a diagram may be one of them."""

from __future__ import annotations

from functools import cache

from shapecalc.core.parameters import Word
from shapecalc.registry import layer_types


class GivenWord(Word):
    """A word that came from outside as a value: it never stands for an open name."""


@cache
def argument_words() -> frozenset[str]:
    """Every word that an argument of some layer takes, in lower case."""
    return frozenset(w for layer in layer_types().values() for a in layer.signature for w in a.words)


def is_argument_word(name: str) -> bool:
    """Whether a name, whatever its case, is a word that some argument takes."""
    return name.lower() in argument_words()


def word_for_arguments(name: str) -> str:
    """Why a name cannot be one."""
    return f"{name} is a word that arguments take as a value, so it cannot be a name"


def is_open(value: object) -> bool:
    """Whether a value is a word that nothing but a missing name explains."""
    return isinstance(value, Word) and not isinstance(value, GivenWord) and not is_argument_word(value)
