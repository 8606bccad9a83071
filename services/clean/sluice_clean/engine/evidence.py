# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Counts, over all rows, what decisions about columns need.

Every cell is asked about white space and null texts; then texts are asked which candidate types they fit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sluice_clean.engine import types
from sluice_clean.engine.hygiene import NullTexts, cleaned, has_controls, has_edges, is_dirty
from sluice_clean.engine.times import is_ambiguous, is_dotted, is_iso, matches
from sluice_clean.engine.types import RULES
from sluice_clean.engine.work import Workspace

_BATCH = 16  # columns asked in one query: keeps the SQL, and its planning, small


@dataclass
class Evidence:
    """What was counted in one column. Counts are of cells.

    Attributes:
        cell: SQL name of the column in ``raw``.
        text: SQL of its cleaned text.
        filled: Cells that are there and not "".
        edges: With white space at an end.
        controls: With control characters.
        strong: Non-empty texts that are null in any column.
        weak: Texts that are null in columns of a type.
        fits: Per candidate, how many texts fit, null texts set aside.
        details: Further aggregates that decide between storage forms.
    """

    cell: str
    text: str
    filled: int = 0
    edges: int = 0
    controls: int = 0
    strong: int = 0
    weak: int = 0
    fits: dict[str, int] = field(default_factory=dict)
    details: dict[str, int] = field(default_factory=dict)

    @property
    def valued(self) -> int:
        """Texts that are no null text of any kind."""
        return self.filled - self.strong - self.weak

    @property
    def asked(self) -> int:
        """Texts that the counts of ``fits`` are about: those of a sample, or all."""
        return self.details.get("asked", 0)

    def forget(self) -> None:
        """Drops what was counted about types, before other rows are asked."""
        self.fits.clear()
        self.details.clear()


def _batches(columns: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(columns), _BATCH):
        yield columns[start : start + _BATCH]


def look_over(work: Workspace, cells: list[str], nulls: NullTexts) -> list[Evidence]:
    """White space and null texts of the columns, over all rows."""
    return [evidence for batch in _batches(cells) for evidence in _look_over(work, batch, nulls)]


def _look_over(work: Workspace, cells: list[str], nulls: NullTexts) -> list[Evidence]:
    asked = [f"count(*) FILTER ({is_dirty(cell)}), {_null_counts(cell, nulls)}" for cell in cells]
    counts = iter(work.row(f"SELECT {', '.join(asked)} FROM raw"))
    found, dirty = [], []
    for cell in cells:
        dirt, filled, strong, weak = (next(counts) for _ in range(4))
        found.append(Evidence(cell, cell, filled, 0, 0, strong, weak))
        dirty += found[-1:] if dirt else []
    if dirty:
        _look_closer(work, dirty, nulls)
    return found


def _look_closer(work: Workspace, dirty: list[Evidence], nulls: NullTexts) -> None:
    """What there is to clean away; and null texts again, for some come to light only then."""
    asked = [f"count(*) FILTER ({has_edges(e.cell)}), count(*) FILTER ({has_controls(e.cell)})" for e in dirty]
    counts = iter(work.row(f"SELECT {', '.join(asked)} FROM raw"))
    for evidence in dirty:
        evidence.edges, evidence.controls = next(counts), next(counts)
        evidence.text = cleaned(evidence.cell, edges=evidence.edges > 0, controls=evidence.controls > 0)
    counts = iter(work.row(f"SELECT {', '.join(_null_counts(e.text, nulls) for e in dirty)} FROM raw"))
    for evidence in dirty:
        evidence.filled, evidence.strong, evidence.weak = (next(counts) for _ in range(3))


def _null_counts(text: str, nulls: NullTexts) -> str:
    there = f"{text} <> '' AND "
    strong, weak = nulls.is_strong(text), nulls.is_weak(text)
    return f"count(nullif({text}, '')), count(*) FILTER ({there}{strong}), count(*) FILTER ({there}{weak})"


Candidates = dict[str, list[str]]


def count_hints(work: Workspace, found: list[Evidence], candidates: Candidates, nulls: NullTexts, where: str) -> None:
    """Counts in ``fits``, per candidate, the texts of some rows that may fit it at all."""
    _count(work, found, candidates, nulls, where, _hints)


def count_fits(work: Workspace, found: list[Evidence], candidates: Candidates, nulls: NullTexts, where: str) -> None:
    """Counts in ``fits``, per candidate, the texts of some rows that fit it, and in ``details`` what else decides."""
    _count(work, found, candidates, nulls, where, _aggregates)


def _count(
    work: Workspace,
    found: list[Evidence],
    candidates: Candidates,
    nulls: NullTexts,
    where: str,
    ask: Callable[[str, list[str]], dict[str, str]],
) -> None:
    open_ones = [evidence for evidence in found if candidates[evidence.cell]]
    for start in range(0, len(open_ones), _BATCH):
        batch = open_ones[start : start + _BATCH]
        texts = ", ".join(f"{valued_text(evidence, nulls)} AS {evidence.cell}" for evidence in batch)
        asked = [ask(evidence.cell, candidates[evidence.cell]) for evidence in batch]
        select = ", ".join(sql for aggregates in asked for sql in aggregates.values())
        numbers = ", ".join(_number_text(evidence.cell) for evidence in batch)
        rows = f"(SELECT *, {numbers} FROM (SELECT {texts} FROM raw {where}))"
        values = iter(work.row(f"SELECT {select} FROM {rows}"))
        for evidence, aggregates in zip(batch, asked, strict=True):
            for name in aggregates:
                target = evidence.fits if name in RULES else evidence.details
                target[name] = next(values) or 0


def _number_text(cell: str) -> str:
    """SQL: the texts that are numbers, in a column of its own, so that their shape is looked at once."""
    return f"(CASE WHEN {RULES['number'].fits(cell)} THEN {cell} END) AS {cell}_number"


def _hints(text: str, candidates: list[str]) -> dict[str, str]:
    asked = {name: f"count(*) FILTER ({RULES[name].hint(text)})" for name in candidates}
    return asked | {"asked": f"count({text})"}


def valued_text(evidence: Evidence, nulls: NullTexts) -> str:
    """SQL: the text, or null when it is any kind of null text."""
    text = evidence.text
    if evidence.strong + evidence.weak == 0:
        return f"nullif({text}, '')" if "" in nulls.strong else text
    return f"(CASE WHEN {nulls.is_strong(text)} OR {nulls.is_weak(text)} THEN NULL ELSE {text} END)"


def _aggregates(text: str, candidates: list[str]) -> dict[str, str]:
    """SQL aggregates by name: one per candidate, and what else is needed to decide about it."""
    asked = {name: f"count(*) FILTER ({RULES[name].fits(text)})" for name in candidates}
    asked["asked"] = f"count({text})"
    if "integer" in candidates:
        asked["int64"] = f"count(try_cast({text} AS BIGINT)) FILTER ({RULES['integer'].fits(text)})"
    if "integer" in candidates and "number" in candidates:
        asked["leading_zero"] = f"count(*) FILTER ({matches(text, types.LEADING_ZERO)})"
    if "number" in candidates:
        number = f"{text}_number"
        asked["number"] = f"count({number})"
        asked["exact"] = f"count(*) FILTER ({types.is_exact(number)})"
        asked["exponents"] = f"count(*) FILTER (contains(lower({number}), 'e'))"
        asked["scale"] = f"max({types.scale(number)})"
        asked["digits"] = f"max({types.whole_digits(number)})"
    if "boolean" in candidates:
        asked["letters"] = f"count(*) FILTER (length({text}) = 1)"
        asked["true"] = f"count(*) FILTER (lower({text}) = 't' OR lower({text}) = 'y')"
        asked["false"] = f"count(*) FILTER (lower({text}) = 'f' OR lower({text}) = 'n')"
        asked["plain"] = f"count(*) FILTER (lower({text}) = 'true' OR lower({text}) = 'false')"
    if any(name.startswith("date") for name in candidates):
        asked["ambiguous"] = f"count(*) FILTER ({is_ambiguous(text)})"
        asked["dotted"] = f"count(*) FILTER ({is_dotted(text)})"
        asked["iso"] = f"count(*) FILTER ({is_iso(text)})"
    return asked
