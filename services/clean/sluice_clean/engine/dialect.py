"""Finds how a delimited file is written, by searching: every candidate reads the sample, the most regular wins.

A reading is scored on the whole structure: how uniform the number of fields is, how many fields there are, and
how many cells look like something (a number, a date, a word) rather than like pieces of a wrongly cut line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sluice_clean.engine.probe import Sample
from sluice_clean.engine.records import Form, RecordReader

COMMON = (",", ";", "\t", "|", ":", "^", "~", "\x01", "\x1f", "\x1e", "\x1c", "¦", "·", "§", "¬")
_SAMPLE_LINES = 150
_LATER_LINES = 50
_SCORED_CELLS = 2_500
_LONG_CELL = 400
_FEW = 3
_AGREEING = 0.1  # share of rows that suffices to believe the header about the number of fields
_SAMPLE_CHARS = 200_000
_SINGLE_COLUMN_SCORE = 0.25
_ODD_HEADER = 0.7
_WORDS_APART = 0.95
_RARE = {":": 0.8, " ": 0.75}  # they are common inside values
_TRAITS = re.compile(
    r"""\s*(?:
      | [+-]?[$€£¥]?\d[\d.,\ ']*%? (?:[eE][+-]?\d+)?          # a number, in any locale
      | [+-]?\.\d+
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4} (?:[T\ ,]+\d.*)?      # a date, with or without time
      | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[AaPp][Mm])?  # a time of day
      | [\w.+-]+@[\w-]+\.[\w.-]+                              # an e-mail address
      | (?:https?|ftp|s3)://\S+                               # a URL
      | \{.*\} | \[.*\]                                       # JSON
      | [#]?\w[\w\ .'\u2019&()/+\-#!?%*°]*                         # words
    )\s*""",
    re.VERBOSE,
)
_WORDY = re.compile(r"[\w.'\u2019-]+(?: [^;|\t\"]*)?")
_TYPED = re.compile(
    r"\s*(?:[+-]?[$€£]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?%?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d.*)?|\d{1,2}:\d{2}(?::\d{2})?"
    r"|[A-Za-z]{3,9} \d{1,2},? \d{4}|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}|true|false)\s*",
    re.IGNORECASE,
)

_WRAPPED = re.compile(r"(?:^|[^\w\s'])'[^'\n]*'(?:[^\w\s']|$)", re.MULTILINE)
_YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")


@dataclass(frozen=True)
class Shape:
    """A dialect and what the sample showed under it.

    Attributes:
        form: Delimiter, quote, escape.
        width: Fields in a record.
        header: The labels, as the file gives them, one per field; None when the first row is data.
        lead: Fields of the first record, as many as it has.
        score: 0..1.
    """

    form: Form
    width: int
    header: list[str] | None
    lead: list[str]
    score: float


def find_dialect(sample: Sample, limit: int) -> Shape:
    """The best reading of a sample.

    Args:
        sample: What the probe has read.
        limit: Characters of one record, at most.
    """
    pieces = [_sample_lines(sample.head, _SAMPLE_LINES, whole=sample.whole)]
    pieces += [_sample_lines(text, _LATER_LINES, whole=True) for text in sample.later]
    text = "".join(line for piece in pieces for line in piece)
    best: tuple[float, Form, list[list[str]]] | None = None
    for form in _candidates(text):
        rows = [row for piece in pieces for row in _rows(form, piece, limit)]
        score = _score(form, rows)
        if best is None or score > best[0] + 1e-9:
            best = (score, form, rows)
    if best is None:  # pragma: no cover - there is always the reading as one column
        raise AssertionError("no candidate")
    return _shape(*best)


def _sample_lines(text: str, count: int, *, whole: bool) -> list[str]:
    found = list(_physical(text[:_SAMPLE_CHARS]))
    if len(found) > 1 and (not whole or len(text) > _SAMPLE_CHARS):
        found.pop()  # it may be cut
    return found[:count]


def _physical(text: str) -> Iterator[str]:
    return iter(re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text))


def _candidates(text: str) -> Iterator[Form]:
    """Readings worth trying, the commoner first (it wins a tie)."""
    for quote, escape in _quotings(text):
        for delimiter in (*_delimiters(text), None):
            if delimiter != quote:
                yield Form(delimiter, quote, escape)


def _delimiters(text: str) -> list[str]:
    found = [mark for mark in COMMON if mark in text]
    others = [mark for mark, count in Counter(text).most_common(60) if count > 1 and _may_delimit(mark)]
    found += [mark for mark in others if mark not in found][:6]
    return [*found, " "] if " " in text else found


def _quotings(text: str) -> list[tuple[str | None, str | None]]:
    """Quote and escape; the double quote first: where the sample has none it may still come later."""
    found: list[tuple[str | None, str | None]] = []
    # An apostrophe is a quote only where it is seen to wrap a field.
    for quote in ('"', "'") if _WRAPPED.search(text) else ('"',):
        if "\\" + quote in text:
            found.append((quote, "\\"))
        found.append((quote, quote))
    return [*found, (None, None)]


def _may_delimit(mark: str) -> bool:
    return not (mark.isalnum() or mark.isspace() or mark in "\"'\\_-.+/()[]{}<>@%$€£&?") and mark.isprintable()


def _rows(form: Form, physical: list[str], limit: int) -> list[list[str]]:
    """The sample's records, read as records of the width that most of them have."""
    loose = [record.fields for record in RecordReader(form, None, limit).read(iter(physical)) if record.fields]
    width: int | None = Counter(map(len, loose)).most_common(1)[0][0] if loose else None
    if all(form.quote and form.quote in line for line in physical):
        width = None  # every line is quoted: any of them may be a piece of a record over several lines
    records = RecordReader(form, width, limit).read(iter(physical))
    return [record.fields or _cut(record.raw, form.delimiter) for record in records]


def _cut(text: str, delimiter: str | None) -> list[str]:
    return [text] if delimiter is None else text.split(delimiter)


def _score(form: Form, rows: list[list[str]]) -> float:
    if not rows:
        return 0.0
    widths = Counter(map(len, rows))
    width, uniform = widths.most_common(1)[0]
    total, traits = len(rows), _traits(rows)
    if width == 1:
        # A delimiter that parts nothing is none.
        return 0.0 if form.delimiter is not None else _SINGLE_COLUMN_SCORE * (0.5 + traits / 2)
    uniformity = sum((count / total) ** 2 for count in widths.values())
    score = uniformity * (width - 1) / width * (0.3 + 0.7 * traits) + 0.02 * uniform / total
    if len(rows[0]) not in (width, width - 1):
        score *= _ODD_HEADER  # a header that is not cut as the rows are: the rows are cut where they should not be
    if form.delimiter == " " and uniform < total * _WORDS_APART:
        score *= _ODD_HEADER  # words in a text, more likely than fields
    return min(1.0, score * _RARE.get(form.delimiter or "", 1.0 if form.delimiter in COMMON else 0.8))


def _traits(rows: list[list[str]]) -> float:
    """The share of cells that look like something."""
    seen, sound = 0, 0.0
    for row in rows:
        sound += sum(map(_soundness, row))
        seen += len(row)
        if seen > _SCORED_CELLS:
            break
    return sound / max(seen, 1)


def _soundness(cell: str) -> float:
    if len(cell) > _LONG_CELL:
        return 0.5
    if _TRAITS.fullmatch(cell):
        return 1.0
    return 0.5 if _WORDY.fullmatch(cell) else 0.0


def _shape(score: float, form: Form, rows: list[list[str]]) -> Shape:
    lead, body = rows[0], rows[1:] or rows
    widths = Counter(map(len, body))
    width = widths.most_common(1)[0][0]
    if widths[len(lead)] > len(body) * _AGREEING:
        width = len(lead)
    has_header = _has_header(lead, [row for row in rows[1:] if len(row) == width])
    return Shape(form, width, _labels(lead, body, width) if has_header else None, lead, round(score, 3))


def _has_header(lead: list[str], body: list[list[str]]) -> bool:
    """Whether the first row names the columns: it is text where the rest is typed, or just text."""
    if not body:
        return not any(_is_typed(cell) for cell in lead)
    votes = 0
    for index, cell in enumerate(lead):
        column = [row[index] for row in body if index < len(row) and row[index].strip()]
        typed = sum(map(_is_typed, column))
        if column and typed * 10 > len(column) * 8:
            votes += 1 if _is_year_label(cell, column) else -1 if _is_typed(cell) else 1 if cell.strip() else 0
        elif cell.strip() and len(column) > _FEW and column.count(cell) * 5 > len(column):
            votes -= 1  # the label would be one of the column's usual values
    if votes == 0:
        return not any(_is_typed(cell) for cell in lead)
    return votes > 0


def _is_year_label(cell: str, column: list[str]) -> bool:
    """A year above values that are none is a label: population by year."""
    return bool(_YEAR.fullmatch(cell)) and sum(bool(_YEAR.fullmatch(value)) for value in column) * 2 < len(column)


def _is_typed(cell: str) -> bool:
    return _TYPED.fullmatch(cell) is not None


def _labels(lead: list[str], body: list[list[str]], width: int) -> list[str]:
    """One label per field. R writes row names without a label: then the first field is the unnamed one."""
    missing = width - len(lead)
    if missing == 1 and len(lead) > 0 and any(row[-1].strip() for row in body if len(row) == width):
        return ["", *lead]
    return (lead + [""] * max(missing, 0))[:width]
