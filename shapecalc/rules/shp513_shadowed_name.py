"""SHP513: names that hide another one of the same spelling."""

from shapecalc.diagnostics.diagnostic import Related, Span
from shapecalc.language import syntax
from shapecalc.language.walk import inside
from shapecalc.rules.rule import Context, Diagnostics, Rule

Scope = dict[str, Span]
"""The names that hold at a place, each with where it is given its value."""


class ShadowedName(Rule):
    """A `for` or a parameter of a block has the name of a value that holds there already.

    Why: From there on the name means something else, without a word that says so: whoever changes the `let` later
    changes only some of its uses.

    Instead: give one of the two another name.
    """

    severity = "note"
    groups = ("teaching",)
    bad = (
        "let c = 16\nINPUT(8x8x3) => CONV(c) => [CONV(c) => RELU for c in 32, 64] => CONV(c)",
        "let c = 16\nblock unit(c) = CONV(c) => RELU\nINPUT(8x8x3) => unit(32) => CONV(c)",
        "INPUT(8x8x3) => [[CONV(n) => RELU for n in 4, 8] => CONV(n) for n in 16, 32]",
    )
    good = (
        "let c = 16\nINPUT(8x8x3) => CONV(c) => [CONV(k) => RELU for k in 32, 64] => CONV(c)",
        "INPUT(8x8x3) => [CONV(n) => RELU for n in 4, 8] => [CONV(n) => RELU for n in 16, 32]",
    )

    def check(self, context: Context) -> Diagnostics:
        if context.diagram is None:
            return
        lets = (*context.settings.lets, *context.diagram.statements)
        outer = {let.name: let.name_span for let in lets if isinstance(let, syntax.Let)}
        for statement in context.diagram.statements:
            yield from self._within(statement, outer)

    def _within(self, part: object, scope: Scope) -> Diagnostics:
        """What hides a name of a scope in a part of the tree, and in the parts of it."""
        own: Scope = {}
        if isinstance(part, syntax.Comprehension):
            own = dict.fromkeys(part.names, part.span)
        elif isinstance(part, syntax.Block):
            own = {parameter.name: parameter.span for parameter in part.parameters}
        for name in filter(scope.__contains__, own):
            yield self.report(
                None,
                f"{name} hides another {name}",
                span=own[name],
                label="means something else from here on",
                help=(f"give one of them another name, such as {name}2",),
                related=(Related(scope[name], f"the {name} that is hidden"),),
            )
        for inner in inside(part):
            yield from self._within(inner, scope | own)
