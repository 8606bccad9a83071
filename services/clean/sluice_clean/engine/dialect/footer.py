"""Lines at a file's end that are notes and no records."""

import re
from collections.abc import Sequence

from sluice_clean.engine.dialect.cells import TYPED, look
from sluice_clean.engine.dialect.text import body_of, is_blank, is_rule
from sluice_clean.engine.records import Form, plain_fields

_MOST_LINES = 40
_NOTE = re.compile(
    r"""\W*(?:source|note|notes|footnote|legend|copyright|©|disclaimer|generated|exported|created|printed|retrieved
      |data\ (?:from|as\ of|provided)|as\ of|last\ updated?|end\ of|eof\b|quelle|fuente|fonte|report\ |run\ (?:date|by)
      |\(?\d[\d,.]*\ (?:rows?|records?|lines?|results?|entries)\b|(?:rows?|records?)\ (?:affected|selected|returned|:)
      |(?:total\ )?(?:row|record)\ ?count|\*+|\[\d+\]|\d\)|completion\ time)""",
    re.IGNORECASE | re.VERBOSE,
)
_SENTENCE_WORDS = 3
_FEWEST_FIELDS = 3


def count_footer(lines: Sequence[str], form: Form, width: int, first: Sequence[str]) -> int:
    """How many physical lines at the end are no records, blank ones among them.

    Args:
        lines: The last physical lines of the file.
        form: The dialect.
        width: Fields in a record.
        first: Some first cells of records, to tell a note from a record that was cut short.
    """
    found = taken = 0
    typed = _is_typed(first)
    for line in reversed(lines[-_MOST_LINES:]):
        taken += 1
        if is_blank(line):
            continue
        if not (is_rule(line) or _is_note(line, form, width, typed=typed)):
            return taken - 1 if found else 0  # the blank lines above the first note go with it
        found = taken
    return found


def _is_typed(first: Sequence[str]) -> bool:
    kinds = [kind for kind in (look(cell).kind for cell in first) if kind]
    return sum(kind in TYPED for kind in kinds) * 5 > len(kinds) * 4


def _is_note(line: str, form: Form, width: int, *, typed: bool) -> bool:
    body = body_of(line)
    if form.quote and body.count(form.quote) % 2:
        return False
    fields = plain_fields(form, body)
    filled = [field for field in fields if field.strip()]
    said = filled[0].strip(" \t" + (form.quote or "")) if filled else ""
    if _NOTE.match(said) and (width == 1 or len(fields) != width or len(filled) == 1):
        return width > 1 or (form.delimiter is None and not typed and _NOTE.match(said) is not None) or typed
    if width < _FEWEST_FIELDS or (len(fields) == width and len(filled) > 1):
        return False
    if len(filled) > 1 and len(fields) > 1 and not (form.delimiter == "," and ", " in body and len(fields) < width):
        return False
    seen = look(said).kind
    if seen in TYPED:
        return False
    return typed or len(said.split()) >= _SENTENCE_WORDS or len(fields) == width
