"""SHP306: a layer that expects another number of channels or values than arrives."""

from shapecalc.rules.rule import Rule


class ExpectedInput(Rule):
    """A layer says how many channels or values it takes, and another number arrives.

    Why: PyTorch's Conv2d, Linear and BatchNorm2d name their input, and raise an error on the first image where it is
    another. FC and Linear read every value of the volume that arrives; all other layers count channels.

    Instead: write the number that arrives, which is in the message, or change what comes before. CONV(16, 3, in=8)
    says the same in our own words.
    """

    bad = (
        "INPUT(5x5x16) => Linear(300, 10)",
        "INPUT(8x8x3) => CONV(64, 3) => BatchNorm2d(128)",
        "INPUT(8x8x3) => CONV(16, 3, in=8)",
    )
    good = ("INPUT(5x5x16) => Linear(400, 10)", "INPUT(8x8x3) => CONV(16, 3, in=3)")
