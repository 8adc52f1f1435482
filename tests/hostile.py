"""Names and texts that try to be more than text: for a terminal, a CI log, a browser, an XML parser, a spreadsheet."""

from __future__ import annotations

HOSTILE = {
    "escape": "\x1b[31mred\x1b]0;title\x07",
    "c1": "a\x9b31mb\x85c",
    "newline": "a\nb\r\nc",
    "right to left": "a\u202eb\u2066c",
    "workflow command": "::error::x",
    "workflow command in a line of its own": "a\n::error file=x::y\n::stop-commands::z",
    "script": "<script>alert(1)</script>",
    "end of cdata": "]]><x>&amp;<!--",
    "formula": "=1+1",
    "formula of a minus": "-2+3+cmd|' /C calc'!A0",
    "formula of an at": "@SUM(A1)",
    "markdown": "a|b`c`*d*[e](f)\\",
    "lone surrogate": "a\udcffb",
    "quotes": "a\"b'c",
    "percent": "100%25%0A",
    "nul": "a\0b",
    "very long": "x" * 5000,
    "wide": "ｗｉｄｅ漢字🙂",
}
"""What each is meant to be, and the text."""


def hostile_texts(word: str) -> dict[str, str]:
    """Networks that hold a hostile word where a text can hold one."""
    quoted = (
        word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")
    )
    quoted = "".join(c if c.isprintable() or ord(c) > 0xFFFF else f"\\u{ord(c):04x}" for c in quoted)
    return {
        "name of the network": f'---\nname: "{quoted}"\n---\nINPUT(10x10x3) => CONV(4, F=3, S=2) => FC(10)\n',
        "key of the front matter": f'---\n"{quoted}": 1\n---\nINPUT(10x10x3) => FC(10)\n',
        "unknown layer": f"INPUT(8x8x3) => {word} => FC(10)\n",
        "argument": f"INPUT(8x8x3) => CONV(4, {word}) => FC(10)\n",
        "claim": f"INPUT(8x8x3) => CONV(4): {word} => FC(10)\n",
        "comment": f"INPUT(10x10x3) => CONV(4, F=3, S=2) => FC(10)  # {word}\n",
    }
