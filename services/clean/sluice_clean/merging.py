"""Merges the small files of a dataset, so that it stays quick to read however many objects it has.

A pack is a copy for reading: a run's own files stay for as long as the run, and unloading and comparing go by them. The
rows keep `_object`, `_run`, `_row`, `_key`, `_sk`, and whoever reads a pack takes those of served runs only; a run that
is replaced meanwhile is thus not brought back by it. Packs themselves are merged once there are several small ones, or
once most of one is of runs that have ended; and a day after the first of its runs has, so that nothing that was deleted
stays for ever.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from sluice.catalog.due import PURGE_SECONDS
from sluice.catalog.keeper import Due
from sluice.clock import ago
from sluice.models.dataset import Dataset
from sluice.models.pack import Pack
from sluice.models.run import Run
from sluice.object_keys import pack_key, run_files
from sluice.telemetry import get_logger

if TYPE_CHECKING:
    import duckdb

# A file that is worth merging, and how large a pack may get; both before anything is read.
_SMALL_BYTES = 4 * 2**20
_PACK_BYTES = 64 * 2**20
_PACK_RUNS = 2_000
# Fewer files than these are not worth a pack, or a pack of packs.
_FEWEST_FILES = 16
_FEWEST_PACKS = 8
_WRITERS = 8
_NEVER = "~"  # after every moment


class Catalog(Protocol):
    """What merging needs of the catalog; see `sluice.catalog.keeper`."""

    def find_dataset(self, name: str) -> Dataset | None: ...  # noqa: D102 - as in sluice.catalog.keeper
    def live_runs(self, dataset: str, generation: int) -> list[Run]: ...  # noqa: D102
    def to_merge(self) -> Iterator[Due]: ...  # noqa: D102
    def packs(self, dataset: str) -> list[Pack]: ...  # noqa: D102
    def begin_merge(self, dataset: str) -> bool: ...  # noqa: D102
    def end_merge(self, dataset: str) -> None: ...  # noqa: D102
    def begin_pack(self, pack: Pack) -> None: ...  # noqa: D102
    def pack_ready(self, pack: Pack) -> bool: ...  # noqa: D102
    def end_pack(self, pack: Pack) -> None: ...  # noqa: D102
    def pack_stale(self, dataset: str, pack: str) -> None: ...  # noqa: D102
    def purge_later(self, dataset: str) -> None: ...  # noqa: D102
    def move_run(self, run: Run, pack: str) -> bool: ...  # noqa: D102
    def merged(self, dataset: Dataset, seen: Due) -> None: ...  # noqa: D102
    def rest(self, item: Due) -> None: ...  # noqa: D102


class MergeError(Exception):
    """A pack does not hold the rows that it should: a file is missing, or holds others."""


Write = Callable[[Sequence[str], Sequence[str], str], int]


@dataclass
class _Group:
    """Served runs whose files have the same columns: those with files of their own, and those in packs."""

    loose: list[Run] = field(default_factory=list)
    packed: dict[str, list[Run]] = field(default_factory=dict)

    def to_merge(self, packs: dict[str, Pack]) -> list[Run]:
        """The runs that are to get a new pack."""
        found = self.loose if len(self.loose) >= _FEWEST_FILES else []
        small = {pack for pack, runs in self.packed.items() if sum(run.bytes_out for run in runs) < _PACK_BYTES // 4}
        for pack, runs in self.packed.items():
            mostly_ended = pack in packs and sum(run.rows_out for run in runs) * 2 < packs[pack].rows
            long_stale = pack in packs and (packs[pack].stale_at or _NEVER) <= ago(timedelta(seconds=PURGE_SECONDS))
            if mostly_ended or long_stale or (pack in small and len(small) >= _FEWEST_PACKS):
                found = [*found, *runs]
        return found


class Merger:
    """Merges one dataset at a time.

    Args:
        catalog: the catalog.
        url: gives the URL of a key of the clean bucket.
        write: writes the rows of some runs, found in some files, into a new file, and counts them.
    """

    def __init__(self, catalog: Catalog, url: Callable[[str], str], write: Write) -> None:
        self._catalog = catalog
        self._url = url
        self._write = write

    def merge_all(self, deadline: float) -> dict[str, int]:
        """Merge what is due, dataset by dataset, and begin none after the deadline; see `merge`.

        Raises:
            MergeError: some datasets failed; all others were merged.
        """
        done: dict[str, int] = {}
        failed: dict[str, Exception] = {}
        for due in self._catalog.to_merge():
            if time.monotonic() > deadline:
                break
            try:
                done[due.dataset] = self.merge(due)
            except Exception as error:  # noqa: BLE001 - one dataset must not keep the others waiting
                failed[due.dataset] = error
                get_logger().exception("not merged", extra={"dataset": due.dataset})
        if failed:
            name, first = next(iter(failed.items()))
            raise MergeError(f"{len(failed)} datasets could not be merged; the first, '{name}': {first}")
        return done

    def merge(self, due: Due) -> int:
        """Merge what is worth it, unless another does; gives how many runs are read from other files now.

        Raises:
            MergeError: the files do not hold what the catalog says; nothing refers to the pack.
            duckdb.Error: a file can't be read or written.
        """
        if not self._catalog.begin_merge(due.dataset):
            return 0
        try:
            return self._merge(due)
        finally:
            self._catalog.end_merge(due.dataset)

    def _merge(self, due: Due) -> int:
        dataset = self._catalog.find_dataset(due.dataset)
        if dataset is None or dataset.deleting_at:
            self._catalog.rest(due)
            return 0
        packs = {pack.pack: pack for pack in self._catalog.packs(dataset.name) if pack.state == "ready"}
        served = self._catalog.live_runs(dataset.name, dataset.generation)
        moved: dict[str, str] = {}
        for group in _groups(served).values():
            for batch in _batches(group.to_merge(packs)):
                moved |= self._pack(dataset.name, batch)
        still = {moved.get(run.run, run.pack) for run in served}
        for pack in packs.values():
            if pack.pack not in still:
                self._catalog.end_pack(pack)
        self._catalog.merged(dataset, due)
        # Read anew: who found a pack stale while the dataset was due left it to us.
        if any(pack.stale_at and pack.state == "ready" for pack in self._catalog.packs(dataset.name)):
            self._catalog.purge_later(dataset.name)
        return len(moved)

    def _pack(self, dataset: str, runs: Sequence[Run]) -> dict[str, str]:
        pack = Pack(dataset=dataset, pack=secrets.token_hex(8), rows=sum(run.rows_out for run in runs))
        self._catalog.begin_pack(pack)
        still = self._catalog.find_dataset(dataset)
        if still is None or still.deleting_at:
            return {}  # the deletion waits for the pack that it finds begun, and sweeps it up
        keys = dict.fromkeys(key for run in runs for key in run_files(dataset, run.run, run.parts, run.pack))
        rows = self._write([self._url(key) for key in keys], [run.run for run in runs], self._url(self._key(pack)))
        if rows != pack.rows:
            raise MergeError(f"A pack of '{dataset}' got {rows} rows where {pack.rows} were expected.")
        if not self._catalog.pack_ready(pack):
            return {}
        with ThreadPoolExecutor(_WRITERS) as pool:
            moved = list(pool.map(partial(self._catalog.move_run, pack=pack.pack), runs))
        if not all(moved):
            self._catalog.pack_stale(dataset, pack.pack)
        get_logger().info("merged", extra={"dataset": dataset, "pack": pack.pack, "runs": sum(moved), "rows": rows})
        return {run.run: pack.pack for run, did in zip(runs, moved, strict=True) if did}

    def _key(self, pack: Pack) -> str:
        return pack_key(pack.dataset, pack.pack)


def _groups(runs: Iterable[Run]) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for run in runs:
        columns = _columns(run)
        if run.parts != 1 or run.bytes_out > _SMALL_BYTES or columns is None:
            continue
        group = groups.setdefault(columns, _Group())
        (group.packed.setdefault(run.pack, []) if run.pack else group.loose).append(run)
    return groups


def _columns(run: Run) -> str | None:
    """How a run's rows are stored, column by column; None where only its files know."""
    fields: list[dict[str, Any]] = (run.table_schema or {}).get("fields", [])
    stored = [(field.get("name"), field.get("type"), field.get("sluice:sql_type")) for field in fields]
    return repr(stored) if stored and all(sql_type for _, _, sql_type in stored) else None


def _batches(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """As many runs as a pack may hold, the oldest first, so that packs tend to end as a whole."""
    rest = iter(sorted(runs, key=lambda run: (run.last_modified or "", run.run)))
    while batch := list(islice(rest, _PACK_RUNS)):
        start, size = 0, 0
        for place, run in enumerate(batch):
            if size and size + run.bytes_out > _PACK_BYTES:
                yield batch[start:place]
                start, size = place, 0
            size += run.bytes_out
        yield batch[start:]


def write_pack(
    connect: "Callable[[], duckdb.DuckDBPyConnection]", files: Sequence[str], runs: Sequence[str], target: str
) -> int:
    """Write the rows of some runs, found in some files, into a new Parquet file; gives how many there are."""
    with connect() as connection:
        # As one text: binding a long list takes seconds. Ids hold letters and digits only.
        connection.execute("SET VARIABLE runs = string_split(?, ',')", [",".join(runs)])
        (written,) = connection.execute(
            """
            COPY (
                SELECT * FROM read_parquet($files, hive_partitioning = false)
                WHERE _run IN (SELECT unnest(getvariable('runs'))) ORDER BY _sk, _row
            ) TO $target (FORMAT parquet, COMPRESSION zstd, STRING_DICTIONARY_PAGE_SIZE_LIMIT 65536)
            """,
            {"files": list(files), "target": target},
        ).fetchone() or (0,)
    return int(written)
