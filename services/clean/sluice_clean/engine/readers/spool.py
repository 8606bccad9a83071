"""Files between Python and DuckDB, in the run's own folder: sources made plain, and records written canonically."""

import csv
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from sluice_clean.engine.encoding import Census
from sluice_clean.engine.model import Source
from sluice_clean.engine.probe import Sample, is_remote, settled
from sluice_clean.engine.sql import literal, text_list
from sluice_clean.engine.stream import Repairs, replaces_strays, text_chunks
from sluice_clean.engine.work import Workspace

# What DuckDB's own reader raises about a file's content; storage out of reach is not among it.
CANT_READ = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.BinderException)

# In a path DuckDB takes some characters for a pattern; an HTTP address it takes as it is.
SAFE_URL = re.compile(r"https?://\S+|[\w/.:=@ -]+")
_RANGE, _RANGES = 8 << 20, 4  # bytes read at once, and how many such reads go on side by side
_NUMBERS = frozenset({"_row", "_line", "row", "line"})
_DEFAULT_LINE = 2_000_000  # DuckDB's own limit; raising it raises the size of its buffers


@dataclass(frozen=True)
class PlainFile:
    """UTF-8 text without compression that DuckDB can read."""

    url: str
    encoding: str


def plain_file(sample: Sample, work: Workspace, *, force: bool = False) -> PlainFile:
    """The source itself if DuckDB can read it as it lies, else a plain copy of it in the run's folder.

    Args:
        sample: What the probe found.
        work: The run.
        force: Copy even so: the probe's samples were UTF-8, but the rest of the file is not.
    """
    if sample.plain and not force and SAFE_URL.fullmatch(sample.source.url):
        return PlainFile(sample.source.url, "utf-8")
    repairs = Repairs()
    path = work.folder / "plain"
    with work.timed("transcode"), path.open("w", encoding="utf-8", newline="") as out:
        for chunk in text_chunks(sample.source, sample.encoding, repairs):
            out.write(chunk)
    return PlainFile(str(path), reported_encoding(sample.encoding, repairs, work))


def local_text(sample: Sample, work: Workspace, repairs: Repairs) -> tuple[Path, Sample]:
    """The source as a local file in UTF-8: itself if it is one, but for strays, else a copy in the run's folder.

    Of an object in storage only some places were looked at; once all its bytes have come by, its encoding is decided
    anew.

    Args:
        sample: What the probe found.
        work: The run.
        repairs: Counts what had to be mended in the bytes.

    Returns:
        The file, and the sample as it is read in the encoding that all bytes tell.
    """
    local = sample.source
    if is_remote(local):
        path = work.folder / "downloaded"
        census = Census()
        with work.timed("download"):
            download(local, path, census)
        census.finish()
        local = replace(Source.local(path), name=local.name)
        sample = settled(replace(sample, source=local), census)
    if sample.encoding == "utf-8":
        return Path(local.url), sample
    path = work.folder / "plain"
    with work.timed("transcode"), path.open("w", encoding="utf-8", newline="") as out:
        for chunk in text_chunks(local, sample.encoding, repairs):
            out.write(chunk)
    return path, sample


def download(source: Source, path: Path, census: Census) -> None:
    """Copies an object in ranges, several at a time: storage gives each only so much a second."""
    with path.open("wb") as out, ThreadPoolExecutor(max_workers=_RANGES) as pool:
        starts = range(0, source.size, _RANGE)
        for first in range(0, len(starts), _RANGES):  # in rounds, so that few ranges are held at once
            for data in pool.map(lambda start: source.read(start, _RANGE), starts[first : first + _RANGES]):
                out.write(data)
                census.add(data)


def reported_encoding(encoding: str, repairs: Repairs, work: Workspace) -> str:
    """The encoding's name for the report; repaired bytes are told as a warning."""
    if repairs.twice:
        work.warnings.append(f"{repairs.twice:,} lines held text that was encoded twice, and were set right")
    if not repairs.stray:
        return encoding
    if encoding == "utf-8" and repairs.mostly_single_byte:
        return "windows-1252"
    what = "replaced by U+FFFD" if replaces_strays(encoding) else "read as Windows-1252"
    work.warnings.append(f"{repairs.stray:,} invalid bytes were {what}")
    return encoding


class CanonicalFile:
    """A CSV file of one fixed form, written by Python, read by DuckDB without any guess."""

    def __init__(self, work: Workspace, name: str, columns: Sequence[str]) -> None:
        self._path = work.folder / name
        self._columns = columns
        self._longest = 0
        self._file = work.files.enter_context(self._path.open("w", encoding="utf-8", newline="", errors="replace"))
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self.rows = 0

    def add(self, values: Iterable[object]) -> None:
        """Appends one row."""
        self._longest = max(self._longest, self._writer.writerow(values))
        self.rows += 1

    def relation(self) -> str:
        """The rows as a SQL table function; row and line are numbers or null, all else is text."""
        self._file.close()
        texts = [name for name in self._columns if name not in _NUMBERS]
        types = ", ".join(f"{literal(name)}: '{'BIGINT' if name in _NUMBERS else 'VARCHAR'}'" for name in self._columns)
        # Every character may take four bytes, and quotes are doubled already in what was counted.
        line = max(_DEFAULT_LINE, self._longest * 4)
        return (
            f"read_csv({literal(str(self._path))}, delim=',', quote='\"', escape='\"', header=false, auto_detect=false,"
            f" new_line='\\n', force_not_null={text_list(texts)}, max_line_size={line}, columns={{{types}}})"
        )
