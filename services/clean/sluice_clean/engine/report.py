"""What a run tells: counts, the schema, and every change that was made, as JSON-able models."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from sluice.models.table_schema import SchemaField, TableSchema
from sluice_clean.engine.insight.model import Insight
from sluice_clean.engine.names import unique_names


class Part(BaseModel):
    """One Parquet file of the output; ``nulls`` counts, by column, records without a value."""

    url: str
    rows: int
    bytes: int | None = None
    nulls: dict[str, int] = Field(default_factory=dict, exclude=True)


class Dialect(BaseModel):
    """How a delimited file is written; ``delimiter`` is None for a file of one column."""

    delimiter: str | None
    quote: str | None
    escape: str | None
    header: bool
    score: float = Field(description="0..1: how regular the sample is under this reading")
    padded: bool = Field(default=False, description="Whether white space beside the delimiter is no part of the cells")
    confidence: float = Field(default=0.0, description="0..1: how far ahead of the next best dialect it is")
    skipped_lines: int = Field(default=0, description="Physical lines before the header, or before the first record")
    header_rows: int = Field(default=0, description="Records that make up the header")
    comment: str | None = Field(default=None, description="What a comment line begins with")
    footer_lines: int = Field(default=0, description="Physical lines after the last record that are notes")


class Example(BaseModel):
    """One changed cell. ``row`` is the 1-based record number; ``after`` is None where the cell became null."""

    row: int
    before: str | None
    after: str | None


class Change(BaseModel):
    """What one rule did to one column."""

    count: int
    examples: list[Example] = Field(default_factory=list, max_length=3)


class ColumnReport(BaseModel):
    """One column of the output.

    ``nulls`` counts delivered records without a value; ``invalid`` counts cells of the source that
    were set null because they don't fit the type. ``confidence`` is that of the decision about its type and how it is
    read; None where the contract says all.
    """

    name: str
    original: str | None
    type: str
    sql_type: str
    nulls: int = 0
    invalid: int = 0
    confidence: float | None = None
    changes: dict[str, Change] = Field(default_factory=dict)


DriftKind = Literal["missing", "additional", "renamed", "type-changed", "reordered"]
DriftLevel = Literal["compatible", "breaking"]


class Drift(BaseModel):
    """One difference between a file and its contract, or what was inferred of the file before it.

    ``breaking``: most or all rows would be refused, or who reads the column can't go on as before; ``compatible``:
    records are delivered as agreed. ``column`` is None where it is the whole table.
    """

    change: DriftKind
    column: str | None
    level: DriftLevel
    reason: str
    against: Literal["contract", "previous"] = "contract"


class Report(BaseModel):
    """The whole account of a run; rows_in == rows_out + rows_rejected + rows_duplicate, always."""

    rows_in: int
    rows_out: int
    rows_rejected: int
    rows_duplicate: int
    parts: list[Part]
    table_schema: TableSchema
    format: str
    compression: str | None
    encoding: str
    dialect: Dialect | None
    columns: list[ColumnReport]
    rejects_by_code: dict[str, int]
    issues: int = Field(default=0, description="Delivered cells that are null because their text breaks a rule")
    drift: list[Drift] = Field(default_factory=list)
    insight: Insight | None = Field(default=None, description="What was found out about the clean records")
    timings_ms: dict[str, float]
    warnings: list[str]

    @classmethod
    def without_records(cls, format: str, labels: Sequence[str], reason: str) -> "Report":  # noqa: A002 - the field's
        """The account of a table that has labels, perhaps, and no record."""
        names = unique_names(labels)
        return cls(
            rows_in=0,
            rows_out=0,
            rows_rejected=0,
            rows_duplicate=0,
            parts=[],
            table_schema=TableSchema(fields=[SchemaField(name=name, type="string") for name in names]),
            format=format,
            compression=None,
            encoding="utf-8",
            dialect=None,
            columns=[
                ColumnReport(name=name, original=label, type="string", sql_type="VARCHAR")
                for name, label in zip(names, labels, strict=True)
            ],
            rejects_by_code={},
            timings_ms={},
            warnings=[reason],
        )

    def to_json(self) -> dict[str, Any]:
        """The report as it is stored: plain JSON values, the schema as Table Schema writes it."""
        return self.model_dump(mode="json", exclude={"table_schema"}) | {"table_schema": self.table_schema.to_json()}
