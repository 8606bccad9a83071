"""What tests of the command line share: how a command ended, and reading what it wrote."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb


@dataclass(frozen=True)
class Ran:
    """What a command left on its streams."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def rows(self) -> list[list[str]]:
        """stdout, read as CSV."""
        return list(csv.reader(io.StringIO(self.stdout.decode(), newline="")))

    @property
    def json(self) -> Any:
        """stdout, read as JSON."""
        return json.loads(self.stdout)

    @property
    def error(self) -> str:
        """The one line that it failed with."""
        errors = [line for line in self.stderr.splitlines() if line.startswith("sluice: ")]
        assert self.status == 2, self.stderr
        assert len(errors) == 1, self.stderr
        return errors[0].removeprefix("sluice: ")


Sluice = Callable[..., Ran]
Write = Callable[[str, str | bytes], Path]


def table(path: Path | str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a Parquet file, in its order."""
    with duckdb.connect() as connection:
        found = connection.execute("FROM read_parquet(?)", [str(path)])
        return [item[0] for item in found.description or ()], found.fetchall()


def types(path: Path | str) -> dict[str, str]:
    """Column names and DuckDB types of a Parquet file."""
    with duckdb.connect() as connection:
        found = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
    return {row[0]: row[1] for row in found}


def row_groups(path: Path | str) -> int:
    """How many groups of rows a Parquet file has."""
    with duckdb.connect() as connection:
        ((count,),) = connection.execute("SELECT num_row_groups FROM parquet_file_metadata(?)", [str(path)]).fetchall()
    return int(count)


def numbered(count: int, first: int = 1) -> str:
    """A CSV table of two columns."""
    return "id,name\n" + "".join(f"{number},n{number}\n" for number in range(first, first + count))
