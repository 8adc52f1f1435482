"""Whether a diagram is in our own words alone, as most are: then nothing that knows frameworks is loaded for it."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.language import syntax
from shapecalc.language.walk import walk

OURS = frozenset({"INPUT", "CONV", "DWCONV", "UPCONV", "POOL", "FC", "DO"})
"""Names that no framework writes in capitals: with our arguments they mean the same here whatever is around them."""
ARGUMENTS = frozenset({None, *"KFSPWHZD", "groups", "dilation", "bias"})
_VALUES = (syntax.Number, syntax.SizeLiteral, syntax.Name, syntax.Unary, syntax.Binary)


def has_other_calls(diagram: syntax.Diagram) -> bool:
    """Whether a call of a layer may have another meaning than its words have here."""
    return not all(map(_is_plain, calls_of_layers(diagram, block_names(diagram))))


def _is_plain(call: syntax.Call) -> bool:
    if call.short or (not call.arguments and call.span == call.name_span):
        return True
    arguments = call.arguments
    return call.name in OURS and all(a.name in ARGUMENTS and isinstance(a.value, _VALUES) for a in arguments)


def block_names(diagram: syntax.Diagram) -> frozenset[str]:
    """The blocks of a diagram, in lower case."""
    return frozenset(s.name.lower() for s in diagram.statements if isinstance(s, syntax.Block))


def calls_of_layers(diagram: syntax.Diagram, blocks: frozenset[str]) -> Iterator[syntax.Call]:
    """Every call of a diagram that is none of a block, in order."""
    for part in walk(diagram.statements, syntax.Call):
        if isinstance(part, syntax.Call) and part.name.lower() not in blocks:
            yield part
