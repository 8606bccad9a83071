"""Queries as SQL: names are quoted, values are bound, every run's columns are cast to the dataset's by name.

Inside, columns are called c0, c1, …: no name of a user's ever meets DuckDB's rules for names beyond its own file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sluice.models.run import Run
from sluice_query.columns import KEY, LINEAGE, ORDER_TOKEN, Column, Kind
from sluice_query.query import Condition, Order, Query
from sluice_query.schema import Group

Locate = Callable[[Run], Sequence[str]]

_LINEAGE = frozenset({*LINEAGE, ORDER_TOKEN})


@dataclass
class Statement:
    """SQL in the making, with the values to bind."""

    text: str = ""
    values: list[Any] = field(default_factory=list)

    def bind(self, value: object) -> str:
        """A placeholder for the value."""
        self.values.append(value)
        return f"${len(self.values)}"


def identifier(name: str) -> str:
    """The name, quoted."""
    return '"' + name.replace('"', '""') + '"'


class Relation:
    """The served records of some runs, as the inner part of a statement.

    Args:
        groups: the runs with their stored columns.
        columns: what is needed of a record, as the dataset types it.
        locate: the files of a run.
        winners: a table (k, s) of the keys that several runs have, each with the order token that is served.
    """

    def __init__(
        self, groups: Sequence[Group], columns: Sequence[Column], locate: Locate, winners: str | None = None
    ) -> None:
        self._groups = groups
        self._columns = tuple(dict.fromkeys((*columns, *((KEY, ORDER_TOKEN) if winners else ()))))
        self._locate = locate
        self._winners = winners

    def ref(self, column: Column) -> str:
        """What the column is called inside the statement."""
        return f"t.c{self._columns.index(column)}"

    def from_clause(self, statement: Statement) -> str:
        """`FROM …`, with the values that it needs bound to the statement."""
        parts = [self._group(group, statement) for group in self._groups]
        text = f"FROM ({' UNION ALL '.join(parts)}) t"
        if self._winners:
            key, token = self.ref(KEY), self.ref(ORDER_TOKEN)
            text += f" ANTI JOIN {self._winners} w ON w.k = {key} AND w.s <> {token}"
        return text

    def _group(self, group: Group, statement: Statement) -> str:
        stored = {column.name: column for column in group.columns}
        stored |= {column.name: column for column in _LINEAGE}
        listed = ", ".join(
            f"{_cast(stored.get(column.name), column)} AS c{place}" for place, column in enumerate(self._columns)
        )
        listed = listed or "1"  # to be counted, records need no columns
        sources = rows_of(group.runs, self._locate, statement)
        return " UNION ALL ".join(f"SELECT {listed} {source}" for source in sources)


def rows_of(runs: Sequence[Run], locate: Locate, statement: Statement, options: str = "") -> list[str]:
    """`FROM …` of the files that hold the runs' rows: of their own files, and of the packs that they share."""
    own = [url for run in runs if not run.pack for url in locate(run)]
    packed = [run for run in runs if run.pack]
    reading = f"hive_partitioning = false{options}"
    sources = [f"FROM read_parquet({statement.bind(own)}, {reading})"] if own else []
    if packed:
        packs = list(dict.fromkeys(url for run in packed for url in locate(run)))
        # A pack may hold rows of runs that are not served any more.
        # As one text: binding a list of 10,000 takes seconds. Ids hold letters and digits only.
        served = f"SELECT unnest(string_split({statement.bind(','.join(run.run for run in packed))}, ','))"
        sources.append(f"FROM read_parquet({statement.bind(packs)}, {reading}) WHERE _run IN ({served})")
    return sources


def _cast(stored: Column | None, wanted: Column) -> str:
    if stored is None:
        return f"NULL::{wanted.sql_type}"
    name = identifier(stored.name)
    if stored.sql_type == wanted.sql_type:
        return name
    return as_text(name, stored) if wanted.sql_type == "VARCHAR" else f"{name}::{wanted.sql_type}"


def as_text(expression: str, column: Column) -> str:
    """The column's values in the text form that the API writes."""
    if column.kind is Kind.DATETIME:
        return f"replace({expression}::VARCHAR, ' ', 'T') || 'Z'"
    return expression if column.sql_type == "VARCHAR" else f"{expression}::VARCHAR"


def output(expression: str, column: Column) -> str:
    """The column's values as they are fetched: what JSON has is left as it is, the rest is text."""
    if column.kind in {Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN}:
        return expression
    return as_text(expression, column)


def page(
    relation: Relation, query: Query, fetched: Sequence[Column], after: Sequence[Any] | None, limit: int
) -> Statement:
    """One page: the fetched columns of the records that match, in order, from behind the record `after`."""
    statement = Statement()
    listed = ", ".join(output(relation.ref(column), column) for column in fetched)
    source = relation.from_clause(statement)
    where = [_condition(relation, condition, statement) for condition in query.conditions]
    if after is not None:
        where.append(_behind(relation, query.order, after, statement))
    order = ", ".join(
        f"{relation.ref(one.column)} {'DESC' if one.descending else 'ASC'} NULLS LAST" for one in query.order
    )
    statement.text = f"SELECT {listed} {source}{_where(where)} ORDER BY {order} LIMIT {statement.bind(limit)}"
    return statement


def count(relation: Relation, query: Query) -> Statement:
    """How many records match."""
    statement = Statement()
    source = relation.from_clause(statement)
    where = [_condition(relation, condition, statement) for condition in query.conditions]
    statement.text = f"SELECT count(*) {source}{_where(where)}"
    return statement


def newest(relation: Relation, key: str, fetched: Sequence[Column]) -> Statement:
    """Of the records with this key the one to serve."""
    statement = Statement()
    listed = ", ".join(output(relation.ref(column), column) for column in fetched)
    source = relation.from_clause(statement)
    where = f"{relation.ref(KEY)} = {statement.bind(key)}"
    statement.text = f"SELECT {listed} {source} WHERE {where} ORDER BY {relation.ref(ORDER_TOKEN)} DESC LIMIT 1"
    return statement


def winners(table: str, runs: Sequence[Run], locate: Locate) -> Statement:
    """Make the table of the keys that several runs have, each with the order token that is served.

    Hashes find the few keys in question first: grouping all keys as text would cost far more memory.
    """
    statement = Statement()
    sources = rows_of(runs, locate, statement, ", union_by_name = true")
    source = f"FROM ({' UNION ALL '.join(f'SELECT _key, _sk {one}' for one in sources)})"
    twice = f"SELECT hash(_key) AS h {source} GROUP BY h HAVING count(*) > 1"
    statement.text = (
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT _key AS k, max(_sk) AS s {source} "
        f"SEMI JOIN ({twice}) d ON d.h = hash(_key) GROUP BY k HAVING count(*) > 1"
    )
    return statement


def _where(conditions: Sequence[str]) -> str:
    return " WHERE " + " AND ".join(f"({one})" for one in conditions) if conditions else ""


def _condition(relation: Relation, condition: Condition, statement: Statement) -> str:
    column, operator = condition.column, condition.operator
    reference = relation.ref(column)
    if operator.is_flag:
        return (operator.sql if condition.values[0] else operator.negation).format(c=reference)
    sql_type = "DATE" if operator.is_day else column.sql_type
    bound = ", ".join(f"{statement.bind(value)}::{sql_type}" for value in condition.values)
    return operator.sql.format(c=reference, v=bound)


def _behind(relation: Relation, order: Sequence[Order], values: Sequence[Any], statement: Statement) -> str:
    """Whether a record comes behind the one with these values, in an order whose nulls come last."""
    condition = "false"
    for one, value in reversed(list(zip(order, values, strict=True))):
        reference = relation.ref(one.column)
        if value is None:
            condition = f"({reference} IS NULL AND {condition})"
            continue
        bound = f"{statement.bind(value)}::{one.column.sql_type}"
        sign = "<" if one.descending else ">"
        later = f"{reference} {sign} {bound} OR {reference} IS NULL"
        condition = f"({later} OR ({reference} = {bound} AND {condition}))"
    return condition
