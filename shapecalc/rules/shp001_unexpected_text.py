"""SHP001: text that cannot come at this place."""

from shapecalc.rules.rule import Rule


class UnexpectedText(Rule):
    """Something is written where nothing of the kind can come.

    Why: The text is read from left to right, and at this place only the words in the label may follow. No guess is
    made of what was meant: another code says more where the mistake is a known one.

    Instead: write one of the words that the label names, or remove the text.
    """

    bad = ("INPUT(8x8x3) => CONV(4) => FC(10) !!",)
    good = ("INPUT(8x8x3) => CONV(4) => FC(10)",)
