"""Candidate keys: columns, and pairs of columns, whose values tell the records apart, as far as the sample shows."""

from collections import Counter
from itertools import combinations
from typing import Any

from sluice_clean.engine.insight.model import CandidateKey
from sluice_clean.engine.insight.table import Cells, Sample
from sluice_clean.engine.insight.tally import estimate, once

UNIQUE = 0.99
_LEAST_ROWS = 10
_MAX_TEXT = 80  # mean characters; longer texts are prose, and no key
_EXPECTED = 10.0  # collisions that chance would make; where it would make fewer, none seen means nothing
_GLANCE = 500  # rows that rule most pairs out
_PAIRED = 16  # columns that are tried in pairs
_MAX_KEYS = 20


def candidate_keys(sample: Sample, rows: int) -> list[CandidateKey]:
    """Minimal approximate keys of one column or two, the surest first.

    A pair is a key only if chance would make records collide in it: two columns of many values each are
    unique together whatever they mean.

    Args:
        sample: What is looked at.
        rows: Records that there are.
    """
    if len(sample) < _LEAST_ROWS:
        return []
    filled = [cells for cells in sample.cells.values() if cells.filled == len(sample) and len(cells.counts) > 1]
    usable = [cells for cells in filled if not _is_prose(cells) and not _is_measure(cells)]
    keys = [_key([cells], cells.counts, rows) for cells in usable]
    others = [cells for cells, key in zip(usable, keys, strict=True) if key is None]
    others.sort(key=lambda cells: -len(cells.counts))
    keys += [_pair(a, b, rows) for a, b in combinations(others[:_PAIRED], 2)]
    return sorted(filter(None, keys), key=lambda key: (len(key.columns), -key.uniqueness))[:_MAX_KEYS]


def is_key(cells: Cells) -> bool:
    """Nearly every value of the sample occurs once in it: nothing can be learnt from what goes with a value."""
    return cells.filled > 0 and len(cells.counts) >= UNIQUE * cells.filled


def _key(columns: list[Cells], counts: Counter[Any], rows: int) -> CandidateKey | None:
    distinct = estimate(counts.total(), len(counts), once(counts), rows)
    if distinct < UNIQUE * rows:
        return None
    return CandidateKey(columns=[cells.column.name for cells in columns], uniqueness=round(distinct / rows, 4))


def _is_prose(cells: Cells) -> bool:
    return cells.column.is_text and sum(map(len, cells.counts)) > _MAX_TEXT * len(cells.counts)


def _is_measure(cells: Cells) -> bool:
    return cells.column.sql_type in ("DOUBLE", "FLOAT", "REAL")


def _pair(a: Cells, b: Cells, rows: int) -> CandidateKey | None:
    seen = a.filled
    if len(a.counts) * len(b.counts) < UNIQUE * seen:
        return None
    expected = seen * seen / 2 * a.sameness * b.sameness
    if expected < _EXPECTED:
        return None
    first = len(set(zip(a.codes[:_GLANCE], b.codes[:_GLANCE], strict=True)))
    if first < UNIQUE * min(seen, _GLANCE):
        return None
    counts = Counter(zip(a.codes, b.codes, strict=True))
    return _key([a, b], counts, rows) if seen - len(counts) <= expected / _EXPECTED else None
