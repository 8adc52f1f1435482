"""SHP304: a claimed product that does not work out by itself."""

from shapecalc.rules.rule import Rule


class ClaimedArithmetic(Rule):
    """The arithmetic that is written in a listing does not give the number after its equals sign.

    Why: Listings write `(3*3*64)*64 = 36,864`. If the product is another number, one of the factors or the result
    was copied wrongly.

    Instead: correct the factors or the result.
    """

    bad = (
        "INPUT: [8x8x3] memory: 8*8*3=192 weights: 0\nCONV3-64: [8x8x64] memory: 8*8*64=4K weights: (3*3*3)*64 = 1,729",
    )
    good = (
        "INPUT: [8x8x3] memory: 8*8*3=192 weights: 0\nCONV3-64: [8x8x64] memory: 8*8*64=4K weights: (3*3*3)*64 = 1,728",
    )
