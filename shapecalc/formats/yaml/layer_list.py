"""The `layers:` of a YAML config: a list of layers, groups and branches becomes chains as a diagram has."""

from __future__ import annotations

from shapecalc.core.phrases import shortened
from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report
from shapecalc.formats.yaml.companions import COMPANIONS, Companions, is_companion
from shapecalc.language import syntax
from shapecalc.language.relocate import parse_at
from shapecalc.parse import parse_statements
from shapecalc.registry import layer_names
from shapecalc.settings.yaml_nodes import Mapping, Scalar, Sequence, YamlNode
from shapecalc.settings.yaml_values import NAME, SIZE

STRUCTURES = ("layers", "tap", "optional", "add", "concat", "mul")
"""Keys that are where the name of a layer stands."""

_WORDS = ("let", "block", "for", "in", "as", "share")


class LayerList(Companions):
    """Reads lists of layers of one file; problems are added to the file's, and reading goes on."""

    def chains(self, node: YamlNode) -> tuple[syntax.Chain, ...]:
        """The chains of a whole network: an entry that begins with a tap or an INPUT begins another chain."""
        if not isinstance(node, Sequence):
            self.file.report("layers is not a list", node.span, label="expected a list of layers")
            return ()
        starts: list[list[syntax.Item]] = []
        self._report_if_empty(node)
        size = self._leading_size(node)
        if size is not None:
            starts.append([size])
        for run in (run for part in node.items[len(starts) :] for run in self.runs(part) if run):
            if not starts or _begins(run[0]):
                starts.append([])
            starts[-1].extend(run)
        return tuple(syntax.Chain(tuple(items), (items[0].span[0], items[-1].span[1])) for items in starts)

    def chain(self, node: Sequence, may_be_empty: bool = False) -> syntax.Chain:
        """The layers of a list as one chain."""
        if not may_be_empty:
            self._report_if_empty(node)
        items = tuple(item for part in node.items for item in self.items(part))
        return syntax.Chain(items, node.span)

    def _report_if_empty(self, node: Sequence) -> None:
        if not node.items:
            self.file.report("the list of layers is empty", node.span, label="expected layers")

    def _leading_size(self, node: Sequence) -> syntax.Item | None:
        """The INPUT that a list begins with when its first entry is a size, as a diagram may."""
        first = node.items[0] if node.items else None
        if not isinstance(first, Scalar) or not SIZE.fullmatch(first.text):
            return None
        size = self.file.expression(first, "the input")
        if not isinstance(size, syntax.SizeLiteral):
            return None
        return syntax.Call("INPUT", (syntax.Argument(None, size, size.span),), size.span, size.span)

    def items(self, node: YamlNode) -> tuple[syntax.Item, ...]:
        """What one entry of a list stands for: text may hold several layers."""
        return tuple(item for run in self.runs(node) for item in run)

    def runs(self, node: YamlNode) -> tuple[tuple[syntax.Item, ...], ...]:
        """What one entry of a list stands for, chain by chain: text may hold several."""
        if isinstance(node, Sequence):
            return ((syntax.Group(self.chain(node), node.span),),)
        if isinstance(node, Mapping):
            item = self._item(node)
            return ((item,),) if item is not None else ()
        scalar = self.file.scalar(node, "a layer", "a layer such as RELU or CONV(64)")
        return self._text_runs(scalar) if scalar else ()

    def text_items(self, scalar: Scalar) -> tuple[syntax.Item, ...]:
        """The items of what is written as text."""
        return tuple(item for run in self._text_runs(scalar) for item in run)

    def _text_runs(self, scalar: Scalar) -> tuple[tuple[syntax.Item, ...], ...]:
        span = self.file.trimmed(scalar)
        if NAME.fullmatch(scalar.text) and scalar.text not in _WORDS:
            return ((syntax.Call(scalar.text, (), span, span),),)
        if SIZE.fullmatch(scalar.text):
            size = shortened(scalar.text)
            message, begin = f"{size} is a size, not a layer", f"write INPUT: {size} to begin another chain"
            help = (begin, f"or output: {size} next to a layer to claim its volume")
            self.file.report(message, span, code="SHP015", label="expected a layer", help=help)
            return ()
        if self._is_torn(scalar, span) or not self.file.verbatim(scalar):
            return ()
        return self.file.attempt(self._chains_of_text, span) or ()

    def _is_torn(self, scalar: Scalar, span: Span) -> bool:
        """Whether YAML has split a text at its comma, as in [CONV(64, 3), RELU]; reports it if so."""
        opened = 0 if scalar.style else scalar.text.count("(") - scalar.text.count(")")
        torn = opened > 0 and self.file.text[span[1] : span[1] + 1] == ","
        if torn:
            message = f"'{shortened(scalar.text)}' ends at a comma, because YAML splits text in [ ] or {{ }} there"
            help = ("put the layer in quotes, or write every layer on a line that begins with -",)
            self.file.report(message, span, help=help)
        elif opened < 0:
            # the other half of it, which has been reported
            torn = any(d.span[1] <= span[0] and "ends at a comma" in d.message for d in self.file.problems)
        return torn

    def _chains_of_text(self, span: Span) -> tuple[tuple[syntax.Item, ...], ...]:
        """Raises Diagnosed."""
        statements = parse_at(parse_statements, self.file.text, span)
        for statement in statements:
            if not isinstance(statement, syntax.Chain):
                message, help = "a let or a block is in a list of layers", ("write it under let: or blocks:",)
                raise Diagnosed(report("SHP118", message, statement.span, label="expected layers", help=help))
        return tuple(statement.items for statement in statements if isinstance(statement, syntax.Chain))

    # --- mappings -----------------------------------------------------------------------------

    def _item(self, node: Mapping) -> syntax.Item | None:
        """A layer with its arguments and what is beside it, or a group, branches or a tap."""
        mains = [entry for entry in node.entries if not is_companion(*entry)]
        mains.sort(key=lambda entry: entry[0].text.lower() not in STRUCTURES)
        if not mains:
            self.file.report("an item has no layer", node.span, label="expected a layer such as CONV: 64")
            return None
        (key, value), *others = mains
        problems = len(self.file.problems)
        item = self._main(key, value)
        if item is not None or len(self.file.problems) == problems:
            self._report_of_others(key, [other for other, _ in others])
        return self.dressed(item, node) if item else None

    def _report_of_others(self, key: Scalar, others: list[Scalar]) -> None:
        """An item is one layer: a second one, or a key that is misspelt, is reported."""
        for other in others:
            if other.text.upper() in layer_names():
                message = f"one item has two layers, {key.text} and {other.text}"
                help = ("begin a new item with - for it",)
                self.file.report(message, other.span, label="the second layer", help=help)
            else:
                self.file.unknown_key(other, (*COMPANIONS, *STRUCTURES), "a layer")

    def _main(self, key: Scalar, value: YamlNode) -> syntax.Item | None:
        """The item that the leading key makes."""
        name, span = key.text.lower(), (key.span[0], max(key.span[1], value.span[1]))
        if name in ("layers", "optional"):
            if not isinstance(value, Sequence):
                self.file.report(f"{name} is not a list", value.span, label="expected a list of layers")
                return None
            group = syntax.Group(self.chain(value), span)
            return syntax.Optional(group, span) if name == "optional" else group
        if name == "tap":
            tap = self.name(value, "tap")
            return syntax.Tap(*tap) if tap else None
        known = layer_names().get(key.text.upper())
        if known and known[0].merges:
            return self._branch(key, value, span)
        if NAME.fullmatch(key.text):
            return syntax.Call(key.text, self.file.arguments(value, key.text), span, key.span)
        return self._claimed_text(key, value, span)

    def _branch(self, key: Scalar, value: YamlNode, span: Span) -> syntax.Item | None:
        """`add: [[…], […]]`: one list, text or layer for each branch; an empty one is the identity."""
        if not isinstance(value, Sequence):
            self.file.report(f"{key.text} is not a list of branches", value.span, label="expected [[…], […]]")
            return None
        chains = []
        for node in value.items:
            if isinstance(node, Sequence):
                chains.append(self.chain(node, may_be_empty=True))
            elif isinstance(node, Scalar) and node.kind == "null":
                chains.append(syntax.Chain((), node.span))
            else:
                chains.append(syntax.Chain(self.items(node), node.span))
        return syntax.Branch(key.text, tuple(chains), span, key.span)

    def _claimed_text(self, key: Scalar, value: YamlNode, span: Span) -> syntax.Item | None:
        """`CONV(64): 55x55x64` is a mapping to YAML, and a layer with its claim to its writer."""
        items = self.text_items(key)
        if not items:
            return None
        if len(items) > 1:
            self.file.report(f"'{shortened(key.text)}' is a chain, not a layer", key.span)
            return None
        if isinstance(value, Scalar) and value.kind == "null":
            return items[0]
        claims = self.claims(value, f"the claim of {shortened(key.text)}")
        return syntax.Claimed(items[0], claims, span) if claims else items[0]


def _begins(item: syntax.Item) -> bool:
    """Whether an item can only be where a chain begins: a tap or an INPUT."""
    match item:
        case syntax.Tap():
            return True
        case syntax.Named(item=inner) | syntax.Shared(item=inner) | syntax.Claimed(item=inner):
            return _begins(inner)
        case syntax.Call(name=name):
            known = layer_names().get(name.upper())
            return known is not None and known[0].starts
    return False
