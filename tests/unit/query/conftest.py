"""A service with real catalog and records tables (moto) and real Parquet files on disk."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.catalog import CatalogWriter, Commit
from sluice.models.dataset import DatasetUpdate
from sluice.models.run import Run, order_token
from sluice.settings import load_settings
from sluice_clean.record_items import put_requests
from sluice_query.edge.aws import AwsEdge
from sluice_query.edge.database import Database
from sluice_query.handlers import api
from sluice_query.service import Service

RECORDS = "unit-records"
Fields = Sequence[tuple[str, str]]


class LocalFiles:
    """The clean bucket as a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def parts(self, run: Run) -> list[str]:
        if run.pack:
            return [str(self.folder / f"{run.pack}.parquet")]
        return [str(self.folder / f"{run.run}-{part}.parquet") for part in range(run.parts)]

    def rejects(self, run: Run) -> str:
        return str(self.folder / f"{run.run}-rejects.parquet")

    def issues(self, run: Run) -> str:
        return str(self.folder / f"{run.run}-issues.parquet")

    def diff(self, run: Run) -> str:
        return str(self.folder / f"{run.run}-diff.parquet")

    def report(self, run: Run) -> bytes | None:
        path = self.folder / f"{run.run}.json"
        return path.read_bytes() if path.exists() else None


class LocalEdge(AwsEdge):
    """DynamoDB as the settings name it, files and DuckDB of this machine."""

    def __init__(self, folder: Path, dynamodb: Any) -> None:
        # Clients are dear to make; this one is as good as another.
        self.__dict__["_dynamodb"] = dynamodb
        self.local = LocalFiles(folder)
        self.connects = 0
        self.timed = Database(self._connect, seconds=20)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self.connects += 1
        return duckdb.connect(config={"threads": 2})

    @property
    def files(self) -> LocalFiles:  # type: ignore[override] # a stand-in
        return self.local

    @property
    def database(self) -> Database:
        return self.timed


@dataclass(frozen=True)
class Answer:
    """An answer as the client sees it."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def records(self) -> list[Any]:
        assert self.status == 200, self.text
        records: list[Any] = self.json["records"]
        return records


class World:
    """A catalog, files, and a service that serves them."""

    def __init__(self, aws: Any, folder: Path, event: dict[str, Any], context: Any) -> None:
        self.catalog: CatalogWriter = aws.catalog
        self.dynamodb = aws.dynamodb
        self.folder = folder
        self.edge = LocalEdge(folder, aws.dynamodb)
        self.app = api.build_app(Service(self.edge))
        self._event = event
        self._context = context
        self._runs = 0

    def restart(self) -> None:
        """Forget what a warm process knows."""
        self.edge = LocalEdge(self.folder, self.dynamodb)
        self.app = api.build_app(Service(self.edge))

    def create(self, dataset: str, **update: Any) -> None:
        self.catalog.put_dataset(dataset, DatasetUpdate.model_validate(update))

    def add(
        self,
        dataset: str,
        name: str,
        fields: Fields,
        rows: str,
        *,
        key: str = "id",
        parts: int = 1,
        load: bool = True,
        sql_types: bool = False,
        **counts: Any,
    ) -> Run:
        """Serve rows (`SELECT …`) as the cleaned content of an object; `key` is the SQL of their key."""
        self.catalog.ensure_dataset(dataset)
        self._runs += 1
        pointer = self.catalog.take_fence(dataset, name)
        run = Run(
            run=f"run{self._runs:03}",
            dataset=dataset,
            object=name,
            version_id=f"v{self._runs}",
            received_at=f"2026-01-01T00:{self._runs:02}:00.000Z",
            last_modified=f"2026-01-01T00:{self._runs:02}:00.000Z",
            parts=parts,
            table_schema={"fields": [{"name": n, "type": t, "title": n.upper()} for n, t in fields]},
            fence=pointer.fence,
            **counts,
        )
        total = self._write(run, fields, rows, key)
        self.catalog.start_run(run)
        run = run.model_copy(update={"rows_in": total + run.rows_rejected, "rows_out": total})
        if sql_types:
            self._tell_sql_types(run)
        self.catalog.commit(Commit(dataset, name, pointer.fence, run))
        if load:
            self.load(run)
        return run

    def _write(self, run: Run, fields: Fields, rows: str, key: str) -> int:
        order = order_token(run.last_modified or "", run.run)
        listed = "".join(f'"{name}", ' for name, _ in fields)
        with duckdb.connect() as connection:
            connection.execute(
                f"""CREATE TABLE t AS SELECT {listed} ({key})::VARCHAR AS _key, ?::VARCHAR AS _object,
                ?::VARCHAR AS _run, row_number() OVER ()::BIGINT AS _row, ?::VARCHAR AS _sk FROM ({rows})""",  # noqa: S608
                [run.object, run.run, order],
            )
            (total,) = connection.execute("SELECT count(*) FROM t").fetchone() or (0,)
            for part, url in enumerate(LocalFiles(self.folder).parts(run)):
                where = f"_row % {run.parts} = {part}"
                connection.execute(f"COPY (FROM t WHERE {where}) TO '{url}' (FORMAT parquet)")
        return int(total)

    def _tell_sql_types(self, run: Run) -> None:
        found = Database(duckdb.connect, seconds=20).footers(LocalFiles(self.folder).parts(run)[:1])
        (types,) = found.values()
        for field in (run.table_schema or {})["fields"]:
            field["sluice:sql_type"] = types[field["name"]]

    def load(self, run: Run) -> None:
        """Put the run's records into the records table."""
        for part, url in enumerate(LocalFiles(self.folder).parts(run)):
            with duckdb.connect() as connection:
                for request in put_requests(connection, url, run.dataset):
                    self.dynamodb.put_item(TableName=RECORDS, Item=json.loads(request)["PutRequest"]["Item"])
            self.catalog.part_loaded(run.dataset, run.run, part)

    def remove(self, dataset: str, name: str) -> None:
        """Take an object away; its items stay, as they do for a moment."""
        pointer = self.catalog.take_fence(dataset, name)
        self.catalog.commit(Commit(dataset, name, pointer.fence))

    def get(
        self, path: str, query: dict[str, str | list[str]] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask the service as API Gateway does."""
        several = {name: [value] if isinstance(value, str) else value for name, value in (query or {}).items()}
        event = self._event | {"path": f"/v1{path}", "multiValueQueryStringParameters": several or None}
        event["queryStringParameters"] = {name: values[-1] for name, values in several.items()} or None
        given = {name.lower() for name in headers or {}}
        kept = {name: value for name, value in self._event["headers"].items() if name not in given}
        event["headers"] = kept | (headers or {})
        event["requestContext"] = self._event["requestContext"] | {"path": f"/dev/v1{path}"}
        answer = api.answer(self.app, event, self._context)
        names = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], names, answer["body"] or "")


@pytest.fixture
def world(aws: Any, tmp_path: Path, recorded: Callable[[str], dict[str, Any]], context: Any) -> Iterator[World]:
    """A service over nothing yet."""
    load_settings.cache_clear()
    yield World(aws, tmp_path, recorded("apigateway_rest"), context)
    load_settings.cache_clear()
