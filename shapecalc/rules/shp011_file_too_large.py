"""SHP011: a text longer than what is read."""

from shapecalc.rules.rule import Example, Rule


class FileTooLarge(Rule):
    """The file is longer than what is read.

    Why: Descriptions of networks are short. A limit keeps a file of weights that was given by mistake from filling
    the memory.

    Instead: give the description of the network. Write a long network with repeats and blocks.
    """

    bad = (Example("# " + "x" * 8_000_000 + "\nINPUT(8x8x3) => FC(10)"),)
    good = ("# a comment\nINPUT(8x8x3) => FC(10)",)
