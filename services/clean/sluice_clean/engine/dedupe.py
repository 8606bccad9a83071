# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Which records repeat another, chunk by chunk.

Every row of a chunk's table ``t`` has ``_id``, 128 bits that tell its key, or its content, from every other. Rows
that repeat one go to the chunk's table ``dropped``. What decides which record stays is its number, never the order
in which rows happen to arrive.
"""

from typing import Protocol

import duckdb

from sluice_clean.engine.parts import rewrite_part
from sluice_clean.engine.report import Part
from sluice_clean.engine.work import Workspace


class Deduplicator(Protocol):
    """One rule of what a duplicate is."""

    def within_chunk(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Fills ``dropped`` with the rows of ``t`` that repeat another of the same chunk; ``bad`` rows don't count."""
        ...

    def across_chunks(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Adds the rows that repeat one of an earlier chunk. Called for one chunk after the other."""
        ...

    def finish(self, work: Workspace, parts: list[Part]) -> int:
        """What only the end tells: removes further duplicates from the parts; how many they were."""
        ...


def _drop_repeats(cursor: duckdb.DuckDBPyConnection, direction: str) -> None:
    """Drops all but one row of each ``_id``; the ids that occur twice are found first, so that few are sorted."""
    cursor.execute(f"""INSERT INTO dropped SELECT idx FROM (
        SELECT idx, row_number() OVER (PARTITION BY _id ORDER BY n {direction}) AS place
        FROM (SELECT rowid AS idx, _id FROM t
            WHERE _id IN (SELECT _id FROM (SELECT rowid AS idx, _id FROM t) ANTI JOIN bad USING (idx)
                GROUP BY _id HAVING count(*) > 1))
        ANTI JOIN bad USING (idx) JOIN numbers USING (idx))
        WHERE place > 1""")


class KeepAll:
    """Nothing is a duplicate."""

    def within_chunk(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See `Deduplicator`."""
        cursor.execute("CREATE OR REPLACE TEMP TABLE dropped (idx BIGINT)")

    def across_chunks(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See `Deduplicator`."""

    def finish(self, work: Workspace, parts: list[Part]) -> int:  # noqa: ARG002 - as in Deduplicator
        """See `Deduplicator`."""
        return 0


class FirstByContent(KeepAll):
    """Of records that are the same in every column the first stays."""

    def __init__(self, work: Workspace) -> None:
        work.connection.execute("CREATE OR REPLACE TABLE seen (_id UHUGEINT)")

    def within_chunk(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See `Deduplicator`."""
        super().within_chunk(cursor)
        _drop_repeats(cursor, "ASC")

    def across_chunks(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See `Deduplicator`."""
        mine = "(SELECT rowid AS idx, _id FROM t) ANTI JOIN bad USING (idx) ANTI JOIN dropped USING (idx)"
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE repeats AS SELECT idx FROM {mine} SEMI JOIN seen USING (_id)")
        cursor.execute("INSERT INTO dropped FROM repeats")
        cursor.execute(f"INSERT INTO seen SELECT _id FROM {mine}")


class LastByKey(KeepAll):
    """Of records with the same key the last stays, so that only the end tells which."""

    def __init__(self, work: Workspace) -> None:
        work.connection.execute("CREATE OR REPLACE TABLE seen (_id UHUGEINT, chunk INTEGER)")
        work.connection.execute("CREATE OR REPLACE TABLE gone (_row BIGINT)")
        self._chunks = 0

    def within_chunk(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See `Deduplicator`."""
        super().within_chunk(cursor)
        _drop_repeats(cursor, "DESC")

    def across_chunks(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """See `Deduplicator`."""
        self._chunks += 1
        cursor.execute(
            """INSERT INTO seen SELECT _id, $1 FROM
            (SELECT rowid AS idx, _id FROM t) ANTI JOIN bad USING (idx) ANTI JOIN dropped USING (idx)""",
            [self._chunks],
        )

    def finish(self, work: Workspace, parts: list[Part]) -> int:
        """See `Deduplicator`."""
        work.connection.execute("""CREATE OR REPLACE TABLE repeated AS
            SELECT _id, max(chunk) AS last FROM seen GROUP BY _id HAVING count(*) > 1""")
        (count,) = work.row("SELECT count(*) FROM repeated")
        if not count:
            return 0
        # A key is in a part once at most, and parts are in file order: all but the last part lose it.
        urls = ", ".join("'" + part.url.replace("'", "''") + "'" for part in parts)
        work.connection.execute(f"""CREATE OR REPLACE TABLE gone AS SELECT _row FROM (
            SELECT _row, _key, row_number() OVER (PARTITION BY _key ORDER BY _row DESC) AS place
            FROM read_parquet([{urls}]) WHERE md5_number(_key) IN (SELECT _id FROM repeated))
            WHERE place > 1""")
        for index, part in enumerate(parts):
            parts[index] = rewrite_part(work, part)
        work.connection.execute('DELETE FROM issues WHERE "row" IN (SELECT _row FROM gone)')
        (dropped,) = work.row("SELECT count(*) FROM gone")
        return int(dropped)
