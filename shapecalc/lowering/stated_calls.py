"""The arguments of a call that a file states, as ours: by the row of the table that reads the same call in a text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from shapecalc.core.padding import Padding
from shapecalc.core.parameters import Parameter, Sizes, Word
from shapecalc.dialects.forms import SIZED, CallForm, Slot
from shapecalc.registry import by_name, find_argument


class Stated(Protocol):
    """The arguments of one call; what finds a value of another kind raises Diagnosed."""

    def __contains__(self, key: str) -> bool:
        """Whether it is read."""

    def value(self, key: str) -> Any:
        """As the file has it."""

    def whole(self, key: str) -> int:
        """A whole number."""

    def real(self, key: str, default: float) -> float:
        """A number."""

    def each(self, key: str, rank: int) -> Sequence[int]:
        """A number for each axis, height first."""


def layer_of(form: CallForm, stated: Stated, rank: int, **known: Any) -> tuple[str, dict[str, Any]]:
    """Our layer, and its arguments by their field for so many axes, to those that are known otherwise.

    What holds without a word is left out, unless that is always shown.
    """
    named = by_name(form.ours)
    assert named is not None, form.ours
    found: dict[str, Any] = {field: Word(value) for field, value in named.implied.items() if isinstance(value, str)}
    given = dict(form.given)
    for letter, text in given.items():
        ours = find_argument(named.type, letter)
        if ours is not None:
            found[ours.field] = Fraction(text) if text[0].isdigit() else Word(text)
    nothing = (0,) if form.framework == "PyTorch" else ()  # a size that is said is another one in Keras
    for slot in form.slots:
        ours = find_argument(named.type, slot.ours)
        if ours is not None and ours.field not in known and slot.name in stated:
            if str(stated.value(slot.name)).lower() == given.get(slot.ours):
                continue  # as it is without a word
            value = _value(slot, ours, stated, rank)
            usual: Any = ours.default or (nothing if isinstance(value, Sizes) else False)
            same = set(value) == set(usual) if isinstance(value, Sizes) else value == usual
            if not same or ours.assumed or ours.field in found:  # what the call gives without a word is not our default
                found[ours.field] = value
            if slot.reader == "average" and value == "same":  # Keras does not count padding in its averages
                found["count_include_pad"] = False
    found |= known
    shown = {a.field: a.default for a in named.type.signature if a.assumed} | named.type.defaults(found)
    return named.type.kind, shown | found


def _value(slot: Slot, ours: Parameter, stated: Stated, rank: int) -> Any:
    """As our argument has its values; a word that Keras does not have pads nothing."""
    key, word = slot.name, str(stated.value(slot.name)).lower()
    if slot.reader in ("word", "average"):
        return Word(word) if word in ("same", "causal") else 0
    if slot.reader == "interpolation":
        return Word("bilinear" if word == "bilinear" else "nearest")
    if slot.ours == "P":
        each = () if word in ("same", "valid") else stated.each(key, rank)
        return Padding("", tuple((n, n) for n in reversed(each))) if each else Word(word)
    if slot.ours in SIZED:
        return Sizes(reversed(stated.each(key, rank)))
    if "true" in ours.words:
        return bool(stated.value(key))
    return stated.real(key, ours.default) if isinstance(ours.default, float) else stated.whole(key)
