"""Fixes as the text can take them: none of a layer in another notation, and those of YAML in its own writing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import replace
from shapecalc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Span
from shapecalc.language.syntax import Call
from shapecalc.passes.graph import Node

FRAMEWORKS = ("PyTorch", "Keras")
"""Whose calls a fix may change."""
_NUMBER = lazy_pattern(r"\d+")
_PRODUCT = lazy_pattern(r"\d+(?:\s*\*+\s*\d+)*")
_ADDED = lazy_pattern(r", (\w+)=(\d+|true|false)")
_BARE_SIZE = lazy_pattern(r"\s*\d+(?:\s*[xX×]\s*\d+)+\s*")


def editable(found: Iterable[Diagnostic], nodes: Sequence[Node], text: str) -> list[Diagnostic]:
    """The diagnostics, without the fixes that change a place of which several layers were made.

    `c7s1-64` is a CONV, an IN and a RELU: an edit of the CONV would leave nothing of the others.
    """
    notated = [node.call for node in nodes if node.call is not None and _is_notated(node, text)]
    calls = {call.span: call for call in notated if call.framework in FRAMEWORKS and text[call.span[1] - 1] == ")"}
    places = sorted({call.span for call in notated if call.span not in calls})
    kept = [_without_edits_of(d, places) for d in found] if places else list(found)
    kept = [_in_framework(d, calls, text) for d in kept] if calls else kept
    if not any(diagnostic.fixes for diagnostic in kept):
        return kept
    mappings = {end: how for node in nodes for end, how in mapping_of(node, text)}
    return [_in_yaml(d, mappings) for d in kept] if mappings else kept


def _in_yaml(diagnostic: Diagnostic, mappings: Mappings) -> Diagnostic:
    """A diagnostic with its fixes as a YAML config takes them, without those that it cannot take."""
    fixes = (written_in_yaml(fix, mappings) for fix in diagnostic.fixes)
    return replace(diagnostic, fixes=tuple(fix for fix in fixes if fix is not None))


def _in_framework(diagnostic: Diagnostic, calls: Mapping[Span, Call], text: str) -> Diagnostic:
    """A diagnostic with its fixes in the words of the calls that they change; without those that have no such words.

    Sizes of several numbers are left out: frameworks write them in another order.
    """
    fixes = tuple(f for fix in diagnostic.fixes if (f := _fix_of_calls(fix, calls, text)) is not None)
    return diagnostic if fixes == diagnostic.fixes else replace(diagnostic, fixes=fixes)


def _fix_of_calls(fix: Fix, calls: Mapping[Span, Call], text: str) -> Fix | None:
    edits = [_edit_of_calls(edit, calls, text) for edit in fix.edits]
    return None if None in edits else replace(fix, edits=tuple(edit for edit in edits if edit is not None))


def _edit_of_calls(edit: Edit, calls: Mapping[Span, Call], text: str) -> Edit | None:
    """The edit as the call takes it that it touches; None where it cannot."""
    start, end = edit.span
    call = next((c for span, c in calls.items() if start < span[1] and span[0] < max(end, start + 1)), None)
    if call is None or edit.span == (call.span[0],) * 2:
        return edit
    if start <= call.name_span[1] or end >= call.span[1]:
        return None
    if start < end:
        return edit if _NUMBER.fullmatch(edit.content) and _PRODUCT.fullmatch(text[start:end]) else None
    added = _ADDED.fullmatch(edit.content)
    word = _word_of(call, added[1]) if added else ""
    if added is None or not word:
        return None
    last = call.span[1] - 1  # after all that is written: the arguments may stand in another order than ours
    return Edit((last, last), f", {word}={added[2].capitalize()}")


def _word_of(call: Call, letter: str) -> str:
    """What a framework calls an argument of ours that takes numbers; empty where its call has none."""
    from shapecalc.dialects.forms import by_spelling, squashed

    slots = by_spelling(call.framework)[squashed(call.written)].slots
    return next((slot.name for slot in slots if slot.ours == letter and slot.reader not in ("word", "average")), "")


def _is_notated(node: Node, text: str) -> bool:
    """Whether the name of a layer is not what is at its place; a bare size is an INPUT."""
    call = node.call
    if call is None or text.startswith(call.name, call.name_span[0]):
        return False
    return node.kind != "INPUT" or not _BARE_SIZE.fullmatch(text, *call.span)


def _without_edits_of(diagnostic: Diagnostic, places: Sequence[Span]) -> Diagnostic:
    kept = tuple(f for f in diagnostic.fixes if not any(_touches(edit.span, places) for edit in f.edits))
    return diagnostic if len(kept) == len(diagnostic.fixes) else replace(diagnostic, fixes=kept)


def _touches(span: Span, places: Sequence[Span]) -> bool:
    """Whether an edit changes one of the places, which do not overlap; between two of them it may."""
    index = bisect_left(places, span)
    near = places[max(index - 1, 0) : index + 1]
    return any(span == place or (span[0] < place[1] and place[0] < span[1]) for place in near)


# --- edits in YAML ----------------------------------------------------------------------------

Mappings = Mapping[int, str | None]
"""By the end of a layer's last argument, what stands before another one; None where there is no mapping."""

_KEY = lazy_pattern(r"""["']?[ ]*:\s*(\{)?""")
_ADDED_KEY = lazy_pattern(r", (\w+)=((?:\([^()]*\)|[^,()])+)")


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
            if before is None or not _ADDED_KEY.match(content):
                return None
            content = "".join(f"{before}{name}: {value}" for name, value in _ADDED_KEY.findall(content))
        elif "=" in content:  # a whole layer, which may have keys beside it
            return None
        edits.append(Edit(edit.span, content.replace("(", "[").replace(")", "]")))
    return replace(fix, edits=tuple(edits))
