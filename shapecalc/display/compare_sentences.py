"""What a comparison of networks comes to, in sentences and tables: the consequence first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from shapecalc.core.phrases import counted, plural
from shapecalc.core.window import decimal
from shapecalc.display.style import clean
from shapecalc.passes.receptive_field import network_field
from shapecalc.passes.report import CheckedNetwork, ReceptiveField, Row
from shapecalc.transforms.compare import NetworkComparison, Pair, same_call

FIGURES = {"params": "parameters", "macs": "multiply-accumulates", "kept": "bytes kept for the backward pass"}
"""Figures with a sentence of their own, and what they count."""
MOST_NAMED = 3
"""Layers that are named in a sentence."""


def consequences(found: NetworkComparison) -> list[str]:
    """A sentence for every figure that differs, with the layers that it comes from and what that comes from."""
    sentences = [s for key, noun in FIGURES.items() if (s := _sentence(found, key, noun))]
    if sentences := [*sentences, *_field_sentence(found)]:
        return sentences
    both = f"{label_of(found.a, found)} and {label_of(found.b, found)}"
    different = [pair for pair in found.pairs if pair.differs]
    if not different:
        return [f"{both} are the same in every layer"]
    differ = f"{counted(len(different), 'layer')} {plural(len(different), 'differs', 'differ')}"
    if any(None in found.totals[key] for key in FIGURES):
        return [f"the totals of {both} cannot be compared, because a volume is not known; {differ}"]
    return [f"{both} have the same parameters, multiply-accumulates and bytes kept for the backward pass; {differ}"]


def _field_sentence(found: NetworkComparison) -> Iterator[str]:
    a, b = (_field_text(network_field(network.rows)) for network in (found.a, found.b))
    if a and b and a != b:
        yield f"the receptive field of {label_of(found.b, found)} is {b} instead of {a}"


def _field_text(field: ReceptiveField | None) -> str:
    """In positions, padding included, as long as that is not the whole input; empty where it is unknown."""
    if field is None or field.longest is None:
        return ""
    return "the whole input" if field.status == "whole input" else f"{field.longest:,} positions"


def label_of(network: CheckedNetwork, found: NetworkComparison) -> str:
    """The path of a network; `first` or `second` where another text has the same path, such as <text>."""
    path = clean(network.source.path)
    if found.a.source.path != found.b.source.path or found.a.source.text == found.b.source.text:
        return path
    return f"{path} ({'first' if network is found.a else 'second'})"


def _sentence(found: NetworkComparison, key: str, noun: str) -> str:
    a, b = found.totals[key]
    if a is None or b is None or a == b:
        return ""
    more = "more" if b > a else "fewer"
    share = f" ({percent(a, b)})" if a else ""
    sign = 1 if b > a else -1
    changes = [(pair, change) for pair in found.pairs if (change := pair.change(key))]
    changes.sort(key=lambda change: -sign * change[1])
    if not changes:
        return f"{label_of(found.b, found)} has {abs(b - a):,} {noun} {more}{share}"
    cause = _cause(changes[0][0], found)
    because = f", because {cause}" if cause else ""
    return f"{label_of(found.b, found)} has {abs(b - a):,} {noun} {more}{share}{_where(changes, found)}{because}"


def percent(a: int, b: int) -> str:
    """How much more the second is, in parts of the first, with a sign."""
    return f"{100 * (b - a) / a:+.1f} %".replace("-", "−")


def _where(changes: Sequence[tuple[Pair, int]], found: NetworkComparison) -> str:
    """`, all in fc1`, `, all in 13 BN that only b has`, or `: ` and the layers that change most.

    Those that change as the whole does come first, then what the others come to, and those that change the other way.
    """
    if len(changes) == 1:
        return f", all in {_named(changes[0][0], found)}"
    for side, network in (("a", found.b), ("b", found.a)):
        if all((pair.a if side == "a" else pair.b) is None for pair, _ in changes):
            kinds = Counter(row.kind for pair, _ in changes for row in (pair.a, pair.b) if row)
            what = " and ".join(f"{number:,} {kind}" for kind, number in kinds.most_common(MOST_NAMED))
            if len(kinds) > MOST_NAMED:
                what = counted(len(changes), "layer")
            return f", all in {what} that only {label_of(network, found)} has"
    alike = [(pair, change) for pair, change in changes if (change > 0) == (changes[0][1] > 0)]
    named = (f"{_named(pair, found)} {_signed(change)}" for pair, change in alike[:MOST_NAMED])
    rest, opposite = alike[MOST_NAMED:], changes[len(alike) :]
    sums = ((rest, counted(len(rest), "other layer")), (opposite, counted(len(opposite), "layer")))
    return ": " + ", ".join([*named, *(f"{what} {_signed(sum(c for _, c in some))}" for some, what in sums if some)])


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "−")


def _named(pair: Pair, found: NetworkComparison) -> str:
    """The layer's name, and that of the layer in the first network where it is another."""
    if pair.a is None or pair.b is None:
        return f"{pair.name} of {label_of(found.b if pair.b else found.a, found)}"
    return names_of(pair)


def names_of(pair: Pair) -> str:
    """The name of a layer, with that in the first network where it is another."""
    return pair.name if pair.a is None or pair.a.name == pair.name else f"{pair.a.name} → {pair.name}"


def _cause(pair: Pair, found: NetworkComparison) -> str:
    """What the difference of a layer comes from: its own call, or the first volume before it that differs."""
    if pair.a is None or pair.b is None:
        return ""
    if not same_call(pair.a, pair.b):
        return f"{pair.name} is {clean(pair.b.text)} instead of {clean(pair.a.text)}"
    before = [*_chain(pair, found)]
    if pair.a.inputs == pair.b.inputs or not before:
        return ""
    head = f"{pair.name} reads {_volumes(pair.b)} instead of {_volumes(pair.a)}"
    root = before[-1]
    if root.a is not None and root.b is not None and root.a.kind == "INPUT" and len(before) > 1:
        return f"{head}: {_gives(before[-2])} for an input of {root.b.output} instead of {root.a.output}"
    return f"{head}: {_gives(root)}"


def _chain(pair: Pair, found: NetworkComparison) -> Iterator[Pair]:
    """The pairs before one whose volumes differ, back to the first that does by itself."""
    of_b = {p.b.node.index: p for p in found.pairs if p.b is not None}
    here = pair
    while here.b is not None and here.b.node.inputs:
        if here is not pair and not _passes_on(here):
            break
        different = [of_b[i] for i in here.b.node.inputs if _outputs_differ(of_b[i])]
        if not different:
            break
        here = different[0]
        if here.a is not None or not _passes_on(here):
            yield here


def _passes_on(pair: Pair) -> bool:
    """Whether what a layer gives differs only by what it reads: also of a new layer that keeps its volume."""
    if pair.b is None:
        return False
    return same_call(pair.a, pair.b) if pair.a else pair.b.output in pair.b.inputs


def _outputs_differ(pair: Pair) -> bool:
    return pair.a is None or pair.b is None or pair.a.output != pair.b.output


def _volumes(row: Row) -> str:
    return ", ".join(str(volume) if volume else "?" for volume in row.inputs)


def _gives(pair: Pair) -> str:
    """`conv1 gives 54x54x96 (54.25) instead of 55x55x96`."""
    if pair.b is None:
        return f"{pair.name} is left out"
    if pair.a is None:
        return f"{pair.name}, {clean(pair.b.text)}, is new"
    call = "" if same_call(pair.a, pair.b) else f", {clean(pair.b.text)} instead of {clean(pair.a.text)},"
    return f"{pair.name}{call} gives {pair.b.output}{_rounded(pair.b)} instead of {pair.a.output}{_rounded(pair.a)}"


def _rounded(row: Row) -> str:
    """The exact quotient, where it is not whole."""
    odd = next((t for t in row.tilings if t.quotient.denominator != 1), None)
    return f" ({decimal(odd.quotient)})" if odd else ""
