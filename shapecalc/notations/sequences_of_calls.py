"""Programs that only list layers, as edits that make a chain of them: Sequential of Keras and PyTorch, `model.add`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecalc.diagnostics.diagnostic import Edit, Span
from shapecalc.notations.layer_words import layer_of

LAYERS = {
    "Conv": "CONV F K", "CrossCor": "CONV F K", "ConvTranspose": "UPCONV F K", "MaxPool": "POOL F",
    "MeanPool": "AVGPOOL F", "GlobalMeanPool": "GAP", "GlobalMaxPool": "GLOBALMAXPOOL",
    "AdaptiveMeanPool": "ADAPTIVEAVGPOOL size", "AdaptiveMaxPool": "ADAPTIVEMAXPOOL size", "Dense": "FC in K",
    "BatchNorm": "BN in", "InstanceNorm": "IN in", "GroupNorm": "GN in groups", "LayerNorm": "LN in", "Dropout": "DO p",
    "flatten": "FLATTEN", "FlattenLayer": "FLATTEN", "identity": "IDENTITY",
}  # fmt: skip
"""Our layer, and what its arguments without names are."""
NAMED = {
    "pad": "P", "stride": "S", "dilation": "dilation", "groups": "groups", "bias": "bias", "outpad": "output_padding",
}  # fmt: skip
_CALL = re.compile(r"(?:\w+\s*=\s*)?(?:\w+\.)*(\w+)(?:\{[^{}]*\})?\s*(?:\((.*)\))?", re.DOTALL)
_PART = re.compile(r"(?:[^,;()]|\([^()]*\))+")
_FROM_TO = re.compile(r"([\d_]+)\s*=>\s*([\d_]+)")
_COUNT = re.compile(r",?[ \t]*#[ \t]*([\d_]+) parameters")


def flux_call(written: str, comment: str) -> str | None:
    """A layer in our words, with the parameters that the comment after it says as a claim; None for any other text.

    >>> flux_call("Conv((3, 5), 1 => 16, relu; pad=1)", ",  # 256 parameters")
    'CONV(16, F=3x5, in=1, P=1): params=256 => RELU'
    """
    found = _CALL.fullmatch(written.strip())
    layer, *slots = (LAYERS.get(found[1]) or _activation(found[1])).split() or [""] if found else [""]
    if found is None or not layer:
        return None
    given, after = dict[str, str](), ""
    for part in map(str.strip, _PART.findall(found[2] or "")):
        name, equals, value = (one.strip() for one in part.partition("="))
        if both := _FROM_TO.fullmatch(part):
            given |= {"in": both[1], "K": both[2]}
        elif equals and name in NAMED:
            given[NAMED[name]] = _size(value)
        elif re.fullmatch(r"[\d_.]+|\([\d_, ]+\)", part) and len(slots) > len(given.keys() & {*slots}):
            given[next(slot for slot in slots if slot not in given)] = _size(part)
        elif part == "identity" or (not after and _activation(part.rpartition(".")[2])):
            after = "" if part == "identity" else f" => {_activation(part.rpartition('.')[2])}"
        elif part and part != "nothing":
            return None
    if layer == "UPCONV":
        given.setdefault("P", "0")
    first = [given.pop("K")] if "K" in given else []
    arguments = ", ".join([*first, *(f"{letter}={value}" for letter, value in given.items())])
    count = _COUNT.match(comment)
    return f"{layer}{f'({arguments})' if arguments else ''}{f': params={count[1]}' if count else ''}{after}"


def _activation(word: str) -> str:
    """Our name of a function of single values; empty for any other word."""
    layer = layer_of({"σ": "sigmoid"}.get(word, word))
    return layer.kind if layer and (layer.op_category == "activation" or layer.kind == "SOFTMAX") else ""


def _size(value: str) -> str:
    """`(3, 5)` as 3x5, which Flux has as width and height too, and four numbers as they are."""
    numbers = re.findall(r"[\d_.]+", value)
    if value.startswith("SamePad"):
        return "same"
    return "x".join(numbers) if value.startswith("(") and len(numbers) < 4 else value


LONGEST = 100_000
"""Characters of a text in which programs are looked for."""
_DEEPEST = 20
"""How deep such models may contain each other."""
_MODEL = r"(?:\w+\.)*(?:Sequential|HybridSequential|serial|Chain)[ \t]*\("
_LISTS = re.compile(rf"^[ \t]*(?:\w+[ \t]*=[ \t]*)?{_MODEL}|^[ \t]*\w+\.add\(", re.MULTILINE)
_CALLS = re.compile(r"\s*(?:torch\.nn|nn|(?:tf\.)?(?:keras\.)?layers)\.(?!\w*(?:Sequential|ModuleList)\b)\w+\(")
"""Arguments of such a model alone: `nn.Conv2d(3, 8, 3), nn.ReLU(),`."""
_PRINTED = re.compile(r"^[ \t]*\(\w+\):", re.MULTILINE)
"""A line of a printed model, `(0): Conv2d(…)`."""
TOKEN = re.compile(r"#[^\n]*|'[^'\n]*'|\"[^\"\n]*\"|[()\[\]{},;\n]")
WITHOUT_LAYERS = re.compile(
    rf"(?:from[ \t]+[\w.]+[ \t]+)?import\b[^\n]*|(?:\w+[ \t]*=[ \t]*)?{_MODEL}\s*\)|"
    r"julia>[^\n]*|(?:[\w.]+\.(?:set_seed|manual_seed|seed|clear_session)"
    r"|(?:\w+[ \t]*=[ \t]*)?\w+\.(?:compile|summary|build|fit|evaluate|eval|train|hybridize|load_weights)|print"
    r"|[\w.]*plot_model)\([\s\S]*\)|def\b[^\n]*:|return[ \t]+\w+"
)
"""Statements of such a program that say nothing of its layers."""
NUMBER = re.compile(r"\w+[ \t]*=[ \t]*\d+")
"""A value that the layers may name: `num_classes = 10`."""
_ADDED = re.compile(r"(?P<name>\w+)\.add\(")
_SEQUENCE = re.compile(rf"(?:(?P<name>\w+)[ \t]*=[ \t]*)?{_MODEL}\s*(?:(?:\w+\.)?OrderedDict\(\s*)?\[?")
_PAIR = re.compile(r"(?:\s|#[^\n]*)*(\(\s*(?:'\w+'|\"\w+\")\s*,\s*)[\w.]+\s*\(")
"""`('conv1', nn.Conv2d(3, 8, 3))` in an OrderedDict."""
_INNER = re.compile(rf"(?:\s|#[^\n]*)*((?:\w+\s*=\s*)?{_MODEL}\s*\[?)")
_ITEM = re.compile(r"(?:\s|#[^\n]*)*(?:[\w.]+\s*\(|(?:[A-Z]\w*|[\w.]*flatten)\s*(?:#[^\n]*\s*)*\Z)")
"""A layer of a program: a call, or a name with a capital letter as stax has them; any other name is a variable."""
_COMMENT = re.compile(r"\s*#[^\n]*")
_OPEN = re.compile(r"(?:INPUT|IMAGE)\b[^\n#]*", re.IGNORECASE)
_NAME = re.compile(r"\s*(?:name[ \t]*=[ \t]*(?:'[^'\n]*'|\"[^\"\n]*\")\s*,?\s*)?")
"""What may follow the list of a model."""


def sequence_edits(text: str) -> list[Edit]:
    """The edits that make a diagram of a program that lists layers and does nothing else; none for any other text."""
    if len(text) <= LONGEST and _CALLS.match(text):
        chain = _chain(text, (0, 0), len(text.rstrip()), "")
        return chain if chain and len(chain) > 2 else []
    if len(text) > LONGEST or not _LISTS.search(text) or _PRINTED.search(text):
        return []
    edits, models, joined = list[Edit](), set[str | None](), ""
    for start, end in statements(text):
        statement = text[start:end]
        if WITHOUT_LAYERS.fullmatch(statement):
            edits.append(Edit((start, end), ""))
        elif NUMBER.fullmatch(statement) and not joined:
            edits.append(Edit((start, start), "let "))
        elif _OPEN.fullmatch(statement) and not edits:
            joined = "" if statement.rstrip().endswith((">", "→", "⇒")) else "=> "
        elif opened := _ADDED.match(statement) or _SEQUENCE.match(statement):
            models.add(opened["name"])
            chain = _chain(text, (start, start + opened.end()), end, joined)
            if chain is None or len(models) > 1:  # which of two comes first is not said
                return []
            edits += chain
            joined = "=> "
        else:
            return []
    return edits


def statements(text: str) -> Iterator[Span]:
    """The statements of a program, each without what is around it and a comment after it."""
    start = depth = 0
    comment: int | None = None
    for token in [*TOKEN.finditer(text), None]:
        sign = token.group()[0] if token else "\n"
        if sign == "#" and depth == 0 and token:
            comment = token.start()
        elif sign in "\n;" and depth == 0:
            end = comment if comment is not None else token.start() if token else len(text)
            bare = text[start:end]
            if bare.strip(" \t;"):
                yield start + len(bare) - len(bare.lstrip()), start + len(bare.rstrip(" \t\r;"))
            start, comment = (token.end() if token else end), None
        else:
            depth += (sign in "([{") - (sign in ")]}")


def _chain(text: str, opened: Span, end: int, joined: str, *, closed: str = "", inside: int = 0) -> list[Edit] | None:
    """The edits for a list of layers after what opens it, up to its last bracket; None where it is something else."""
    if inside > _DEEPEST:
        return None
    start, head = opened[1], text[slice(*opened)]
    brackets = depth = max(len(re.findall(r"[(\[]", head)), 1)
    commas, last = list[int](), end
    for token in TOKEN.finditer(text, start, end):
        sign = token.group()[0]
        depth += (sign in "([{") - (sign in ")]}")
        if depth == brackets and sign == ",":
            commas.append(token.start())
        elif depth == brackets - 1:
            last = token.start()
            break
    rest, closers = re.sub(r"\s", "", text[last + 1 : end]), ")" * (brackets - 1)
    if not rest.endswith(closers) or not _NAME.fullmatch(rest.removesuffix(closers).lstrip(",")):
        return None
    trailing = bool(commas) and not _COMMENT.sub("", text[commas[-1] + 1 : last]).strip()
    edits = [Edit(opened, joined)]
    edits += [Edit((comma, comma + 1), "" if trailing and comma == commas[-1] else " =>") for comma in commas]
    starts = [start, *(comma + 1 for comma in commas)]
    for first, stop in zip(starts, commas if trailing else [*commas, last], strict=False):
        part = text[first:stop]
        if "Chain" in head and (call := flux_call(_COMMENT.sub("", part), text[stop : stop + 99])):
            edits.append(Edit((stop - len(part.lstrip()), stop), call))
        elif "OrderedDict" in head and (pair := _PAIR.match(text, first, stop)):
            closer = first + len(part.rstrip()) - 1
            edits += [Edit(pair.span(1), ""), Edit((closer, closer + 1), "")]
        elif inner := _INNER.match(text, first, stop):
            nested = _chain(text, inner.span(1), first + len(part.rstrip()), "[", closed="]", inside=inside + 1)
            if nested is None:
                return None
            edits += nested
        elif not _ITEM.match(text, first, stop):
            return None
    return [*edits, Edit((last, end), closed)]
