# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Foreign keys: values that must occur in another dataset, or in the table itself."""

from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from sluice.models.table_schema import ForeignKey
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.contract import Violation
from sluice_clean.engine.errors import BadSchemaError, UnknownReferenceError
from sluice_clean.engine.model import Reference
from sluice_clean.engine.own_references import OwnReferences
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.sql import identifier, same_value, text_list
from sluice_clean.engine.work import Workspace

References = Mapping[str, Reference]  # by the name of a dataset


class _Key(NamedTuple):
    """A key's columns, the table of what there is (None: not known yet), how that is stored, which column is nulled."""

    columns: list[ColumnPlan]
    table: str | None
    stored: list[str]
    nulls: int | None


class ForeignKeys:
    """The foreign keys of a plan, with the values that there are in a table each.

    A key with a null in it refers to nothing and passes. Numbers are compared as numbers, other types that differ as
    text.

    Attributes:
        violations: One for each key, in order.

    Raises:
        UnknownReferenceError: A dataset that a key refers to was not given.
        BadSchemaError: It has no such column.
    """

    def __init__(self, work: Workspace, plan: Plan, references: References | None, own: OwnReferences) -> None:
        self._keys: list[_Key] = []
        self.violations: list[Violation] = []
        by_name = {column.name: column for column in plan.columns}
        for number, foreign in enumerate(plan.foreign_keys):
            columns = [by_name[name] for name in foreign.fields]
            target = foreign.reference.resource
            table = f"reference{number}" if target else own.table(number)
            if target:
                _load(work, foreign, references or {}, f"reference{number}")
            stored = [str(row[1]) for row in work.rows(f"DESCRIBE {table}")] if table else []
            alone = columns[0] if len(columns) == 1 else None
            nulls = alone.index if alone is not None and alone.nulls_violations and alone not in plan.key else None
            names = ", ".join(foreign.fields)
            reason = f"{names} {'is' if alone else 'are'} not in {f'dataset {target}' if target else 'this table'}"
            self.violations.append(Violation("foreign-key", reason, names if alone else None, None, nulls=nulls))
            self._keys.append(_Key(columns, table, stored, nulls))

    def judge(self, cursor: duckdb.DuckDBPyConnection, first: int) -> None:
        """Adds the rows of ``t`` whose key is nowhere to ``bad``, or to ``nulled``; ``first``: place of the first."""
        for number, (columns, table, stored, nulls) in enumerate(self._keys):
            if table is None or any(column.cell is None for column in columns):
                continue
            same = " AND ".join(
                same_value(f"t.v{column.index}", column.sql_type, f"r.r{place}", stored[place])
                for place, column in enumerate(columns)
            )
            there = " AND ".join(f"t.v{column.index} IS NOT NULL" for column in columns)
            guilty = f"SELECT t.rowid AS idx FROM t ANTI JOIN {table} r ON {same} WHERE {there}"
            if nulls is None:
                cursor.execute(
                    f"INSERT INTO bad SELECT idx, {first + number} FROM ({guilty}) ANTI JOIN bad USING (idx)"
                )
            else:
                told = f'(SELECT idx FROM nulled WHERE "column" = {nulls})'
                fresh = f"({guilty}) ANTI JOIN {told} USING (idx)"
                cursor.execute(f"INSERT INTO nulled SELECT idx, {nulls}, {first + number} FROM {fresh}")


def _load(work: Workspace, foreign: ForeignKey, references: References, table: str) -> None:
    """Fills the table: columns r0, r1, …."""
    target = foreign.reference.resource
    if target not in references:
        raise UnknownReferenceError(f"foreignKeys: there is no dataset '{target}' to refer to", target)
    given = references[target]
    if not given.files:
        columns = ", ".join(f"r{place} VARCHAR" for place in range(len(foreign.fields)))
        work.connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
        return
    source = f"read_parquet({text_list(given.files)}, union_by_name = true)"
    there = {row[0] for row in work.rows(f"DESCRIBE FROM {source}")}
    absent = [name for name in foreign.reference.fields if name not in there]
    if absent:
        raise BadSchemaError(f"foreignKeys: dataset '{target}' has no column: {', '.join(absent)}")
    cells = ", ".join(f"{identifier(name)} AS r{place}" for place, name in enumerate(foreign.reference.fields))
    served = f"WHERE list_contains({text_list(given.runs)}, _run)" if given.runs is not None else ""
    work.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT DISTINCT {cells} FROM {source} {served}")
