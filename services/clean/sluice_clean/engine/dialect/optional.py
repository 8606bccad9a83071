"""Fields at the end of records that many of these lack, with their delimiters.

Spreadsheets leave out the commas of empty last cells, in blocks of rows, and many programs those of remarks that
nobody made. A record that lacks a field may have lost it anywhere, though, so many must lack them in the same way, and
what they have must look like the fields of whole records in the same places, and in no others.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from sluice_clean.engine.dialect.cells import group, look
from sluice_clean.engine.dialect.naming import are_names
from sluice_clean.engine.dialect.reading import Row
from sluice_clean.engine.records import Form

_FEWEST = 5  # records that lack fields, and records that don't
_SHARE = 0.1  # of the records lack fields
_SAME = 3  # records that lack the same number of fields
_REGULAR = 0.9  # of the records that are too short are explained so
_AGREEING = 0.95  # of the cells are of a kind that their column has
_RARE = 0.05  # of a column's values: a kind that few of them have is none that it has
_AHEAD = 0.02  # that another place of what is missing may explain the cells better
_HALVES = 4  # short records for each two that are halves of one
_FIRST = 4  # rows that the labels may be among
_JUDGED = 100  # records of either sort
_NARROWEST = 3  # columns


def count_optional(form: Form, rows: Sequence[Row], width: int) -> int:
    """How many fields at the end of a record may be lacking; 0 where too few are, or not clearly at the end.

    Args:
        form: The dialect.
        rows: Records in the order of the file, any of them with other widths.
        width: Fields in a whole record.
    """
    if not _can_lack(form, width):
        return 0
    short = [row for row in rows if 1 < len(row.fields) < width and not row.stray]
    whole = [row.fields for row in rows if len(row.fields) == width]
    if len(short) < _FEWEST or len(whole) < _FEWEST or len(short) < _SHARE * len(rows):
        return 0
    counts = Counter(len(row.fields) for row in short)
    least = min((length for length, count in counts.items() if count >= _SAME and 2 * length >= width), default=width)
    explained = [row for row in short if len(row.fields) >= least]
    if len(explained) < _REGULAR * len(short) or _are_halves(rows, width) or not _are_beginnings(explained, whole):
        return 0
    return width - least


def labelled_width(form: Form, rows: Sequence[Row], later: Sequence[Row], usual: int) -> int:
    """The number of fields in a whole record where most records lack some of those that have a label; else ``usual``.

    Args:
        form: The dialect.
        rows: Records of the file's head.
        later: Records from further on.
        usual: The number of fields that most records have.
    """
    for row, following in pairwise(rows[:_FIRST]):
        width = len(row.fields)
        if width > usual and len(following.fields) in (usual, width):
            named = are_names(row.fields) and len(set(row.fields)) == width
            return width if named and count_optional(form, [*rows, *later], width) else usual
    return usual


def filled_up(form: Form, rows: list[Row], width: int) -> list[Row]:
    """The rows, with empty fields for those that they may lack."""
    if not form.optional:
        return rows
    lacking = range(width - form.optional, width)
    return [
        row._replace(fields=form.completed(row.fields, width)) if len(row.fields) in lacking else row for row in rows
    ]


def _can_lack(form: Form, width: int) -> bool:
    """Whether a delimiter that is missing is a sign at all: blanks that nothing follows are not written."""
    return form.delimiter not in (None, " ") and not form.runs and width >= _NARROWEST


def _are_halves(rows: Sequence[Row], width: int) -> bool:
    """Whether the short ones are pieces of whole records: a cell holds a line end, and is not quoted."""
    runs = [list(run) for short, run in groupby(rows, key=lambda row: len(row.fields) < width) if short]
    halves = [run for run in runs if len(run) == 2 and sum(len(row.fields) for row in run) == width + 1]  # noqa: PLR2004
    return len(halves) * _HALVES > sum(map(len, runs))


def _are_beginnings(short: Sequence[Row], whole: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of the short ones look like the first cells of whole ones, and like no others as much."""
    chosen = [row.fields for row in short[:: max(1, len(short) // _JUDGED)]]
    kinds = [_kinds(column) for column in zip(*whole[:: max(1, len(whole) // _JUDGED)], strict=True)]
    longest = max(map(len, chosen))
    agreeing = [_agreement(chosen, kinds, missing) for missing in range(longest + 1)]
    return agreeing[longest] >= max(_AGREEING, max(agreeing) - _AHEAD)


def _agreement(short: Sequence[Sequence[str]], kinds: Sequence[frozenset[str]], missing: int) -> float:
    """The share of cells whose kind their column has, if what is missing is missing from before this cell."""
    agreeing = cells = 0
    for fields in short:
        shift = len(kinds) - len(fields)
        for place, cell in enumerate(fields):
            seen = look(cell)
            if seen.says_something:
                cells += 1
                agreeing += group(seen.kind) in kinds[place + (shift if place >= missing else 0)]
    return agreeing / cells if cells else 0.0


def _kinds(column: Sequence[str]) -> frozenset[str]:
    """The kinds that a column's values are of."""
    counts = Counter(group(seen.kind) for seen in map(look, column) if seen.says_something)
    return frozenset(kind for kind, count in counts.items() if count >= _RARE * counts.total())
