"""The plain listings: datasets, objects, runs, rejects, cell issues. Each is paged by a signed token."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from sluice.catalog import Page
from sluice.errors import NotFoundError
from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.run import Run
from sluice_query import render
from sluice_query.columns import Column
from sluice_query.errors import FileGoneError
from sluice_query.parameters import Paging
from sluice_query.sql import Statement
from sluice_query.tokens import Tokens, fingerprint

REJECT_COLUMNS = (
    Column("row", "BIGINT"),
    Column("line", "BIGINT"),
    Column("code", "VARCHAR"),
    Column("reason", "VARCHAR"),
    Column("column", "VARCHAR"),
    Column("raw", "VARCHAR"),
    Column("_object", "VARCHAR"),
    Column("_run", "VARCHAR"),
)


ISSUE_COLUMNS = (
    Column("row", "BIGINT"),
    Column("column", "VARCHAR"),
    Column("code", "VARCHAR"),
    Column("reason", "VARCHAR"),
    Column("text", "VARCHAR"),
    Column("_object", "VARCHAR"),
    Column("_run", "VARCHAR"),
)


class Catalog(Protocol):
    """What is needed of the catalog to list things."""

    def datasets(self, limit: int, start: dict[str, Any] | None = None) -> Page[Dataset]:
        """A page of all datasets by name."""

    def runs(self, dataset: str, limit: int, start: dict[str, Any] | None = None) -> Page[Run]:
        """A page of a dataset's runs, the newest first."""

    def objects(self, dataset: str, after: str = "") -> Iterator[ObjectPointer]:
        """The objects of a dataset by name, those behind `after`."""


class Rows(Protocol):
    """What is needed of a database to read rejects."""

    def rows(self, statement: Statement) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement."""


@dataclass(frozen=True)
class Listing:
    """A page of a listing: its members as JSON holds them, and the next page's token."""

    items: list[Any]
    next: str | None


class Listings:
    """Answers requests for pages of plain listings."""

    def __init__(self, catalog: Catalog, tokens: Tokens) -> None:
        self._catalog = catalog
        self._tokens = tokens

    def datasets(self, paging: Paging) -> Listing:
        """Datasets by name."""
        bound_to = fingerprint("datasets")
        page = self._catalog.datasets(paging.size, self._start(bound_to, paging))
        return Listing([dataset.summary() for dataset in page.items], self._next(bound_to, page.next))

    def runs(self, dataset: str, paging: Paging) -> Listing:
        """A dataset's runs, the newest first."""
        bound_to = fingerprint("runs", dataset)
        page = self._catalog.runs(dataset, paging.size, self._start(bound_to, paging))
        return Listing([run.to_json() for run in page.items], self._next(bound_to, page.next))

    def objects(self, dataset: str, paging: Paging) -> Listing:
        """A dataset's objects by name."""
        bound_to = fingerprint("objects", dataset)
        after = (self._start(bound_to, paging) or {"name": ""})["name"]
        found = list(islice(self._catalog.objects(dataset, after), paging.size + 1))
        page = found[: paging.size]
        more = {"name": page[-1].name} if len(found) > paging.size else None
        return Listing([object_json(pointer) for pointer in page], self._next(bound_to, more))

    def rejects(self, run: Run, url: str, paging: Paging, rows: Callable[[], Rows], budget: int) -> Listing:
        """The rows that a run refused, in the order of its rejects file, each as JSON text.

        Raises:
            NotFoundError: the file is gone.
        """
        return self._told(_Told("rejects", REJECT_COLUMNS, run.rows_rejected), run, url, paging, rows, budget)

    def issues(self, run: Run, url: str, paging: Paging, rows: Callable[[], Rows], budget: int) -> Listing:
        """The cells that a run set null because their text does not fit, in the order of their file, as JSON text.

        Raises:
            NotFoundError: the file is gone.
        """
        return self._told(_Told("issues", ISSUE_COLUMNS, run.issues), run, url, paging, rows, budget)

    def _told(
        self, told: "_Told", run: Run, url: str, paging: Paging, rows: Callable[[], Rows], budget: int
    ) -> Listing:
        if not told.count:
            return Listing([], None)
        bound_to = fingerprint(told.name, run.dataset, run.run)
        place = (self._start(bound_to, paging) or {"row": 0})["row"]
        encode = render.json_objects(told.columns)
        statement = _rows_from(url, told.columns, place, paging.size + 1)
        try:
            cut = render.fit(rows().rows(statement), encode, paging.size, budget)
        except FileGoneError as error:
            raise NotFoundError(f"The {told.name} of run '{run.run}' are not there any more.") from error
        more = {"row": place + len(cut.encoded)} if cut.last is not None else None
        return Listing(cut.encoded, self._next(bound_to, more))

    def _start(self, bound_to: str, paging: Paging) -> dict[str, Any] | None:
        return self._tokens.read(bound_to, paging.token) if paging.token is not None else None

    def _next(self, bound_to: str, start: dict[str, Any] | None) -> str | None:
        return self._tokens.write(bound_to, start) if start else None


@dataclass(frozen=True)
class _Told:
    """A file beside a run's data: what it is called, its columns, and how many rows it has."""

    name: str
    columns: tuple[Column, ...]
    count: int


def _rows_from(url: str, told: tuple[Column, ...], place: int, limit: int) -> Statement:
    statement = Statement()
    columns = ", ".join(f'"{column.name}"' for column in told)
    source = f"read_parquet({statement.bind(url)}, hive_partitioning = false, file_row_number = true)"
    where = f"file_row_number >= {statement.bind(place)} ORDER BY file_row_number LIMIT {statement.bind(limit)}"
    statement.text = f"SELECT {columns} FROM {source} WHERE {where}"  # noqa: S608 - every value is bound
    return statement


def object_json(pointer: ObjectPointer) -> dict[str, Any]:
    """An object as the API lists it."""
    return pointer.model_dump(mode="json", exclude={"fence", "dataset"}) | {"object": pointer.name}
