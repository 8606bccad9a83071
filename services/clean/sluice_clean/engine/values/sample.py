# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""The sample of a table's cells that guesses rest on: all columns under one another."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from sluice_clean.engine.hygiene import NullTexts, cleaned
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.sql import identifier

_CELLS = 48_000  # cells that are asked, at most
_ROWS = 4_000  # rows, at most
_PICKED_CELLS, _PICKED_ROWS = 9_000, 400  # the first, loose questions are asked of fewer
_LONGEST = 20_000  # characters; only JSON has texts so long, and it is asked whole
_TABLE = "sluice_cells"
# A guess does without what is rare, and dear to ask; but the mark that ends a DOS file may stand right after a value.
_MARKS = Marks(edges=(*Marks.edges, "\x1a"), controls=False, composable=False)

Answers = dict[int, tuple[Any, ...]]


class Cells:
    """Cleaned texts of a sample in a temporary table, null texts of all kinds left out."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(query).fetchall()

    def ask(self, aggregates: Iterable[str], columns: Iterable[int] | None = None, *, picked: bool = False) -> Answers:
        """Aggregates over ``text``, per column (its place in the table)."""
        return {row[0]: row[1:] for row in self.groups("col", aggregates, columns, picked=picked)}

    def groups(
        self, by: str, aggregates: Iterable[str], columns: Iterable[int] | None = None, *, picked: bool = False
    ) -> list[tuple[Any, ...]]:
        """Aggregates over ``text``, per group; rows of the group's expressions and the aggregates."""
        conditions = ["pick"] if picked else []
        if columns is not None:
            conditions.append(f"list_contains({sorted(columns)}::INTEGER[], col)")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return self.rows(f"SELECT {by}, {', '.join(aggregates)} FROM {_TABLE} {where} GROUP BY ALL ORDER BY ALL")

    def derived(self, expression: str, aggregates: Iterable[str], columns: Iterable[int]) -> Answers:
        """Aggregates over ``x``, an expression over ``text`` that is computed once per cell."""
        inner = f"SELECT col, {expression} AS x FROM {_TABLE} WHERE list_contains({sorted(columns)}::INTEGER[], col)"
        asked = ", ".join(aggregates)
        return {row[0]: row[1:] for row in self.rows(f"SELECT col, {asked} FROM ({inner}) GROUP BY col ORDER BY col")}

    def of_distinct(self, chosen: str, fits: str, columns: Iterable[int]) -> list[tuple[int, int]]:
        """How many of the chosen texts fit, per column; each different text is asked about once."""
        distinct = f"""SELECT col, text, count(*) AS n FROM {_TABLE}
            WHERE list_contains({sorted(columns)}::INTEGER[], col) AND {chosen} GROUP BY ALL"""
        found = self.rows(f"SELECT col, sum(CASE WHEN {fits} THEN n ELSE 0 END) FROM ({distinct}) GROUP BY col")
        return [(column, int(count)) for column, count in found]


@contextmanager
def cells_of(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str], nulls: NullTexts
) -> Iterator[Cells]:
    """Spreads the cells of a relation, evenly thinned out, over a temporary table that goes in the end."""
    (rows,) = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0]
    wanted = max(1, min(_ROWS, _CELLS // max(len(columns), 1)))
    step = max(1, -(-rows // wanted))
    picked = max(1, min(_PICKED_ROWS, _PICKED_CELLS // max(len(columns), 1)))
    pick = max(1, -(-min(rows, wanted) // picked))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS {_spread(relation, columns, step, pick)}")
    # In a statement of its own: a condition on a computed column computes it anew for each mention.
    said = [nulls.is_strong("text"), nulls.is_weak("text"), nulls.is_zero_day("text"), "text = ''"]
    connection.execute(f"DELETE FROM {_TABLE} WHERE {' OR '.join(said)}")
    try:
        yield Cells(connection)
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")


def _spread(relation: str, columns: Sequence[str], step: int, pick: int) -> str:
    listed = ", ".join(identifier(column) for column in columns)
    thinned = f"SELECT {listed}, row_number() OVER () - 1 AS sluice_row FROM {relation}"
    if step > 1:
        thinned = f"SELECT * FROM ({thinned}) WHERE sluice_row % {step} = 0"
    spread = f"SELECT unnest(range({len(columns)})) AS col, unnest([{listed}]) AS cell, sluice_row FROM ({thinned})"
    return f"""SELECT col::INTEGER AS col, {cleaned("cell", _MARKS)} AS text, sluice_row % {step * pick} = 0 AS pick
        FROM ({spread}) WHERE cell <> '' AND strlen(cell) <= {_LONGEST}"""
