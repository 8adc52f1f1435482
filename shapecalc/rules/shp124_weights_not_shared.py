"""SHP124: layers that cannot share weights."""

from shapecalc.rules.rule import Rule


class WeightsNotShared(Rule):
    """Layers are to use the weights of others, and do not go together.

    Why: `x share a` gives the layers of x, one after the other, the weights of the layers that `as a` named. So both
    need the same layers with weights, and these the same arrays of the same shapes: an LSTM in one direction has no use
    for the second kernel of one in two. An axis more of length 1 is no other shape: FC(8) and CONV(8, 1).

    Instead: write a block, and use it twice: `tower as a` and `tower share a`.
    """

    bad = (
        "INPUT(8x8x3) => [CONV(4) => CONV(4)] as a => CONV(4) share a",
        "INPUT(8x8x3) => CONV(4) as a => CONV(4) share a",
        "INPUT(9x8) => LSTM(4, bidirectional=true) as a => LSTM(4) share a",
    )
    good = (
        "INPUT(8x8x3) => CONV(3) as a => RELU => CONV(3) share a",
        "INPUT(9x3) => CONV(3, 1) as a => GAP => FC(3) share a",
        "block tower = CONV(4) => RELU => POOL => FC(8)\n"
        "INPUT(8x8x1) => tower as left\n"
        "INPUT(8x8x1) => SUB[ @left | tower share left ] => FC(1)",
    )
