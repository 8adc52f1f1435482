"""SHP102: an argument that a layer does not have."""

from shapecalc.rules.rule import Rule


class UnknownArgument(Rule):
    """The layer has no argument of this name.

    Why: An argument that is not understood would be ignored, and the figures would be those of another layer.

    Instead: write one of the arguments that the note lists. An activation is a layer of its own: CONV(64, 3) =>
    RELU.
    """

    bad = ("INPUT(8x8x3) => CONV(4, 3, wat=1)",)
    good = ("INPUT(8x8x3) => CONV(4, 3, S=1)",)
