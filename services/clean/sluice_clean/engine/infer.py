# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Decides what each column is, from all of its values.

First every cell is asked about white space and null texts; then, per column, how many texts fit each candidate
type. A candidate is dropped early only when a sample alone holds more misfits than the whole column may have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sluice.models.table_schema import FieldType, SchemaField
from sluice_clean.engine import types
from sluice_clean.engine.hygiene import NullTexts, cleaned, has_controls, has_edges
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.times import Order, is_ambiguous, is_dotted, matches
from sluice_clean.engine.types import RULES, TypeRule
from sluice_clean.engine.work import Workspace

_BATCH = 40  # columns asked in one query: keeps the SQL, and its planning, small
_SAMPLE = 2_000  # rows that are asked about every type, at least
_INFERRED = ("boolean", "integer", "number", "date_dmy", "date_mdy", "datetime_dmy", "datetime_mdy", "time")
_DECLARED: dict[FieldType, tuple[str, ...]] = {
    "boolean": ("boolean",),
    "integer": ("integer",),
    "number": ("integer", "number"),
    "date": ("date_dmy", "date_mdy"),
    "datetime": ("datetime_dmy", "datetime_mdy"),
    "time": ("time",),
    "object": ("object",),
    "array": ("array",),
    "duration": ("duration",),
}


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


@dataclass(frozen=True)
class Decision:
    """A column's type, as decided; ``note`` is a warning worth telling."""

    rule: TypeRule
    sql_type: str
    fits: int
    note: str = ""


def gather(work: Workspace, raw: RawTable, nulls: NullTexts, declared: dict[str, SchemaField]) -> list[Evidence]:
    """Counts everything that decisions need, over all rows.

    Args:
        work: The run.
        raw: The staged file.
        nulls: Which texts are null.
        declared: The contract's fields, by the cell that they take their values from.
    """
    columns = [_hygiene(work, batch, nulls) for batch in _batches(raw.columns)]
    found = [evidence for batch in columns for evidence in batch]
    candidates = {evidence.cell: _candidates(evidence, raw, declared.get(evidence.cell)) for evidence in found}
    (rows,) = work.row("SELECT count(*) FROM raw")
    sample = max(_SAMPLE, int(2 * work.settings.type_tolerance * rows))
    if rows > 2 * sample:
        _count_fits(work, found, candidates, nulls, f"WHERE _row <= {sample}")
        for evidence in found:
            candidates[evidence.cell] = [name for name in candidates[evidence.cell] if _may_be(evidence, name, work)]
            evidence.fits.clear()
            evidence.details.clear()
    _count_fits(work, found, candidates, nulls, "")
    return found


def _batches(columns: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(columns), _BATCH):
        yield columns[start : start + _BATCH]


def _hygiene(work: Workspace, cells: list[str], nulls: NullTexts) -> list[Evidence]:
    """White space and null texts of some columns."""
    asked = [
        f"count(nullif({c}, '')), count(*) FILTER ({has_edges(c)}), count(*) FILTER ({has_controls(c)})" for c in cells
    ]
    first = work.row(f"SELECT {', '.join(asked)} FROM raw")
    found = []
    for index, cell in enumerate(cells):
        filled, edges, controls = first[index * 3 : index * 3 + 3]
        text = cleaned(cell, edges=edges > 0, controls=controls > 0)
        found.append(Evidence(cell, text, filled, edges, controls))
    asked = [f"count(nullif({e.text}, '')), {_null_counts(e.text, nulls)}" for e in found]
    second = work.row(f"SELECT {', '.join(asked)} FROM raw")
    for index, evidence in enumerate(found):
        evidence.filled, evidence.strong, evidence.weak = second[index * 3 : index * 3 + 3]
    return found


def _null_counts(text: str, nulls: NullTexts) -> str:
    there = f"{text} <> ''"
    return f"count(*) FILTER ({there} AND {nulls.is_strong(text)}), count(*) FILTER ({there} AND {nulls.is_weak(text)})"


def _candidates(evidence: Evidence, raw: RawTable, declared: SchemaField | None) -> list[str]:
    if declared is not None:
        return list(_DECLARED.get(declared.type, ()))
    if evidence.valued <= 0:
        return []
    return [*_INFERRED, "object", "array"] if raw.nested else list(_INFERRED)


def _may_be(evidence: Evidence, candidate: str, work: Workspace) -> bool:
    """Whether the sample leaves room for the candidate: its misfits there are not yet too many for all rows."""
    misfits = evidence.details["sampled"] - evidence.fits[candidate]
    return misfits <= work.settings.type_tolerance * max(evidence.valued, 1)


def _count_fits(
    work: Workspace, found: list[Evidence], candidates: dict[str, list[str]], nulls: NullTexts, where: str
) -> None:
    for cells in _batches([evidence.cell for evidence in found if candidates[evidence.cell]]):
        batch = [evidence for evidence in found if evidence.cell in cells]
        texts = ", ".join(f"{_valued(evidence, nulls)} AS {evidence.cell}" for evidence in batch)
        asked = [_aggregates(evidence.cell, candidates[evidence.cell]) for evidence in batch]
        select = ", ".join(sql for aggregates in asked for sql in aggregates.values())
        values = iter(work.row(f"SELECT {select} FROM (SELECT {texts} FROM raw {where})"))
        for evidence, aggregates in zip(batch, asked, strict=True):
            for name in aggregates:
                target = evidence.fits if name in RULES else evidence.details
                target[name] = next(values) or 0


def _valued(evidence: Evidence, nulls: NullTexts) -> str:
    """SQL: the text, or null when it is any kind of null text."""
    text = evidence.text
    if evidence.strong + evidence.weak == 0:
        return f"nullif({text}, '')" if "" in nulls.strong else text
    return f"(CASE WHEN {nulls.is_strong(text)} OR {nulls.is_weak(text)} THEN NULL ELSE {text} END)"


def _aggregates(text: str, candidates: Sequence[str]) -> dict[str, str]:
    """SQL aggregates by name: one per candidate, and what else is needed to decide about it."""
    asked = {name: f"count(*) FILTER ({RULES[name].fits(text)})" for name in candidates}
    asked["sampled"] = f"count({text})"
    if "integer" in candidates:
        asked["int64"] = f"count(*) FILTER ({matches(text, types.INTEGER)} AND try_cast({text} AS BIGINT) IS NOT NULL)"
        asked["leading_zero"] = f"count(*) FILTER ({matches(text, types.LEADING_ZERO)})"
    if "number" in candidates:
        fits = RULES["number"].fits(text)
        asked["exact"] = f"count(*) FILTER ({fits} AND {types.is_exact(text)})"
        asked["exponents"] = f"count(*) FILTER ({fits} AND contains(lower({text}), 'e'))"
        asked["scale"] = f"max({types.scale(text)}) FILTER ({fits})"
        asked["digits"] = f"max({types.whole_digits(text)}) FILTER ({fits})"
    if "boolean" in candidates:
        asked["letters"] = f"count(*) FILTER (length({text}) = 1)"
        asked["true"] = f"count(*) FILTER (lower({text}) IN ('t', 'y'))"
        asked["false"] = f"count(*) FILTER (lower({text}) IN ('f', 'n'))"
    if "date_dmy" in candidates or "datetime_dmy" in candidates:
        asked["ambiguous"] = f"count(*) FILTER ({is_ambiguous(text)})"
        asked["dotted"] = f"count(*) FILTER ({is_dotted(text)})"
    return asked


def decide(evidence: Evidence, tolerance: float, *, day_first: bool) -> Decision:
    """The narrowest type that all but the tolerated share of the values fit, and that none of the wider ones beats."""
    enough = (1 - tolerance) * evidence.valued
    if evidence.valued <= 0:
        return _text(evidence)
    for choose in (_boolean, _number, _date, _time, _nested):
        decision = choose(evidence, day_first)
        if decision is not None and decision.fits >= enough and decision.fits > 0:
            return decision
    return _text(evidence)


def decide_declared(evidence: Evidence, kind: FieldType, *, day_first: bool) -> Decision:
    """How a column that the contract gives a type is read and stored."""
    if kind in ("string", "any"):
        return _text(evidence)
    if kind == "boolean":
        fits = evidence.fits["boolean"]
        return Decision(RULES["boolean"], "BOOLEAN", fits)
    if kind == "integer":
        return _whole(evidence)
    if kind == "number":
        return _decimal(evidence) or Decision(RULES["number"], "DOUBLE", evidence.details["exact"])
    if kind in ("date", "datetime"):
        return _ordered(evidence, kind, day_first)
    return Decision(RULES[kind], RULES[kind].sql_type, evidence.fits[kind])


def _text(evidence: Evidence) -> Decision:
    return Decision(RULES["string"], "VARCHAR", evidence.filled - evidence.strong)


def _boolean(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001, FBT001 - one shape for all
    details = evidence.details
    only_letters = details.get("letters", 0) == evidence.fits.get("boolean", 0)
    if only_letters and not (details.get("true") and details.get("false")):
        return None  # a column of nothing but Y, or of nothing but F, is a code
    return Decision(RULES["boolean"], "BOOLEAN", evidence.fits.get("boolean", 0))


def _number(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001, FBT001
    if evidence.details.get("leading_zero"):
        return None  # codes: their noughts mean something
    integers, numbers = evidence.fits.get("integer", 0), evidence.fits.get("number", 0)
    if integers >= numbers:
        return _whole(evidence) if integers else None
    return _decimal(evidence)


def _whole(evidence: Evidence) -> Decision:
    integers = evidence.fits["integer"]
    if evidence.details["int64"] == integers:
        return Decision(RULES["integer"], "BIGINT", integers)
    return Decision(RULES["integer"], f"DECIMAL({types.MAX_DIGITS},0)", integers)


def _decimal(evidence: Evidence) -> Decision | None:
    """DOUBLE if it keeps every digit of every value, else a decimal that does, else nothing."""
    numbers, details = evidence.fits["number"], evidence.details
    if details["exact"] == numbers:
        return Decision(RULES["number"], "DOUBLE", numbers)
    if not details["exponents"] and details["digits"] + details["scale"] <= types.MAX_DIGITS:
        return Decision(RULES["number"], f"DECIMAL({types.MAX_DIGITS},{details['scale']})", numbers)
    return None


def _date(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: FBT001
    if "date_dmy" not in evidence.fits and "datetime_dmy" not in evidence.fits:
        return None
    kinds: list[FieldType] = [
        kind for kind in ("date", "datetime") if f"{kind}_dmy" in evidence.fits or f"{kind}_mdy" in evidence.fits
    ]
    decisions = [_ordered(evidence, kind, day_first) for kind in kinds]
    return max(decisions, key=lambda decision: decision.fits)  # the first, a date, wins a tie


def _ordered(evidence: Evidence, kind: FieldType, day_first: bool) -> Decision:  # noqa: FBT001
    """Day before month, or month before day: whichever more of the column's values allow."""
    day, month = evidence.fits.get(f"{kind}_dmy", 0), evidence.fits.get(f"{kind}_mdy", 0)
    ambiguous, note = evidence.details["ambiguous"], ""
    order: Order = "dmy" if day > month else "mdy"
    if day == month and ambiguous:
        order = "dmy" if day_first or evidence.details["dotted"] == ambiguous else "mdy"
        first = "day" if order == "dmy" else "month"
        note = f"nothing in the values decides between day and month; they were read {first} first"
    rule = RULES[f"{kind}_{order}"]
    return Decision(rule, rule.sql_type, max(day, month), note)


def _time(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001, FBT001
    return Decision(RULES["time"], "TIME", evidence.fits.get("time", 0))


def _nested(evidence: Evidence, day_first: bool) -> Decision | None:  # noqa: ARG001, FBT001
    """Objects or arrays only when all are: as text nothing is lost."""
    for kind in ("object", "array"):
        if evidence.fits.get(kind, 0) == evidence.valued:
            return Decision(RULES[kind], "VARCHAR", evidence.valued)
    return None
