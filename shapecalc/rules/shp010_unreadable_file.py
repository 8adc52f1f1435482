"""SHP010: a file that cannot be read as text."""

from shapecalc.rules.rule import Example, Rule


class UnreadableFile(Rule):
    """The file cannot be read, or is not text in UTF-8.

    Why: There may be no such file, or no right to read it; or it is a picture, a program, or text in UTF-16 as some
    editors of Windows write it.

    Instead: check the path, or save the text as UTF-8.
    """

    bad = (Example(b"\xff\xfeI\x00N\x00"),)
    good = (Example("INPUT(8x8x3) => FC(10)".encode("utf-8-sig")),)
