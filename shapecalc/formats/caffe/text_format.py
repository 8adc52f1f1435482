"""The text format of protocol buffers: fields with values, lists and messages, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, unreadable

DEEPEST = 50
"""How deep messages may nest."""
LARGEST = 10**9
"""A number that a field may have, by its size."""
_TOKEN = re.compile(
    r"""(?:\s++|\#[^\n]*+)*+(?:(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<mark>[{}<>\[\]:,;])"""
    r"""|(?P<word>[A-Za-z_][\w.]*|[-+]?(?:\d[\w.+-]*|\.\d[\w+-]*)|-[A-Za-z]+)|(?P<end>\Z)|(?P<other>.))"""
)
"""The next token, after space and comments."""
_WHOLE = lazy_pattern(r"[-+]?\d{1,10}")
_REAL = lazy_pattern(r"[-+]?(\d++\.?\d*+|\.\d+)(e[-+]?\d{1,3})?", re.I)


class FieldText(Record):
    """A number, a word or a text, as it is written without its quotes."""

    text: str
    span: Span


@dataclass(slots=True)
class Message:
    """Fields by name; each may occur several times."""

    span: Span
    fields: dict[str, list[Value]] = field(default_factory=dict)

    def message(self, name: str) -> Message:
        """The last message of a name; an empty one where there is none."""
        found = self.messages(name)
        return found[-1] if found else Message(self.span)

    def messages(self, name: str) -> list[Message]:
        """Every message of a name."""
        return [value for value in self.fields.get(name, ()) if isinstance(value, Message)]

    def texts(self, name: str) -> list[str]:
        """Every value of a name, as text."""
        return [value.text for value in self.fields.get(name, ()) if isinstance(value, FieldText)]

    def text(self, name: str, default: str = "") -> str:
        """The last value of a name, as text."""
        found = self.texts(name)
        return found[-1] if found else default

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no: `true`, `false`, 1 and 0."""
        found = self.text(name, "true" if default else "false").lower()
        return found in ("true", "1", "t")

    def numbers(self, name: str) -> list[int]:
        """Every value of a name, as whole numbers. Raises Diagnosed SHP010."""
        found = []
        for value in self.fields.get(name, ()):
            text = value.text if isinstance(value, FieldText) else "{…}"
            if not _WHOLE.fullmatch(text) or abs(int(text)) > LARGEST:
                message = f"{name} is not a whole number: {shortened(text)}"
                raise unreadable(message, value.span, label="expected a number")
            found.append(int(text))
        return found

    def number(self, name: str, default: int) -> int:
        """The last value of a name, as a whole number. Raises Diagnosed SHP010."""
        found = self.numbers(name)
        return found[-1] if found else default

    def reals(self, name: str) -> list[float]:
        """Every value of a name that is a number."""
        texts = [text.rstrip("fF") for text in self.texts(name)]
        return [float(text) for text in texts if _REAL.fullmatch(text)]

    def real(self, name: str, default: float) -> float:
        """The last value of a name, as a number; the default where it is none."""
        found = self.reals(name)
        return found[-1] if found else default


Value: TypeAlias = FieldText | Message


def parse_message(text: str) -> Message:
    """The message that a text is. Raises Diagnosed SHP010 where it is none."""
    return _Parser(text).run()


class _Parser:
    """Reads fields one after the other, without recursion."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.stack = [Message((0, len(text)))]

    def run(self) -> Message:
        while (token := self.next()) is not None:
            kind, word, span = token
            if kind == "mark" and word in "}>" and len(self.stack) > 1:
                done = self.stack.pop()
                done.span = (done.span[0], span[1])
            elif kind == "mark" and word in ",;":
                continue
            elif kind == "word":
                self.field(word, span)
            else:
                raise self.refused(f"'{word}' is unexpected", span)
        if len(self.stack) > 1:
            raise self.refused("a message is never closed", (self.stack[-1].span[0], self.stack[-1].span[0] + 1))
        return self.stack[0]

    def next(self) -> tuple[str, str, Span] | None:
        """The next token that is no space and no comment. Raises Diagnosed."""
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup is None or found.lastgroup == "end":
            return None
        kind, self.at = found.lastgroup, found.end()
        if kind == "other":
            what = "a quote is never closed" if found[kind] in "'\"" else f"the character {found[kind]!r} is unexpected"
            raise self.refused(what, found.span(kind))
        return kind, found[kind], found.span(kind)

    def field(self, name: str, span: Span) -> None:
        """A name with a value, a list of values, or a message."""
        token = self.next()
        if token is not None and token[1] == ":":
            token = self.next()
        if token is None:
            raise self.refused(f"{shortened(name)} has no value", span)
        kind, word, place = token
        values = self.stack[-1].fields.setdefault(name, [])
        if word in "{<" and kind == "mark":
            if len(self.stack) > DEEPEST:
                raise self.refused(f"messages nest more than {DEEPEST} levels deep", place)
            self.stack.append(Message((span[0], place[1])))
            values.append(self.stack[-1])
        elif word == "[" and kind == "mark":
            self.list(name, values)
        elif kind == "mark":
            raise self.refused(f"{shortened(name)} has no value", span)
        else:
            values.append(FieldText(self.joined(kind, word), place))

    def list(self, name: str, values: list[Value]) -> None:
        """`[1, 2, 3]`. Raises Diagnosed."""
        while (token := self.next()) is not None:
            kind, word, span = token
            if kind != "mark":
                values.append(FieldText(_unquoted(word), span))
            elif word == "]":
                return
            elif word != ",":
                raise self.refused(f"the list of {shortened(name)} contains '{word}'", span)
        raise self.refused(f"the list of {shortened(name)} is never closed", (self.at, self.at))

    def joined(self, kind: str, word: str) -> str:
        """A text, with those that follow it without anything between."""
        parts = [_unquoted(word)]
        while kind == "text":
            before = self.at
            token = self.next()
            if token is None or token[0] != "text":
                self.at = before
                break
            parts.append(_unquoted(token[1]))
        return "".join(parts)

    def refused(self, message: str, span: Span) -> Diagnosed:
        return unreadable(f"the text of this network cannot be read: {message}", span, label="here")


def _unquoted(word: str) -> str:
    return word[1:-1] if word[:1] in ("'", '"') else word
