"""SHP406: layers that take probabilities apart again."""

from shapecalc.diagnostics.diagnostic import Related
from shapecalc.passes.report import Row
from shapecalc.rules.edits import swapped
from shapecalc.rules.neighbours import activates, joins, kind_of, known, multiplies, normalises, readers, source_of
from shapecalc.rules.rule import Context, Diagnostics, Rule


class SoftmaxNotLast(Rule):
    """A layer after SOFTMAX makes something else of its probabilities.

    Why: Softmax gives numbers between 0 and 1 that add up to 1. A dropout, a normalisation, an activation or
    another FC after it undoes that: its output is no distribution, and the loss does not see what the network
    means. Softmax that weighs other values (attention, MUL) is no case of this.

    Instead: move SOFTMAX to the end of its chain.
    """

    severity = "warning"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => FC(10) => SOFTMAX => DO(0.5)",)
    good = (
        "INPUT(32x32x3) => FC(10) => DO(0.5) => SOFTMAX",
        "INPUT(32x32x3) => CONV(3, F=1) as a => SOFTMAX => MUL[ | @a ] => FC(10)",
        "INPUT(32x32x3) => CONV(3, F=1) as a => SOFTMAX => DO(0.1) => MUL[ | @a ] => FC(10)",
        "INPUT(32x32x3) => FC(10) => SOFTMAX => DO(0)",
        "INPUT(32x32x3) => FC(10) => SOFTMAX => ACT(log)",
    )

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            source = source_of(context, row)
            if source is None or kind_of(source) != "SOFTMAX" or not _undoes(row, context):
                continue
            yield self.report(
                row.node,
                f"{row.node.kind} comes after SOFTMAX, and its output is no longer a distribution",
                label="reads probabilities",
                help=("move SOFTMAX to the end of the chain",),
                fixes=() if multiplies(row) else swapped(source.node, row.node, context),
                related=(Related(source.node.span, "the probabilities are made here"),),
            )


def _undoes(row: Row, context: Context) -> bool:
    is_log = row.node.layer.arguments.get("name") == "log"  # what losses read: log-softmax
    return multiplies(row) or normalises(row) or (activates(row) and not is_log) or _drops(row, context)


def _drops(row: Row, context: Context) -> bool:
    """Whether it drops probabilities, and not the weights of an attention that is written out in pieces."""
    weighs = any(joins(other) or other.node.layer.opaque for other in readers(context, row))
    return kind_of(row) == "DO" and row.node.layer.arguments["p"] > 0 and not weighs
