"""What a rule is: a code with its page, examples that are its tests, and a check where no lower room makes it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from shapecalc.core.record import NamedTuple, Record
from shapecalc.diagnostics.diagnostic import Diagnostic, Fix, Related, Severity, Source, Span, report
from shapecalc.expansion.options import Options
from shapecalc.language.syntax import Call, Diagram, Settings
from shapecalc.passes.budgets import Budget
from shapecalc.passes.graph import Graph, Node
from shapecalc.passes.report import Conventions, Row, Totals
from shapecalc.passes.shapes import grade

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    from shapecalc.repairs.causes import Cause

    class Said(TypedDict, total=False):
        """What a rule says besides its message, as a diagnostic has it."""

        label: str
        notes: tuple[str, ...]
        help: tuple[str, ...]
        related: tuple[Related, ...]
        fixes: tuple[Fix, ...]


Group = Literal["teaching", "deploy", "training"]
"""For whom a rule of thumb is: who learns, who brings a network onto a device, who trains it."""


Diagnostics: TypeAlias = Iterable[Diagnostic]
"""What a rule reports, as a rule one `yield` each."""


class Context(Record):
    """A network as rules see it: the graph, what was computed of it, and how it is checked."""

    __slots__ = ("__dict__",)  # for what is worked out once

    graph: Graph
    rows: Sequence[Row]
    totals: Totals
    conventions: Conventions
    source: Source
    strict: bool = False
    causes: Sequence[Cause] = ()
    """Layers that drop pixels, with the fixes that were tried."""
    budgets: Sequence[Budget] = ()
    """Limits for the network as a whole."""
    diagram: Diagram | None = None
    """The syntax tree, where there is one."""
    expand: Options = Options()
    """What the command line fixes about the diagram."""

    @property
    def settings(self) -> Settings:
        """What the front matter says."""
        return self.graph.settings

    @cached_property
    def consumers(self) -> list[list[int]]:
        """For every layer the layers that read it."""
        return self.graph.consumers()

    @cached_property
    def nearest(self) -> dict[Hashable, dict[int, Row | None]]:
        """Layers before or after each layer, by what is skipped on the way, as far as they were asked for."""
        return {}

    @cached_property
    def different(self) -> list[Row]:
        """The rows without those that are like an earlier one: what follows from layer and volumes is seen in these."""
        return [row for row in self.rows if row.like is None or row.like == row.node.index]

    @cached_property
    def calls(self) -> list[Call]:
        """The calls that layers were made from, each once."""
        return list({id(call): call for node in self.graph.nodes if (call := node.call) is not None}.values())

    @cached_property
    def kinds(self) -> set[str]:
        """The kinds of layers that there are; RELU for ACT(relu) too."""
        layers = {node.layer for node in self.graph.nodes}
        return {(layer.function or layer).kind for layer in layers} | {layer.kind for layer in layers}

    @cached_property
    def graded(self) -> dict[str, list[tuple[Row, Severity]]]:
        """The layers that do not tile their input exactly, by the code that says so."""
        found: dict[str, list[tuple[Row, Severity]]] = {}
        for row in self.rows:
            graded = grade(row, self.settings.rounding, strict=self.strict)
            if graded is not None:
                found.setdefault(graded[0], []).append((row, graded[1]))
        return found


class Example(NamedTuple):
    """A text that a rule is shown with: `shapecalc COMMAND FILE ARGUMENTS` on it."""

    text: str | bytes
    arguments: tuple[str, ...] = ()
    file: str = "net.net"
    command: str = "check"


class Rule:
    """One thing that may be reported. One file a rule, which is called by code and name: `shp201_drops_pixels.py`.

    The docstring is the user's documentation: a sentence, then paragraphs that begin with `Why:` and `Instead:`.
    A rule without a `check` of its own documents a code that a lower room reports.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    """What it is wherever it is reported, unless a report says otherwise."""
    groups: ClassVar[tuple[Group, ...]] = ()
    """Whom it is for, where it is a rule of thumb; --select takes these words."""
    preview: ClassVar[bool] = False
    """New, and in no ruleset yet: runs with --preview only."""
    bad: ClassVar[tuple[str | Example, ...]] = ()
    """Texts in which it is reported; the page shows the first."""
    good: ClassVar[tuple[str | Example, ...]] = ()
    """Texts in which it is not; the page shows the first."""

    def __init_subclass__(cls) -> None:
        code, _, name = cls.__module__.rpartition(".")[2].partition("_")
        cls.code, cls.name = code.upper(), name.replace("_", "-")

    def check(self, context: Context) -> Diagnostics:
        """What is reported of a network."""
        return ()

    def report(
        self,
        node: Node | None,
        message: str,
        *,
        span: Span | None = None,
        severity: Severity | None = None,
        **said: Unpack[Said],
    ) -> Diagnostic:
        """A diagnostic of this rule about a layer, or about another place that is given."""
        place, layer = (node.span, node.index) if node else ((0, 0), None)
        return report(self.code, message, span or place, severity=severity or self.severity, layer=layer, **said)

    @classmethod
    def checks(cls) -> bool:
        """Whether the rule has a check of its own."""
        return cls.check is not Rule.check
