"""The modules of a printed model, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from shapecalc.diagnostics.diagnostic import Diagnosed, Span, report, unreadable

DEEPEST = 60
"""How deep modules may hold each other."""
_LINE = re.compile(r"^[ \t>]*(?:\(([\w.-]+)\): )?(?:(\d+) x )?([A-Za-z_]\w*) ?\((.*)$")
_COUNTED = re.compile(r"^[\d.]+ ?\w?, [\d.]+% Params, [^()]*?% MACs, (?:[^()]*? [A-Z]?FLOPS, )?")
"""What ptflops and DeepSpeed print in front of the arguments: `23.3 k, 0.038% Params, 70.47 MMac, 9.848% MACs, `."""


@dataclass(slots=True)
class Module:
    """One module."""

    name: str
    """Its path, such as `layer1.0.conv1`."""
    kind: str
    text: str
    """As a call: `Conv2d(3, 8, kernel_size=(3, 3))`."""
    span: Span
    children: list[Module] = field(default_factory=list)

    def leaves(self) -> Iterator[Module]:
        """The modules that hold no others, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def module_tree(text: str, most: int, at: int = 0) -> tuple[Module, int]:
    """The first model that is printed in a text after a place, with repeated modules as often as they are, and its end.

    Raises Diagnosed SHP010 where a bracket is not closed, SHP109 for more than `most` modules.
    """
    open_modules: list[Module] = []
    counts: list[int] = []
    made = 0
    for line in text[at:].splitlines(keepends=True):
        start, at = at, at + len(line)
        written = line.strip().removesuffix(",")  # Chainer writes one after every module
        if open_modules and re.fullmatch(r"\W*(?:\.{3}|…)\W*", written):
            message = "the printed model is not complete: modules are left out here"
            raise unreadable(message, (start, at), help=("paste all that is printed",))
        found = _LINE.match(written)
        if found and (open_modules or found[4] == "" or found[1]):
            name, times, kind, rest = found.groups()
            rest = _COUNTED.sub("", rest)
            rest = re.sub(r"^(\d+) -> (\d+)", r"\1, \2", rest)  # PyTorch before 0.4, and MXNet
            span = (start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
            whole = rest.endswith(")")
            path = ".".join(filter(None, (open_modules[-1].name if open_modules else "", name)))
            module = Module(path, kind, f"{kind}({rest}" if whole else f"{kind}()", span)
            if whole and open_modules:
                made += _repeated(open_modules[-1], module, int(times or 1))
            elif not whole:
                open_modules.append(module)
                counts.append(int(times or 1))
        elif written == ")" and open_modules:
            done, times_done = open_modules.pop(), counts.pop()
            if not open_modules:
                return done, at
            made += _repeated(open_modules[-1], done, times_done)
        elif open_modules and not open_modules[-1].children and "% Params" not in line:
            _made_with(open_modules[-1], written)
        if made > most or len(open_modules) > DEEPEST:
            message = f"the model has more than {most:,} modules" if made > most else "its modules nest too deep"
            raise Diagnosed(report("SHP109", message, help=("allow more with --max-layers",)))
    where = open_modules[-1].span if open_modules else (0, 0)
    raise unreadable("the printed model is not complete: a bracket is not closed", where)


def _made_with(module: Module, arguments: str) -> None:
    """A layer that holds others, such as a normalisation with its activation, prints what it is made with first."""
    if re.match(r"\(?\d+,|in_features=", arguments):
        kind = module.kind.removeprefix("Parametrized")
        module.children.append(Module(module.name, kind, f"{kind}({arguments})", module.span))


def _repeated(parent: Module, child: Module, times: int) -> int:
    """Adds `(0-3): 4 x Block(` as often as it says; how many modules that makes."""
    size = sum(1 for _ in child.leaves())
    first = re.match(r"(.*?)(?<!\d)(\d++)-\d++$", child.name) if times > 1 else None
    for number in range(min(times, 10**6 // max(size, 1))):
        name = f"{first[1]}{int(first[2]) + number}" if first else child.name
        parent.children.append(_renamed(child, child.name, name) if first else child)
    return size * times


def _renamed(module: Module, old: str, new: str) -> Module:
    children = [_renamed(child, old, new) for child in module.children]
    return Module(new + module.name[len(old) :], module.kind, module.text, module.span, children)
