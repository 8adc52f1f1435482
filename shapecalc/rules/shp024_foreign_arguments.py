"""SHP024: arguments in the notation of a paper or of another tool."""

from shapecalc.rules.rule import Rule


class ForeignArguments(Rule):
    """The arguments of a layer are written in another notation.

    Why: Papers write `CONV 64 3x3`, `POOL/2` or `64 filters`. Here arguments are in ( ), one after the other
    or by name.

    Instead: write the call that the help shows.
    """

    bad = ("INPUT(8x8x3) => CONV 64 3x3 => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(64, 3x3) => FC(10)",)
