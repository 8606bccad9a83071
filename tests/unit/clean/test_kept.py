"""The DuckDB that a process keeps."""

import duckdb

from sluice_clean.kept import KeptDuckDB


class Instances:
    """What was made and refreshed; `broken` as after an error that DuckDB does not come back from."""

    def __init__(self) -> None:
        self.made: list[duckdb.DuckDBPyConnection] = []
        self.refreshed = 0
        self.broken = False
        self.kept = KeptDuckDB(self.connect, self.refresh)

    def connect(self) -> duckdb.DuckDBPyConnection:
        self.made.append(duckdb.connect())
        return self.made[-1]

    def refresh(self, _: duckdb.DuckDBPyConnection) -> None:
        self.refreshed += 1
        if self.broken:
            raise duckdb.FatalException("database has been invalidated because of a previous fatal error")


def test_cursors_are_of_one_instance_and_its_credentials_are_renewed() -> None:
    instances = Instances()
    for _ in range(3):
        with instances.kept.cursor() as cursor:
            assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    assert (len(instances.made), instances.refreshed) == (1, 2)


def test_an_instance_that_failed_for_good_is_made_anew() -> None:
    instances = Instances()
    instances.kept.cursor().close()
    instances.broken = True
    with instances.kept.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    assert len(instances.made) == 2
