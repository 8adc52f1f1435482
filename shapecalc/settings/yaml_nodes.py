"""Reads YAML into nodes that know their place in the file: scalars by the 1.2 core rules, within bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Related, Span, report

MOST_COPIES = 100_000
"""Nodes that the aliases of a document may stand for; those that are written out its length holds to bounds."""
DEEPEST = 100
"""How deep collections may nest."""

Kind = Literal["null", "bool", "int", "float", "str"]

_CORE = "tag:yaml.org,2002:"
_RESOLVE: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("null", re.compile(r"~|null|Null|NULL|")),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("int", re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")),
    ("float", re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")),
)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|#[^\n]*\n)*)*")
"""An anchor and a tag before a node, which its marks include."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `span` is its text in the file, inside the quotes or below the `|`."""

    text: str
    kind: Kind
    style: str
    """Empty for a plain scalar, else `'`, `"`, `|` or `>`."""
    span: Span
    nodes: int = 1
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[YamlNode, ...]
    span: Span
    nodes: int
    depth: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, which differ, and their values in the order of the file."""

    entries: tuple[tuple[Scalar, YamlNode], ...]
    span: Span
    nodes: int
    depth: int

    def get(self, key: str) -> YamlNode | None:
        """The value of a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself, or None."""
        return next((name for name, _ in self.entries if name.text == key), None)


YamlNode = Scalar | Sequence | Mapping


def read_yaml(text: str, start: int, end: int, problems: list[Diagnostic]) -> YamlNode | None:
    """The one document between two offsets of a text, or None where there is nothing.

    Duplicate keys, keys that are collections and tags are added to `problems`, and reading goes on. Raises
    Findings where it cannot: SHP013 for text that is not YAML, has several documents, an alias to itself or
    to nothing, or aliases for more than MOST_COPIES nodes; SHP012 where it nests too deeply.
    """
    import yaml

    fast: Any = getattr(yaml, "CSafeLoader", None)
    if fast is not None:
        found: list[Diagnostic] = []
        try:
            root = _nodes(text, start, end, found, fast)
        except (yaml.YAMLError, UnicodeEncodeError, Diagnosed):
            # The loader in Python says it in the same words everywhere, and knows lone surrogates.
            pass
        else:
            problems.extend(found)
            return root
    return _read_slowly(text, start, end, problems)


def _nodes(text: str, start: int, end: int, problems: list[Diagnostic], loader: Any) -> YamlNode | None:
    """The nodes that a loader's events make. Raises Findings, and what the loader raises."""
    import yaml

    reader = _Reader(text, start, problems)
    # parse, not load or compose: events come one by one, so that bounds are held while reading
    for event in yaml.parse(text[start:end], Loader=loader):
        reader.read(event)
    return reader.root


def _read_slowly(text: str, start: int, end: int, problems: list[Diagnostic]) -> YamlNode | None:
    """What `read_yaml` does, without libyaml."""
    import yaml

    reader = _Reader(text, start, problems)
    try:
        return _nodes(text, start, end, problems, yaml.SafeLoader)
    except Diagnosed as fatal:
        raise Diagnosed(*problems, *fatal.diagnostics) from None
    except yaml.reader.ReaderError as error:
        reason = "a control character does not belong in YAML"
        raise Diagnosed(*problems, reader.unreadable(reason, error.position)) from None
    except yaml.MarkedYAMLError as error:
        reason, mark, help = _reason(error)
        index = min(mark.index, end - start) if mark else 0
        raise Diagnosed(*problems, reader.unreadable(reason, index, help)) from None


_QUOTE = "put the whole text in quotes"
_REASONS: tuple[tuple[str, str, str], ...] = (
    (r"\\t", "a tab cannot indent YAML", "indent with spaces"),
    (r"unexpected (end of stream|document separator)", "a quote is never closed", "close it"),
    (r"expected ',' or '[]}]'", "a bracket is never closed, or a comma is missing", "close the bracket"),
    (r"chomping or indentation|a comment or a line break", "a value begins with > or |", _QUOTE),
    (r"cannot start any token", "a value begins with a character that is YAML's own", _QUOTE),
    (r"mapping values are not allowed", "a second colon stands in one line", _QUOTE),
    (
        r"expected <block end>",
        "the text goes on where a key or an item ends",
        "mend the indentation, or quote it",
    ),
    (r"could not find expected ':'", "a key has no colon", "write key: value"),
)
"""What PyYAML says (a pattern), what it means to somebody who wrote a network, and what to do."""


def _reason(error: Any) -> tuple[str, Any, tuple[str, ...]]:
    """Why the text is not YAML, the mark of the place, and help."""
    problem = str(error.problem or error.context or "it is not well formed")
    for pattern, reason, help in _REASONS:
        if re.search(pattern, problem):
            opener = error.context_mark if "never closed" in reason else None
            return reason, opener or error.problem_mark, (help,)
    return problem, error.problem_mark or error.context_mark, ()


@dataclass(slots=True)
class _Open:
    """A collection that is still being read."""

    is_mapping: bool
    start: int
    anchor: str | None
    parts: list[YamlNode] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """Builds nodes from events, without recursion."""

    text: str
    offset: int
    problems: list[Diagnostic]
    root: YamlNode | None = None
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, YamlNode | None] = field(default_factory=dict)
    """Nodes by anchor; None while the node is still open."""
    documents: int = 0
    copies: int = 0
    """Nodes that the aliases so far stand for."""

    def read(self, event: Any) -> None:
        """Takes one event of the parser."""
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self._begin_document(event)
        elif kind == "AliasEvent":
            self._alias(event)
        elif kind == "ScalarEvent":
            self._add(self._scalar(event), event.anchor)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._open(event, kind.startswith("M"))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close(event)

    def unreadable(self, reason: str, index: int, help: tuple[str, ...] = ()) -> Diagnostic:
        """The finding for text that is not YAML."""
        at = self.offset + index
        span = (at, min(at + 1, len(self.text)))
        return report("SHP013", f"the YAML cannot be read: {reason}", span, label="here", help=help)

    def _span(self, event: Any) -> Span:
        start, end = self.offset + event.start_mark.index, self.offset + event.end_mark.index
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            properties = _PROPERTIES.match(self.text, start)
            start = min(properties.end(), end) if properties else start
        return start, end

    def _begin_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            span = self._span(event)
            raise Diagnosed(
                report(
                    "SHP013",
                    "the YAML holds several documents",
                    span,
                    label="the second begins here",
                    help=("keep one network to a file",),
                )
            )

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        if event.anchor not in self.anchors:
            raise Diagnosed(report("SHP013", f"the alias *{event.anchor} has no anchor before it", span))
        node = self.anchors[event.anchor]
        if node is None:
            raise Diagnosed(
                report(
                    "SHP013",
                    f"the alias *{event.anchor} stands inside what it stands for",
                    span,
                    label="this would never end",
                )
            )
        self.copies += node.nodes
        if self.copies > MOST_COPIES:
            raise Diagnosed(
                report(
                    "SHP013",
                    f"the aliases of this YAML stand for more than {MOST_COPIES:,} nodes",
                    span,
                    help=("say what repeats with repeat: or with a block",),
                )
            )
        self._hold_depth(node.depth, span)
        self._append(node)

    def _scalar(self, event: Any) -> Scalar:
        start, end = self._span(event)
        style = event.style or ""
        if style in ("'", '"'):
            start, end = start + 1, end - 1
        elif style:
            newline = self.text.find("\n", start, end)
            start = newline + 1 if newline >= 0 else end
        elif start == end:
            # the loaders differ in how many blanks they leave in front of nothing
            while start > self.offset and self.text[start - 1] in " \t":
                start -= 1
            end = start
        kind = self._kind(event, style, (start, end))
        self._hold_depth(0, (start, end))
        return Scalar(event.value, kind, style, (start, end))

    def _kind(self, event: Any, style: str, span: Span) -> Kind:
        """What a scalar is by the core rules: NO and 1:1 are strings, 010 is ten."""
        tag = event.tag
        if tag == "!" or (style and not tag):
            return "str"
        resolved: Kind = next((kind for kind, pattern in _RESOLVE if pattern.fullmatch(event.value)), "str")
        if tag == _CORE + "str":
            return "str"
        if tag and self._core(tag, ("null", "bool", "int", "float"), span) and tag != _CORE + resolved:
            name = tag.removeprefix(_CORE)
            self.problems.append(report("SHP013", f"'{event.value}' is tagged !!{name}, and is none", span))
        return resolved

    def _core(self, tag: str, names: tuple[str, ...], span: Span) -> bool:
        """Whether a tag is one of these of the core schema; adds a problem when it is not."""
        if tag.startswith(_CORE) and tag.removeprefix(_CORE) in names:
            return True
        shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        self.problems.append(report("SHP013", f"the tag {shown} is not read", span, help=("leave the tag out",)))
        return False

    def _open(self, event: Any, is_mapping: bool) -> None:
        span = self._span(event)
        if event.tag and event.tag != "!":
            self._core(event.tag, ("map",) if is_mapping else ("seq",), span)
        self._hold_depth(1, span)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(is_mapping, span[0], event.anchor))

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        span = (done.start, max(done.start, self.offset + event.end_mark.index))
        end = max((part.span[1] for part in done.parts), default=0)
        # a block collection ends where the next token begins: lines later, perhaps
        if end and self.text[span[1] - 1 : span[1]] not in ("]", "}"):
            span = (span[0], min(span[1], max(end, span[0])))
        nodes = 1 + sum(part.nodes for part in done.parts)
        depth = 1 + max((part.depth for part in done.parts), default=0)
        if done.is_mapping:
            self._add(Mapping(self._entries(done.parts), span, nodes, depth), done.anchor)
        else:
            self._add(Sequence(tuple(done.parts), span, nodes, depth), done.anchor)

    def _entries(self, parts: list[YamlNode]) -> tuple[tuple[Scalar, YamlNode], ...]:
        """Pairs of keys and values; a second one of a key is reported and left out."""
        entries: dict[str, tuple[Scalar, YamlNode]] = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problems.append(
                    report("SHP013", "a key is a list or a mapping", key.span, label="expected a word")
                )
            elif key.text in entries:
                first = entries[key.text][0].span
                self.problems.append(
                    report(
                        "SHP013",
                        f"the key '{_short(key.text)}' is given twice",
                        key.span,
                        label="the second time",
                        related=(Related(first, "the first time"),),
                        help=("keep one of them",),
                    )
                )
            else:
                entries[key.text] = (key, value)
        return tuple(entries.values())

    def _add(self, node: YamlNode, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        self._append(node)

    def _append(self, node: YamlNode) -> None:
        if self.stack:
            self.stack[-1].parts.append(node)
        else:
            self.root = node

    def _hold_depth(self, depth: int, span: Span) -> None:
        """Refuses to nest without end. Raises Findings SHP012."""
        if len(self.stack) + depth > DEEPEST:
            raise Diagnosed(
                report(
                    "SHP012",
                    f"the YAML nests more than {DEEPEST} levels deep",
                    span,
                    help=("give the inner part a name under blocks:",),
                )
            )


def _short(text: str) -> str:
    """A text that fits into a message."""
    line = text.replace("\n", " ")
    return line if len(line) <= 40 else f"{line[:39]}…"
