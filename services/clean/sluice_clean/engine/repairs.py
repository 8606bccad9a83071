# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Applies suggested repairs to the written parts, where the settings ask for it; every one ends in the report."""

from collections.abc import Mapping

from sluice_clean.engine.insight import ColumnRepair, Insight, choose_repairs, repaired_sql
from sluice_clean.engine.parts import copy_part, rewrite_part
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.report import Change, Example, Part
from sluice_clean.engine.sql import identifier, literal
from sluice_clean.engine.work import Workspace


def apply_repairs(
    work: Workspace, plan: Plan, parts: list[Part], insight: Insight, threshold: float
) -> tuple[dict[str, Change], int]:
    """Rewrites the parts with every suggestion of at least the threshold's confidence.

    Records that are keyed by their content get new keys, and those that have become the same are duplicates.

    Args:
        work: The run.
        plan: Its columns.
        parts: What was written; changed in place.
        insight: What was found out about it.
        threshold: 0..1.

    Returns:
        By column, what was changed; and how many records have become duplicates.
    """
    chosen = choose_repairs(insight.repairs, threshold, protected={column.name for column in plan.key})
    if not chosen:
        return {}, 0
    for index, part in enumerate(parts):
        parts[index] = _repair_part(work, plan, part, chosen)
    duplicates = 0 if plan.key else _drop_repeats(work, parts)
    return {name: _change(repair) for name, repair in chosen.items()}, duplicates


def _repair_part(work: Workspace, plan: Plan, part: Part, chosen: Mapping[str, ColumnRepair]) -> Part:
    if not part.rows:
        return part
    stored = {column.name: column.output_sql_type for column in plan.columns}
    source = f"read_parquet({literal(part.url)})"
    first, last = work.row(f"SELECT min(_row), max(_row) FROM {source}")
    replaced = ", ".join(
        f"{repaired_sql(identifier(name), stored[name], repair, within=(first, last))} AS {identifier(name)}"
        for name, repair in chosen.items()
    )
    select = f"SELECT * REPLACE ({replaced}) FROM {source}"
    if not plan.key:
        select = f"SELECT * REPLACE ({plan.content_key(identifier)} AS _key) FROM ({select})"
    spare = str(work.folder / "repaired.parquet")
    copy_part(work.connection, select, spare)
    return copy_part(work.connection, f"FROM read_parquet({literal(spare)})", part.url)


def _drop_repeats(work: Workspace, parts: list[Part]) -> int:
    """Of records that a repair has made the same the first stays."""
    urls = ", ".join(literal(part.url) for part in parts)
    work.connection.execute(f"""CREATE OR REPLACE TABLE gone AS SELECT _row FROM (
        SELECT _row, row_number() OVER (PARTITION BY _key ORDER BY _row) AS place
        FROM (SELECT _row, _key FROM read_parquet([{urls}])
            WHERE _key IN (SELECT _key FROM read_parquet([{urls}]) GROUP BY _key HAVING count(*) > 1)))
        WHERE place > 1""")
    (count,) = work.row("SELECT count(*) FROM gone")
    if count:
        for index, part in enumerate(parts):
            parts[index] = rewrite_part(work, part)
    return int(count)


def _change(repair: ColumnRepair) -> Change:
    examples = [Example(row=row, before=before, after=after) for row, before, after in repair.examples]
    return Change(count=repair.count, examples=examples)
