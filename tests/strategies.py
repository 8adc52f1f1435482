"""Hypothesis strategies: syntax trees that the grammar can write, as text in many spellings, and whole networks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from shapecalc.language import syntax
from tests.scribble import Scribble

NOWHERE = (0, 0)
"""The span of a node that was never text."""

LAYERS = (
    "CONV", "conv2d", "CONV2D", "FC", "dense", "relu", "Relu", "leakyrelu", "maxpooling", "AVGPOOL", "pool2",
    "MaxPool3", "conv3x3", "BN", "lrn", "DropOut", "INPUT", "Data", "avg_pool",
)  # fmt: skip
"""Names of layers in many spellings that are ours: a framework's own is translated when it is read."""
STRANGERS = ("x3", "M", "B", "Thing", "größe")
"""Names that no layer has; some look like the end of a size or a figure."""
BLOCKS = ("fire", "Mine", "res2")
SHORT = ("CONV3-64", "fc-10", "pool2-2", "thing-3", "Conv2d-5")
ARGUMENTS = ("filters", "K", "F", "kernel_size", "Stride", "P", "groups", "bogus", "Bias", "dilation_rate", "p")
VARIABLES = ("N", "m", "same", "x3", "e5", "Größe")
FIGURES = ("34944", "61M", "~ 3.5 K", "93MB", "5 ± 3 %", "<= 5M", "> 1_000", "800 KiB", "12+-1%")
OPERATORS = ("+", "-", "*", "/", "//", "%", "^", "<", "<=", ">", ">=", "==", "!=")


def _node(kind: Any, **fields: Any) -> st.SearchStrategy[Any]:
    """A node of the tree, nowhere in a text."""
    return st.builds(kind, span=st.just(NOWHERE), **fields)


def _several(of: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


# --- values -----------------------------------------------------------------------------------

fractions = st.builds(lambda n, k: Fraction(n, 10**k), st.integers(1, 99999), st.integers(1, 25))
numbers = _node(
    syntax.Number,
    value=st.one_of(st.integers(0, 9), st.integers(0, 10**26), fractions).map(
        lambda n: n.numerator if isinstance(n, Fraction) and n.denominator == 1 else n
    ),
)
sizes = _node(syntax.SizeLiteral, sizes=_several(st.integers(0, 300), 2, 4))
volumes = _node(syntax.SizeLiteral, sizes=_several(st.integers(1, 300), 3, 3))
variables = _node(syntax.Name, name=st.sampled_from(VARIABLES))


def _larger(inner: st.SearchStrategy[syntax.Expression]) -> st.SearchStrategy[syntax.Expression]:
    return st.one_of(
        _node(syntax.Unary, operand=inner),
        _node(syntax.Binary, operator=st.sampled_from(OPERATORS), left=inner, right=inner),
        _node(syntax.Tuple, items=_several(inner, 2, 3)),
    )


expressions = st.recursive(st.one_of(numbers, numbers, variables, sizes), _larger, max_leaves=8)
"""Any expression."""
ranges = _node(syntax.Range, low=expressions, high=expressions)
values = st.one_of(expressions, expressions, ranges)
"""What `let` takes: an expression or a range."""

# --- chains -----------------------------------------------------------------------------------

arguments = _node(
    syntax.Argument, name=st.one_of(st.none(), st.sampled_from(ARGUMENTS)), value=st.one_of(numbers, sizes, expressions)
)
sized = _node(syntax.Argument, name=st.none(), value=volumes)
calls = _node(
    syntax.Call,
    name=st.sampled_from((*LAYERS, *LAYERS, *STRANGERS, *BLOCKS)),
    arguments=st.one_of(st.just(()), _several(arguments, 0, 3), sized.map(lambda a: (a,))),
    name_span=st.just(NOWHERE),
)
short_calls = _node(
    syntax.Call,
    name=st.sampled_from(SHORT),
    arguments=_several(arguments, 0, 2),
    name_span=st.just(NOWHERE),
    short=st.just(True),
)
taps = _node(syntax.Tap, name=st.sampled_from(("c3", "x3")))
volume_claims = _node(syntax.Claim, key=st.just("volume"), text=volumes.map(lambda s: "x".join(map(str, s.sizes))))
figure_claims = _node(syntax.Claim, key=st.sampled_from(("params", "memory", "M")), text=st.sampled_from(FIGURES))
claims = _several(st.one_of(volume_claims, figure_claims), 1, 3)


def _suffixed(item: st.SearchStrategy[syntax.Item]) -> st.SearchStrategy[syntax.Item]:
    """The item, with up to one thing after it."""
    counts = st.one_of(numbers, variables, expressions)
    return st.one_of(
        item,
        item,
        _node(syntax.Repeat, item=item, count=counts),
        _node(syntax.Optional, item=item),
        _node(syntax.Named, item=item, name=st.sampled_from(("a", "x3", "c3")), name_span=st.just(NOWHERE)),
        _node(syntax.Claimed, item=item, claims=claims),
    )


def _chain(item: st.SearchStrategy[syntax.Item], least: int = 1) -> st.SearchStrategy[syntax.Chain]:
    return _node(syntax.Chain, items=_several(item, least, 4))


def _bracketed(item: st.SearchStrategy[syntax.Item]) -> st.SearchStrategy[syntax.Item]:
    inner = st.one_of(
        _node(syntax.Group, chain=_chain(item)),
        _node(
            syntax.Branch,
            name=st.sampled_from(("ADD", "concat", "Multiply", "Sum")),
            chains=_several(_chain(item, 0), 1, 3),
            name_span=st.just(NOWHERE),
        ),
        _node(
            syntax.Comprehension,
            chain=_chain(item),
            names=_several(st.sampled_from(("c", "n", "x3")), 1, 2),
            values=_several(values, 1, 3),
        ),
    )
    return _suffixed(_suffixed(inner))


items = st.recursive(_suffixed(_suffixed(st.one_of(calls, calls, calls, short_calls, taps))), _bracketed, max_leaves=6)
"""Any item with what is written after it."""
chains = _chain(items)
"""A chain of items."""

# --- diagrams ---------------------------------------------------------------------------------

lets = _node(syntax.Let, name=st.sampled_from(VARIABLES), value=values, name_span=st.just(NOWHERE))
parameters = _node(syntax.BlockParameter, name=st.sampled_from(VARIABLES), default=st.one_of(st.none(), expressions))
blocks = _node(
    syntax.Block,
    name=st.sampled_from(BLOCKS),
    parameters=_several(parameters, 0, 3),
    body=chains,
    name_span=st.just(NOWHERE),
)
bounds = st.builds(
    lambda name, low, more: syntax.Bound(name, low, None if more is None else (low or 0) + more, NOWHERE),
    st.sampled_from(("N", "M", "x3")),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 3)),
)
statements = st.one_of(chains, chains, chains, lets, blocks, bounds)
"""Any statement."""
_input = _node(
    syntax.Call,
    name=st.sampled_from(("INPUT", "input", "Data")),
    arguments=sized.map(lambda a: (a,)),
    name_span=st.just(NOWHERE),
)
starts = st.recursive(
    st.one_of(taps, _input),
    lambda start: _node(syntax.Group, chain=_node(syntax.Chain, items=st.tuples(start, items))),
    max_leaves=2,
)
"""What a chain after another chain begins with."""


@st.composite
def diagrams(draw: st.DrawFn) -> tuple[syntax.Statement, ...]:
    """The statements of a diagram: well formed, seldom meaningful."""
    result: list[syntax.Statement] = []
    for statement in draw(st.lists(statements, min_size=1, max_size=4)):
        if isinstance(statement, syntax.Chain) and any(isinstance(s, syntax.Chain) for s in result):
            statement = syntax.Chain((draw(starts), *statement.items[1:]), NOWHERE)
        result.append(statement)
    return tuple(result)


@dataclass(frozen=True, repr=False)
class Written:
    """A tree and a text that says it; shown as the text, for a tree of this size is shown by nobody in time."""

    tree: tuple[syntax.Statement, ...]
    text: str

    def __repr__(self) -> str:
        return repr(self.text)


@st.composite
def texts(draw: st.DrawFn, comments: bool = False) -> Written:
    """A diagram in any spelling: any arrow, any spacing, needless brackets; comments if wanted."""
    tree = draw(diagrams())
    return Written(tree, Scribble(draw(st.integers(0, 2**32)), comments).diagram(tree))


# --- networks ---------------------------------------------------------------------------------

_KEEPING = (
    "RELU",
    "BN",
    "CONV({k}, 3, P=1)",
    "CONV({k}, F=1)",
    "CONV3-{k}",
    "DWCONV(3, P=1)",
    "DO(0.2)",
    "LRN",
    "unit({k})",
)
"""Layers that keep the width and the height."""


@st.composite
def _stage(draw: st.DrawFn, depth: int) -> str:
    """A part of a chain that keeps width and height, so that parts go together in any order."""
    kind = draw(st.sampled_from(("layers", "layers", "repeat", "branch", "turns") if depth else ("layers",)))
    if kind == "layers":
        layers = draw(st.lists(st.sampled_from(_KEEPING), min_size=1, max_size=3))
        return " => ".join(layer.format(k=draw(st.integers(1, 8))) for layer in layers)
    inner = draw(_stage(depth - 1))
    if kind == "repeat":
        return f"[{inner}]*{draw(st.sampled_from(('0', '1', '2', '3', 'N', '(N > 1)', '(2*N - 1)')))}"
    if kind == "turns":
        return f"[{inner} => CONV(c, 3, S=s, P=1) for c, s in (4, 1), (2*N, 1)]"
    other = draw(_stage(depth - 1))
    return draw(
        st.sampled_from(
            (
                f"CONCAT[{inner} | {other}]",
                f"CONCAT[{inner} | ]",
                f"[{inner} => CONV(6, 1)] => ADD[{other} => CONV(6, 1) | ]",
            )
        )
    )


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A network that expands and whose layers fit: a block, a name, parts of all kinds, pools, perhaps an FC."""
    size = draw(st.sampled_from((8, 16, 32)))
    parts = [draw(_stage(2)) for _ in range(draw(st.integers(1, 4)))]
    parts = [f"{part} => POOL" if draw(st.booleans()) and place < 2 else part for place, part in enumerate(parts)]
    end = draw(st.sampled_from(("", " => FC(10)", " => [FC(16) => RELU => DO]*N => FC(10) => SOFTMAX", " => GAP")))
    return (
        f"let N = {draw(st.integers(0, 2))}\n"
        "block unit(k, e=2*k) = CONV(e, 1) => BN => RELU => CONV(k, 3, P=1)\n"
        f"INPUT({size}x{size}x3) => {' => '.join(parts)}{end}\n"
    )
