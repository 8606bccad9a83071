"""The search itself."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sluice_clean.engine.dialect.candidates import candidates
from sluice_clean.engine.dialect.cells import forget
from sluice_clean.engine.dialect.footer import count_footer
from sluice_clean.engine.dialect.header import labels_of
from sluice_clean.engine.dialect.naming import WEAK, are_names, columns_of, header_votes
from sluice_clean.engine.dialect.reading import Row, rows_of
from sluice_clean.engine.dialect.score import Reading, judge
from sluice_clean.engine.dialect.shape import Shape
from sluice_clean.engine.dialect.text import (
    COMMENT_MARKS,
    body_of,
    declared_delimiter,
    front_matter,
    is_blank,
    is_rule,
    physical_lines,
)
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.records import Form, plain_fields

_HEAD_LINES = 200
_LATER_LINES = 50
_HEAD_CHARS = 200_000
_FEWEST_LINES = 8
_COMMENTED = 0.6
_SURE_COMMENT = 1.005
_DOUBTFUL_COMMENT = 0.97
_TAIL_LINES = 60
_FEW = 3  # fields that any line of prose may have
_TIE = 1e-9
_OF_HEADERS = (",", ";", "\t", "|", " ")


@dataclass(frozen=True)
class _Lines:
    """Physical lines of the sample: of the head (and whether that is the whole file), and from further on."""

    head: list[str]
    complete: bool
    later: list[list[str]]


def find_dialect(sample: Sample, limit: int) -> Shape:
    """The best reading of a sample.

    Args:
        sample: What the probe has read.
        limit: Characters of one record, at most.
    """
    head, complete = _head_lines(sample.head, whole=sample.whole, limit=limit)
    later = [physical_lines(text)[:_LATER_LINES] for text in sample.later]
    declared = declared_delimiter(head[0]) if head else None
    skipped = 1 if declared else front_matter(head)
    lines = _Lines(head[skipped:], complete, later)
    try:
        best = _best(lines, declared)
        if best is None and declared:
            best = _best(lines, None)
        if best is None:  # not a single record
            return Shape(Form(None), 1, None, [], 0.0, skip=skipped)
        return _shape(*best, lines, skipped, lines.head if complete else _tail(sample))
    finally:
        forget()


def _head_lines(text: str, *, whole: bool, limit: int) -> tuple[list[str], bool]:
    """The first physical lines, and whether they are all of the file."""
    lines = physical_lines(text[:_HEAD_CHARS])
    if len(lines) <= _FEWEST_LINES and len(text) > _HEAD_CHARS:
        lines = physical_lines(text)
    complete = whole and sum(map(len, lines)) == len(text)
    if not complete and len(lines) > 1:
        lines.pop()  # it may be cut
    found: list[str] = []
    size = 0
    for line in lines:
        if len(found) >= _HEAD_LINES or (size > _HEAD_CHARS and len(found) >= _FEWEST_LINES):
            return found, False
        found.append(line[: limit + 1])
        size += len(line)
    return found, complete


def _tail(sample: Sample) -> list[str] | None:
    """The file's last physical lines; None where the sample does not reach so far."""
    if sample.whole:
        return physical_lines(sample.head[-_HEAD_CHARS:])[-_TAIL_LINES:]
    return physical_lines(sample.later[-1])[-_TAIL_LINES:] if sample.later else None


def _best(lines: _Lines, declared: str | None) -> tuple[Reading, float] | None:
    """The best reading, and the score of the best with another delimiter."""
    filled = [line for piece in (lines.head, *lines.later) for line in piece if not is_blank(line)]
    readings = []
    marks = list(_comment_marks(lines.head))
    for form in candidates(filled, declared):
        opening = form.delimiter or "\n"
        for comment in (None, *(mark for mark in marks if not mark.startswith(opening) and mark != form.quote)):
            reading = _read(form, comment, lines)
            if reading is not None:
                readings.append(reading)
    if not readings:
        return None
    best = readings[0]
    for reading in readings[1:]:
        if reading.score > best.score + _TIE:
            best = reading
    others = [reading.score for reading in readings if reading.form.delimiter != best.form.delimiter]
    return best, max(others, default=0.0)


def _comment_marks(head: list[str]) -> Iterator[str]:
    """Prefixes that may mark comments: those of some lines but not of most."""
    filled = [line for line in head if not is_blank(line)]
    for mark in COMMENT_MARKS:
        count = sum(1 for line in filled if line.startswith(mark))
        if not count:
            continue
        above = next((index for index, line in enumerate(filled) if not line.startswith(mark)), len(filled))
        if count - above < (len(filled) - above) * _COMMENTED:  # what stands above the table may be any share of a file
            yield mark


def _read(form: Form, comment: str | None, lines: _Lines) -> Reading | None:
    rows, lost = _rows(form, comment, lines.head)
    after = [row for piece in lines.later for row in _rows(form, comment, piece)[0]]
    if not rows:
        return None
    reading = judge(form, comment, rows, after, lines.head if lines.complete else None)
    if reading is None or comment is None:
        return reading
    # Comments that would be sound records of the table are no comments.
    few = reading.width <= _FEW
    fitting = sum(
        len(plain_fields(reading.form, body_of(line))) == reading.width
        and not (few and line[len(comment) :].startswith((" ", "\t")))
        for line in lost
    )
    sure = len(lost) > 1 or body_of(lost[0]).startswith(comment + " ")
    reading = replace(reading, score=reading.score * (_SURE_COMMENT if sure else _DOUBTFUL_COMMENT))
    if reading.width > 1 and fitting * 2 > len(lost) and not (fitting == 1 and not reading.header.rows):
        return None
    return reading


def _rows(form: Form, comment: str | None, lines: list[str]) -> tuple[list[Row], list[str]]:
    """Records of some lines, and the comments among them. Line numbers count all lines."""
    kept = [
        index for index, line in enumerate(lines) if not (comment and line.startswith(comment)) and not is_rule(line)
    ]
    lost = [line for line in lines if comment and line.startswith(comment)]
    if len(kept) == len(lines):
        return rows_of(form, lines), lost
    rows = rows_of(form, [lines[index] for index in kept])
    return [row._replace(line=kept[row.line]) for row in rows], lost


def _shape(best: Reading, second: float, lines: _Lines, skipped: int, tail: list[str] | None) -> Shape:
    header, rows, width = best.header, best.rows, best.width
    first = rows[header.start]
    names = [row.fields for row in rows[header.start : header.start + header.rows]]
    labels = _labels(names, width, [row.fields for row in rows[header.start + header.rows :]]) if names else None
    skip, count = skipped + first.line, header.rows
    above = None
    if best.comment and header.certain <= WEAK:
        above = _commented_header(best, lines.head)
    elif not count:
        above = _header_delimited_otherwise(best, lines.head)
    if above is not None:
        labels, names, count = above, [], 0
    body = [row.fields for row in rows[header.start + count :] if len(row.fields) == width]
    footer = None
    if tail is not None:
        footer = count_footer(tail, best.form, width, body[:50])
    quote = best.form.quote
    return Shape(
        form=best.form,
        width=width,
        header=labels,
        lead=first.fields,
        score=round(best.score, 3),
        skip=skip,
        header_rows=count,
        comment=best.comment,
        rules=any(is_rule(line) for line in (*lines.head, *(tail or ()))),
        footer=footer,
        repeats_header=bool(names) and any(fields == names[-1] for fields in body),
        quoted=quote is not None and any(quote in line for line in lines.head),
        confidence=round(best.score * (1 - 0.5 * second / best.score) if best.score else 0.0, 3),
    )


def _labels(names: list[list[str]], width: int, body: list[list[str]]) -> list[str]:
    labels = labels_of(names, width)
    named = [label for label in labels if label.strip()]
    if len(named) == width < len(labels):
        return named  # a delimiter too many in the header
    missing = width - len(labels)
    if missing == 1 and any(row[-1].strip() for row in body if len(row) == width):
        return ["", *labels]
    return (labels + [""] * max(missing, 0))[:width]


def _commented_header(best: Reading, head: list[str]) -> list[str] | None:
    """The labels, where the last comment above the first record holds them."""
    above = [line for line in head[: best.rows[best.header.start].line] if line.startswith(best.comment or "\n")]
    if not above or best.width == 1:
        return None
    fields = plain_fields(best.form, body_of(above[-1]).removeprefix(best.comment or "").strip(" #"))
    return _as_labels(best, fields)


def _header_delimited_otherwise(best: Reading, head: list[str]) -> list[str] | None:
    """The labels, where the line right above the first record holds them, but parted by something else."""
    line = best.rows[best.header.start].line - 1
    if line < 0 or best.width < _FEW:
        return None
    for delimiter in _OF_HEADERS:
        form = replace(best.form, delimiter=delimiter, runs=False, padded=False, leads=False, trails=False)
        fields = rows_of(form, [head[line]]) if delimiter != best.form.delimiter else []
        labels = _as_labels(best, fields[0].fields) if fields else None
        if labels is not None:
            return labels
    return None


def _as_labels(best: Reading, fields: list[str]) -> list[str] | None:
    """Some cells as the labels of a reading's columns, if they can be these."""
    body = [row.fields for row in best.rows if len(row.fields) == best.width]
    if len(fields) != best.width or not are_names(fields) or header_votes(fields, columns_of(body, best.width)) <= 0:
        return None
    return [field.strip() for field in fields]
