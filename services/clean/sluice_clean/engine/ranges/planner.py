"""Decides from some places of an object what its columns are, and where to cut it."""

import codecs
from collections.abc import Callable, Sequence

import duckdb

from sluice.models.table_schema import TableSchema
from sluice_clean.engine.containers import container_of
from sluice_clean.engine.contract import violations
from sluice_clean.engine.dialect import Shape
from sluice_clean.engine.encoding import Encoding
from sluice_clean.engine.model import CleanSettings, Source
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.probe import Sample, probe, read_as
from sluice_clean.engine.ranges.layout import Facts, Layout, tried
from sluice_clean.engine.ranges.seams import Records, guess_cuts
from sluice_clean.engine.readers import RawTable, reader_of
from sluice_clean.engine.readers.delimited import DelimitedReader, Span, copy_sample, open_delimited
from sluice_clean.engine.readers.json import JsonReader, is_by_line, read_lines
from sluice_clean.engine.review import Verdicts
from sluice_clean.engine.run import Agreed, faults_told
from sluice_clean.engine.work import Workspace

# In these a byte 10 may be part of another character, or what bytes mean hangs on those before.
_UNCUT = ("utf-16", "utf-32", "iso2022")


class CannotSplitError(Exception):
    """The object can only be cleaned as a whole; ``kind`` says what it is."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def plan_ranges(  # noqa: PLR0913 - what a run is given, by name
    source: Source,
    range_bytes: int,
    *,
    schema: TableSchema | None = None,
    settings: CleanSettings,
    connect: Callable[[], duckdb.DuckDBPyConnection],
    verdicts: Verdicts | None = None,
    encoding: Encoding | None = None,
    keys: Sequence[str] | None = None,
    attempt: int = 1,
) -> Layout:
    """The layout of an object, from its beginning and some places further on.

    Args:
        source: The object.
        range_bytes: How long a range is to be, about.
        schema: The contract.
        settings: Limits and choices.
        connect: Gives a connection; it is closed afterwards.
        verdicts: What all rows asked for under earlier plans.
        encoding: What all bytes proved to be; None: what the sample says.
        keys: Of all records, where they are JSON; None: those of the sample.
        attempt: The plan's number, from 1 on.

    Raises:
        CannotSplitError: The object can only be cleaned as a whole.
        EngineError: It can't be cleaned at all.
    """
    verdicts = verdicts or Verdicts()
    with faults_told(), Workspace(connect(), settings) as work:
        sample = check_splittable(source)
        sample = read_as(sample, encoding) if encoding else sample
        if sample.encoding.startswith(_UNCUT):
            raise CannotSplitError("csv", f"text in {sample.encoding} can't be cut at any byte")
        if isinstance(reader_of(sample), JsonReader):
            opened = _open_lines(sample, source, keys, work)
        else:
            opened = open_delimited(sample, source, sample.encoding, work)
        table, shape, span = opened
        plan = Agreed(schema, None, None).plan(work, table, verdicts)
        _check_separable(plan)
        if any(not key.reference.resource for key in plan.foreign_keys):
            raise CannotSplitError("csv", "the contract has a foreign key that refers to the table itself")
        records = Records(shape, sample.encoding, settings.max_record_bytes)
        warnings = [*work.warnings, *table.warnings]
        return Layout(
            plan=plan,
            shape=shape,
            facts=Facts(table.labels, table.format, sample.encoding, table.dialect, warnings, table.nested),
            cuts=guess_cuts(source, (span.first, span.last), range_bytes, records),
            first_line=span.line,
            range_bytes=range_bytes,
            attempt=attempt,
            decided=verdicts.decided,
            tried=tried(verdicts),
        )


def _check_separable(plan: Plan) -> None:
    """Whether a record can be judged without those of other ranges.

    Raises:
        CannotSplitError: It can't.
    """
    if not plan.as_text and any(one.code == "unique" for one in violations(plan)):
        raise CannotSplitError("csv", "the contract has a field that is unique")
    if any(not foreign.reference.resource for foreign in plan.foreign_keys):
        raise CannotSplitError("csv", "the contract has a foreign key within the table")


def _open_lines(
    sample: Sample, source: Source, keys: Sequence[str] | None, work: Workspace
) -> tuple[RawTable, Shape | None, Span]:
    """What `open_delimited` gives, of a file with a JSON value per line."""
    first = len(codecs.BOM_UTF8) if source.read(0, len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
    span = Span(first, source.size, 1)
    path = work.folder / "sample.ndjson"
    whole = copy_sample(source, sample.encoding, (span.first, span.last), path)
    table, found = read_lines(path, work, keys)
    table.sampled_all = whole
    if not found and not keys:
        raise CannotSplitError("json", "its first records have no key")
    return table, None, span


def check_splittable(source: Source) -> Sample:
    """What the probe finds of delimited text, or of text with a JSON value per line.

    Raises:
        CannotSplitError: It is anything else.
    """
    container = container_of(source)
    if container is not None:
        raise CannotSplitError(container, f"what lies in {container} can only be read from its beginning")
    sample = probe(source)
    reader = reader_of(sample)
    by_line = isinstance(reader, JsonReader) and is_by_line(sample)
    if by_line and sample.head.lstrip("\ufeff \t\r\n").startswith("["):
        raise CannotSplitError("json", "lines that are arrays may be rows, which can only be read as a whole")
    if not (by_line or isinstance(reader, DelimitedReader)):
        kind = sample.kind or type(reader).__name__.removesuffix("Reader").lower()
        raise CannotSplitError(kind, f"{kind} can only be read as a whole")
    return sample
