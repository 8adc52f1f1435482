"""SHP411: branches whose last layer before ADD is a ReLU."""

from shapecalc.rules.neighbours import kind_of, known, only_reader
from shapecalc.rules.rule import Context, Diagnostics, Rule


class ActivationBeforeAdd(Rule):
    """A branch of ADD ends with a ReLU.

    Why: What a residual branch adds is then never negative: the signal can only grow from block to block. He et al.
    2016 ("Identity Mappings in Deep Residual Networks", figure 4) measured 7.84 % instead of 6.61 % errors for a
    110-layer network with ReLU before the addition.

    Instead: let the branch end with CONV => BN and write RELU after ADD, or put BN => RELU before each convolution.
    """

    severity = "note"
    groups = ("teaching", "training")
    bad = ("INPUT(32x32x3) => ADD[ CONV(3, F=3, P=1) => RELU | ] => FC(10)",)
    good = ("INPUT(32x32x3) => ADD[ CONV(3, F=3, P=1) => BN | ] => RELU => FC(10)",)

    def check(self, context: Context) -> Diagnostics:
        for row in known(context):
            if kind_of(row) != "ADD":
                continue
            for index in row.node.inputs:
                branch = context.rows[index]
                inside = only_reader(context, branch) is row
                if inside and kind_of(branch) in ("RELU", "RELU6") and len(row.node.inputs) > 1:
                    yield self.report(
                        branch.node,
                        f"the branch that ends with {branch.node.name} can only add values of 0 or more",
                        label=f"{branch.node.kind} directly before {row.node.name}",
                        help=("move the activation after ADD, or to the beginning of the branch",),
                    )
