"""What every reader gives: the records as text in one relation, the refused ones in another."""

from dataclasses import dataclass, field
from typing import Protocol

from sluice_clean.engine.probe import Sample
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.work import Workspace


@dataclass
class RawTable:
    """A file's records before any cleaning: the temporary view ``raw`` of the run's connection.

    Its columns: ``_row`` (1-based record number, refused records counted), ``_line`` (1-based physical line, or
    null where it isn't known), ``_text`` (the record as text), then ``c0``, ``c1``, … all VARCHAR.
    Refused records are rows of the temporary table ``rejects``.

    Attributes:
        labels: What the file calls the columns; None when it doesn't name them.
        rows_in: Records found, accepted and refused.
        format: csv, json or ndjson.
        encoding: As reported: utf-8, windows-1252, utf-16-le, ….
        nested: Whether cells may hold JSON objects and arrays.
        dialect: For delimited text.
    """

    labels: list[str | None]
    rows_in: int
    format: str
    encoding: str
    nested: bool = False
    dialect: Dialect | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The columns of the view ``raw``, in order."""
        return [f"c{index}" for index in range(len(self.labels))]


class Reader(Protocol):
    """One format. Adding a format is adding a file with one of these, and a line in the registry."""

    def recognises(self, sample: Sample) -> bool:
        """Whether the sample is of this format."""
        ...

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """Stages the whole file.

        Raises:
            EngineError: The file can't be read at all.
        """
        ...
