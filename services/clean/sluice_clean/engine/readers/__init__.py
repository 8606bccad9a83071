"""Readers, one file per format, asked in order; delimited text takes what no other recognises."""

from sluice_clean.engine.containers import unpack
from sluice_clean.engine.model import Source
from sluice_clean.engine.probe import Sample, probe
from sluice_clean.engine.readers.avro import AvroReader
from sluice_clean.engine.readers.base import RawTable, Reader
from sluice_clean.engine.readers.delimited import DelimitedReader
from sluice_clean.engine.readers.fixed_width import FixedWidthReader
from sluice_clean.engine.readers.html import HtmlReader
from sluice_clean.engine.readers.json import JsonReader
from sluice_clean.engine.readers.parquet import ParquetReader
from sluice_clean.engine.readers.union import read_members
from sluice_clean.engine.readers.workbook import WorkbookReader
from sluice_clean.engine.readers.xml import XmlReader
from sluice_clean.engine.work import Workspace

READERS: tuple[Reader, ...] = (
    WorkbookReader(),
    ParquetReader(),
    AvroReader(),
    HtmlReader(),
    XmlReader(),
    JsonReader(),
    FixedWidthReader(),
    DelimitedReader(),
)

__all__ = ["READERS", "RawTable", "Reader", "open_table", "reader_of"]


def open_table(source: Source, work: Workspace) -> tuple[RawTable, str | None]:
    """The table that an object holds, whatever lies around it; and what does.

    Raises:
        EngineError: The object can't be read, or holds no table.
    """
    with work.timed("unpack"):
        members = unpack(source, work)
    return read_members(members, work, _read), members[0].container


def _read(source: Source, work: Workspace) -> RawTable:
    with work.timed("probe"):
        sample = probe(source)
    return reader_of(sample).read(sample, work)


def reader_of(sample: Sample) -> Reader:
    """The first reader that takes a file for its own."""
    return next(reader for reader in READERS if reader.recognises(sample))
