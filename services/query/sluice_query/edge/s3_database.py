"""The connection that a function has: DuckDB with S3 and the function's own credentials."""

from typing import TYPE_CHECKING

import boto3

from sluice import duckdb_s3
from sluice_query.edge.database import Database
from sluice_query.settings import QuerySettings

if TYPE_CHECKING:
    import duckdb


class _Credentials:
    """Renews the connection's secret when the function's credentials have changed."""

    def __init__(self, endpoint: str | None) -> None:
        self._endpoint = endpoint
        self._session = boto3.Session()
        self._seen = self._now()

    def _now(self) -> object:
        credentials = self._session.get_credentials()
        return credentials.get_frozen_credentials() if credentials else None

    def refresh(self, connection: "duckdb.DuckDBPyConnection") -> None:
        now = self._now()
        if now != self._seen:
            duckdb_s3.refresh_secret(connection, self._endpoint)
            self._seen = now


def s3_database(settings: QuerySettings) -> Database:
    """The database of a function; it connects when first used."""
    credentials = _Credentials(settings.endpoint_url)

    def connect() -> "duckdb.DuckDBPyConnection":
        settings.temp_dir.mkdir(parents=True, exist_ok=True)
        connection = duckdb_s3.connect(
            memory_limit=settings.duckdb_memory,
            threads=settings.threads,
            temp_dir=settings.temp_dir,
            endpoint=settings.endpoint_url,
        )
        # A run's files never change: their footers and sizes are good for as long as the process lives.
        connection.execute("SET parquet_metadata_cache = true")
        connection.execute("SET enable_http_metadata_cache = true")
        return connection

    return Database(connect, refresh=credentials.refresh, seconds=settings.query_seconds)
