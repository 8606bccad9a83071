"""Text whose columns are told by their place in the line: reports, listings, extracts with padded fields.

It is taken for such only if no delimiter is likely to give more than one column, and if the lines are aligned beyond
doubt.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from sluice_clean.engine.dialect import find_dialect
from sluice_clean.engine.errors import NoRecordsError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.columns import Columns, find_columns, is_rule
from sluice_clean.engine.readers.growing import GrowingTable
from sluice_clean.engine.readers.heading import Heading, find_heading
from sluice_clean.engine.readers.sheets.base import Row
from sluice_clean.engine.readers.spool import reported_encoding
from sluice_clean.engine.stream import Repairs, lines, text_chunks
from sluice_clean.engine.work import Workspace

_SAMPLED = 500
_LATER = 100
_FEWEST = 3
_SPLIT = re.compile(r"\s+")
_WORDS_AGREE = 0.98  # share of lines with the same number of words: then blanks may well be a delimiter
_FIT = 0.9
_SURE = 0.3  # of a dialect: fields in quotes are no columns of blanks
_LIKELY = 0.3  # of a dialect, as any text may be of one column: a mark that stands within some values parts nothing
_HEADER_LINES = 20
_DELIMITERS = frozenset(",;\t|")
_MISALIGNED = "wrong-field-count"


class FixedWidthReader:
    """Takes lines that are aligned."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        if sample.kind is not None:
            return False
        found = _sampled(sample)
        if _columns(found) is None:
            return False
        shape = find_dialect(sample, 1 << 20)
        if shape.width == 1:
            return True
        delimiter = shape.form.delimiter or ""
        quoted = shape.quoted and delimiter.strip() and shape.confidence >= _SURE
        delimited = _DELIMITERS & set(delimiter) and shape.score >= _LIKELY
        return not (quoted or delimited or _is_split_by_blanks(found))

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        columns = _columns(_sampled(sample))
        if columns is None:
            raise NoRecordsError("the file has no aligned lines")
        with work.timed("read"):
            return _Reading(sample, columns, work).table()


def _sampled(sample: Sample) -> list[str]:
    """Lines with something on them."""
    found = [line.rstrip() for line in sample.head.splitlines()]
    if not sample.whole and found:
        found.pop()
    found = [line for line in found if line][:_SAMPLED]
    for piece in sample.later:
        found += [line.rstrip() for line in piece.splitlines() if line.strip()][:_LATER]
    return found


def _columns(found: Sequence[str]) -> Columns | None:
    text = [line for line in found if not is_rule(line)]
    if len(text) < _FEWEST or any("\t" in line for line in found) or not any("  " in line for line in text):
        return None
    columns = find_columns(found)
    if columns is None or sum(columns.cells(line) is not None for line in text) < _FIT * (len(text) - 1):
        return None
    return columns


def _is_split_by_blanks(found: Sequence[str]) -> bool:
    """Whether nearly all lines have the same number of words: no column has a blank in it or is empty."""
    counts = [len(_SPLIT.split(line.strip())) for line in found if not is_rule(line)]
    most = max(set(counts), key=counts.count)
    return counts.count(most) >= _WORDS_AGREE * len(counts)


class _Reading:
    """One file."""

    def __init__(self, sample: Sample, columns: Columns, work: Workspace) -> None:
        self._sample = sample
        self._columns = columns
        self._work = work
        self._repairs = Repairs()

    def table(self) -> RawTable:
        """Reads it to its end."""
        source = self._lines()
        head = list(islice(source, _SAMPLED))
        heading = self._heading(head)
        growing = GrowingTable(self._work, self._columns.count, "lines")
        for number, line in chain(head[heading.first :], source):
            cells = self._columns.cells(line)
            if cells is None:
                growing.refuse(_MISALIGNED, "text stands between the columns", line, number)
            elif (tuple(cells),) != heading.rows[-1:]:
                growing.add(cells, number, line)
        if not growing.records:
            raise NoRecordsError("the file has a header and no records")
        width = self._columns.count
        labels = [*[None] * heading.left, *heading.labels]
        labels += [None] * (width - len(labels))
        kept = [place for place in range(width) if labels[place] is not None or place in growing.filled]
        return RawTable(
            [labels[place] for place in kept],
            *growing.finish(kept),
            "fixed-width",
            reported_encoding(self._sample.encoding, self._repairs, self._work),
            warnings=[f"lines above the table: {' / '.join(heading.above)[:500]}"] if heading.above else [],
        )

    def _heading(self, head: Sequence[tuple[int, str]]) -> Heading:
        """The header; its words may reach beyond their columns."""
        rows = []
        for place, (number, line) in enumerate(head):
            cells = self._columns.cells(line)
            if cells is None and place < _HEADER_LINES:
                cells = self._columns.nearest(line)
            rows.append(Row(number, cells or [None]))
        return find_heading(rows, ())

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Lines with something on them, numbered; without rules."""
        limit = self._work.settings.max_record_bytes
        text = text_chunks(self._sample.source, self._sample.encoding, self._repairs)
        for number, line in enumerate(lines(text, limit), 1):
            shown = line.rstrip()
            if shown and not is_rule(shown):
                yield number, shown
