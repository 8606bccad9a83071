"""What a run is given: a source to read, a target to write to, settings."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sluice.models.table_schema import MAX_FIELDS

# Texts that say "no value" whatever the column holds.
STRONG_NULLS = ("", "null", "\\n", "#n/a", "#n/a n/a", "<na>", "#null!", "(null)", "[null]")
# Texts that say it only in a column of numbers, dates or booleans: in a text column `-` may be a name, NA is Namibia.
WEAK_NULLS = (
    "na",
    "n/a",
    "n.a.",
    "none",
    "nan",
    "nil",
    "-",
    "--",
    "---",
    "\u2013",
    "\u2014",
    ".",
    "..",
    "...",
    "\u2026",
    ":",
    "?",
    "missing",
    "unknown",
    "#value!",
    "#ref!",
    "#div/0!",
)


@dataclass(frozen=True)
class Source:
    """A raw object.

    Attributes:
        url: A local path or an ``s3://`` URL that the run's DuckDB connection can read.
        name: The object's name: a hint only, the content decides.
        size: Bytes.
        read: ``read(start, length)`` gives up to ``length`` bytes from offset ``start``.
    """

    url: str
    name: str
    size: int
    read: Callable[[int, int], bytes]

    @classmethod
    def local(cls, path: Path | str) -> "Source":
        """A file on this machine."""
        path = Path(path)

        def read(start: int, length: int) -> bytes:
            with path.open("rb") as file:
                file.seek(start)
                return file.read(length)

        return cls(url=str(path), name=path.name, size=path.stat().st_size, read=read)


@dataclass(frozen=True)
class Lineage:
    """Where records come from: constant columns of the output (``_object``, ``_run``, ``_sk``)."""

    object: str
    run: str
    order: str


@dataclass(frozen=True)
class Target:
    """Where the output goes.

    Attributes:
        data_prefix: Parts are written as ``{data_prefix}part-00000.parquet``.
        rejects_url: Parquet of the refused rows; written only when there are any.
        lineage: Constant columns of every record.
        issues_url: Parquet of the cells that became null; written only when there are any, None: not at all.
    """

    data_prefix: str
    rejects_url: str
    lineage: Lineage
    issues_url: str | None = None


@dataclass(frozen=True)
class Reference:
    """The records of another dataset.

    Attributes:
        files: Parquet files that hold them.
        runs: Only records of these runs count (column ``_run``); None: all.
    """

    files: Sequence[str]
    runs: Sequence[str] | None = None


@dataclass(frozen=True)
class CleanSettings:
    """Limits and choices of a run; every limit ends in a named error or reject, never in a guess.

    Attributes:
        memory_limit: DuckDB's, as DuckDB writes it.
        threads: Threads of DuckDB.
        chunk_bytes: Bytes of a file that a thread has in hand at a time, at most; it takes some ten times that memory.
        temp_dir: Where intermediate files go; each run makes its own folder there and removes it.
        part_rows: Records in one output file, at most.
        ordered_parts: Records in the order of the file within each part too, not from part to part only: for whoever
            makes one file of them. Costs a thirtieth of a run.
        max_columns: Columns, at most (``too-many-columns``).
        max_record_bytes: Characters of one record, at most (``record-too-long``).
        max_document_bytes: A JSON document whose records lie inside an object is held in memory up to this size.
        max_expanded_bytes: Bytes that a compressed source may expand to.
        max_members: Files in an archive, at most.
        as_text: Parse only: every value stays the text it was, nothing is deduplicated.
        strong_nulls: Lower-case texts that are null in every column.
        weak_nulls: Lower-case texts that are null only in columns that are otherwise not text.
        type_tolerance: Share of a column's non-null values that may not fit its type; they become null and are told.
        pii_salt: What is hashed before a value that the contract has hashed (a dataset's name, say).
        day_first: How to read 03/04/2020 when no value of the column decides.
        examine: Look for figures, meanings, keys, dependencies and suspected errors in the clean records.
        repair: Apply suggested repairs of at least this confidence, 0..1; None applies none.
    """

    memory_limit: str = "1GB"
    threads: int = 2
    chunk_bytes: int = 16 << 20
    temp_dir: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    part_rows: int = 100_000
    ordered_parts: bool = False
    max_columns: int = MAX_FIELDS
    max_record_bytes: int = 1 << 20
    max_document_bytes: int = 64 << 20
    max_expanded_bytes: int = 16 << 30
    max_members: int = 1_000
    as_text: bool = False
    strong_nulls: tuple[str, ...] = STRONG_NULLS
    weak_nulls: tuple[str, ...] = WEAK_NULLS
    type_tolerance: float = 0.01
    pii_salt: str = ""
    day_first: bool = False
    examine: bool = True
    repair: float | None = None
