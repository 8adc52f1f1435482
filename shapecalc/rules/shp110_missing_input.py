"""SHP110: a network without an INPUT."""

from shapecalc.rules.rule import Example, Rule


class MissingInput(Rule):
    """The diagram has no INPUT, so that there is no size to begin with.

    Why: Volumes are computed from that of the input.

    Instead: begin with INPUT(width x height x depth), write `input:` in the front matter, or give --input
    224x224x3.
    """

    bad = ("CONV(8) => RELU => FC(10)",)
    good = ("INPUT(8x8x3) => CONV(8) => RELU => FC(10)", Example("CONV(8) => RELU => FC(10)", ("--input", "8x8x3")))
