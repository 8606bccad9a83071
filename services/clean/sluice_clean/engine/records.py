"""Delimited text into records, one by one, in plain Python: the reference that the fast path is proven against.

It never stops: a record that can't be read is refused with a reason and reading goes on at the next line.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_RECORD_LINES = 1_000
_BLANK = " \t\x0b\x0c"


@dataclass(frozen=True)
class Form:
    """How fields are set apart and quoted. ``delimiter`` is None where a line is one field."""

    delimiter: str | None
    quote: str | None = '"'
    escape: str | None = '"'

    @property
    def doubled(self) -> bool:
        """Whether a quote inside a quoted field is written twice."""
        return self.escape == self.quote


class Record(NamedTuple):
    """One record of the source; ``fields`` is None when it is refused, and then code and reason say why."""

    line: int
    fields: list[str] | None
    code: str
    reason: str
    raw: str


class _Unclosed(Exception):  # noqa: N818 - a signal, no error
    """A quoted field is still open at the end of the text."""


class RecordReader:
    """Splits lines into records of a known number of fields.

    Args:
        form: The dialect.
        width: Fields in a record; None accepts any number (while a dialect is being searched).
        limit: Characters of one record, at most.
    """

    def __init__(self, form: Form, width: int | None, limit: int) -> None:
        self._form = form
        self._width = width
        self._limit = limit
        csv.field_size_limit(max(csv.field_size_limit(), limit + 1))

    def read(self, source: Iterator[str]) -> Iterator[Record]:
        """The records of the lines, in order; blank lines are none."""
        pending: deque[str] = deque()
        number = 0
        while True:
            line = pending.popleft() if pending else next(source, None)
            if line is None:
                return
            number += 1
            body = line.rstrip("\r\n")
            if not body.strip(_BLANK) and not (body and self._is_data(body)):
                continue
            record, used = self._record(line, body, number, pending, source)
            yield record
            for _ in range(used):
                pending.popleft()
            number += used

    def _is_data(self, body: str) -> bool:
        """White space is data where it is delimiters: a line of tabs in a TSV is a record of empty fields."""
        delimiter = self._form.delimiter
        return delimiter is not None and self._width is not None and len(body.split(delimiter)) == self._width

    def _record(
        self, line: str, body: str, number: int, pending: deque[str], source: Iterator[str]
    ) -> tuple[Record, int]:
        """The record that starts with ``line``, and how many of the pending lines belong to it."""
        if len(line) > self._limit:
            return _refused(number, "record-too-long", f"longer than {self._limit:,} characters", body), 0
        quote, escape = self._form.quote, self._form.escape
        if (quote is None or quote not in body) and (escape is None or self._form.doubled or escape not in body):
            return self._checked(self._plain(body), number, body), 0
        try:
            return self._checked(self._quoted(body), number, body), 0
        except _Unclosed:
            return self._spanning(line, number, pending, source)

    def _plain(self, body: str) -> list[str]:
        return [body] if self._form.delimiter is None else body.split(self._form.delimiter)

    def _spanning(self, line: str, number: int, pending: deque[str], source: Iterator[str]) -> tuple[Record, int]:
        """A record over several lines.

        It counts only if it closes with the right width: else a quote was opened by mistake, and only the line
        that did so is lost.
        """
        text, used = line, 0
        quote = self._form.quote or ""
        while used < MAX_RECORD_LINES and len(text) <= self._limit:
            if used == len(pending):
                following = next(source, None)
                if following is None:
                    break
                pending.append(following)
            text += pending[used]
            used += 1
            if quote not in pending[used - 1]:
                continue
            try:
                fields = self._quoted(text.rstrip("\r\n"))
            except _Unclosed:
                continue
            if self._fits(fields):
                return Record(number, self._trimmed(fields), "", "", text), used
            break
        return _refused(number, "unclosed-quote", "a quote is opened and never closed", line.rstrip("\r\n")), 0

    def _quoted(self, text: str) -> list[str]:
        """The fields of a text with quotes.

        Raises:
            _Unclosed: A quoted field does not end.
        """
        try:
            return self._parse(text, strict=True)
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise _Unclosed from error
        # A quote where none belongs. Taken literally if the width is then right, else read leniently.
        literal = [_unwrapped(value, self._form.quote) for value in self._plain(text)]
        if "\n" not in text and self._fits(literal):
            return literal
        try:
            return self._parse(text, strict=False)
        except csv.Error as error:
            raise _Unclosed from error

    def _parse(self, text: str, *, strict: bool) -> list[str]:
        form = self._form
        rows = csv.reader(
            [text],
            delimiter=form.delimiter or "\x00",
            quotechar=form.quote,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            doublequote=form.doubled,
            escapechar=None if form.doubled else form.escape,
            strict=strict,
        )
        return next(rows)

    def _fits(self, fields: list[str]) -> bool:
        return self._width is None or len(fields) == self._width or self._is_overlong_but_empty(fields)

    def _is_overlong_but_empty(self, fields: list[str]) -> bool:
        return self._width is not None and len(fields) > self._width and not any(fields[self._width :])

    def _trimmed(self, fields: list[str]) -> list[str]:
        return fields if self._width is None else fields[: self._width]

    def _checked(self, fields: list[str], number: int, raw: str) -> Record:
        if self._fits(fields):
            return Record(number, self._trimmed(fields), "", "", raw)
        reason = f"{self._width} fields are expected, {len(fields)} found"
        return _refused(number, "wrong-field-count", reason, raw)


def _unwrapped(value: str, quote: str | None) -> str:
    if quote and len(value) > 1 and value.startswith(quote) and value.endswith(quote):
        return value[1:-1]
    return value


def _refused(number: int, code: str, reason: str, raw: str) -> Record:
    return Record(number, None, code, reason, raw)
