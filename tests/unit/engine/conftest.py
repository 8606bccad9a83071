"""Runs the engine through its public face on bytes that a test gives."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import CleanSettings, Lineage, Reference, Report, Source, Target, clean, local_connection

LINEAGE = Lineage(object="a/b.csv", run="r1", order="2026-01-01T00:00:00Z#r1")
SYSTEM_COLUMNS = ("_key", "_object", "_run", "_row", "_sk")


@dataclass
class Outcome:
    """What a run left behind, read back with another connection than the engine's."""

    report: Report
    columns: list[str]
    rows: list[tuple[Any, ...]]
    records: list[dict[str, Any]]
    rejects: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    def column(self, name: str) -> list[Any]:
        return [record[name] for record in self.records]

    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.report.columns}

    def report_of(self, name: str) -> Any:
        return next(column for column in self.report.columns if column.name == name)


Run = Callable[..., Outcome]


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """One for all tests: each would take longer to connect than to read."""
    return duckdb.connect()


def _read(pattern: str, order: str = '"row"') -> tuple[list[str], list[tuple[Any, ...]]]:
    found = _reader().execute(f"FROM read_parquet('{pattern}', filename = false) ORDER BY {order}")
    return [item[0] for item in found.description or ()], found.fetchall()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Cleans a text or bytes; keyword arguments beyond name, schema and packed are settings."""
    counter = iter(range(1_000_000))

    def go(
        content: str | bytes,
        name: str = "data.csv",
        schema: dict[str, Any] | None = None,
        *,
        packed: bool = False,
        previous: dict[str, Any] | None = None,
        references: dict[str, list[str]] | None = None,
        **settings: Any,
    ) -> Outcome:
        data = content.encode() if isinstance(content, str) else content
        folder = tmp_path / f"run{next(counter)}"
        (folder / "temp").mkdir(parents=True)
        path = folder / "source"
        path.write_bytes(gzip.compress(data) if packed else data)
        local = Source.local(path)
        source = Source(local.url, name, local.size, local.read)
        chosen = CleanSettings(temp_dir=folder / "temp", **settings)
        report = clean(
            source,
            Target(f"{folder}/out/", f"{folder}/rejects.parquet", LINEAGE, f"{folder}/issues.parquet"),
            schema=TableSchema.model_validate(schema) if schema else None,
            previous=TableSchema.model_validate(previous) if previous else None,
            references={name: Reference(files) for name, files in references.items()} if references else None,
            settings=chosen,
            connect=lambda: local_connection(chosen),
        )
        assert list((folder / "temp").iterdir()) == [], "nothing is left behind"
        return _outcome(report, folder)

    return go


def _outcome(report: Report, folder: Path) -> Outcome:
    columns, rows = _read(f"{folder}/out/*.parquet", "_row") if report.parts else ([], [])
    clean_columns = columns[: len(columns) - len(SYSTEM_COLUMNS)]
    outcome = Outcome(
        report=report,
        columns=clean_columns,
        rows=[row[: len(clean_columns)] for row in rows],
        records=[dict(zip(columns, row, strict=True)) for row in rows],
    )
    assert (folder / "rejects.parquet").exists() == bool(report.rows_rejected)
    if report.rows_rejected:
        names, refused = _read(f"{folder}/rejects.parquet")
        outcome.rejects = [dict(zip(names, row, strict=True)) for row in refused]
        assert len(refused) == report.rows_rejected
    assert (folder / "issues.parquet").exists() == bool(report.issues)
    if report.issues:
        names, told = _read(f"{folder}/issues.parquet")
        outcome.issues = [dict(zip(names, row, strict=True)) for row in told]
        assert len(told) == report.issues
    assert len(rows) == report.rows_out
    assert report.rows_in == report.rows_out + report.rows_rejected + report.rows_duplicate
    return outcome
