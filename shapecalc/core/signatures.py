"""What `help` and `inspect` show of classes whose constructor is written when it is first called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any


def field_types(kind: type) -> dict[str, str]:
    """The type of every field as it is written, those of its bases first."""
    return {name: text for one in reversed(kind.__mro__) for name, text in vars(one).get("__annotations__", {}).items()}


def signature_of(kind: type, names: Sequence[str], defaults: Mapping[str, Any]) -> Signature:
    """How the class is called."""
    types, either = field_types(kind), Parameter.POSITIONAL_OR_KEYWORD
    given = {name: defaults.get(name, Parameter.empty) for name in names}
    return Signature([Parameter(name, either, default=given[name], annotation=types[name]) for name in names])
