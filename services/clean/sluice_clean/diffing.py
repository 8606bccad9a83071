"""What a run adds, changes and removes, by key, against the run that it replaces.

Computed before the commit, while only one worker can commit for the object: the run that is served then is the one that
will be replaced. Counts are exact; of the rows, the first `MAX_DIFF_ROWS` of each kind are stored, in `diffs/` of the
clean bucket. DuckDB joins the two runs by key and compares hashes of their rows, in bounded memory, and spills to disk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sluice.models.dataset import Dataset
from sluice.models.raw_object import ObjectPointer
from sluice.models.record import LINEAGE_COLUMNS
from sluice.models.run import MAX_DIFF_ROWS, Run, RunDiff
from sluice.object_keys import diff_key, part_key
from sluice.row_json import identifier, row_json
from sluice.telemetry import get_logger
from sluice_clean.buckets import CleanBucket, Version
from sluice_clean.cleaning import Cleaned

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Rows:
    """Rows of one run: its id, and the Parquet files that hold them (perhaps among those of others), or none."""

    run: str
    files: list[str]

    @property
    def source(self) -> str:
        """SQL of the rows."""
        return _READ if self.files else _NOTHING

    @property
    def values(self) -> list[object]:
        """What is bound to it."""
        return [self.files, self.run] if self.files else []


def compare(connection: "duckdb.DuckDBPyConnection", old: Rows, new: Rows, target: str) -> RunDiff:
    """Compare two runs and store the rows that differ.

    Args:
        connection: to a DuckDB that reads the files and writes the target.
        old: the run that is served.
        new: the run that is to replace it.
        target: URL of the Parquet file to write: `change`, `_key`, `before`, `after` (JSON text), in order.

    Raises:
        duckdb.Error: a file can't be read or written, or the disk is full.
    """
    olds, news = _columns(connection, old), _columns(connection, new)
    same = olds == news
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE differing AS
        SELECT CASE WHEN o._key IS NULL THEN 'added' WHEN n._key IS NULL THEN 'removed' ELSE 'changed' END AS change,
            coalesce(n._key, o._key) AS _key, coalesce(n._row, o._row) AS _row
        FROM (SELECT _key, _row, {_fingerprint(olds, news, same=same)} AS print FROM {old.source}) o
        FULL OUTER JOIN (SELECT _key, _row, {_fingerprint(news, olds, same=same)} AS print FROM {new.source}) n
            ON o._key = n._key
        WHERE o._key IS NULL OR n._key IS NULL OR o.print <> n.print
        """,  # noqa: S608 - names are quoted, values bound
        [*old.values, *new.values],
    )
    counted = dict(connection.execute("SELECT change, count(*) FROM differing GROUP BY change").fetchall())
    if counted:
        _store(connection, (old, olds), (new, news), target)
    connection.execute("DROP TABLE differing")
    counts = {kind: counted.get(kind, 0) for kind in ("added", "changed", "removed")}
    return RunDiff(against=old.run, listed=sum(min(count, MAX_DIFF_ROWS) for count in counts.values()), **counts)


_READ = "(SELECT * FROM read_parquet(?, hive_partitioning = false, union_by_name = true) WHERE _run = ?)"
_NOTHING = "(SELECT NULL::VARCHAR AS _key, NULL::BIGINT AS _row WHERE false)"

_Side = tuple[Rows, list[tuple[str, str]]]


def _columns(connection: "duckdb.DuckDBPyConnection", rows: Rows) -> list[tuple[str, str]]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {rows.source}", rows.values).fetchall()  # noqa: S608
    return sorted((name, kind) for name, kind, *_ in described if name not in LINEAGE_COLUMNS)


def _fingerprint(own: list[tuple[str, str]], other: list[tuple[str, str]], *, same: bool) -> str:
    """SQL for a hash of a row's cells; of their texts, by name, where the two runs store them differently."""
    names = [name for name, _ in own]
    if same:
        return f"hash({', '.join(map(identifier, names))})" if names else "0"
    cells = {name: f"CAST({identifier(name)} AS VARCHAR)" for name in names}
    everything = sorted({*names, *(name for name, _ in other)})
    return f"hash({', '.join(cells.get(name, 'NULL::VARCHAR') for name in everything)})"


def _store(connection: "duckdb.DuckDBPyConnection", old: _Side, new: _Side, target: str) -> None:
    first = " UNION ALL ".join(
        f"(SELECT * FROM differing WHERE change = '{kind}' ORDER BY _row, _key LIMIT {MAX_DIFF_ROWS})"  # noqa: S608 - ours
        for kind in ("added", "changed", "removed")
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE listed AS {first}")
    sides = [
        f"(SELECT _key, {row_json(columns)}::VARCHAR AS document FROM {rows.source} SEMI JOIN listed USING (_key))"  # noqa: S608 - as above
        for rows, columns in (old, new)
    ]
    connection.execute(
        f"""
        COPY (
            SELECT l.change, l._key, o.document AS before, n.document AS after
            FROM listed l LEFT JOIN {sides[0]} o ON o._key = l._key LEFT JOIN {sides[1]} n ON n._key = l._key
            ORDER BY l.change, l._row, l._key
        ) TO '{target}' (FORMAT parquet)
        """,  # noqa: S608 - names are quoted, values bound; the target is a key of ours
        [*old[0].values, *new[0].values],
    )
    connection.execute("DROP TABLE listed")


class Catalog(Protocol):
    """What is needed of the catalog to know what a run will replace."""

    def find_object(self, dataset: str, name: str) -> ObjectPointer | None: ...  # noqa: D102 - as in sluice.catalog


class CleanWithDiff:
    """Cleans, and says what the outcome changes; a run whose diff can't be made goes on without one."""

    def __init__(
        self,
        clean: Callable[[Dataset, Run, Version], Cleaned | None],
        catalog: Catalog,
        bucket: CleanBucket,
        connect: "Callable[[], duckdb.DuckDBPyConnection]",
    ) -> None:
        self._clean = clean
        self._catalog = catalog
        self._bucket = bucket
        self._connect = connect

    def __call__(self, dataset: Dataset, run: Run, version: Version) -> Cleaned | None:
        """Clean the version; the result, if there is one yet, has its `diff` too. Raises what cleaning raises."""
        return self.add(run, self._clean(dataset, run, version))

    def add(self, run: Run, cleaned: Cleaned | None) -> Cleaned | None:
        """Add the `diff` to a result."""
        if cleaned is None:
            return None
        return Cleaned({**cleaned.result, "diff": self._diff(run, cleaned.result)})

    def _diff(self, run: Run, result: dict[str, Any]) -> RunDiff | None:
        pointer = self._catalog.find_object(run.dataset, run.object)
        if pointer is None or pointer.active_run is None:
            return RunDiff(added=result.get("rows_out", 0))
        # DuckDB is dear to import; a first run does without.
        import duckdb

        old = self._rows(run.dataset, pointer.active_run, pointer.parts)
        new = self._rows(run.dataset, run.run, result.get("parts", 0))
        try:
            with self._connect() as connection:
                return compare(connection, old, new, self._bucket.url(diff_key(run.dataset, run.run)))
        except duckdb.Error:
            get_logger().exception("no diff", extra={"run": run.run, "against": old.run})
            return None

    def _rows(self, dataset: str, run: str, parts: int) -> Rows:
        return Rows(run, [self._bucket.url(part_key(dataset, run, part)) for part in range(parts)])
