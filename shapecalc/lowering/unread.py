"""What a reader needs of a layer or an operator of another tool, so that one of ours stands for it."""

from __future__ import annotations

from typing import Any, TypeVar

Known = TypeVar("Known")


class Unread(Exception):
    """No layer of ours stands for what is read; `read` is that."""

    def __init__(self, read: Any) -> None:
        self.read = read


class Needing:
    """What is read says what it needs."""

    __slots__ = ()

    def needs(self, fits: object) -> None:
        """Raises Unread unless this is so."""
        if not fits:
            raise Unread(self)

    def known(self, value: Known | None) -> Known:
        """The value; raises Unread where there is none."""
        if value is None:
            raise Unread(self)
        return value
