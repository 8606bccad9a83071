"""The service's parts, put together once per process; each is made when it is first needed."""

from functools import cached_property
from typing import Protocol

from sluice.models.run import Run
from sluice_query.bykey import Items, RecordByKey
from sluice_query.diffs import Diffs
from sluice_query.listings import Catalog as ListCatalog
from sluice_query.listings import Listings
from sluice_query.reader import Database, ParquetReader
from sluice_query.records import Records
from sluice_query.settings import QuerySettings
from sluice_query.state import Catalog as StateCatalog
from sluice_query.state import States
from sluice_query.tokens import Tokens


class Catalog(StateCatalog, ListCatalog, Protocol):
    """What the service needs of the catalog; see `sluice.catalog`."""

    def run(self, dataset: str, run: str) -> Run:
        """A run as it is now."""


class Files(Protocol):
    """What the service needs of the clean bucket."""

    def parts(self, run: Run) -> list[str]:
        """URLs of a run's clean Parquet parts."""

    def rejects(self, run: Run) -> str:
        """URL of a run's rejects."""

    def issues(self, run: Run) -> str:
        """URL of a run's cell issues."""

    def diff(self, run: Run) -> str:
        """URL of a run's diff."""

    def report(self, run: Run) -> bytes | None:
        """A run's report as JSON text, if there is one."""


class TimedDatabase(Database, Protocol):
    """A database that limits what one request may take."""

    def begin(self) -> None:
        """Start the clock of a request."""


class Edge(Protocol):
    """Everything outside: AWS and DuckDB, or stand-ins for them."""

    @property
    def settings(self) -> QuerySettings:
        """The settings of this process."""

    @property
    def catalog(self) -> Catalog:
        """The catalog."""

    @property
    def items(self) -> Items:
        """The records table."""

    @property
    def files(self) -> Files:
        """The clean bucket."""

    @property
    def database(self) -> TimedDatabase:
        """DuckDB; takes long to load the first time."""

    def signing_key(self) -> bytes:
        """The key that signs page tokens."""


class Service:
    """What the routes call."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    @property
    def catalog(self) -> Catalog:
        """The catalog."""
        return self.edge.catalog

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self.edge.signing_key)

    @cached_property
    def states(self) -> States:
        """The datasets' states."""
        return States(self.catalog)

    @cached_property
    def listings(self) -> Listings:
        """Datasets, objects, runs, rejects, cell issues."""
        return Listings(self.catalog, self._tokens)

    @cached_property
    def diffs(self) -> Diffs:
        """What runs changed."""
        return Diffs(self.edge.files, self._tokens)

    @cached_property
    def by_key(self) -> RecordByKey:
        """Records by key."""
        return RecordByKey(self.catalog, self.states, self.edge.items, self._reader)

    @cached_property
    def _parquet(self) -> ParquetReader:
        return ParquetReader(self.edge.database, self.edge.files.parts)

    def _reader(self) -> ParquetReader:
        self.edge.database.begin()
        return self._parquet

    @property
    def database(self) -> Database:
        """DuckDB, for one request."""
        self.edge.database.begin()
        return self.edge.database

    @cached_property
    def _records(self) -> Records:
        return Records(self.states, self._parquet, self._tokens, self.edge.settings.answer_bytes)

    @property
    def records(self) -> Records:
        """Pages of records, for one request."""
        self.edge.database.begin()
        return self._records
