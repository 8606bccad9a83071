"""Columns that say who tells what the rest of the record says: the site that it was gathered from, and the like.

Only the column's name says so. A month or a shop tells things apart in the same way, but what differs from one month
or shop to another is no contradiction.
"""

from collections.abc import Iterable, Iterator

from sluice_clean.engine.insight.table import Cells, Sample

WORDS = frozenset({"src", "source", "sources", "website", "webpage", "crawler", "scraper"})
_LEAST = 3  # sources, and records of a thing in the mean
_ONCE = 0.95  # share of the records in which a source tells of a thing, and for the first time


def find_sources(sample: Sample) -> Iterator[Cells]:
    """The columns whose name calls their values sources."""
    for cells in sample.cells.values():
        words = cells.column.name.split("_")
        if cells.column.is_text and words[-1] in WORDS and len(cells.counts) >= _LEAST:
            yield cells


def find_thing(source: Cells, columns: Iterable[Cells]) -> Cells | None:
    """The column that says what the sources tell of: several of them of nearly each of its values, each once.

    What is told of a thing may tell the records apart just as well; it has more values than there are things, since
    the sources contradict each other.
    """
    found = [cells for cells in columns if cells is not source and _is_told_once(source, cells)]
    return min(found, key=lambda cells: len(cells.counts), default=None)


def _is_told_once(source: Cells, thing: Cells) -> bool:
    if thing.filled < _LEAST * len(thing.counts):
        return False
    both = [pair for pair in zip(thing.codes, source.codes, strict=True) if min(pair) >= 0]
    return len(set(both)) >= _ONCE * len(thing.codes)
