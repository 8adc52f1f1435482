"""SHP429: more than two hidden FCs."""

from shapecalc.rules.neighbours import is_connected, known, slides
from shapecalc.rules.rule import Context, Diagnostics, Rule

MOST = 2
DEEP = 20
"""Layers from which on a network without convolutions is of another kind (a mixer, say)."""


class TooManyHiddenFcs(Rule):
    """There are more than two hidden FCs.

    Why: In course notes a convolutional network ends with at most two hidden FCs before the scores (AlexNet and VGG
    have two): more add parameters, and little that convolutions have not found already.

    Instead: leave out the FCs in the middle.
    """

    severity = "note"
    groups = ("teaching",)
    bad = ("INPUT(32x32x3) => [FC(64) => RELU]*3 => FC(10)",)
    good = ("INPUT(32x32x3) => [FC(64) => RELU]*2 => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        connected = [row for row in known(context) if is_connected(row)]
        convolves = any(slides(row) for row in context.rows)
        hidden = connected[:-1]
        if len(hidden) > MOST and (convolves or len(context.rows) < DEEP):
            yield self.report(
                hidden[MOST].node,
                f"the network has {len(hidden)} hidden FCs, and {MOST} are the most that is usual",
                label=f"the {MOST + 1}rd",
                notes=(f"together they have {sum(row.params or 0 for row in hidden):,} parameters",),
            )
