"""SHP417: sigmoid or tanh between hidden layers."""

from shapecalc.rules.edits import replaced
from shapecalc.rules.neighbours import TRANSPARENT, after, before, kind_of, known, multiplies
from shapecalc.rules.rule import Context, Diagnostics, Rule

SATURATE = ("SIGMOID", "TANH", "HSIGMOID")


class SaturatingActivation(Rule):
    """A sigmoid or tanh comes between two layers that multiply.

    Why: Both are flat away from 0: their gradients, at most 1/4 for a sigmoid, multiply from layer to layer and
    vanish (Glorot and Bengio 2010; Krizhevsky et al. 2012 trained six times faster with ReLU than with tanh). Gates
    (MUL) and last layers are no case of this.

    Instead: write RELU. LeNet-5 is older and keeps its tanh.
    """

    severity = "note"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => CONV(8, F=3) => SIGMOID => FC(10)",)
    good = ("INPUT(32x32x3) => CONV(8, F=3) => RELU => FC(10) => SIGMOID",)

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            if kind_of(row) not in SATURATE:
                continue
            source, reader = before(context, row), after(context, row, TRANSPARENT | {"POOL", "BN"})
            if source is not None and reader is not None and multiplies(reader):
                yield self.report(
                    row.node,
                    f"{row.node.kind} between {source.node.name} and {reader.node.name} makes gradients small",
                    label="a hidden activation that saturates",
                    help=("write RELU",),
                    fixes=replaced(row.node, "RELU"),
                )
