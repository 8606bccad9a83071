# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Looks, once all rows were read, whether what a sample decided holds for all of them."""

from dataclasses import dataclass, field

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.sql import literal
from sluice_clean.engine.tally import Tally
from sluice_clean.engine.values import Decision, as_text
from sluice_clean.engine.values.numbers import LEADING_ZERO
from sluice_clean.engine.work import Workspace


@dataclass
class Verdicts:
    """What earlier readings of all rows told, by cell; it overrules what the sample says.

    Attributes:
        decided: The decisions that the rows ask for.
        misfits: Of each decision that all rows were read under, how many texts didn't fit.
        changed: Whether the last reading asks for another.
    """

    decided: dict[str, Decision] = field(default_factory=dict)
    misfits: dict[str, dict[Decision, int]] = field(default_factory=dict)
    changed: bool = False

    def overrule(self, cell: str, decision: Decision) -> Decision:
        """The decision that holds for a cell."""
        return self.decided.get(cell, decision)


def review(work: Workspace, plan: Plan, tally: Tally, verdicts: Verdicts, *, last: bool) -> None:
    """Writes into ``verdicts`` what all rows say about the plan they were read under.

    Args:
        work: The run, with its table ``issues``.
        plan: The plan.
        tally: What the chunks counted.
        verdicts: What earlier readings told.
        last: There will be one more reading at most: a column that still doesn't hold becomes text.
    """
    verdicts.changed = False
    for column in plan.columns:
        if column.cell is None or plan.as_text:
            continue
        better = (
            _of_text(work, column, tally) if column.is_text else _of_typed(work, column, tally, verdicts, last=last)
        )
        if better is not None and better != column.typing:
            verdicts.decided[column.cell] = better
            verdicts.changed = True


def _of_text(work: Workspace, column: ColumnPlan, tally: Tally) -> Decision | None:
    """A type that the sample ruled out and that nearly all rows have."""
    allowed = work.settings.type_tolerance * tally.valued.get(column.index, 0)
    for place, rival in enumerate(column.typing.wider):
        fits = tally.rivals.get((column.index, place), 0)
        if fits and tally.valued[column.index] - fits <= allowed:
            return rival
    return None


def _of_typed(work: Workspace, column: ColumnPlan, tally: Tally, verdicts: Verdicts, *, last: bool) -> Decision | None:
    """A reading under which fewer texts don't fit; text where too many don't under any."""
    misfits = tally.misfits.get(column.index, 0)
    tried = verdicts.misfits.setdefault(str(column.cell), {})
    tried[column.typing] = misfits
    if not misfits:
        return None
    if column.declared is None and column.type in ("integer", "number") and _has_codes(work, column):
        return as_text("some values begin with noughts that mean something")
    fewest = min(tried.values())
    for other in () if last else column.typing.wider:
        if other not in tried and misfits - _fitting(work, column, other) < fewest:
            return other
    best = min(tried, key=lambda decision: tried[decision])
    if tried[best] <= work.settings.type_tolerance * tally.valued[column.index] or column.declared is not None:
        return best
    return as_text(f"{tried[best]:,} values are no {best.type}, too many to set them null")


def _has_codes(work: Workspace, column: ColumnPlan) -> bool:
    """Whether any misfit is made of figures with a nought before them: then all of the column are codes."""
    shape = literal(LEADING_ZERO)
    found = (
        f"""SELECT 1 FROM issues WHERE "column" = {column.index} AND regexp_full_match(trim(text), {shape}) LIMIT 1"""
    )
    return bool(work.rows(found))


def _fitting(work: Workspace, column: ColumnPlan, other: Decision) -> int:
    texts = f"""(SELECT text, count(*) AS n FROM issues WHERE "column" = {column.index} GROUP BY text)"""
    (count,) = work.row(f"SELECT coalesce(sum(n) FILTER (({other.value('text')}) IS NOT NULL), 0) FROM {texts}")
    return int(count)
