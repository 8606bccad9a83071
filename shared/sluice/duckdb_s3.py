"""DuckDB connections that read and write S3 by themselves, with the function's own role.

The httpfs extension comes from PyPI as a package and is loaded from its file: DuckDB checks its signature, and
nothing is downloaded. Source: https://duckdb.org/docs/stable/core_extensions/httpfs/s3api
"""

import importlib.util
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import duckdb

_HTTP_TIMEOUT_SECONDS = 25
_SCHEMES = {"http": "false", "https": "true"}


@cache
def extension_path(name: str) -> Path:
    """The file of a DuckDB extension that is installed as `duckdb-extension-<name>`.

    Raises:
        RuntimeError: the package is not installed, or has no build for this version of DuckDB.
    """
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    roots = list(spec.submodule_search_locations or []) if spec else []
    for root in roots:
        path = Path(root) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.exists():
            return path
    raise RuntimeError(f"duckdb-extension-{name} {duckdb.__version__} is not installed")


def connect(*, memory_limit: str, threads: int, temp_dir: Path, endpoint: str | None) -> duckdb.DuckDBPyConnection:
    """A new in-memory database that may read and write S3.

    Args:
        memory_limit: as DuckDB writes it, like `1GB`; what exceeds it is spilled to `temp_dir`.
        threads: how many threads one query may use.
        temp_dir: folder for spilled data.
        endpoint: URL of an emulator; None is AWS.
    """
    connection = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(temp_dir),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute(f"LOAD '{extension_path('httpfs')}'")
    connection.execute(f"SET http_timeout = {_HTTP_TIMEOUT_SECONDS}")
    refresh_secret(connection, endpoint)
    return connection


def refresh_secret(connection: duckdb.DuckDBPyConnection, endpoint: str | None) -> None:
    """Give the connection the credentials that the function has now; they change while a function is warm."""
    session = boto3.Session()
    found = session.get_credentials()
    if found is None:
        raise RuntimeError("no AWS credentials in this environment")
    credentials = found.get_frozen_credentials()
    options = {
        "KEY_ID": credentials.access_key or "",
        "SECRET": credentials.secret_key or "",
        "SESSION_TOKEN": credentials.token or "",
        "REGION": session.region_name or "us-east-1",
    }
    if endpoint:
        url = urlsplit(endpoint)
        options |= {"ENDPOINT": url.netloc, "URL_STYLE": "path", "USE_SSL": _SCHEMES[url.scheme]}
    # CREATE SECRET takes no prepared parameters, hence the quoting here.
    listed = ", ".join(f"{name} {_quoted(value)}" for name, value in options.items())
    connection.execute(f"CREATE OR REPLACE SECRET sluice (TYPE s3, {listed})")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
