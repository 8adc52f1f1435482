"""SHP112: a name that is given twice, or that is a word of the language."""

from shapecalc.rules.rule import Rule


class DuplicateName(Rule):
    """A name is given twice, or is a word of the language.

    Why: A later use of the name could mean either.

    Instead: choose another name for one of them.
    """

    bad = ("INPUT(8x8x3) => CONV(4) as a => RELU as a\n@a => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(4) as a => RELU as b\n@a => FC(10)\n@b => FC(10)",)
