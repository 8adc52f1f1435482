"""SHP404: a normalisation of what was normalised already."""

from shapecalc.rules.edits import removed
from shapecalc.rules.neighbours import kind_of, normalises, written_pairs
from shapecalc.rules.rule import Context, Diagnostics, Rule


class RepeatedNormalisation(Rule):
    """A normalisation comes directly after another one of the same kind.

    Why: The values arrive with mean 0 and variance 1 (scaled and shifted once), and leave so again: the second adds
    parameters and work and no freedom that the first does not have.

    Instead: remove one of them.
    """

    severity = "warning"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => CONV(8, F=3, bias=false) => BN => BN => RELU",)
    good = (
        "INPUT(32x32x3) => CONV(8, F=3, bias=false) => BN => RELU",
        "INPUT(32x32x3) => BN => CONV(8, F=3, bias=false) => BN",
    )

    def check(self, context: Context) -> Diagnostics:
        for source, row in written_pairs(context):
            if normalises(row) and kind_of(source) == kind_of(row):
                yield self.report(
                    row.node,
                    f"{row.node.kind} normalises what {source.node.name} has normalised already",
                    label=f"{row.params or 0:,} parameters without an effect of their own",
                    help=("remove one of the two",),
                    fixes=removed(row.node, context),
                )
