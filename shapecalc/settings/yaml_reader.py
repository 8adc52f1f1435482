"""Reads YAML into nodes that know their place in the file: scalars by the 1.2 core rules, within bounds."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, Diagnostic, Related, Span, report
from shapecalc.settings.plain_yaml import read_plain
from shapecalc.settings.yaml_nodes import KINDS, Kind, Mapping, Scalar, Sequence, YamlNode, kind_of

MOST_CHARACTERS = 1_000_000
"""How long a document may be, which is read at some 500,000 characters a second; those of networks have 100,000."""
MOST_COPIES = 100_000
"""Nodes that the aliases of a document may stand for; the length of the text bounds what is written out."""
DEEPEST = 100
"""How deep collections may nest."""

_CORE = "tag:yaml.org,2002:"
_WORD = lazy_pattern(r"\*[^\s,\[\]{}]+|---")
"""What is pointed at whole: an alias, or the line between two documents."""
_PLAIN = "plain:"
"""What the tags of scalars begin with whose kind their text shows."""
REMOVE_TAG = ("remove the tag",)
"""The help of a tag that is not read."""


def read_yaml(text: str, start: int, end: int, problems: list[Diagnostic]) -> YamlNode | None:
    """The one document between two offsets of a text, or None where there is nothing.

    Duplicate keys, keys that are collections and tags are added to `problems`, and reading goes on. Raises Diagnosed
    where it cannot: SHP013 for text that is not YAML, has several documents, an anchor twice, an alias to itself or
    to nothing, or aliases for more than MOST_COPIES nodes; SHP012 where it nests too deeply, SHP011 for a long one.
    """
    if end - start > MOST_CHARACTERS:
        message = f"the YAML has {end - start:,} characters, and {MOST_CHARACTERS:,} is the most that is read"
        raise Diagnosed(report("SHP011", message))
    return read_plain(text, start, end) or read_with_pyyaml(text, start, end, problems)


def read_with_pyyaml(text: str, start: int, end: int, problems: list[Diagnostic]) -> YamlNode | None:
    """What `read_yaml` gives, of any YAML."""
    import yaml

    builder = _Builder(text, start, problems)
    try:
        root = _composed(text[start:end])
    except RecursionError:
        raise Diagnosed(*problems, _too_deep((start, min(start + 1, end)))) from None
    except yaml.reader.ReaderError as error:
        raise Diagnosed(builder.unreadable("a control character does not belong in YAML", error.position)) from None
    except yaml.MarkedYAMLError as error:
        reason, mark, help = _reason(error, text[start:end])
        raise Diagnosed(builder.unreadable(reason, min(mark.index, end - start) if mark else 0, help)) from None
    try:
        return None if root is None else builder.node(root, 0)
    except Diagnosed as fatal:
        raise Diagnosed(*problems, *fatal.diagnostics) from None


def _composed(text: str) -> Any:
    """PyYAML's nodes. Raises what its loader in Python does, which says the same everywhere and knows surrogates."""
    import yaml

    fast: Any = getattr(yaml, "CSafeLoader", None)
    if fast is not None:
        try:
            return yaml.compose(text, Loader=_loader(fast))
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            if "nesting depth" in str(error):
                raise
    return yaml.compose(text, Loader=_loader(yaml.SafeLoader))


@cache
def _loader(base: Any) -> Any:
    """A loader of PyYAML that resolves plain scalars by the core schema of YAML 1.2."""
    resolvers = [(_PLAIN + kind, re.compile(f"(?:{pattern})\\Z")) for kind, pattern in KINDS]
    return type("CoreLoader", (base,), {"yaml_implicit_resolvers": {None: resolvers}})


_QUOTE = "put the whole text in quotes"
_TOO_DEEP = f"it nests more than {DEEPEST} levels deep"
_REASONS: tuple[tuple[str, str, str], ...] = (
    (r"maximum nesting depth", _TOO_DEEP, "give the inner part a name under blocks:"),
    (r"another document", "the YAML has several documents", "write one network in each file"),
    (r"duplicate anchor", "an anchor is given twice", "give the second one another name"),
    (r"undefined alias '(.*)'", r"the alias *\1 has no anchor before it", "write the anchor first, as in &name"),
    (r"\\t", "a tab cannot indent YAML", "indent with spaces"),
    (r"unexpected (end of stream|document separator)", "a quote is never closed", "close it"),
    (r"expected ',' or '[]}]'", "a bracket is never closed, or a comma is missing", "close the bracket"),
    (r"chomping or indentation|a comment or a line break", "a value begins with > or |", _QUOTE),
    (r"cannot start any token|alphabetic|mapping keys", "a value begins with a character that YAML reserves", _QUOTE),
    (r"directive|a digit|YAML document|expected ' '", "a line begins with %, a directive of YAML", "remove the line"),
    (r"expected (URI|'[!>]')|tag", "a value begins with !, as a tag of YAML", _QUOTE),
    (r"escape", "a backslash begins no escape that YAML has", "use single quotes, or two backslashes"),
    (r"mapping values.*\n.*:", "one line has two colons", _QUOTE),
    (
        r"mapping values",
        "a key is where the value of the line before goes on",
        "write key: value on both lines, and begin them in the same column",
    ),
    (r"sequence entries", "an item of a list is on the line of its key", "write each item on a line of its own"),
    (
        r"expected <block end>",
        "the text goes on where a key or an item ends",
        "begin the lines of one list or mapping in the same column, or put a value in quotes",
    ),
    (r"could not find expected ':'", "a key has no colon", "write key: value"),
    (r"node content", "a value is missing", "write the value, or remove the comma before it"),
    (r"document start", "the text goes on after its last bracket", "remove what is after it, or open another bracket"),
)
"""What PyYAML says and the line up to there (a pattern), what it means for the text of a network, and what to do."""


def _reason(error: Any, text: str) -> tuple[str, Any, tuple[str, ...]]:
    """Why the text is not YAML, the mark of the place, and help."""
    mark, opener = error.problem_mark, error.context_mark
    before = text[: mark.index].rpartition("\n")[2] if mark else ""
    for pattern, reason, help in _REASONS:
        if found := re.search(pattern, f"{error.problem}\n{before}"):
            begins = "never closed" in reason or "no colon" in reason
            return found.expand(reason), (begins and opener) or mark, (help,)
    return "it is not well formed", mark or opener, ()


class _Builder:
    """Turns PyYAML's nodes into ours, within bounds."""

    def __init__(self, text: str, offset: int, problems: list[Diagnostic]) -> None:
        self.text, self.offset, self.problems = text, offset, problems
        self.known: dict[int, YamlNode | None] = {}
        """Collections by identity: PyYAML gives an alias the very node of its anchor. None while one is still open."""
        self.copies = 0
        """Nodes that the aliases so far stand for."""

    def unreadable(self, reason: str, index: int, help: tuple[str, ...] = ()) -> Diagnostic:
        """The diagnostic for text that is not YAML."""
        code = "SHP012" if reason == _TOO_DEEP else "SHP013"
        at = self.offset + index
        word = _WORD.match(self.text, at)
        span = word.span() if word else (at, min(at + 1, len(self.text)))
        said = reason if "several documents" in reason else f"the YAML cannot be read: {reason}"
        return report(code, said, span, label="here", help=help)

    def node(self, given: Any, level: int) -> YamlNode:
        """Our node for one of PyYAML's that is in so many collections."""
        if given.id == "scalar":
            return self._scalar(given)
        if id(given) in self.known:
            return self._alias(given, level)
        self.known[id(given)] = None
        span = self._span(given)
        if level >= DEEPEST:
            raise Diagnosed(_too_deep(span))
        is_mapping = given.id == "mapping"
        if given.tag != "!":
            self._core(given.tag, ("map",) if is_mapping else ("seq",), span)
        if is_mapping:
            pairs = [(self.node(key, level + 1), self.node(value, level + 1)) for key, value in given.value]
            parts = [part for pair in pairs for part in pair]
        else:
            parts = [self.node(item, level + 1) for item in given.value]
        # a block collection ends where the next token begins: lines later, perhaps
        if parts and self.text[span[1] - 1 : span[1]] not in ("]", "}"):
            span = (span[0], min(span[1], max(span[0], *(part.span[1] for part in parts))))
        size = 1 + sum(part.nodes for part in parts)
        depth = 1 + max((part.depth for part in parts), default=0)
        done: YamlNode = Sequence(tuple(parts), span, size, depth)
        if is_mapping:
            done = Mapping(self._entries(pairs), span, size, depth)
        self.known[id(given)] = done
        return done

    def _alias(self, given: Any, level: int) -> YamlNode:
        """What an anchor stands for, once more."""
        span = self._first_alias(given)
        name, node = self.text[slice(*span)], self.known[id(given)]
        if node is None:
            raise Diagnosed(
                report("SHP013", f"the alias {name} is part of its own anchor", span, label="this has no end")
            )
        self.copies += node.nodes
        if self.copies > MOST_COPIES:
            message = f"the aliases of this YAML expand to more than {MOST_COPIES:,} nodes"
            raise Diagnosed(report("SHP013", message, span, help=("say what repeats with repeat: or with a block",)))
        if level + node.depth > DEEPEST:
            raise Diagnosed(_too_deep(span))
        return node

    def _first_alias(self, given: Any) -> Span:
        """The place of the first alias of a node: PyYAML keeps none of them."""
        start = self.offset + given.start_mark.index
        anchor = re.compile(r"&([^\s,\[\]{}]+)").search(self.text, start)
        name = re.escape(anchor.group(1)) if anchor else ""
        alias = re.compile(rf"\*{name}(?![^\s,\[\]{{}}])").search(self.text, start)
        return alias.span() if alias else (start, start)

    def _span(self, given: Any) -> Span:
        """The place of a node, after its anchor and its tag."""
        start, end = self.offset + given.start_mark.index, self.offset + given.end_mark.index
        if self.text[start : start + 1] in ("&", "!"):
            properties = re.compile(r"(?:[&!]\S*(?:\s+|#[^\n]*\n)*)*").match(self.text, start)
            start = min(properties.end(), end) if properties else start
        return start, max(start, end)

    def _scalar(self, given: Any) -> Scalar:
        start, end = self._span(given)
        style = given.style or ""
        if style in ("'", '"'):
            start, end = start + 1, end - 1
        elif style:
            newline = self.text.find("\n", start, end)
            start = newline + 1 if newline >= 0 else end
        elif start == end:
            # the loaders differ in how many blanks they leave before nothing
            while start > self.offset and self.text[start - 1] in " \t":
                start -= 1
            end = start
        return Scalar(given.value, self._kind(given, (start, end)), style, (start, end))

    def _kind(self, given: Any, span: Span) -> Kind:
        """What a scalar is; adds a problem where its tag is none of the core schema, or does not fit."""
        if "!" in self.text[self.offset + given.start_mark.index : span[0]].split():
            return "str"  # the loaders differ in what a tag without a name means
        if given.tag.startswith(_PLAIN):
            return given.tag.removeprefix(_PLAIN)  # type: ignore[no-any-return]
        if given.tag == _CORE + "str" or not self._core(given.tag, ("null", "bool", "int", "float"), span):
            return "str"
        kind = kind_of(given.value)
        if given.tag != _CORE + kind:
            name = given.tag.removeprefix(_CORE)
            self.problems.append(report("SHP013", f"'{given.value}' is tagged !!{name}, and is not one", span))
        return kind

    def _core(self, tag: str, names: tuple[str, ...], span: Span) -> bool:
        """Whether a tag is one of these of the core schema; adds a problem when it is not."""
        if tag.startswith(_CORE) and tag.removeprefix(_CORE) in names:
            return True
        shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        self.problems.append(report("SHP013", f"the tag {shown} is not read", span, help=REMOVE_TAG))
        return False

    def _entries(self, pairs: list[tuple[YamlNode, YamlNode]]) -> tuple[tuple[Scalar, YamlNode], ...]:
        """Pairs of keys and values; a second one of a key is reported and left out."""
        entries: dict[str, tuple[Scalar, YamlNode]] = {}
        for key, value in pairs:
            if not isinstance(key, Scalar):
                self.problems.append(
                    report("SHP013", "a key is a list or a mapping", key.span, label="expected a word")
                )
            elif key.text in entries:
                first = entries[key.text][0].span
                self.problems.append(
                    report(
                        "SHP013",
                        f"the key '{shortened(key.text)}' is given twice",
                        key.span,
                        label="the second time",
                        related=(Related(first, "the first time"),),
                        help=("keep one of them",),
                    )
                )
            else:
                entries[key.text] = (key, value)
        return tuple(entries.values())


def _too_deep(span: Span) -> Diagnostic:
    message = f"the YAML nests more than {DEEPEST} levels deep"
    return report("SHP012", message, span, help=("give the inner part a name under blocks:",))
