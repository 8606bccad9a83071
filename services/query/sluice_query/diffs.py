"""What a run added, changed and removed: the rows that were stored of its diff, in pages."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sluice.errors import NotFoundError
from sluice.models.run import MAX_DIFF_ROWS, Run, RunDiff
from sluice.row_json import row_json
from sluice_query import render
from sluice_query.columns import KEY, LINEAGE, ORDER_TOKEN, Column
from sluice_query.errors import FileGoneError
from sluice_query.listings import Listing
from sluice_query.parameters import Paging
from sluice_query.reader import Database
from sluice_query.sql import Statement
from sluice_query.tokens import Tokens, fingerprint

DIFF_COLUMNS = (
    Column("change", "VARCHAR"),
    KEY,
    Column("before", "VARCHAR", document=True),
    Column("after", "VARCHAR", document=True),
)
_LINEAGE = frozenset(column.name for column in (*LINEAGE, ORDER_TOKEN))


class Files(Protocol):
    """What is needed of the clean bucket."""

    def parts(self, run: Run) -> list[str]:
        """URLs of a run's clean Parquet parts."""

    def diff(self, run: Run) -> str:
        """URL of a run's diff."""


class Diffs:
    """Answers requests for pages of diffs."""

    def __init__(self, files: Files, tokens: Tokens) -> None:
        self._files = files
        self._tokens = tokens

    def page(self, run: Run, diff: RunDiff, paging: Paging, database: Callable[[], Database], budget: int) -> Listing:
        """A page of the rows that differ, each as JSON text: those added, then changed, then removed.

        Raises:
            NotFoundError: the files are gone.
        """
        bound_to = fingerprint("diff", run.dataset, run.run)
        place = self._tokens.read(bound_to, paging.token)["row"] if paging.token is not None else 0
        if place >= listed(run, diff):
            return Listing([], None)
        limit = min(paging.size + 1, listed(run, diff) - place)
        encode = render.json_objects(DIFF_COLUMNS)
        try:
            rows = database().rows(self._statement(run, diff, database(), place, limit))
            cut = render.fit(rows, encode, paging.size, budget)
        except FileGoneError as error:
            raise NotFoundError(f"The rows of run '{run.run}' are not there any more.") from error
        more = {"row": place + len(cut.encoded)} if cut.last is not None else None
        return Listing(cut.encoded, self._tokens.write(bound_to, more) if more else None)

    def _statement(self, run: Run, diff: RunDiff, database: Database, place: int, limit: int) -> Statement:
        if diff.against is not None:
            return _stored(self._files.diff(run), place, limit)
        urls = self._files.parts(run)
        return _all_added(run, urls, database.footers(urls[:1])[urls[0]], place, limit)


def listed(run: Run, diff: RunDiff) -> int:
    """How many rows can be read of a diff; of an object's first run they are its own, and not stored again."""
    if diff.against is not None:
        return diff.listed
    return min(diff.added, MAX_DIFF_ROWS) if run.parts else 0


def summary(run: Run, diff: RunDiff) -> dict[str, Any]:
    """The counts as the API gives them."""
    return {**diff.model_dump(), "listed": listed(run, diff)}


def _stored(url: str, place: int, limit: int) -> Statement:
    statement = Statement()
    source = f"read_parquet({statement.bind(url)}, hive_partitioning = false, file_row_number = true)"
    where = f"file_row_number >= {statement.bind(place)} ORDER BY file_row_number LIMIT {statement.bind(limit)}"
    statement.text = f"SELECT change, _key, before, after FROM {source} WHERE {where}"  # noqa: S608 - bound
    return statement


def _all_added(run: Run, urls: Sequence[str], footer: dict[str, str], place: int, limit: int) -> Statement:
    statement = Statement()
    document = row_json(sorted(column for column in footer.items() if column[0] not in _LINEAGE))
    # A file may hold rows of other runs too.
    mine = f"WHERE _run = {statement.bind(run.run)}"
    source = f"read_parquet({statement.bind(list(urls))}, hive_partitioning = false) {mine}"
    order = f"ORDER BY _row LIMIT {statement.bind(limit)} OFFSET {statement.bind(place)}"
    statement.text = f"SELECT 'added', _key, NULL::VARCHAR, CAST({document} AS VARCHAR) FROM {source} {order}"  # noqa: S608 - bound
    return statement
