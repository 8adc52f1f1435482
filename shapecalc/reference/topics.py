"""Pages on the language: a Markdown file each in topics/, with facts that the code has, and commands that tests run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

from shapecalc.core.record import NamedTuple
from shapecalc.formats.yaml.companions import COMPANIONS
from shapecalc.formats.yaml.layer_list import STRUCTURES
from shapecalc.settings.keys import EXPECTED, KEYS
from shapecalc.settings.yaml_values import COUNTS

FOLDER = Path(__file__).with_name("topics")
SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.json"


class Topic(NamedTuple):
    """One part of the language."""

    name: str
    """The word that `explain` takes: its file's name, without the number that orders them."""
    title: str
    path: Path

    @property
    def page(self) -> str:
        """The page as Markdown."""
        text = self.path.read_text(encoding="utf-8").rstrip("\n")
        for place, fact in FACTS.items():
            text = text.replace("{" + place + "}", fact())
        return text


@cache
def topics() -> dict[str, Topic]:
    """Every topic by name, in order."""
    found = {}
    for path in sorted(FOLDER.glob("*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        name = path.stem.partition("_")[2]
        found[name] = Topic(name, title, path)
    return found


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def _keys() -> str:
    """The keys of the front matter, as the schema describes them."""
    described = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    return "\n".join(f"| `{key}` | {described[key]['description']} |" for key in KEYS)


FACTS: Mapping[str, Callable[[], str]] = {
    "COUNTS": partial(_words, COUNTS),
    "EXPECTED": partial(_words, EXPECTED),
    "KEYS": _keys,
    "STRUCTURES": partial(_words, STRUCTURES),
    "COMPANIONS": partial(_words, COMPANIONS),
}
"""What stands in the pages for a place in braces."""


def topic_lines() -> Iterator[str]:
    """A line a topic."""
    for topic in topics().values():
        yield f"{topic.name:14}  {topic.title}"
