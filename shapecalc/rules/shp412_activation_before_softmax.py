"""SHP412: class scores that pass through a ReLU before the softmax."""

from shapecalc.rules.edits import removed
from shapecalc.rules.neighbours import activates, before, kind_of, multiplies, pairs
from shapecalc.rules.rule import Context, Diagnostics, Rule


class ActivationBeforeSoftmax(Rule):
    """The scores of the classes pass through an activation before SOFTMAX.

    Why: A ReLU makes every negative score 0, so that classes that the network rules out keep the same probability
    as those it knows nothing about, and their gradients vanish. A sigmoid or a tanh limits how sure the network can
    be.

    Instead: remove the activation after the last FC.
    """

    severity = "warning"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => FC(10) => RELU => SOFTMAX",)
    good = ("INPUT(32x32x3) => FC(64) => RELU => FC(10) => SOFTMAX",)

    def check(self, context: Context) -> Diagnostics:
        for source, row in pairs(context):
            if kind_of(row) == "SOFTMAX" and activates(source) and kind_of(source) != "SOFTMAX":
                scores = before(context, source)
                if scores is not None and multiplies(scores):
                    yield self.report(
                        source.node,
                        f"{source.node.kind} changes the scores of {scores.node.name} before {row.node.kind}",
                        label="between the scores and their probabilities",
                        help=(f"remove {source.node.kind}",),
                        fixes=removed(source.node, context),
                    )
