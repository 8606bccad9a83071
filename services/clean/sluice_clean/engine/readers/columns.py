"""Where the columns of aligned text are: in places where every line is blank."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

_LONGEST = 4_000  # characters of a line that are looked at
_RULE = re.compile(r"(?=.*?[-=]{2})[-=_~+|: ]++")
_WORD = re.compile(r"\S+")
_GROUP = re.compile(r"[-=_~]+")
_MANY = 10  # lines in which one blank in common is no accident
_ALIGNED = 0.8
_TOLERANT, _FEW = 30, 0.03  # from so many lines on, so many of them may not be aligned
_LEAST_FILLED = 0.02
_HEADERS = 5  # lines before the first record that may be aligned otherwise
_NUMERIC = re.compile(r"[-+(]?[$€£]?\d[\d.,:/-]*[%KMGTkB]*\)?")  # dates and times too


class _Coverage:
    """How many lines have text in each place, and how many end there."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = len(lines)
        self._begun = [0] * (max(map(len, lines), default=0) + 1)
        self._reaching = [0] * len(self._begun)
        for line in lines:
            self._count(line, 1)

    def leave_out(self, line: str) -> None:
        """As if one of the lines had not been there."""
        self._lines -= 1
        self._count(line, -1)

    def filled(self, length: int) -> bytes:
        """For each of the first places 1 if the lines that reach beyond it have text there, but for very few."""
        texts = list(accumulate(self._begun[:length]))
        total, few = 0, _FEW if self._lines >= _TOLERANT else 0.0
        filled = bytearray(length)
        for place in range(length - 1, -1, -1):
            total += self._reaching[place]
            filled[place] = texts[place] > total * few
        return bytes(filled)

    def _count(self, line: str, times: int) -> None:
        self._reaching[len(line) - 1] += times
        for match in _WORD.finditer(line):
            self._begun[match.start()] += times
            self._begun[match.end()] -= times


@dataclass(frozen=True)
class Columns:
    """Columns, told by what lies between them.

    Attributes:
        gaps: First place, and the one after the last, that is blank between a column and the next.
        end: The place after the last one that was seen filled.
    """

    gaps: tuple[tuple[int, int], ...]
    end: int

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.gaps) + 1

    def cells(self, line: str) -> list[str | None] | None:
        """A line's cells; None when text stands all over the place between two columns.

        A cell may reach into the gap beside it, as long as some of the gap stays blank.
        """
        found: list[str | None] = []
        before = 0
        for start, end in self.gaps:
            gap = line[start:end]
            blank = gap.find(" ") if len(gap) == end - start else len(gap)
            if blank < 0:
                return None
            # What stands in the gap after its first blank belongs to the next column.
            found.append(line[before : start + blank].strip() or None)
            before = start + blank
        return [*found, line[before:].strip() or None]

    def nearest(self, line: str) -> list[str | None]:
        """A header's cells: its words, each to the column that it overlaps or is next to."""
        words = list(re.finditer(r"\S+", line))
        if len(words) == self.count:
            return [word.group() for word in words]
        starts = [0, *(end for _, end in self.gaps)]
        ends = [*(start for start, _ in self.gaps), max(self.end, len(line))]
        found: list[list[str]] = [[] for _ in starts]
        for word in words:
            distances = [_distance(word.span(), span) for span in zip(starts, ends, strict=True)]
            found[distances.index(min(distances))].append(word.group())
        return [" ".join(parts) or None for parts in found]


def _distance(word: tuple[int, int], span: tuple[int, int]) -> int:
    """How far a word is from a column; less than 0 where they overlap."""
    return max(word[0], span[0]) - min(word[1], span[1])


def is_rule(line: str) -> bool:
    """Whether a line is one of dashes, drawn below a header."""
    return _RULE.fullmatch(line.rstrip()) is not None


def find_columns(lines: Sequence[str]) -> Columns | None:
    """The columns of aligned lines; None if they are not aligned beyond doubt.

    Args:
        lines: Neither blank nor with tabs; a header may be among them.
    """
    ruled = next((line for line in lines[:_MANY] if is_rule(line) and len(_GROUP.findall(line)) > 1), None)
    body = [line[:_LONGEST] for line in lines if not is_rule(line)]
    if ruled is not None and " " in ruled.strip():
        return _from_rule(ruled, body)
    best: Columns | None = None
    coverage = _Coverage(body)
    for skip in range(min(_HEADERS + 1, len(body) // 3 + 1)):
        if skip:
            coverage.leave_out(body[skip - 1])
        columns = _from_gaps(body[skip:], coverage)
        if columns is not None and (best is None or columns.count > best.count):
            best = columns
    return best


def _from_rule(rule: str, body: Sequence[str]) -> Columns | None:
    groups = [match.span() for match in _GROUP.finditer(rule)]
    gaps = tuple((end, start) for (_, end), (start, _) in pairwise(groups))
    columns = Columns(gaps, max(len(rule), *map(len, body), 0))
    fitting = sum(columns.cells(line) is not None for line in body)
    return columns if body and fitting >= _ALIGNED * len(body) else None


def _from_gaps(body: Sequence[str], coverage: _Coverage) -> Columns | None:
    if len(body) < 2:  # noqa: PLR2004 - one line is aligned with nothing
        return None
    filled = coverage.filled(max(map(len, body)) + 1)
    spans = [match.span() for match in re.finditer(b"\x01+", filled)]
    spans = _joined_where_doubtful(spans, body)
    if len(spans) < 2 or not all(_is_aligned(body, span) for span in spans):  # noqa: PLR2004 - columns
        return None
    return Columns(tuple((end, start) for (_, end), (start, _) in pairwise(spans)), len(filled))


def _joined_where_doubtful(spans: list[tuple[int, int]], body: Sequence[str]) -> list[tuple[int, int]]:
    """Puts neighbours together that may be words of one text, and columns that are hardly ever filled."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        values = sum(bool(line[start:end].strip()) for line in body)
        rare = values < max(2, len(body) * _LEAST_FILLED)
        if joined and (rare or (start - joined[-1][1] == 1 and not _parts(body, joined[-1], (start, end)))):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _parts(body: Sequence[str], left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether a single blank parts two columns: beside numbers, or after texts of many lengths."""
    before, after = ([line[start:end].strip() for line in body[1:]] for start, end in (left, right))
    for cells in (before, after):
        filled = [cell for cell in cells if cell]
        if len(filled) > 1 and all(map(_NUMERIC.fullmatch, filled)):
            return True
    return len(body) >= _MANY and len({len(cell) for cell in before if cell}) > 1


def _is_aligned(body: Sequence[str], span: tuple[int, int]) -> bool:
    """Whether most cells begin, or most end, in the same place."""
    start, end = span
    cells = [line[start:end].ljust(end - start) for line in body if line[start:end].strip()]
    left = sum(not cell[0].isspace() for cell in cells)
    right = sum(not cell[-1].isspace() for cell in cells)
    return max(left, right) >= _ALIGNED * len(cells)
