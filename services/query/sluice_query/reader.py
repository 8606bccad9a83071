"""Reads records of a state from its Parquet files."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from sluice.models.run import Run
from sluice_query import sql
from sluice_query.columns import KEY, ORDER_TOKEN, Column
from sluice_query.query import Query
from sluice_query.schema import Footer, Group
from sluice_query.sql import Locate, Relation, Statement
from sluice_query.state import State

_KEPT_TABLES = 4


class Database(Protocol):
    """What is needed of a database."""

    def rows(self, statement: Statement) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement."""

    def run(self, statement: Statement) -> None:
        """Run a statement for what it does."""

    def footers(self, urls: Sequence[str]) -> dict[str, dict[str, str]]:
        """The columns of Parquet files with their types, by file."""


class ParquetReader:
    """Turns questions about a state into statements; keeps which records are hidden, state by state."""

    def __init__(self, database: Database, locate: Locate) -> None:
        self._database = database
        self._locate = locate
        self._winners: OrderedDict[tuple[str, str, int], str | None] = OrderedDict()
        self._made = 0

    def footers(self, _: str, runs: Sequence[Run]) -> Mapping[str, Footer]:
        """How the columns of runs are stored: from the first file of each."""
        first = {run.run: self._locate(run)[0] for run in runs}
        footers = self._database.footers(list(dict.fromkeys(first.values())))
        return {run: footers[url] for run, url in first.items()}

    def page(
        self, state: State, query: Query, fetched: Sequence[Column], after: Sequence[Any] | None, limit: int
    ) -> Iterator[tuple[Any, ...]]:
        """Up to `limit` records that match, in the query's order, from behind the record with the values `after`."""
        if not state.groups:
            return iter(())
        return self._database.rows(sql.page(self._relation(state, query.needed), query, fetched, after, limit))

    def count(self, state: State, query: Query) -> int:
        """How many records match."""
        if not state.groups:
            return 0
        needed = [condition.column for condition in query.conditions]
        (row,) = self._database.rows(sql.count(self._relation(state, needed), query))
        return int(row[0])

    def newest(self, state: State, runs: Sequence[Run], key: str, fetched: Sequence[Column]) -> tuple[Any, ...] | None:
        """The record that these runs, of the state's, serve under a key."""
        wanted = {run.run for run in runs}
        cut = [Group(group.columns, tuple(r for r in group.runs if r.run in wanted)) for group in state.groups]
        groups = [group for group in cut if group.runs]
        if not groups:
            return None
        relation = Relation(groups, (*fetched, KEY, ORDER_TOKEN), self._locate)
        return next(iter(list(self._database.rows(sql.newest(relation, key, fetched)))), None)

    def _relation(self, state: State, needed: Sequence[Column]) -> Relation:
        return Relation(state.groups, needed, self._locate, self._winners_of(state))

    def _winners_of(self, state: State) -> str | None:
        """The table of keys that several runs have; None where no key is in two runs."""
        key = (state.dataset.name, state.dataset.created_at, state.generation)
        if key not in self._winners:
            self._winners[key] = self._find_winners(state)
            self._forget()
        self._winners.move_to_end(key)
        return self._winners[key]

    def _find_winners(self, state: State) -> str | None:
        runs = [run for group in state.groups for run in group.runs]
        # Within one run a key is unique: the engine sees to that.
        if len(runs) == 1:
            return None
        self._made += 1
        table = f"winners_{self._made}"
        self._database.run(sql.winners(table, runs, self._locate))
        (row,) = self._database.rows(Statement(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own name
        if row[0]:
            return table
        self._database.run(Statement(f"DROP TABLE {table}"))
        return None

    def _forget(self) -> None:
        while len(self._winners) > _KEPT_TABLES:
            _, table = self._winners.popitem(last=False)
            if table:
                self._database.run(Statement(f"DROP TABLE {table}"))
