"""SHP213: output padding as large as the stride."""

from shapecalc.rules.rule import Rule


class OutputPaddingTooLarge(Rule):
    """The output padding of UPCONV is not smaller than its stride or its dilation.

    Why: It chooses between the sizes that one stride can have come from, of which there are S; more would be
    positions that nothing reaches. PyTorch refuses it.

    Instead: write an output_padding of at most S − 1.
    """

    bad = ("INPUT(8x8x6) => UPCONV(4, F=3, S=2, P=1, output_padding=2)",)
    good = ("INPUT(8x8x6) => UPCONV(4, F=3, S=2, P=1, output_padding=1)",)
