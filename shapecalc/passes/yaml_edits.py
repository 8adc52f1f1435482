"""Fixes of layers that a YAML config lists: an argument is a key there, in braces or on a line of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Edit, Fix
from shapecalc.passes.graph import Node

Mappings = Mapping[int, str | None]
"""By the end of a layer's last argument, what stands before another one; None where there is no mapping."""

_KEY = lazy_pattern(r"""["']?[ ]*:\s*(\{)?""")
_ADDED = lazy_pattern(r", (\w+)=((?:\([^()]*\)|[^,()])+)")


def mapping_of(node: Node, text: str) -> Iterator[tuple[int, str | None]]:
    """Where an argument can be added to a layer that is the key of a mapping; nothing for one of a diagram."""
    call = node.call
    if call is None or not call.arguments or not call.span[0] <= call.name_span[1] <= call.span[1]:
        return
    key = _KEY.match(text, call.name_span[1])
    first, last = call.arguments[0], call.arguments[-1].span[1]
    if key is None or key.end() > first.span[0]:
        return
    line = text.rfind("\n", 0, first.span[0]) + 1
    if first.name is None:
        yield last, None
    elif key.group(1):
        yield last, ", "
    else:
        yield last, "\n" + " " * (first.span[0] - line)


def written_in_yaml(fix: Fix, mappings: Mappings) -> Fix | None:
    """The fix with what it adds as keys, and with lists for tuples; None where it adds what is no argument.

    >>> fix = Fix("write P", (Edit((9, 9), ", P=(0, 1)"),))
    >>> written_in_yaml(fix, {9: ", "}).edits[0].content
    ', P: [0, 1]'
    """
    edits = []
    for edit in fix.edits:
        content = edit.content
        if edit.span[0] == edit.span[1]:
            before = mappings.get(edit.span[0])
            if before is None or not _ADDED.match(content):
                return None
            content = "".join(f"{before}{name}: {value}" for name, value in _ADDED.findall(content))
        elif "=" in content:  # a whole layer, which may have keys beside it
            return None
        edits.append(Edit(edit.span, content.replace("(", "[").replace(")", "]")))
    return replace(fix, edits=tuple(edits))
