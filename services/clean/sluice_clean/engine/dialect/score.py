"""How likely a reading of the sample is the right one."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sluice_clean.engine.dialect.candidates import COMMON
from sluice_clean.engine.dialect.cells import TYPED, Look, group, is_wrapped, look
from sluice_clean.engine.dialect.footer import count_footer
from sluice_clean.engine.dialect.header import Header
from sluice_clean.engine.dialect.late_header import find_beginning
from sluice_clean.engine.dialect.optional import count_optional, filled_up, labelled_width
from sluice_clean.engine.dialect.reading import Row
from sluice_clean.engine.dialect.tables import first_table
from sluice_clean.engine.records import Form

_SCORED_ROWS = 120
_SCORED_COLUMNS = 40
_JUDGED_CELLS = 200
_ONE_COLUMN = 0.3
_ONE_COLUMN_SURE = 0.85
_WHOLE_KINDS = frozenset(("date", "time", "mail", "url", "address", "json", "path"))
_STRINGS = frozenset(("<>", "=>", "->", "><", "|;", "[]", "^|", "|^", "~|", "|~", "#|", "|#"))
_PRIORS = {":": 0.72, " ": 0.75, "/": 0.45}  # a slash parts dates, paths and addresses
_SPACED_WORDS = 0.35
_UNUSUAL = 0.75
_PADDED = 0.96
_FEW = 2
_SHOWN = 50
_MANY_SLIPS = 3
_MANY_ROWS = 40
_UNQUOTED = 0.97
_ODD_QUOTE = 0.9
_OFTEN = 0.9
_FIRST = 4
_LONELY = 0.3
_ODD_HEADER = 0.95
_HEADLESS = 0.6
_NOT_ALONE = 0.9
_LACKING = 0.97
_EMPTY = 0.3  # labels, and records that say nothing
_GAP = re.compile(r"\d\.? {2,}[-+]?\.?\d")
_OPENED = re.compile(r'(?:^|[^\w\s"\\])"(?=[^\s"])')


@dataclass(frozen=True)
class Reading:
    """A candidate with what it makes of the sample.

    Attributes:
        form: The dialect; what is at the edges of records is found here.
        comment: Prefix of the lines that were taken for comments.
        rows: Records of the head, in order.
        width: Fields in a record.
        header: Where the table begins.
        score: 0..1.
    """

    form: Form
    comment: str | None
    rows: list[Row]
    width: int
    header: Header
    score: float


def judge(
    form: Form, comment: str | None, rows: list[Row], later: list[Row], ending: Sequence[str] | None
) -> Reading | None:
    """The reading of some records, scored; None where the candidate parts nothing.

    Args:
        form: The candidate.
        comment: Prefix of the lines that were left out as comments.
        rows: Records of the file's head.
        later: Records from further on.
        ending: The head's physical lines where they are the whole file; else None.
    """
    given = len(rows)
    if ending is not None:
        rows = first_table(rows)
    alone = len(rows) == given
    width = labelled_width(form, rows, later, usual_width(rows, later))
    if width == 0 or (width == 1 and form.delimiter is not None):
        return None
    form, rows, width = _without_edges(form, rows, width)
    if form.leads or form.trails:
        later = [_cut(form, row) for row in later]
    form = replace(form, optional=count_optional(form, [*rows, *later], width))
    rows, later = filled_up(form, rows, width), filled_up(form, later, width)
    every = len(rows)
    if ending is not None:
        rows = _without_footer(form, rows, width, ending)
    header = find_beginning(rows, width)
    body = [*rows[header.start :], *later]
    fitting = [row for row in body if form.fits(row.fields, width)]
    if not fitting:
        return None
    texts = [row.fields for row in fitting[header.rows :] or fitting][:_SCORED_ROWS]
    looks = _columns(texts, width)
    odd = header.rows == 1 and not form.fits(rows[header.start].fields, width)  # told by `_placed`
    score = _uniformity(form, body[odd:], width) * _structure(form, looks, width, named=bool(header.rows))
    score *= _quoting(form, [*rows, *later])
    score *= _label_quality(rows[header.start].fields) if header.rows else 1.0
    score *= _placed(rows, header, width, every)
    score *= _HEADLESS if _is_headless(rows, header, width) else 1.0
    score *= 1.0 if alone else _NOT_ALONE
    score *= _LACKING if form.optional else 1.0
    return Reading(form, comment, rows, width, header, min(1.0, score))


def _without_footer(form: Form, rows: list[Row], width: int, lines: Sequence[str]) -> list[Row]:
    records = [row.fields for row in rows if len(row.fields) == width]
    end = len(lines) - count_footer(lines, form, width, records[1:_SHOWN])
    return [row for row in rows if row.line < end] or rows


def _placed(rows: Sequence[Row], header: Header, width: int, every: int) -> float:
    """How plausible it is that the table begins where it does: not at the very end, and under labels of its width."""
    share = (header.start + every - len(rows)) / every
    placed = 1 - 0.6 * share * share
    records = len(rows) - header.start - header.rows
    if share and (records == 0 or (records == 1 and not header.rows)):
        placed *= _LONELY
    return placed * (_ODD_HEADER if header.rows and len(rows[header.start].fields) not in (width, width - 1) else 1.0)


def _quoting(form: Form, body: Sequence[Row]) -> float:
    """Less than 1 where quotes are where they don't belong, or still stand around cells.

    One or two quotes out of place are slips, and no reason to believe that there are no quotes.
    """
    strays = sum(row.stray for row in body)
    kept = sum(not row.stray and _keeps_quotes(row.fields[:_JUDGED_CELLS]) for row in body)
    slips = 0.5 * strays / len(body) if strays >= _MANY_SLIPS else 0.01 * strays
    kept = max(kept, _cut_through_quotes(form, body), _kept_tabs(form, body), _kept_gaps(form, body))
    return (1 - slips) * (1 - 0.5 * kept / len(body)) * (_UNQUOTED if form.quote is None else 1.0)


def _kept_tabs(form: Form, body: Sequence[Row]) -> int:
    """Records that still hold a tab between other characters: most likely it parts them."""
    if form.delimiter is None or "\t" in form.delimiter or form.runs:
        return 0
    return sum(any("\t" in cell and "\t" in cell.strip() for cell in row.fields[:_JUDGED_CELLS]) for row in body)


def _kept_gaps(form: Form, body: Sequence[Row]) -> int:
    """Records between whose tabs several blanks part numbers: most likely they part columns too."""
    if form.delimiter != "\t":
        return 0
    return sum(any(_GAP.search(cell) for cell in row.fields[:_JUDGED_CELLS] if "  " in cell) for row in body)


def _cut_through_quotes(form: Form, body: Sequence[Row]) -> int:
    """Records in which the delimiter parts what stands between quotes; of a usual one that must be beyond doubt."""
    if form.mark is None or len(form.mark) > 1 or form.mark == " ":
        return 0
    usual = form.mark in COMMON
    return sum(any(_is_cut(cell, usual=usual) for cell in row.fields[:_JUDGED_CELLS]) for row in body)


def _is_cut(cell: str, *, usual: bool) -> bool:
    """Whether a quote was opened within a cell and not closed. In 10" none was opened."""
    return cell.count('"') % 2 == 1 and (not usual or _OPENED.search(cell) is not None)


def _keeps_quotes(fields: Sequence[str]) -> bool:
    """Whether quotes still stand around a cell, or around several that were one."""
    joined = "\n".join(fields)
    for quote in "\"'`þ":
        if quote not in joined:
            continue
        opening = ""
        for cell in fields:
            if quote not in cell:
                continue
            text = cell.strip()
            if is_wrapped(text) and text[0] == quote:
                return True
            if opening and text.endswith(quote) and (opening, text) != (quote, quote):  # two lone ones are marks: ditto
                return True
            opening = opening or (text if text.startswith(quote) else "")
    return False


def _label_quality(labels: Sequence[str]) -> float:
    looks = [look(label).sound for label in labels[:_JUDGED_CELLS]]
    return 0.95 + 0.05 * sum(looks) / len(looks)


def usual_width(rows: Sequence[Row], later: Sequence[Row]) -> int:
    """The number of fields that most records have; of two equally frequent ones the greater."""
    widths = Counter(len(row.fields) for row in (*rows, *later))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _without_edges(form: Form, rows: list[Row], width: int) -> tuple[Form, list[Row], int]:
    """Sets aside the empty fields that delimiters at the ends of every record make."""
    if form.delimiter is None or form.runs or width == 1:
        return form, rows, width
    full = [row.fields for row in rows if len(row.fields) == width]
    # The last column may have a label: that may stand below titles, or in a header of too many fields.
    labelled = any(len(row.fields) >= width and row.fields[-1].strip() for row in rows[:_FIRST])
    trails = all(not fields[-1].strip() for fields in full) and not labelled
    if trails and width > _FEW and not any(fields[-2].strip() for fields in full):
        trails = False  # several empty columns at the end are columns of a sheet, no way of ending lines
    leads = all(not fields[0].strip() for fields in full) and form.delimiter == "|"
    if not (trails or leads) or width - trails - leads < 1:
        return form, rows, width
    form, width = replace(form, trails=trails, leads=leads), width - trails - leads
    return form, [_cut(form, row) for row in rows], width


def _cut(form: Form, row: Row) -> Row:
    fields = row.fields
    if form.leads and len(fields) > 1 and not fields[0].strip():
        fields = fields[1:]
    if form.trails and len(fields) > 1 and not fields[-1].strip():
        fields = fields[:-1]
    return row._replace(fields=fields)


def _columns(texts: Sequence[Sequence[str]], width: int) -> list[list[Look]]:
    half = _SCORED_COLUMNS // 2
    spread = range(half, width, max(1, (width - half) // half) | 1)  # odd steps: every second column may be odd
    return [[look(fields[index]) for fields in texts] for index in (*range(min(half, width)), *spread)]


def _uniformity(form: Form, body: Sequence[Row], width: int) -> float:
    """Near 1 where nearly all records have the same number of fields."""
    share = sum(1 for row in body if form.fits(row.fields, width)) / len(body)
    return share * share * 0.98 + 0.02 * share


def _structure(form: Form, columns: Sequence[Sequence[Look]], width: int, *, named: bool) -> float:
    """How much the cells look like the cells of a table of this width."""
    least = 1 if len(columns[0]) < _MANY_ROWS else 2  # one record cut wrongly must not make a column of an empty one
    filled = [column for column in columns if sum(bool(seen.kind and seen.sound) for seen in column) >= least]
    kept = [saying for column in filled if (saying := [seen for seen in column if seen.says_something])]
    if not kept:
        return _EMPTY * (1 - 1 / (width + 1)) if named and width > 1 else 0.05
    quality = sum(map(_column_quality, kept)) / len(kept)
    void = 1 - len(filled) / len(columns)
    if width == 1:
        whole = sum(seen.kind in _WHOLE_KINDS for seen in kept[0]) / len(kept[0])
        return quality * (_ONE_COLUMN + (_ONE_COLUMN_SURE - _ONE_COLUMN) * whole)
    return quality * (1 - 0.6 * void) * (1 - 1 / (width + 1)) * _prior(form, kept)


def _is_usual_string(delimiter: str) -> bool:
    """One mark repeated, one within spaces or before one, or one that reads the same backwards."""
    core = delimiter.strip()
    return len(set(core)) <= 1 or core == core[::-1] or core in _STRINGS


def _column_quality(column: Sequence[Look]) -> float:
    """Soundness of the cells, and how far they are of one kind."""
    kinds = Counter(group(seen.kind) for seen in column)
    agreeing = kinds.most_common(1)[0][1] / len(column)
    return sum(seen.sound for seen in column) / len(column) * (0.75 + 0.25 * agreeing)


def _prior(form: Form, columns: Sequence[Sequence[Look]]) -> float:
    delimiter = form.delimiter or ""
    usual = delimiter in COMMON or (len(delimiter) > 1 and _is_usual_string(delimiter))
    prior = _PRIORS.get(delimiter, 1.0 if usual else _UNUSUAL)
    if delimiter == " ":
        typed = sum(1 for column in columns if sum(seen.kind in TYPED for seen in column) * 2 > len(column))
        prior = prior if typed * 3 >= len(columns) else _SPACED_WORDS
    if form.quote not in (None, '"', "'"):
        prior *= _ODD_QUOTE
    return prior * (_PADDED if form.padded else 1.0)


def _is_headless(rows: Sequence[Row], header: Header, width: int) -> bool:
    """Records without a header, right below a line of another width that may be theirs: they are cut wrongly."""
    if header.rows or not header.start:
        return False
    above, first = rows[header.start - 1], rows[header.start]
    if above.line + above.lines < first.line or any(look(cell).kind in TYPED for cell in above.fields):
        return False
    return len(above.fields) != width
