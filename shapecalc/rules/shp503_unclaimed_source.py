"""SHP503: a published network without figures to compare with."""

from shapecalc.core.phrases import shortened
from shapecalc.rules.rule import Context, Diagnostics, Rule


class UnclaimedSource(Rule):
    """The front matter names a source and no figure of it.

    Why: A text that says where its network is from can be checked against the figures that were published there.
    Without `expect:` or claims, a later edit that makes another network of it is not noticed.

    Instead: write `expect: {params: 61M}` with the published figure, or claims on layers.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("---\nsource: Krizhevsky et al. 2012\n---\nINPUT(32x32x3) => CONV(8, F=3) => FC(10)",)
    good = (
        "---\nsource: Krizhevsky et al. 2012\nexpect: {output: 1x1x10}\n---\nINPUT(32x32x3) => CONV(8, F=3) => FC(10)",
    )

    def check(self, context: Context) -> Diagnostics:
        settings = context.settings
        if settings.source and not settings.expect and not context.graph.claims and context.rows:
            yield self.report(
                context.rows[0].node,
                f"the network is from {shortened(settings.source, 60)}, and no figure of it is expected",
                label="nothing to compare with",
                help=("write expect: {params: 61M} with the published figure in the front matter",),
            )
