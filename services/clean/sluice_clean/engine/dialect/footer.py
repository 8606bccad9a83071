"""Lines at a file's end that are notes and no records."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sluice_clean.engine.dialect.cells import TYPED, count_filled, look
from sluice_clean.engine.dialect.text import body_of, is_blank, is_rule
from sluice_clean.engine.records import Form, csv_rows

_MOST_LINES = 40
_NOTE = re.compile(
    r"""\W*(?:source|note|notes|footnote|legend|copyright|©|disclaimer|generated|exported|created|printed|retrieved
      |data\ (?:from|as\ of|provided)|as\ of|last\ updated?|end\ of|eof\b|quelle|fuente|fonte|report\ |run\ (?:date|by)
      |\(?\d[\d,.]*\ (?:rows?|records?|lines?|results?|entries)\b|(?:rows?|records?)\ (?:affected|selected|returned|:)
      |(?:total\ )?(?:row|record)\ ?count|\*+|\[\d+\]|\d\)|completion\ time)""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNT = re.compile(r"\(?\d[\d,.]* (?:rows?|records?)\b", re.IGNORECASE)
_SENTENCE_WORDS = 3
_FEWEST_FIELDS = 3


@dataclass(frozen=True)
class _Body:
    """What tells a note from a record that was cut short: what the records look like."""

    form: Form
    width: int
    typed: bool  # whether the first column holds numbers, dates and the like
    sparse: bool  # whether some records fill but one field


def count_footer(lines: Sequence[str], form: Form, width: int, records: Sequence[Sequence[str]]) -> int:
    """How many physical lines at the end are no records, blank ones among them.

    Args:
        lines: The last physical lines of the file.
        form: The dialect.
        width: Fields in a record.
        records: Some records.
    """
    body = _Body(form, width, _is_typed(records), any(count_filled(fields) <= 1 < width for fields in records))
    tail = lines[-_MOST_LINES:]
    found = 0
    for taken, line in enumerate(reversed(tail), 1):
        if _is_empty(line, form):
            continue
        apart = taken < len(tail) and _is_empty(tail[-taken - 1], form)
        if not (is_rule(line) or _is_note(line, body, apart=apart)):
            return taken - 1 if found else 0  # the blank lines above the first note go with it
        found = taken
    return found


def _is_empty(line: str, form: Form) -> bool:
    return is_blank(line) or not line.replace(form.delimiter or " ", " ").strip()


def _is_typed(records: Sequence[Sequence[str]]) -> bool:
    kinds = [seen.kind for seen in (look(fields[0]) for fields in records) if seen.says_something]
    return sum(kind in TYPED for kind in kinds) * 5 > len(kinds) * 4


def _is_note(line: str, body: _Body, *, apart: bool) -> bool:
    if body.form.quote and line.count(body.form.quote) % 2:
        return False  # the end of a record over several lines
    if body.form.leads and not line.lstrip(" \t").startswith(body.form.mark or ""):
        return True  # outside the frame that is drawn around the records
    try:
        fields = next(csv_rows(body.form, [body_of(line)], strict=True), [])
    except csv.Error:  # an open quote: part of a record
        return False
    said = next((field.strip() for field in fields if field.strip()), "")
    announced = _NOTE.match(said) is not None
    if body.width == 1:
        return announced and (apart or body.typed or _COUNT.match(said) is not None)
    if body.width - body.form.optional <= len(fields) <= body.width and count_filled(fields) > 1:
        return announced and apart and ":" in said  # a note that happens to have the commas of a record
    return announced or (body.width >= _FEWEST_FIELDS and _is_remark(line, fields, said, body, apart=apart))


def _is_remark(line: str, fields: Sequence[str], said: str, body: _Body, *, apart: bool) -> bool:
    """Whether a line says but one thing, and nothing that a record would begin with."""
    prose = body.form.delimiter == "," and ", " in line and len(fields) < body.width
    if not (count_filled(fields) == 1 or prose) or look(said).kind in TYPED or body.sparse:
        return False
    return body.typed or apart or len(said.split()) >= _SENTENCE_WORDS
