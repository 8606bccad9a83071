"""The sample read under one candidate: linear, whatever the quotes do."""

import csv
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sluice_clean.engine.dialect.text import body_of, is_blank
from sluice_clean.engine.records import Form, csv_rows, plain_fields
from sluice_clean.engine.strays import fields_around_strays

_MOST_RESTARTS = 12
_MOST_LINES = 100


class Row(NamedTuple):
    """A record of the sample.

    Attributes:
        line: Index of its first physical line in the piece.
        lines: How many it has.
        fields: Its cells.
        stray: Whether a quote stands where none belongs.
    """

    line: int
    lines: int
    fields: list[str]
    stray: bool = False


def rows_of(form: Form, lines: list[str]) -> list[Row]:
    """The records of some physical lines; blank lines are none."""
    marks = [mark for mark in (form.quote, None if form.doubled else form.escape) if mark]
    if not any(mark in line for mark in marks for line in lines):
        return [
            Row(index, 1, plain_fields(form, body_of(line)))
            for index, line in enumerate(lines)
            if not is_blank(line) or _holds_delimiters(form, line)
        ]
    return _quoted_rows(form, lines)


def _holds_delimiters(form: Form, line: str) -> bool:
    return form.delimiter is not None and not form.runs and line.count(form.delimiter) > 1


def _quoted_rows(form: Form, lines: list[str]) -> list[Row]:
    """The records where quotes are at work: the reading in which most lines belong to records of one width.

    A quote that is opened by mistake would join lines to a record of odd width; but which width is odd is known
    only once the records are read. So they are read three times: joining whatever is open, then only what has the
    width found so, then only what has the width of the lines that are records by themselves.
    """
    alone = [_alone(form, index, line) for index, line in enumerate(lines)]
    if None not in alone:
        return _mended(form, lines, [row for row in alone if row is not None and row.fields])
    best = _joined(form, lines, alone, None)
    covered = _covered(best)
    for usual in {_usual_width(best), _usual_width([row for row in alone if row is not None])}:
        if usual is not None and usual > 1:
            rows = _joined(form, lines, alone, usual)
            if _covered(rows) > covered:
                best, covered = rows, _covered(rows)
    return _mended(form, lines, best)


def _mended(form: Form, lines: list[str], rows: list[Row]) -> list[Row]:
    """The records with a quote out of place read anew, now that it is known how many fields they have."""
    usual = _usual_width(rows)
    if usual is None:
        return rows
    found = []
    for row in rows:
        fields = None
        if row.stray and row.lines == 1:
            fields = fields_around_strays(body_of(lines[row.line]), form.delimiter, form.quote, usual)
        found.append(row if fields is None else row._replace(fields=fields))
    return found


def _covered(rows: list[Row]) -> float:
    """Lines that belong to sound records of the usual width."""
    usual = _usual_width(rows)
    return sum(row.lines for row in rows if len(row.fields) == usual and not row.stray)


def _joined(form: Form, lines: list[str], alone: list[Row | None], usual: int | None) -> list[Row]:
    rows: list[Row] = []
    at = restarts = 0
    while at < len(lines):
        row = alone[at]
        if row is None:  # the quote stays open at the end of the line
            row = _spanning(form, lines, alone, at, usual) if restarts < _MOST_RESTARTS else None
            if row is None:
                restarts += 1
                row = Row(at, 1, plain_fields(form, body_of(lines[at])), stray=True)
        at += row.lines
        if row.fields:
            rows.append(row)
    return rows


def _usual_width(rows: list[Row]) -> int | None:
    widths = Counter(len(row.fields) for row in rows if row.fields and not row.stray)
    return widths.most_common(1)[0][0] if widths else None


def _alone(form: Form, index: int, line: str) -> Row | None:
    """A line as a record by itself; None where a quote stays open, no fields where it is blank."""
    if is_blank(line) and not _holds_delimiters(form, line):
        return Row(index, 1, [])
    body = body_of(line)
    if (form.quote is None or form.quote not in body) and (form.doubled or not form.escape or form.escape not in body):
        return Row(index, 1, plain_fields(form, body))
    try:
        return Row(index, 1, next(csv_rows(form, [body], strict=True), []))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
    return Row(index, 1, _leniently(form, body), stray=True)


def _leniently(form: Form, body: str) -> list[str]:
    try:
        return next(csv_rows(form, [body], strict=False), [])
    except csv.Error:
        return plain_fields(form, body)


def _spanning(form: Form, lines: list[str], alone: list[Row | None], at: int, usual: int | None) -> Row | None:
    """The record that begins in a line and ends in a later one; None when it does not end, or has an odd width."""
    end = min(len(lines), at + _MOST_LINES)
    try:
        fields, used, stray = _first(form, lines[at:end])
    except (csv.Error, StopIteration):
        return None
    if usual is not None and len(fields) != usual:
        return None
    # A quote out of place, and the next line is a record by itself: the first line alone is wrong.
    if stray and at + 1 < len(lines):
        following = alone[at + 1]
        sound = following is not None and not following.stray
        beside = following.fields if following and sound else plain_fields(form, body_of(lines[at + 1]))
        if len(beside) == (usual or len(fields)):
            return None
    return Row(at, used, fields, stray)


def _first(form: Form, lines: list[str]) -> tuple[list[str], int, bool]:
    """The first record of some lines, how many lines it takes, and whether a quote is out of place in it.

    Raises:
        csv.Error: A quote stays open.
    """
    feed = _Feed(lines)
    try:
        return next(csv_rows(form, feed, strict=True)), feed.used, False
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise
    feed = _Feed(lines)
    fields = next(csv_rows(form, feed, strict=False))
    if feed.used == len(lines) and not _closes(form, lines):
        raise csv.Error("unexpected end of data")
    return fields, feed.used, True


def _closes(form: Form, lines: list[str]) -> bool:
    try:
        list(csv_rows(form, lines, strict=True))
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return True


class _Feed:
    """Lines that are counted as they are taken."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.used = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.used += 1
            yield line
