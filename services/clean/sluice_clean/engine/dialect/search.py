"""The search itself."""

from collections.abc import Iterator

from sluice_clean.engine.dialect.candidates import candidates
from sluice_clean.engine.dialect.footer import count_footer
from sluice_clean.engine.dialect.header import columns_of, header_votes, labels_of
from sluice_clean.engine.dialect.reading import Row, rows_of
from sluice_clean.engine.dialect.score import Reading, judge
from sluice_clean.engine.dialect.shape import Shape
from sluice_clean.engine.dialect.text import (
    COMMENT_MARKS,
    body_of,
    declared_delimiter,
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
_TAIL_LINES = 60
_TIE = 1e-9


def find_dialect(sample: Sample, limit: int) -> Shape:
    """The best reading of a sample.

    Args:
        sample: What the probe has read.
        limit: Characters of one record, at most.
    """
    head, complete = _head_lines(sample.head, whole=sample.whole, limit=limit)
    later = [physical_lines(text)[:_LATER_LINES] for text in sample.later]
    declared = declared_delimiter(head[0]) if head else None
    skipped = 1 if declared else 0
    best = _best(head[skipped:], later, declared)
    if best is None and declared:
        best = _best(head[skipped:], later, None)
    if best is None:  # not a single record
        return Shape(Form(None), 1, None, [], 0.0, skip=skipped)
    return _shape(*best, head, skipped, _tail(sample, head, complete=complete))


def _head_lines(text: str, *, whole: bool, limit: int) -> tuple[list[str], bool]:
    """The first physical lines, and whether they are all of the file."""
    found: list[str] = []
    size = 0
    lines = physical_lines(text[: max(_HEAD_CHARS, 0)] if len(text) > _HEAD_CHARS else text)
    if len(lines) < _FEWEST_LINES and len(text) > _HEAD_CHARS:
        lines = physical_lines(text)
    ends = len(lines) > 1 and (not whole or sum(map(len, lines)) < len(text))
    if ends:
        lines.pop()  # it may be cut
    for line in lines:
        if len(found) >= _HEAD_LINES or (size > _HEAD_CHARS and len(found) >= _FEWEST_LINES):
            return found, False
        found.append(line[: limit + 1])
        size += len(line)
    return found, not ends


def _tail(sample: Sample, head: list[str], *, complete: bool) -> list[str] | None:
    if complete:
        return head
    if sample.whole:
        return physical_lines(sample.head[-_HEAD_CHARS:])[-_TAIL_LINES:]
    return physical_lines(sample.later[-1])[-_TAIL_LINES:] if sample.later else None


def _best(head: list[str], later: list[list[str]], declared: str | None) -> tuple[Reading, float] | None:
    """The best reading, and the score of the best with another delimiter."""
    filled = [line for piece in (head, *later) for line in piece if not is_blank(line)]
    readings = []
    for form in candidates(filled, declared):
        for comment in _comments(head, form):
            reading = _read(form, comment, head, later)
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


def _comments(head: list[str], form: Form) -> Iterator[str | None]:
    """Prefixes that may mark comments: none, and those of some lines but not of most."""
    yield None
    filled = [line for line in head if not is_blank(line)]
    for mark in COMMENT_MARKS:
        count = sum(1 for line in filled if line.startswith(mark))
        if 0 < count < len(filled) * _COMMENTED and not mark.startswith(form.delimiter or "\n") and mark != form.quote:
            yield mark


def _read(form: Form, comment: str | None, head: list[str], later: list[list[str]]) -> Reading | None:
    rows, lost = _rows(form, comment, head)
    after = [row for piece in later for row in _rows(form, comment, piece)[0]]
    if not rows:
        return None
    reading = judge(form, comment, rows, after, 1.0)
    if reading is None or comment is None:
        return reading
    # Comments that would be sound records of the table are no comments.
    fitting = sum(1 for line in lost if len(plain_fields(reading.form, body_of(line))) == reading.width)
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


def _shape(best: Reading, second: float, head: list[str], skipped: int, tail: list[str] | None) -> Shape:
    header, rows, width = best.header, best.rows, best.width
    first = rows[header.start]
    names = [row.fields for row in rows[header.start : header.start + header.rows]]
    labels = _labels(names, width, [row.fields for row in rows[header.start + header.rows :]]) if names else None
    skip, count = skipped + first.line, header.rows
    commented = _commented_header(best, head[skipped:]) if best.comment and labels is None else None
    if commented is not None:
        labels, count = commented, 0
    body = [row.fields for row in rows[header.start + header.rows :] if len(row.fields) == width]
    footer = None
    if tail is not None:
        footer = count_footer(tail, best.form, width, [fields[0] for fields in body[:50]])
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
        rules=any(is_rule(line) for line in (*head, *(tail or ()))),
        footer=footer,
        repeats_header=bool(names) and any(fields == names[-1] for fields in body),
        quoted=quote is not None and any(quote in line for line in head),
        confidence=round(best.score * (1 - 0.5 * second / best.score) if best.score else 0.0, 3),
    )


def _labels(names: list[list[str]], width: int, body: list[list[str]]) -> list[str]:
    labels = labels_of(names, width)
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
    body = [row.fields for row in best.rows if len(row.fields) == best.width]
    if len(fields) != best.width or header_votes(fields, columns_of(body, best.width)) <= 0:
        return None
    return [field.strip() for field in fields]
