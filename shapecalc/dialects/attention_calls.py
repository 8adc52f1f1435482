"""Multi-head attention of the frameworks: the projections that are around ours."""

from __future__ import annotations

from shapecalc.core.record import replace
from shapecalc.dialects.call_pieces import Pieces, as_written, misfit, whole_number, word_of
from shapecalc.language import syntax

WIDTHS = ("embed_dim", "key_dim", "value_dim", "output_shape", "use_bias")
"""Arguments of the frameworks that say how wide the projections are, and whether they have a bias."""


def projected(pieces: Pieces) -> None:
    """One projection to query, key and value before it, and one of what all heads give after it. Raises Misfit."""
    if pieces.form.ours != "ATTENTION":
        return
    given = {name: pieces.arguments.pop(name, None) for name in WIDTHS}
    whole = given["embed_dim"]
    inner = whole.value if whole else _of_all_heads(pieces, given["key_dim"])
    result = whole or given["output_shape"]
    if inner is None:
        return
    if result is None or given["value_dim"]:
        raise _without_depth(pieces, inner, given)
    span, bias = result.span, given["use_bias"]
    thrice = syntax.Binary("*", syntax.Number(3, span), inner, span)
    before = _projection(thrice, bias, span)
    arrives = (syntax.Argument("in", whole.value, span),) if whole else ()  # PyTorch's embed_dim is what arrives too
    pieces.before = replace(before, written=pieces.name, arguments=(*before.arguments, *arrives))
    pieces.after = _projection(result.value, bias, span)


def _of_all_heads(pieces: Pieces, size: syntax.Argument | None) -> syntax.Expression | None:
    """Heads times the size of one, as Keras says it."""
    heads = pieces.arguments.get("heads")
    if heads is None or size is None:
        return None
    numbers = whole_number(heads.value), whole_number(size.value)
    if numbers[0] and numbers[1]:
        return syntax.Number(numbers[0] * numbers[1], size.span)
    return syntax.Binary("*", heads.value, size.value, size.span)


def _projection(width: syntax.Expression, bias: syntax.Argument | None, span: tuple[int, int]) -> syntax.Call:
    arguments = [syntax.Argument(None, width, span), syntax.Argument(None, syntax.Number(1, span), span)]
    if bias is not None and word_of(bias.value) == "false":
        arguments.append(syntax.Argument("bias", syntax.Name("false", bias.span), bias.span))
    return syntax.Call("CONV", tuple(arguments), span, span)


def _without_depth(pieces: Pieces, inner: syntax.Expression, given: dict[str, syntax.Argument | None]) -> Exception:
    """Keras ends with as many channels as the query has, which a call does not say; or values are of another size."""
    heads, wide = as_written(pieces.arguments["heads"].value), as_written(inner)
    bias = given["use_bias"]
    rest = "1, bias=false)" if bias is not None and word_of(bias.value) == "false" else "1)"
    result, value = given["output_shape"], given["value_dim"]
    depth = as_written(result.value) if result else "d"
    if value:
        alike = f"CONV({wide}, {rest}"
        parts = f"{alike} | {alike} | CONV({heads}*{as_written(value.value)}, {rest}"
        text, why = f"ATTENTION({heads})[ {parts} ]", "has values of another size than keys"
    else:
        text = f"CONV(3*{wide}, {rest} => ATTENTION({heads})"
        why = "gives as many channels as arrive, and a call does not say how many"
    meant = "" if result else ", with the number of channels that arrive for d"
    help = (f"write {text} => CONV({depth}, {rest}{meant}",)
    return misfit(pieces, f"{pieces.name} {why}", pieces.arguments["heads"].span, help=help)
