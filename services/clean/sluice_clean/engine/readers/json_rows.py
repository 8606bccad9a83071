# ruff: noqa: S608 - SQL is built of generated names
"""JSON records that are arrays of one length: a table whose columns go by their place."""

import json
from dataclasses import dataclass

from sluice_clean.engine.dialect.naming import columns_of, header_votes
from sluice_clean.engine.readers.json_digits import parsed
from sluice_clean.engine.work import Workspace

_FEWEST = 2  # records
_JUDGED = 100  # records that tell whether the first one is a header


@dataclass(frozen=True)
class Rows:
    """A table of arrays.

    Attributes:
        labels: One for each place; None where it has none.
        headed: Whether the first array is the header.
    """

    labels: list[str | None]
    headed: bool

    @property
    def pointers(self) -> list[str]:
        """JSON pointers to the cells of a record."""
        return [f"/{place}" for place in range(len(self.labels))]

    def refusal(self, text: str) -> tuple[str, str] | None:
        """Code and reason why an array is no record; None if the text is no JSON at all."""
        try:
            found = len(parsed(text))
        except (ValueError, RecursionError):
            return None
        return "wrong-field-count", f"{len(self.labels)} fields are expected, {found} found"


def find_rows(work: Workspace) -> Rows | None:
    """The table that the records of the view ``texts`` are, if they are arrays, most of them of one length."""
    texts = work.named("texts")
    is_array = "_valid AND prefix(ltrim(_read), '[')"
    # The first record spares all others the question.
    if work.rows(f"SELECT {is_array} FROM {texts} WHERE _valid LIMIT 1") != [(True,)]:
        return None
    lengths = dict(
        work.rows(f"""SELECT CASE WHEN {is_array} THEN json_array_length(_read) ELSE -1 END AS length, count(*)
        FROM {texts} WHERE _valid GROUP BY length ORDER BY length""")
    )
    records, width = sum(lengths.values()), max(lengths, key=lambda length: lengths[length])
    alike = len(lengths) == 1 or (width > 1 and lengths[width] * 2 > records)
    if -1 in lengths or width < 1 or records < _FEWEST or not alike:
        return None
    labels = _header(work, width)
    return Rows(labels or [None] * width, headed=labels is not None)


def _header(work: Workspace, width: int) -> list[str | None] | None:
    """What the first array calls the columns, if it is a header by the judgement of delimited text."""
    found = work.rows(f"SELECT _row, _read FROM {work.named('texts')} WHERE _valid ORDER BY _row LIMIT {_JUDGED}")
    first, *body = [parsed(text) for _, text in found]
    if found[0][0] != 1 or len(first) != width or not all(type(cell) in (str, int) for cell in first):
        return None
    columns = columns_of([[_text(cell) for cell in row] for row in body if len(row) == width], width)
    names = [_text(cell) for cell in first]
    return [name or None for name in names] if header_votes(names, columns) > 0 else None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def stage_rows(rows: Rows, work: Workspace) -> str:
    """A view like ``texts`` without the header, in which arrays of another length are not valid; its name."""
    texts, view = work.named("texts"), work.named("rows")
    above = int(rows.headed)
    fits = f"CASE WHEN _valid THEN json_array_length(_read) = {len(rows.labels)} ELSE false END"
    work.connection.execute(f"""CREATE OR REPLACE VIEW {view} AS
        SELECT _row - {above} AS _row, _line, _text, _read, {fits} AS _valid FROM {texts} WHERE _row > {above}""")
    return view
