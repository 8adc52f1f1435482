"""The words that arguments take as values (`same`, `avg`, `true`): no name of a diagram may be one of them."""

from __future__ import annotations

from functools import cache

from shapecalc.core.padding import padding
from shapecalc.core.parameters import Word, along_axis, flag, rounding, words_of
from shapecalc.registry import layers_with


class GivenWord(Word):
    """A word that came from outside as a value: it never stands for an open name."""


@cache
def is_argument_word(name: str) -> bool:
    """Whether a name, whatever its case, is a word that an argument of some layer takes."""
    word = name.lower()
    return word in COMMON_WORDS or any(word in a.words for layer in layers_with(word) for a in layer.signature)


COMMON_WORDS = frozenset(word for many in (along_axis, flag, padding, rounding) for word in words_of(many))
"""The words that stand in the files of no layer, as many take them."""


def word_for_arguments(name: str) -> str:
    """Why a name cannot be one."""
    return f"{name} is a word that arguments take as a value, so it cannot be a name"


def is_open(value: object) -> bool:
    """Whether a value is a word that nothing but a missing name explains."""
    return isinstance(value, Word) and not isinstance(value, GivenWord) and not is_argument_word(value)
