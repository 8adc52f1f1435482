"""SHP512: families of networks of which the file names no member."""

from __future__ import annotations

from typing import TypeGuard

from shapecalc.language import syntax
from shapecalc.language.walk import walk
from shapecalc.rules.rule import Context, Diagnostics, Rule


class OpenFamily(Rule):
    """The file describes a family of networks, and nothing says which of them is meant.

    Why: A part marked with `?` is kept where nothing else is said, and a range such as let N = 0..3 that no layer uses
    changes nothing: the figures are those of one network, and whoever reads the file may mean another.

    Instead: write `optional: keep` or `optional: drop` in the front matter, or give --optional; remove a range that
    nothing uses.
    """

    severity = "note"
    groups = ("teaching",)
    bad = (
        "INPUT(8x8x3) => CONV(4) => RELU => POOL? => FC(10)",
        "let N = 0..3\nINPUT(8x8x3) => CONV(4) => RELU => FC(10)",
    )
    good = (
        "---\noptional: keep\n---\nINPUT(8x8x3) => CONV(4) => RELU => POOL? => FC(10)",
        "INPUT(8x8x3) => CONV(4) => RELU => POOL => FC(10)",
        "let N = 2\n0 <= N <= 3\nINPUT(8x8x3) => [CONV(4) => RELU]*N => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        diagram = context.diagram
        if diagram is None:
            return
        parts = [part for part in walk(diagram.statements) if isinstance(part, syntax.Optional)]
        if parts and not (context.expand.optional or context.settings.optional):
            yield self.report(
                None,
                f"{'an optional part is' if len(parts) == 1 else f'{len(parts)} optional parts are'} kept, "
                "because nothing says otherwise",
                span=parts[0].span,
                label="the first of these" if len(parts) > 1 else "kept",
                help=("write optional: keep or optional: drop in the front matter",),
            )
        used = {part.name for part in walk(diagram.statements) if isinstance(part, syntax.Name)}
        for statement in diagram.statements:
            if _is_range(statement) and statement.name not in used:
                yield self.report(
                    None,
                    f"{statement.name} has a range, and no layer uses it",
                    span=statement.span,
                    label="changes nothing",
                    help=("remove it, or use it as a count",),
                )


def _is_range(statement: syntax.Statement) -> TypeGuard[syntax.Let]:
    """Whether a let gives a range; one that is written with <= is an error where nothing uses it."""
    return isinstance(statement, syntax.Let) and isinstance(statement.value, syntax.Range)
