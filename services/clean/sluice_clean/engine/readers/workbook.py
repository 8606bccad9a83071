"""Workbooks: XLSX and XLSM, XLSB, XLS, ODS, SpreadsheetML 2003.

What is read: the sheet with the most values, joined by the sheets with the same header; hidden sheets only if no
other has a value. Dates come as ISO text, booleans as true and false, whole numbers without ``.0``, numbers shown as
percent or currency as the number that is stored. Of merged cells among the records the first has the value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sluice_clean.engine.errors import BlankFileError, NoRecordsError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.growing import GrowingTable
from sluice_clean.engine.readers.heading import Heading, find_heading
from sluice_clean.engine.readers.sheets.base import HEADER_ROWS, Book, Row, Sheet, Survey
from sluice_clean.engine.readers.sheets.spreadsheetml import is_spreadsheetml, spreadsheetml_book
from sluice_clean.engine.work import Workspace

KINDS = frozenset({"xlsx", "xlsb", "xls", "ods"})
_MOST_NOTES = 10
_LONGEST_NOTE = 200
_FEW = 3  # columns from which on a row of one cell is told from a record


class WorkbookReader:
    """Takes what the probe says is a workbook."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        return sample.kind in KINDS or is_spreadsheetml(sample)

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        with work.timed("read"):
            book = _open(sample, work)
            found, warnings = _choose(book)
            reading = _Reading(GrowingTable(work, len(found[0].heading.labels), "sheet"), warnings)
            for table in found:
                reading.add(table)
        return reading.table(found[0].heading, book)


def _open(sample: Sample, work: Workspace) -> Book:
    if sample.kind is None:
        return spreadsheetml_book(sample, work)
    # Each is imported by the runs that read such a workbook: most read none.
    if sample.kind == "xlsx":
        from sluice_clean.engine.readers.sheets.xlsx import xlsx_book

        return xlsx_book(sample.source, work)
    if sample.kind == "ods":
        from sluice_clean.engine.readers.sheets.ods import ods_book

        return ods_book(sample.source, work)
    from sluice_clean.engine.readers.sheets.legacy import legacy_book

    return legacy_book(sample.source, work, str(sample.kind))


@dataclass(frozen=True)
class _Found:
    """A table on a sheet."""

    sheet: Sheet
    survey: Survey
    heading: Heading


def _choose(book: Book) -> tuple[list[_Found], list[str]]:
    """The sheets to read, in their order, and what is to be told of the others."""
    surveys = [(sheet, sheet.survey()) for sheet in book.sheets]
    filled = [(sheet, survey) for sheet, survey in surveys if survey.cells]
    if not filled:
        raise BlankFileError("no sheet of the workbook has a value")
    visible = [pair for pair in filled if not pair[0].hidden] or filled
    tables = [found for found in (_find(*pair) for pair in visible) if found is not None]
    if not tables:
        raise BlankFileError("no sheet of the workbook has a value")
    best = max(tables, key=lambda found: found.survey.cells)
    chosen = [found for found in tables if found is best or _same_header(found.heading, best.heading)]
    return chosen, _told(chosen, filled)


def _told(chosen: list[_Found], filled: list[tuple[Sheet, Survey]]) -> list[str]:
    read = [found.sheet for found in chosen]
    warnings = [f"sheets joined: {', '.join(repr(sheet.name) for sheet in read)}"] if len(read) > 1 else []
    aside = [
        f"{sheet.name!r} ({survey.cells:,} values{', hidden' if sheet.hidden else ''})"
        for sheet, survey in filled
        if not any(sheet is other for other in read)
    ]
    return [*warnings, f"sheets left aside: {', '.join(aside)}"] if aside else warnings


def _find(sheet: Sheet, survey: Survey) -> _Found | None:
    head = list(islice(sheet.rows(), HEADER_ROWS))
    return _Found(sheet, survey, find_heading(head, survey.merges)) if head else None


def _same_header(one: Heading, other: Heading) -> bool:
    def names(heading: Heading) -> list[str]:
        return [(label or "").casefold() for label in heading.labels]

    return one.has_labels and names(one) == names(other)


class _Reading:
    """Puts the sheets' records into one table."""

    def __init__(self, growing: GrowingTable, warnings: list[str]) -> None:
        self._growing = growing
        self._warnings = warnings

    def add(self, found: _Found) -> None:
        """Reads a sheet to its end."""
        heading = found.heading
        if heading.above:
            self._warn("text above the table", found.sheet, heading.above)
        repeated = 0
        for row in self._records(found):
            if heading.rows and tuple(row.cells) == heading.rows[-1]:
                repeated += 1
                continue
            self._growing.add(row.cells[heading.left :], row.number)
        if repeated:
            self._warnings.append(f"the header of sheet {found.sheet.name!r} comes {repeated:,} times more")

    def _records(self, found: _Found) -> Iterator[Row]:
        """The rows below the header, without notes at the end: rows of one cell after a blank one."""
        notes: list[Row] = []
        last = 0
        for row in islice(found.sheet.rows(), found.heading.first, None):
            apart = last and row.number > last + 1
            single = found.heading.usual >= _FEW and sum(cell is not None for cell in row.cells) == 1
            last = row.number
            if single and (notes or apart):
                notes.append(row)
                continue
            yield from notes
            notes = []
            yield row
        if len(notes) > _MOST_NOTES:
            yield from notes
        elif notes:
            texts = [next(cell for cell in row.cells if cell is not None) for row in notes]
            self._warn("text below the table", found.sheet, texts)

    def _warn(self, what: str, sheet: Sheet, texts: list[str]) -> None:
        shown = " / ".join(text[:_LONGEST_NOTE] for text in texts[:_MOST_NOTES])
        more = f" / and {len(texts) - _MOST_NOTES:,} more" if len(texts) > _MOST_NOTES else ""
        self._warnings.append(f"{what} on sheet {sheet.name!r}: {shown}{more}")

    def table(self, heading: Heading, book: Book) -> RawTable:
        """The table; columns that have neither a label nor a value are left out.

        Raises:
            NoRecordsError: There is nothing below the header.
        """
        growing = self._growing
        if not growing.records:
            raise NoRecordsError("the workbook has a header and no records")
        labels = [*heading.labels, *[None] * (growing.width - len(heading.labels))]
        columns = [place for place, label in enumerate(labels) if label is not None or place in growing.filled]
        grown = growing.finish(columns)
        return RawTable(
            labels=[labels[place] for place in columns],
            chunks=grown.chunks,
            sample=grown.sample,
            sampled_all=grown.sampled_all,
            format=book.format,
            encoding="utf-8",
            warnings=[*self._warnings, *book.warnings],
        )
