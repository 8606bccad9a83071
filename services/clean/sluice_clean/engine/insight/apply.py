"""Applies suggestions: which ones, and the SQL of a column with them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sluice_clean.engine.insight.model import Suggestion
from sluice_clean.engine.sql import literal, text_list

_EXAMPLES = 3


@dataclass
class ColumnRepair:
    """What becomes of one column's cells.

    Attributes:
        by_value: Texts that are replaced wherever they stand.
        by_row: Per record number, what stands there and what is to.
        count: Cells that change.
        examples: The first of them: record number, before, after.
    """

    by_value: dict[str, str] = field(default_factory=dict)
    by_row: dict[int, tuple[str, str]] = field(default_factory=dict)
    count: int = 0
    examples: list[tuple[int, str, str]] = field(default_factory=list)


def choose_repairs(
    suggestions: Iterable[Suggestion], threshold: float, protected: Collection[str] = ()
) -> dict[str, ColumnRepair]:
    """The suggestions to apply, by column.

    Args:
        suggestions: `Insight.repairs`.
        threshold: The least confidence, 0..1.
        protected: Columns that keep their values: those of the primary key, whose values say which record it is.
    """
    chosen: dict[str, list[Suggestion]] = defaultdict(list)
    for one in suggestions:
        if one.suggested is not None and one.confidence >= threshold and one.column not in protected:
            chosen[one.column].append(one)
    return {name: _repair(found) for name, found in chosen.items()}


def _repair(found: list[Suggestion]) -> ColumnRepair:
    repair, cells = ColumnRepair(), dict[str, int]()
    for one in found:
        if one.suggested is None:
            continue
        if one.everywhere:
            repair.by_value[one.value] = one.suggested
            cells[one.value] = one.cells
        else:
            repair.by_row[one.row] = (one.value, one.suggested)
    alone = sum(1 for value, _ in repair.by_row.values() if value not in repair.by_value)
    repair.count = sum(cells.values()) + alone
    first = sorted(found, key=lambda one: one.row)[:_EXAMPLES]
    repair.examples = [(one.row, one.value, one.suggested) for one in first if one.suggested is not None]
    return repair


def repaired_sql(
    cell: str, sql_type: str, repair: ColumnRepair, row: str = "_row", within: tuple[int, int] | None = None
) -> str:
    """SQL of a column with its repairs.

    A cell that does not hold what the suggestion says it holds is left alone.

    Args:
        cell: SQL of the column.
        sql_type: How it is stored.
        repair: What is to change.
        row: SQL of the record number.
        within: The first and the last record number that the SQL is for; shorter SQL costs less.
    """
    sql = cell
    if repair.by_value:
        sql = f"coalesce({_map(repair.by_value)}[{cell}], {cell})"
    rows = {n: fix for n, fix in repair.by_row.items() if within is None or within[0] <= n <= within[1]}
    if not rows:
        return sql
    numbers = f"[{', '.join(map(str, rows))}]::BIGINT[]"
    before, after = (f"({text_list(fix[place] for fix in rows.values())})" for place in (0, 1))
    place = f"list_position({numbers}, {row})"
    span = f"{row} BETWEEN {min(rows)} AND {max(rows)}"
    holds = f"{cell} IS NOT DISTINCT FROM (nullif({before}[{place}], ''))::{sql_type}"  # no value is told as ""
    return f"(CASE WHEN {span} AND {holds} THEN ({after}[{place}])::{sql_type} ELSE {sql} END)"


def _map(values: dict[str, str]) -> str:
    return "MAP {" + ", ".join(f"{literal(a)}: {literal(b)}" for a, b in values.items()) + "}"
