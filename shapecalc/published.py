"""The published networks that ship with shapecalc: which file `zoo:NAME` stands for, and its text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from shapecalc.core.patterns import lazy_pattern
from shapecalc.core.record import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "zoo:"
"""What stands in front of a name where a path is expected."""
MOST_ALIKE = 5
"""Networks whose names begin alike that are shown."""
_NUMBERED = lazy_pattern(r"(?<![a-z0-9])([a-z]{2,})(?=\d+(?![a-z0-9]))")
_MEMBERS = lazy_pattern(r"^members:\n((?: .*\n)+)", re.MULTILINE)
_MEMBER = lazy_pattern(r"^  ([a-z0-9-]+):", re.MULTILINE)


class Published(NamedTuple):
    """A network by its name: the file that it stands in, and the member of the file's family."""

    name: str
    file: Path
    member: str | None = None

    @property
    def text(self) -> str:
        """The text of the file; the member stands in its first line."""
        text = self.file.read_text(encoding="utf-8")
        return text if self.member is None else text.replace("---\n", f"---\nmember: {self.member}\n", 1)


def folder() -> Path:
    """Where the networks lie: inside the installed package, or beside it in a checkout."""
    from pathlib import Path

    package = Path(__file__).parent
    inside = package / "samples"
    return inside if inside.is_dir() else package.parent / "samples"


@cache
def published() -> dict[str, Published]:
    """Every network by its name, in the order of names; of a family every member."""
    found = [network for file in sorted(folder().glob("*.net")) for network in _of_file(file)]
    return {network.name: network for network in sorted(found)}


def published_name(stem: str) -> str:
    """What a file's network is called.

    >>> published_name("resnet50-v1"), published_name("squeezenet1_0"), published_name("inception-v3")
    ('resnet-50-v1', 'squeezenet-1-0', 'inception-v3')
    >>> published_name("pix2pix-generator"), published_name("r2plus1d-18")
    ('pix2pix-generator', 'r2plus1d-18')
    """
    return _NUMBERED.sub(r"\1-", stem.replace("_", "-"))


def find_published(name: str) -> Published:
    """The network that a name means, however it is spelled: `ResNet50` is resnet-50.

    The name of a family's file stands for all its members. Raises Diagnosed SHP010.
    """
    from shapecalc.core.phrases import listed
    from shapecalc.diagnostics.diagnostic import unreadable
    from shapecalc.diagnostics.spelling import nearest

    known = published()
    families = {stem: Published(stem, file) for stem, file in _families().items()}
    wanted = _bare(name)
    for one in (*known.values(), *families.values()):
        if wanted in (_bare(one.name), _bare(one.file.stem)) and (one.member is None or wanted == _bare(one.name)):
            return one
    alike = [one for one in known if wanted and _bare(one).startswith(wanted)]
    bare = {_bare(one): one for one in (*families, *known)}
    guess = bare.get(nearest(wanted, list(bare)) or "")
    hint = f"write {PREFIX}{guess}" if guess else "shapecalc zoo lists them"
    if alike:
        hint = f"write one of {listed([f'{PREFIX}{one}' for one in alike], MOST_ALIKE)}"
    raise unreadable(f"the zoo has no network '{name[:40]}'", help=(hint,))


def published_as(name: str) -> str | None:
    """The name of a published network that differs in its spelling only: vgg16 is vgg-16."""
    return next((one for one in published() if _bare(one) == _bare(name)), None)


def _families() -> dict[str, Path]:
    """The files with several networks, by their names."""
    return {published_name(one.file.stem): one.file for one in published().values() if one.member}


def _of_file(file: Path) -> list[Published]:
    members = _MEMBERS.search(file.read_text(encoding="utf-8"))
    if members is None:
        return [Published(published_name(file.stem), file)]
    return [Published(name, file, name) for name in _MEMBER.findall(members[1])]


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
