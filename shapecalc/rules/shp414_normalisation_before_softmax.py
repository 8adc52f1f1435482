"""SHP414: scores that are normalised over the batch before the softmax."""

from shapecalc.rules.edits import removed
from shapecalc.rules.neighbours import kind_of, normalises, pairs
from shapecalc.rules.rule import Context, Diagnostics, Rule


class NormalisationBeforeSoftmax(Rule):
    """A normalisation comes between the last FC and SOFTMAX.

    Why: Normalised over a batch, every class gets the same mean and variance of its scores, however often it
    occurs, and the probabilities of an image depend on the other images. No published network does this.

    Instead: remove the normalisation after the last FC.
    """

    severity = "warning"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => FC(10) => BN => SOFTMAX",)
    good = ("INPUT(32x32x3) => FC(64) => BN => RELU => FC(10) => SOFTMAX",)

    def check(self, context: Context) -> Diagnostics:
        for source, row in pairs(context):
            if kind_of(row) == "SOFTMAX" and normalises(source):
                yield self.report(
                    source.node,
                    f"{source.node.kind} normalises the scores before {row.node.kind}",
                    label="between the scores and their probabilities",
                    help=(f"remove {source.node.kind}",),
                    fixes=removed(source.node, context),
                )
