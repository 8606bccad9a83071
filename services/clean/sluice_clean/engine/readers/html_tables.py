"""What an HTML page holds: the table of data, of several the largest, or else the page itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sluice_clean.engine.encoding import label_of
from sluice_clean.engine.errors import NoRecordsError, TooLargeError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.declared import declared_encoding
from sluice_clean.engine.readers.growing import GrowingTable
from sluice_clean.engine.readers.heading import find_heading
from sluice_clean.engine.readers.html_grid import Grid, grid_of, text_of
from sluice_clean.engine.readers.html_page import PAGE_LABELS, page_record
from sluice_clean.engine.readers.sheets.base import HEADER_ROWS, Row
from sluice_clean.engine.readers.spool import reported_encoding
from sluice_clean.engine.stream import Repairs, text_chunks
from sluice_clean.engine.work import Workspace

_MOST_BYTES = 32 << 20  # a page is held in memory, at sixteen times its size
_DEEPEST = 2_000
# Elements that are closed by their own end tag alone, so that those still open can be counted.
_NESTING = re.compile(
    r"<(/?)(?:div|span|table|ul|ol|dl|section|article|blockquote|b|i|u|a|em|strong|font|center|form|fieldset)\b",
    re.IGNORECASE,
)
_MUCH_TEXT = 1_500  # characters in paragraphs that make a page a document in spite of a small table
_TEXT_TO_TABLE = 3


def read_page(sample: Sample, work: Workspace) -> RawTable:
    """The page's table, or the page as a document.

    Raises:
        EngineError: It is too large, or holds nothing.
    """
    text, encoding = _text(sample, work)
    page = LexborHTMLParser(text)
    tables = _data_tables(page)
    if not tables or _is_document(page, tables):
        return _document(page, encoding, work)
    return _joined(tables, encoding, work)


def _text(sample: Sample, work: Workspace) -> tuple[str, str]:
    """The page, and its encoding."""
    size = sample.source.size
    if size > _MOST_BYTES:
        raise TooLargeError(f"HTML is read up to {_MOST_BYTES:,} bytes; the file has {size:,}")
    repairs, encoding = Repairs(), declared_encoding(sample)
    text = "".join(text_chunks(sample.source, encoding, repairs))
    depth = 0
    for match in _NESTING.finditer(text):
        depth += -1 if match[1] else 1
        if depth > _DEEPEST:
            raise TooLargeError(f"the page's elements are nested more than {_DEEPEST:,} deep")
    return text, label_of(reported_encoding(encoding, repairs, work))


@dataclass(frozen=True)
class _Table:
    """A table of data on the page."""

    grid: Grid
    labels: list[str | None]
    first: int
    left: int

    @property
    def shown(self) -> str:
        """For a warning."""
        caption = f" {self.grid.caption[:80]!r}" if self.grid.caption else ""
        return f"{len(self.grid.rows) - self.first:,} rows x {len(self.labels):,} columns{caption}"


def _data_tables(page: LexborHTMLParser) -> list[_Table]:
    """The tables that are no layout, in the page's order."""
    found = []
    for node in page.css("table"):
        if node.attributes.get("role") in {"presentation", "none"} or _holds_table(node):
            continue
        table = _table(grid_of(node))
        if table is not None:
            found.append(table)
    return found


def _holds_table(node: LexborNode) -> bool:
    return any(inner.mem_id != node.mem_id for inner in node.css("table"))


def _table(grid: Grid) -> _Table | None:
    """What a grid says; None if it has no records, or is a single column without a header."""
    rows = [Row(number, [cell or None for cell in cells]) for number, cells in enumerate(grid.rows, 1) if any(cells)]
    width = max((len(row.cells) for row in rows), default=0)
    if len(rows) < 2 or width < (1 if grid.headers else 2):  # noqa: PLR2004 - a header and a record; two columns
        return None
    kept = Grid(grid.caption, [row.cells for row in rows], min(grid.headers, len(rows) - 1))
    if grid.headers:
        labels = _labels(kept.rows[: kept.headers], width)
        return _Table(kept, labels, kept.headers, 0)
    heading = find_heading(rows[:HEADER_ROWS], ())
    return _Table(kept, heading.labels, heading.first, heading.left)


def _labels(header: Sequence[Sequence[str | None]], width: int) -> list[str | None]:
    """The labels of a header of several rows, put together from above."""
    labels: list[str | None] = []
    for place in range(width):
        parts = dict.fromkeys(row[place] for row in header if place < len(row) and row[place])
        labels.append(" ".join(part for part in parts if part) or None)
    return labels


def _is_document(page: LexborHTMLParser, tables: Sequence[_Table]) -> bool:
    """Whether the page is a text that has a small table beside it."""
    inside = max(sum(len(cell or "") for row in table.grid.rows for cell in row) for table in tables)
    text = sum(len(text_of(node)) for node in page.css("p"))
    return text > _MUCH_TEXT and text > inside * _TEXT_TO_TABLE


def _document(page: LexborHTMLParser, encoding: str, work: Workspace) -> RawTable:
    cells = page_record(page)
    if not any(cells):
        raise NoRecordsError("the page has neither a table nor a text")
    growing = GrowingTable(work, len(PAGE_LABELS), "page")
    growing.add(cells, 1)
    return RawTable([*PAGE_LABELS], *growing.finish(range(len(PAGE_LABELS))), "html", encoding)


def _joined(tables: Sequence[_Table], encoding: str, work: Workspace) -> RawTable:
    best = max(tables, key=lambda table: table.grid.cells)
    chosen = [table for table in tables if table is best or (any(best.labels) and table.labels == best.labels)]
    growing = GrowingTable(work, len(best.labels), "rows")
    for table in chosen:
        header = [row for row in table.grid.rows[: table.first] if any(row)]
        for row in table.grid.rows[table.first :]:
            if row not in header:
                growing.add(row[table.left :])
    if not growing.records:
        raise NoRecordsError("the table has a header and no records")
    labels = [*best.labels, *[None] * (growing.width - len(best.labels))]
    columns = [place for place, label in enumerate(labels) if label is not None or place in growing.filled]
    aside = [table.shown for table in tables if not any(table is other for other in chosen)]
    warnings = [f"{len(chosen)} tables with the same header joined"] if len(chosen) > 1 else []
    warnings += [f"tables left aside: {'; '.join(aside[:10])}{' and more' if len(aside) > 10 else ''}"] if aside else []  # noqa: PLR2004
    return RawTable([labels[place] for place in columns], *growing.finish(columns), "html", encoding, warnings=warnings)
