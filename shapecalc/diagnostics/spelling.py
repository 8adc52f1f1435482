"""Did you mean: the known word that a person most likely meant."""

from __future__ import annotations

MOST_GUESSED = 10
"""Unknown words of one kind that are compared with all that are known, where a text may have many of both."""


def nearest(word: str, candidates: list[str] | tuple[str, ...]) -> str | None:
    """The candidate that a person most likely meant, or None when nothing is near enough.

    Equal but for case first; then Damerau-Levenshtein distance within a third of the length;
    words of two letters match only when transposed.
    """
    lowered = word.lower()
    for candidate in candidates:
        if candidate.lower() == lowered:
            return candidate
    best: tuple[tuple[int, bool], str] | None = None
    for candidate in candidates:
        if len(word) <= 2 or len(candidate) <= 2:
            if len(word) == 2 and candidate.lower() == lowered[::-1]:
                return candidate
            continue
        limit = max(len(word), len(candidate), 3) // 3
        if abs(len(word) - len(candidate)) > limit:
            continue
        distance = _distance(lowered, candidate.lower(), limit)
        # Of two that are as near the one with the same letters: vgg61 is vgg16 and not vgg11.
        rank = (distance, sorted(candidate.lower()) != sorted(lowered))
        if distance <= limit and (best is None or rank < best[0]):
            best = (rank, candidate)
    return best[1] if best else None


def did_you_mean(word: str, known: list[str] | tuple[str, ...], otherwise: str = "") -> str:
    """The question, where a known word is near enough; else what to say otherwise."""
    guess = nearest(word, known)
    return f"did you mean '{guess}'?" if guess else otherwise


def _distance(a: str, b: str, limit: int) -> int:
    """Damerau-Levenshtein distance with adjacent transpositions; more than the limit, once that is certain."""
    alike = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[alike:], b[alike:]
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(previous) >= limit:  # a transposition adds one to what was two rows before
            return limit + 1
        before, previous = previous, row
    return previous[-1]
