"""Readers, one file per format, asked in order; delimited text takes what no other recognises."""

from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable, Reader
from sluice_clean.engine.readers.delimited import DelimitedReader
from sluice_clean.engine.readers.json import JsonReader
from sluice_clean.engine.work import Workspace

READERS: tuple[Reader, ...] = (JsonReader(), DelimitedReader())

__all__ = ["READERS", "RawTable", "Reader", "read"]


def read(sample: Sample, work: Workspace) -> RawTable:
    """Stages a file with the first reader that recognises it."""
    reader = next(reader for reader in READERS if reader.recognises(sample))
    return reader.read(sample, work)
