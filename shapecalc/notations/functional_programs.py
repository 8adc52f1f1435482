"""Programs in which every call of a layer names what it reads, as Keras' functional models, as edits of them."""

from __future__ import annotations

import re

from shapecalc.core.named_tuple import NamedTuple
from shapecalc.diagnostics.diagnostic import Edit, Span
from shapecalc.notations.sequences_of_calls import LONGEST, NUMBER, TOKEN, WITHOUT_LAYERS, statements

JOINS = {"add": "ADD", "concatenate": "CONCAT", "multiply": "MUL", "subtract": "SUB", "maximum": "MAX"}
"""Our layer for Keras' `Add()([x, y])` and `add([x, y])`."""
_DEEPEST = 20
"""How many calls may be inside each other, as in `Dense(9)(Flatten()(x))`."""
_APPLIED = re.compile(r"\)[ \t]?\([ \t]?\w+[ \t]?\)")
_GIVEN = re.compile(r"(\w+)[ \t]*=[ \t]*(?!=)")
_CALLEE = re.compile(r"(?:\w+\.)*(\w+)\s*+(?=\()")
_BRANCHES = re.compile(r"\s*+\[\s*+(\w++(?:\s*+,\s*+\w++)*+)\s*+(?:,\s*+)?\]\s*+(?:,(.*))?", re.DOTALL)
_OF_JOINS = re.compile(r"\s*+(?:(?:axis\s*=\s*(?P<axis>-1|3)|name\s*=\s*(?:'[^']*'|\"[^\"]*\"))\s*+(?:,\s*+|\Z))*+")
"""The arguments of what is put together: channels, which are last, alone are our depth."""
_ANY_NUMBER_OF_AXES = "-1"
_DEFINED = re.compile(r"def[ \t]+(?P<name>\w+)\((?P<parameters>[^\n]*)\)[ \t]*(?:->[^\n:]*)?:")
_DEFAULT = re.compile(
    r"\b(\w++)[ \t]*+(?::[ \t]*+[\w.]++[ \t]*+)?=[ \t]*+(\d++|\([ \t]*\d+(?:[ \t]*,[ \t]*\d+)+[ \t]*\))[ \t]*+(?=,|\Z)"
)
"""`size=(256, 256, 1)`: what a value is where the caller gives none."""
_OTHER_DEFAULTS = re.compile(r"\w\(|[\[{]|\blambda\b")
"""Defaults that have numbers of their own."""
_CONDITION = re.compile(r"if\b[^\n]*:")
_MODEL = re.compile(
    r"(?:\w+[ \t]*=|return)[ \t]*(?:\w+\.)*Model\(\s*(?:inputs?\s*=)?\s*(?P<reads>\[[^\]]*\]|\w+)\s*,"
    r"\s*(?:outputs?\s*=)?\s*(?P<of>\[[^\]]*\]|\w+)\s*(?:,.*)?\)",
    re.DOTALL,
)


class _Call(NamedTuple):
    """What a statement calls: one layer on the other."""

    layers: tuple[Span, ...]
    """Where they are in the text, the one that is applied first in front."""
    join: str
    """Our layer that joins what they read; empty where they read one thing, or nothing."""
    read: tuple[str, ...]
    """The variables that are read."""


class _Made(NamedTuple):
    """A statement that makes layers."""

    span: Span
    call: _Call
    name: str
    sources: tuple[int, ...]
    """The statements whose results it reads."""


def functional_edits(text: str) -> list[Edit]:
    """The edits that make a diagram of a program that calls layers on variables; none for any other text."""
    if len(text) > LONGEST or not _APPLIED.search(text) or "channels_first" in text:
        return []
    made, latest, edits = list[_Made](), dict[str, int](), list[Edit]()
    condition = len(text)  # how far the last one is indented, as long as what follows hangs on it
    ended = False  # whether the model is made, or returned
    for start, end in statements(text):
        statement = text[start:end]
        given, indented = _GIVEN.match(statement), start - text.rfind("\n", 0, start)
        if indented <= condition:
            condition = indented if _CONDITION.fullmatch(statement) else len(text)
        elif not WITHOUT_LAYERS.fullmatch(statement) or statement.startswith("return"):
            return []
        if model := _MODEL.fullmatch(statement):
            if not _is_whole(model, made, latest):
                return []
            edits.append(Edit((start, end), ""))
            ended = True
        elif defined := _DEFINED.fullmatch(statement):
            if made or len(re.findall(rf"\b{defined['name']}\((?!\s*\))", text)) > 1:  # with other values, too
                return []
            edits.append(Edit((start, end), _lets(defined["parameters"], text)))
        elif WITHOUT_LAYERS.fullmatch(statement) or _CONDITION.fullmatch(statement):
            returned = statement.removeprefix("return").strip()
            if (given and given[1] in latest) or latest.get(returned, len(made) - 1) != len(made) - 1:
                return []
            edits.append(Edit((start, end), ""))
            ended = ended or returned in latest
        elif NUMBER.fullmatch(statement) and not made:
            edits.append(Edit((start, start), "let "))
        elif given and not ended and (call := _call(text, (start + given.end(), end))):
            sources = tuple(latest.get(name, -1) for name in call.read)
            if -1 in sources and (made or call.join):  # what the first call reads may be left out
                return []
            latest[given[1]] = len(made)
            made.append(_Made((start, end), call, f"{given[1]}_{len(made)}", sources))
        else:
            return []
    return [*edits, *_chains(text, made)] if len(made) > 1 else []


def _is_whole(model: re.Match[str], made: list[_Made], latest: dict[str, int]) -> bool:
    """Whether it begins with what reads nothing, and ends with what nothing reads."""
    read = {source for layer in made for source in layer.sources}
    # what the first call reads may have no statement
    first = {None if -1 in layer.sources else i for i, layer in enumerate(made) if not {*layer.sources} - {-1}}
    reads, of = ({latest.get(name) for name in re.findall(r"\w+", model[part])} for part in ("reads", "of"))
    return (reads, of) == (first, {*range(len(made))} - read)


def _lets(parameters: str, text: str) -> str:
    """What the parameters of a function are where they have numbers and are used: `let size = 256x256x1`."""
    parameters = re.sub(r"'[^']*'|\"[^\"]*\"", "''", parameters)
    if _OTHER_DEFAULTS.search(parameters):
        return ""
    defaults = {name: "x".join(re.findall(r"\d+", value)) for name, value in _DEFAULT.findall(parameters)}
    used = [name for name in defaults if len(re.findall(rf"\b{name}\b", text)) > 1]
    return "\n".join(f"let {name} = {defaults[name]}" for name in used)


def _call(text: str, span: Span, inside: int = 0) -> _Call | None:
    """`Conv2D(8, 3)(x)`, `add([x, y])`, `ReLU()(Conv2D(8, 3)(x))` or `Input((9, 9, 1))`; None for anything else."""
    callee = _CALLEE.match(text, *span)
    groups = _groups(text, callee.end(), span[1]) if callee and inside < _DEEPEST else []
    if callee is None or not groups or groups[-1][1] != span[1]:
        return None
    name, first, given = callee[1], (span[0], groups[0][1]), text[groups[-1][0] + 1 : groups[-1][1] - 1]
    branches = _BRANCHES.fullmatch(given)
    if join := JOINS.get(name.lower()):
        written = [text[a + 1 : b - 1] for a, b in groups[:-1]] + ([branches[2] or ""] if branches else [])
        arguments = [_OF_JOINS.fullmatch(part) for part in written]
        axes = {found["axis"] for found in arguments if found} - {None, _ANY_NUMBER_OF_AXES}
        images = re.search(r"2D\b", text) and not re.search(r"[13]D\b", text)
        if branches is None or len(groups) > 2 or None in arguments or (axes and not images):
            return None
        return _Call((), join, tuple(re.findall(r"\w+", branches[1])))
    if len(groups) == 1:
        return _Call((first,), "", ()) if name == "Input" else None
    if len(groups) > 2:
        return None
    if re.fullmatch(r"\s*[^\W\d]\w*\s*", given):
        return _Call((first,), "", (given.strip(),))
    at = groups[1][0] + 1
    inner = _call(text, (at + len(given) - len(given.lstrip()), at + len(given.rstrip())), inside + 1)
    return inner and inner._replace(layers=(*inner.layers, first))


def _groups(text: str, start: int, end: int) -> list[Span]:
    """The brackets that follow each other from a place on."""
    groups, depth, opened = list[Span](), 0, start
    for token in TOKEN.finditer(text, start, end):
        sign = token.group()[0]
        if depth == 0 and (sign != "(" or text[groups[-1][1] if groups else start : token.start()].strip()):
            return groups
        opened = token.start() if depth == 0 else opened
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0:
            groups.append((opened, token.end()))
    return groups


def _chains(text: str, made: list[_Made]) -> list[Edit]:
    """The edits of the statements: an arrow where one reads what the last one gave, else a tap."""
    apart = [i for i, layer in enumerate(made) if layer.call.join or layer.sources != (i - 1,)]
    named = {source for i in apart for source in made[i].sources}
    edits = []
    for i, (span, (layers, join, _), name, sources) in enumerate(made):
        taps = [f"@{made[source].name}" for source in sources if source >= 0]
        after = f" as {name}" if i in named else ""
        before = "=> " if i not in apart and i else "".join(f"{tap} => " for tap in taps)
        if len(layers) == 1 and not join:
            edits += [Edit((span[0], layers[0][0]), before), Edit((layers[0][1], span[1]), after)]
            continue
        joined = [f"{join}[ {' | '.join(taps)} ]"] if join else []
        chain = " => ".join([*joined, *(text[slice(*layer)] for layer in layers)])
        edits.append(Edit(span, f"{'' if join else before}{chain}{after}"))
    return edits
