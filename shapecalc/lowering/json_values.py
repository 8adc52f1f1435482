"""What lies in the values of JSON, which comes from a file that may say anything."""

from __future__ import annotations

from typing import Any


def value_at(value: Any, *keys: str) -> Any:
    """What lies under keys of objects in each other; None where one of them is not there.

    >>> value_at({"config": {"name": "a"}}, "config", "name"), value_at([], "config", "name")
    ('a', None)
    """
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def list_in(value: Any, *keys: str) -> list[Any]:
    """The list there; an empty one for anything else."""
    found = value_at(value, *keys)
    return found if isinstance(found, list) else []
