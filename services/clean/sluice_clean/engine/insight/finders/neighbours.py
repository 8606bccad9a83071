"""Which texts of a list are a typing error away from those of another: Damerau-Levenshtein distances of 1 and 2.

DuckDB has the distance, at some 10 microseconds a pair; here most pairs are never compared. One edit is found by
what is left of a text when one character is taken out, which two texts one edit apart have in common (the deletion
neighbourhood of Mor & Fraenkel, 1982). Two edits are looked for only among long texts that begin or end alike.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

LONG = 10  # characters from which on two edits are allowed
_BLOCK = 3  # characters that begin or end alike
_CROWD = 60  # texts that begin or end alike; where there are more, it says nothing


def distance(a: str, b: str, most: int = 2) -> int | None:
    """Insertions, deletions, replacements and exchanges of neighbours from ``a`` to ``b``; None above ``most``.

    No part of a text is edited twice ("optimal string alignment").
    """
    a, b = _apart(a, b)
    longer = max(len(a), len(b))
    if not a or not b:
        return longer if longer <= most else None
    if most == 0 or abs(len(a) - len(b)) > most:
        return None
    # Both begin otherwise, so an edit is there.
    ways = [(a[1:], b[1:]), (a[1:], b), (a, b[1:])]
    if a[:2] == b[1::-1]:
        ways.append((a[2:], b[2:]))
    found = [rest for x, y in ways if (rest := distance(x, y, most - 1)) is not None]
    return 1 + min(found) if found else None


def _apart(a: str, b: str) -> tuple[str, str]:
    """Two texts without what they begin and end with alike."""
    start, shorter = 0, min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]


def neighbours(left: Iterable[str], right: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Each text of the left with each other of the right that is one edit away, or two where both are long."""
    index: dict[str, list[str]] = defaultdict(list)
    blocks: dict[tuple[bool, str], list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for text in right:
        for key in _deletions(text):
            index[key].append(text)
        if len(text) >= LONG:
            for block in _blocks(text):
                blocks[block].append((text, frozenset(text)))
    for text in left:
        near = {other for key in _deletions(text) for other in index.get(key, ())} - {text}
        one = {other for other in near if distance(text, other, 1) == 1}
        yield from ((text, other, 1) for other in sorted(one))
        if len(text) >= LONG:
            yield from ((text, other, 2) for other in sorted(_two_away(text, blocks) - one - {text}))


def _deletions(text: str) -> set[str]:
    return {text, *(text[:place] + text[place + 1 :] for place in range(len(text)))}


def _blocks(text: str) -> tuple[tuple[bool, str], tuple[bool, str]]:
    return (False, text[:_BLOCK]), (True, text[-_BLOCK:])


def _two_away(text: str, blocks: dict[tuple[bool, str], list[tuple[str, frozenset[str]]]]) -> set[str]:
    signs, found = frozenset(text), set[str]()
    for block in _blocks(text):
        others = blocks.get(block, [])
        if len(others) > _CROWD:
            continue
        for other, theirs in others:
            # Two edits change at most four of the signs that occur.
            if abs(len(other) - len(text)) <= 2 and len(signs ^ theirs) <= 4 and distance(text, other) == 2:  # noqa: PLR2004
                found.add(other)
    return found
