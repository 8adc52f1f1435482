"""What is beside a layer of a list: its name, its count, its claims, and whether it may be left out."""

from __future__ import annotations

from shapecalc.core.phrases import shortened
from shapecalc.core.record import Record
from shapecalc.diagnostics.diagnostic import Diagnosed, Span
from shapecalc.language import syntax
from shapecalc.language.relocate import parse_at
from shapecalc.parse import parse_statements
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode
from shapecalc.settings.yaml_values import COUNTS, NAME, YamlFile

COMPANIONS = ("as", "share", "claim", "output", "volume", *COUNTS, "optional", "repeat", "for")
"""Keys that are beside a layer or a group and say something of it."""


def is_companion(key: Scalar, value: YamlNode) -> bool:
    """Whether an entry says something of a layer: `optional` with a list is a group of its own."""
    name = key.text.lower()
    return name in COMPANIONS and not (name == "optional" and isinstance(value, Sequence))


class Companions(Record):
    """Reads what is beside layers of one file; problems are added to the file's."""

    file: YamlFile

    def dressed(self, item: syntax.Item, node: Mapping) -> syntax.Item | None:
        """The item with its count, its name and its claims around it."""
        beside, span = self._companions(node), node.span
        if "for" in beside:
            item = self._comprehension(item, beside["for"], span)
        if "repeat" in beside:
            count = self.file.expression(beside["repeat"], "repeat")
            item = syntax.Repeat(item, count, span) if count else item
        if "share" in beside:
            name = self.name(beside["share"], "share")
            item = syntax.Shared(item, name[0], span, name[1]) if name else item
        if "as" in beside:
            name = self.name(beside["as"], "as")
            item = syntax.Named(item, name[0], span, name[1]) if name else item
        claims = tuple(claim for key, value in beside.items() for claim in self._companion_claims(key, value))
        item = syntax.Claimed(item, claims, span) if claims else item
        if "optional" in beside and self._switch(beside["optional"], "optional"):
            item = syntax.Optional(item, span)
        return item

    def _companions(self, node: Mapping) -> dict[str, YamlNode]:
        """What is beside a layer, by key in lower case."""
        found: dict[str, YamlNode] = {}
        for key, value in node.entries:
            name = key.text.lower()
            if is_companion(key, value):
                if name in found:
                    self.file.report(f"the key '{name}' is given twice", key.span, label="the second time")
                found[name] = value
        return found

    def _companion_claims(self, key: str, value: YamlNode) -> tuple[syntax.Claim, ...]:
        if key == "claim":
            return self.claims(value, "claim")
        if key in ("output", "volume", *COUNTS):
            claim = self.file.claim(key, value)
            return (claim,) if claim else ()
        return ()

    def claims(self, value: YamlNode, what: str) -> tuple[syntax.Claim, ...]:
        """`55x55x96, params=34944`, as it is after a colon in a diagram."""
        scalar = self.file.scalar(value, what, "claims such as 55x55x96, params=34944")
        if scalar is None or not self.file.verbatim(scalar):
            return ()
        span = self.file.trimmed(scalar)
        match self._completed("X: ", span, ""):
            case (syntax.Chain(items=(syntax.Claimed(claims=claims, item=syntax.Call()),)),):
                return claims
        self.file.report(f"{what} is '{shortened(scalar.text)}'", span, label="expected 55x55x96, params=34944")
        return ()

    def _completed(self, before: str, span: Span, after: str) -> tuple[syntax.Statement, ...]:
        """The statements of a part that is completed to a text; none where that does not parse."""
        try:
            return parse_at(parse_statements, self.file.text, span, before, after)
        except Diagnosed:
            # the parser speaks of the completed text, which is not in the file; callers say what they expect
            return ()

    def _comprehension(self, item: syntax.Item, value: YamlNode, span: Span) -> syntax.Item:
        """`for: "c, n in (64, 3), (128, 4)"`."""
        scalar = self.file.scalar(value, "for", "names and values such as c in 64, 128")
        if scalar is None or not self.file.verbatim(scalar):
            return item
        place = self.file.trimmed(scalar)
        chain = item.chain if isinstance(item, syntax.Group) else syntax.Chain((item,), item.span)
        match self._completed("[X for ", place, "]"):
            case (syntax.Chain(items=(syntax.Comprehension(names=names, values=values),)),):
                return syntax.Comprehension(chain, names, values, span)
        label = "expected names and values, such as c in 64, 128"
        help = () if scalar.style else ("put it in quotes inside { }",)
        self.file.report(f"for is '{shortened(scalar.text)}'", place, label=label, help=help)
        return item

    def name(self, value: YamlNode, what: str) -> tuple[str, Span] | None:
        """The name of a tap, with or without its @."""
        scalar = self.file.scalar(value, what, "a name")
        if scalar is None:
            return None
        name = scalar.text.strip().removeprefix("@")
        if NAME.fullmatch(name):
            return name, self.file.trimmed(scalar)
        self.file.report(f"{what} is '{shortened(scalar.text)}'", scalar.span, label="expected a name")
        return None

    def _switch(self, value: YamlNode, what: str) -> bool:
        scalar = self.file.scalar(value, what, "true, false or a list of layers")
        if scalar is None:
            return False
        if scalar.kind != "bool":
            self.file.report(f"{what} is '{shortened(scalar.text)}'", scalar.span, label="expected true or false")
        return scalar.text.lower() == "true"
