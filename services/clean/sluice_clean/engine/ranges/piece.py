# ruff: noqa: S608 - SQL is built of our own table names and of literals quoted by sql.py
"""Cleans one range of an object under the layout of all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from sluice_clean.engine.dialect import Shape
from sluice_clean.engine.encoding import Census
from sluice_clean.engine.foreign import References
from sluice_clean.engine.model import CleanSettings, Source, Target
from sluice_clean.engine.parts import make_folder
from sluice_clean.engine.pipeline import run_chunks
from sluice_clean.engine.ranges.layout import Layout, window
from sluice_clean.engine.ranges.result import Counted, Evidence, Mended, RangeResult
from sluice_clean.engine.ranges.seams import Records, true_end
from sluice_clean.engine.readers.base import Chunk
from sluice_clean.engine.readers.delimited_chunk import DelimitedChunk
from sluice_clean.engine.readers.json import read_lines
from sluice_clean.engine.readers.splitter import Piece, split
from sluice_clean.engine.readers.spool import download
from sluice_clean.engine.run import faults_told, share
from sluice_clean.engine.sql import literal
from sluice_clean.engine.stream import Repairs, decode, text_chunks
from sluice_clean.engine.work import Workspace

_BLOCK = 1 << 20


def clean_range(
    source: Source,
    layout: Layout,
    span: tuple[int, int],
    target: Target,
    *,
    references: References | None = None,
    settings: CleanSettings,
    connect: Callable[[], duckdb.DuckDBPyConnection],
) -> RangeResult:
    """Cleans the records that begin within a range.

    Args:
        source: The whole object.
        layout: What `plan_ranges` or `join_ranges` gave.
        span: One of its spans.
        target: Where the range's own files go.
        references: The records of each dataset that a foreign key refers to.
        settings: Limits and choices; the same for all ranges.
        connect: Gives a connection that can write the target's URLs; it is closed afterwards.

    Raises:
        EngineError: The range can't be cleaned.
        duckdb.IOException: Storage could not be read or written.
    """
    with faults_told(), Workspace(connect(), settings) as work:
        table = _RangeTable(source, layout, span, work)
        shared = share(work, layout.plan, target, references, layout.standings.get(span[0]))
        with work.timed("clean"):
            run_chunks(shared, replace(layout.facts.table(), chunks=table.chunks()))
        duplicates = shared.tally.duplicates + shared.deduplicator.finish(work, shared.parts)
        return RangeResult(
            start=span[0],
            end=table.end,
            records=shared.tally.records,
            lines=table.lines,
            duplicates=duplicates,
            keys=table.keys,
            parts=shared.parts,
            rejects=_store(work, "rejects", target.rejects_url),
            rejects_url=target.rejects_url,
            issues=_store(work, "issues", target.issues_url),
            issues_url=target.issues_url,
            counted=Counted.of(shared.tally),
            totals=shared.totals.history,
            evidence=Evidence.of(table.census),
            mended=Mended.of(table.repairs),
            timings_ms=work.timings_ms,
            warnings=work.warnings,
        )


def _store(work: Workspace, table: str, url: str | None) -> int:
    """Writes a table of the run as it is, if it has rows; how many."""
    (count,) = work.row(f"SELECT count(*) FROM {table}")
    if count and url:
        make_folder(url)
        work.connection.execute(f"COPY {table} TO {literal(url)} (FORMAT parquet, COMPRESSION zstd)")
    return int(count)


class _RangeTable:
    """The records of a range; all but its chunks is known once these are through."""

    def __init__(self, source: Source, layout: Layout, span: tuple[int, int], work: Workspace) -> None:
        self.census = Census()
        self.repairs = Repairs()
        self.lines = 0
        self.end = span[1]
        self.keys: list[str] = []
        self._source = source
        self._layout = layout
        self._encoding = layout.facts.encoding
        self._work = work
        self._path = self._fetch(window(source, *span))

    def _fetch(self, range_: Source) -> Path:
        """The range as a local file in UTF-8, with strays if it is delimited text: its reader counts them."""
        path = self._work.folder / "range"
        with self._work.timed("download"):
            download(range_, path, self.census)
        self.census.finish()
        if self._encoding == "utf-8" and (self._layout.shape is not None or not self.census.strays):
            return path
        plain = self._work.folder / "plain"
        with self._work.timed("transcode"), plain.open("w", encoding="utf-8", newline="") as out:
            for text in text_chunks(Source.local(path), self._encoding, self.repairs):
                out.write(text)
        path.unlink()
        return plain

    def chunks(self) -> Iterator[Chunk]:
        """The range's chunks."""
        if self._layout.shape is None:
            return self._json_chunks()
        return self._delimited_chunks(self._layout.shape)

    def _json_chunks(self) -> Iterator[Chunk]:
        labels = [str(label) for label in self._layout.facts.labels]
        table, self.keys = read_lines(self._path, self._work, labels)
        with self._path.open("rb") as file:
            self.lines = sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
        return table.chunks

    def _delimited_chunks(self, shape: Shape) -> Iterator[Chunk]:
        """The last chunk reaches to where the next record begins."""
        held: Piece | None = None
        size = self._path.stat().st_size
        limits = (self._work.settings.chunk_bytes, self._work.settings.max_record_bytes)
        for piece in split(self._path, (0, size), shape.form, shape.width, self._work.folder, 1, limits):
            if held is not None:
                yield self._chunk(held, shape)
            held = piece
        if held is not None:
            yield self._chunk(self._completed(held), shape)

    def _chunk(self, piece: Piece, shape: Shape) -> Chunk:
        self.lines += piece.lines
        return DelimitedChunk(piece, shape, self._work, self.repairs)

    def _completed(self, piece: Piece) -> Piece:
        """The last piece, with the rest of a record that goes on behind the cut."""
        cut = self.end
        records = Records(self._layout.shape, self._encoding, self._work.settings.max_record_bytes)
        if not records.are_lines:
            self.end = true_end(piece.path.read_bytes(), self._source, cut, self._layout.cuts[-1], records)
        if self.end == cut:
            return piece
        data = self._source.read(cut, self.end - cut)
        with piece.path.open("ab") as out:
            out.write("".join(decode(iter([data]), self._encoding, self.repairs)).encode())
        lines = piece.lines + data.count(b"\n") + (not data.endswith(b"\n"))
        return replace(piece, lines=lines, unusual=None)
