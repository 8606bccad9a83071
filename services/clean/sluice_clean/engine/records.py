"""Delimited text into records, one by one, in plain Python: the reference that the fast path is proven against.

It never stops: a record that can't be read is refused with a reason and reading goes on at the next line.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sluice_clean.engine.strays import fields_around_strays

if TYPE_CHECKING:
    import _csv

MAX_RECORD_LINES = 1_000
_BLANK = " \t\x0b\x0c\x1a\x00"
_STANDIN = "\ufdd0"  # a noncharacter: no text holds it
_RUN = re.compile("[ \t]+")


@dataclass(frozen=True)
class Form:
    """How fields are set apart and quoted.

    Attributes:
        delimiter: One or more characters; None where a line is one field.
        quote: None where nothing is quoted.
        escape: The quote itself where it is doubled, another character, or None.
        runs: Any run of spaces and tabs is one delimiter, and those at a line's ends are none.
        padded: Spaces and tabs around a field are no part of it.
        leads: Every record begins with a delimiter.
        trails: Every record ends with a delimiter.
        optional: Fields at the end that a record may lack, delimiters and all: they are empty then.
    """

    delimiter: str | None
    quote: str | None = '"'
    escape: str | None = '"'
    runs: bool = False
    padded: bool = False
    leads: bool = False
    trails: bool = False
    optional: int = 0

    @property
    def mark(self) -> str | None:
        """The delimiter without the blanks beside it: the comma of a file written with comma and blank."""
        return (self.delimiter.strip(" \t") or self.delimiter) if self.delimiter else None

    @property
    def doubled(self) -> bool:
        """Whether a quote inside a quoted field is written twice."""
        return self.escape == self.quote

    def fits(self, fields: Sequence[str], width: int) -> bool:
        """Whether these are the fields of a record: as many as it has, but for what is empty or may be lacking."""
        if len(fields) > width:
            return not any(field.strip() for field in fields[width:])
        return len(fields) >= width - self.optional

    def completed(self, fields: list[str], width: int) -> list[str]:
        """The fields that `fits`, as many as a record has."""
        return fields if len(fields) == width else [*fields[:width], *[""] * (width - len(fields))]

    @cached_property
    def common(self) -> bool:
        """Whether any CSV reader can be told of it, and will agree: one delimiter, quotes doubled, nothing around."""
        escaped = self.escape is not None and not self.doubled
        unusual = self.runs or self.padded or self.leads or self.trails or escaped
        return not unusual and (self.delimiter is None or len(self.delimiter) == 1)


class Record(NamedTuple):
    """One record of the source; ``fields`` is None when it is refused, and then code and reason say why."""

    line: int
    fields: list[str] | None
    code: str
    reason: str
    raw: str


class _Unclosed(Exception):  # noqa: N818 - a signal, no error
    """A quoted field is still open at the end of the text."""


def plain_fields(form: Form, body: str) -> list[str]:
    """The fields of a line in which nothing is quoted."""
    if form.delimiter is None:
        return [body]
    return _tidy(form, _RUN.split(body.strip(" \t")) if form.runs else body.split(form.delimiter))


def csv_rows(form: Form, texts: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
    """The records of some lines by the standard library's parser.

    Raises:
        csv.Error: A quote is out of place (``strict`` only), or opened and never closed.
    """
    if form.common:  # nothing to do before or after: a record costs a fraction
        return csv.reader(texts, _common(form.delimiter, form.quote, strict=strict))
    return _uncommon_rows(form, texts, strict=strict)


@cache
def _common(delimiter: str | None, quote: str | None, *, strict: bool) -> "_csv.Dialect":
    """A common form, as the parser holds it: to be told of it costs as much as a record."""
    reader = csv.reader(
        (),
        delimiter=delimiter or "\x00",
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        doublequote=quote is not None,
        strict=strict,
    )
    return reader.dialect


def _uncommon_rows(form: Form, texts: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
    delimiter = form.delimiter or "\x00"
    if form.runs:
        texts, delimiter = (text.strip(" \t").replace("\t", " ") for text in texts), " "
    elif len(delimiter) > 1:
        texts, delimiter = (text.replace(form.delimiter or "", _STANDIN) for text in texts), _STANDIN
    if form.escape and not form.doubled:
        texts = _with_escapes_of_marks_only(texts, delimiter, form.escape, form.quote or "")
    if form.padded and form.quote:
        texts = _without_padding(texts, delimiter, form.quote)
    rows = csv.reader(
        texts,
        delimiter=delimiter,
        quotechar=form.quote,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
        doublequote=form.quote is not None,  # beside an escape too: else a quote within a field is lost without a word
        escapechar=None if form.doubled else form.escape,
        skipinitialspace=form.runs or form.padded,
        strict=strict,
    )
    for fields in rows:
        if delimiter == _STANDIN and form.delimiter:
            yield _tidy(form, [field.replace(_STANDIN, form.delimiter) for field in fields])
        else:
            yield _tidy(form, fields)


def _with_escapes_of_marks_only(texts: Iterable[str], delimiter: str, escape: str, quote: str) -> Iterator[str]:
    """Doubles an escape that escapes nothing: that of a null, or in a path of Windows."""
    alone = re.compile(rf"({re.escape(escape)}[{re.escape(escape + delimiter + quote)}\r\n])|{re.escape(escape)}")
    return (alone.sub(lambda found: found[1] or escape * 2, text) for text in texts)


def _without_padding(texts: Iterable[str], delimiter: str, quote: str) -> Iterator[str]:
    closed = re.compile(rf"{re.escape(quote)}[ \t]+(?={re.escape(delimiter)}|[\r\n]|$)")
    return (closed.sub(lambda _: quote, text.lstrip(" \t")) for text in texts)


def _tidy(form: Form, fields: list[str]) -> list[str]:
    """The fields without what the form says is none of theirs."""
    if form.leads and len(fields) > 1 and not fields[0].strip(_BLANK):
        fields = fields[1:]
    if (form.trails or form.runs) and len(fields) > 1 and not fields[-1].strip(_BLANK):
        fields = fields[:-1]
    return [field.strip(" \t") for field in fields] if form.padded else fields


class RecordReader:
    """Splits lines into records of a known number of fields.

    Args:
        form: The dialect.
        width: Fields in a record; None accepts any number (while a dialect is being searched).
        limit: Characters of one record, at most.
        noise: Tells of a line, where a record may begin, that it is a comment or a rule and no record.
    """

    def __init__(self, form: Form, width: int | None, limit: int, noise: Callable[[str], bool] | None = None) -> None:
        self._form = form
        self._noise = noise
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
            line = line.removeprefix("\ufeff")  # a byte order mark within the file: it was appended to another
            body = line.rstrip("\r\n")
            if self._is_none(body):
                continue
            record, used = self._record(line, body, number, pending, source)
            yield record
            for _ in range(used):
                pending.popleft()
            number += used

    def alone(self, line: str) -> Record | None:
        """The record that a line is by itself; None where it is none, or where only what follows it can tell."""
        line = line.removeprefix("\ufeff")
        body = line.rstrip("\r\n")
        if self._is_none(body):
            return None
        try:
            return self._of_line(line, body, 1)
        except _Unclosed:
            return None

    def _is_none(self, body: str) -> bool:
        """Whether a line, where a record may begin, is blank, or noise."""
        if not body.strip(_BLANK) and not (body and self._is_data(body)):
            return True
        return self._noise is not None and self._noise(body)

    def _is_data(self, body: str) -> bool:
        """White space is data where it is delimiters: a line of tabs in a TSV is a record of empty fields."""
        delimiter = self._form.delimiter
        if delimiter is None or self._width is None or self._form.runs:
            return False
        return delimiter in body and len(plain_fields(self._form, body)) == self._width

    def _record(
        self, line: str, body: str, number: int, pending: deque[str], source: Iterator[str]
    ) -> tuple[Record, int]:
        """The record that starts with ``line``, and how many of the pending lines belong to it."""
        try:
            return self._of_line(line, body, number), 0
        except _Unclosed:
            return self._spanning(line, number, pending, source)

    def _of_line(self, line: str, body: str, number: int) -> Record:
        """The record that is one line.

        Raises:
            _Unclosed: A quoted field does not end in it.
        """
        if len(line) > self._limit:
            return _refused(number, "record-too-long", f"longer than {self._limit:,} characters", body)
        quote, escape = self._form.quote, self._form.escape
        if (quote is None or quote not in body) and (escape is None or self._form.doubled or escape not in body):
            return self._checked(plain_fields(self._form, body), number, body)
        return self._checked(self._quoted(body), number, body)

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
            if self._fits(fields) and not self._is_astray(text, used, pending):
                return Record(number, self._trimmed(fields), "", "", text), used
            break
        return _refused(number, "unclosed-quote", "a quote is opened and never closed", line.rstrip("\r\n")), 0

    def _is_astray(self, text: str, used: int, following: Iterable[str]) -> bool:
        """Whether a record of several lines has a quote out of place while a later line of it looks like a record."""
        if self._width is None:
            return False
        try:
            next(csv_rows(self._form, [text.rstrip("\r\n")], strict=True))
        except csv.Error:
            return any(self._looks_like_record(line.rstrip("\r\n")) for line in islice(following, used))
        return False

    def _looks_like_record(self, body: str) -> bool:
        """Whether a line has all the fields of a record, be it that its own quotes are wrong, or that it has more."""
        return self._width is not None and len(plain_fields(self._form, body)) >= self._width

    def _quoted(self, text: str) -> list[str]:
        """The fields of a text with quotes.

        Raises:
            _Unclosed: A quoted field does not end.
        """
        try:
            return next(csv_rows(self._form, [text], strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise _Unclosed from error
        # A quote where none belongs. Taken literally if the width is then right; else the one reading that gives the
        # width and keeps every quote but those around fields, of one line: several may be more; else leniently.
        if "\n" not in text:
            found = self._literal(text)
            if found is None and self._width is not None:
                found = fields_around_strays(text, self._form.delimiter, self._form.quote, self._width)
            if found is not None:
                return found
        try:
            return next(csv_rows(self._form, [text], strict=False))
        except csv.Error as error:
            raise _Unclosed from error

    def _literal(self, text: str) -> list[str] | None:
        """The fields of a line whose quotes stand for themselves, but where one is around a whole field."""
        fields, quote = plain_fields(self._form, text), self._form.quote
        if self._width is not None and len(fields) < self._width:
            return None
        if quote:
            fields = [_unwrapped(value, quote) if quote in value else value for value in fields]
        return fields if self._fits(fields) else None

    def _fits(self, fields: list[str]) -> bool:
        return self._width is None or self._form.fits(fields, self._width)

    def _trimmed(self, fields: list[str]) -> list[str]:
        return fields if self._width is None else self._form.completed(fields, self._width)

    def _checked(self, fields: list[str], number: int, raw: str) -> Record:
        if self._fits(fields):
            return Record(number, self._trimmed(fields), "", "", raw)
        reason = f"{self._width} fields are expected, {len(fields)} found"
        return _refused(number, "wrong-field-count", reason, raw)


def _unwrapped(value: str, quote: str) -> str:
    inner = value.strip(" \t")  # blanks beside the quotes are none of the value
    if len(inner) > 1 and inner.startswith(quote) and inner.endswith(quote):
        return inner[1:-1]
    return value


def _refused(number: int, code: str, reason: str, raw: str) -> Record:
    return Record(number, None, code, reason, raw)
