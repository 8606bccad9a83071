"""Repairs that are suggested for real tables: how many in the tables as they are, how many are right with errors in.

The tables have errors of their own, so that not every suggestion for a table as it is must be wrong; nearly all of
those that a person looked at were. Of the errors put in, many can't be known: a number within its column's range,
a category in place of another.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.bench.engine import spoiling

from sluice_clean.engine import CleanSettings, Lineage, Source, Target, clean, local_connection
from sluice_clean.engine.insight import Counts, Insight, examine

ARCHIVES = ".venv-bench/lib/python3*/site-packages/pydataset/resources.tar.gz"
SEED = 1
LEVELS = (0.9, 0.7, 0.5)
LEAST_ROWS, MOST_ROWS, MOST_COLUMNS = 80, 25_000, 80


def _cleaned(name: str, data: bytes, folder: Path) -> tuple[str, list[spoiling.Column]] | None:
    """The Parquet files of a table and its columns; None of one that is too small or too large."""
    folder.mkdir()
    path = folder / "source"
    path.write_bytes(data)
    settings = CleanSettings(temp_dir=folder, threads=2)
    target = Target(f"{folder}/out/", f"{folder}/rejects.parquet", Lineage(name, "run", "1"))
    local = Source.local(path)
    source = Source(local.url, Path(name).name, local.size, local.read)
    report = clean(source, target, settings=settings, connect=lambda: local_connection(settings))
    if not LEAST_ROWS <= report.rows_out <= MOST_ROWS or len(report.columns) > MOST_COLUMNS:
        return None
    files = f"{folder}/out/*.parquet"
    with duckdb.connect() as connection:
        stored = {row[0]: row[1] for row in connection.execute(f"DESCRIBE FROM '{files}'").fetchall()}
    return files, [(column.name, column.type, stored[column.name]) for column in report.columns]


def _looked_at(folder: Path) -> Iterator[tuple[Insight, Insight, spoiling.Spoilt]]:
    """What is found in each table as it is, and with errors in it; and what these are."""
    (archive,) = Path().glob(ARCHIVES)
    for number, (name, data) in enumerate(spoiling.real_tables(archive, 4_000, 5_000_000)):
        found = _cleaned(name, data, folder / str(number))
        if found is None:
            continue
        files, columns = found
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE t AS FROM '{files}'")
            rows = connection.execute("SELECT count(*) FROM t").fetchall()[0][0]
            before = examine(connection, "FROM t ORDER BY _row", columns, Counts(rows_in=rows))
            spoilt = spoiling.spoil(connection, "t", columns, random.Random(f"{SEED}/{name}"))
            yield before, examine(connection, "FROM t ORDER BY _row", columns, Counts(rows_in=rows)), spoilt


def _count(
    before: Insight, after: Insight, spoilt: spoiling.Spoilt, level: float, told: dict[str, Counter[str]]
) -> None:
    """Adds what is suggested by each rule, from a confidence on."""
    known = {(one.row, one.column, one.suggested) for one in before.repairs}
    for one in before.repairs:
        if one.suggested is not None and one.confidence >= level:
            told[one.rule]["as it is"] += 1
    for one in after.repairs:
        if one.suggested is not None and one.confidence >= level:
            right = spoilt.is_right(one.row, one.column, one.suggested)
            if right or (one.row, one.column, one.suggested) not in known:
                told[one.rule]["right" if right else "wrong"] += 1


@pytest.mark.slow
def test_what_is_certain_is_right_in_real_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not list(Path().glob(ARCHIVES)):
        pytest.skip("the tables are not installed: make bench-engine")
    told: dict[float, dict[str, Counter[str]]] = {level: defaultdict(Counter) for level in LEVELS}
    errors: Counter[str] = Counter()
    tables = 0
    for before, after, spoilt in _looked_at(tmp_path):
        tables += 1
        errors += spoiling.count_kinds(spoilt)
        for level in LEVELS:
            _count(before, after, spoilt, level, told[level])
    with capsys.disabled():
        print(f"\n{tables} tables; errors put in: {dict(errors)}")
        print(f"{'confidence':>10} {'rule':>16} {'as it is':>9} {'right':>7} {'wrong':>7}")
        for level, rules in told.items():
            for rule, counts in sorted(rules.items()):
                print(f"{level:>10} {rule:>16} {counts['as it is']:9} {counts['right']:7} {counts['wrong']:7}")
    certain = sum(told[0.9].values(), Counter[str]())
    assert certain["right"] >= 0.97 * (certain["right"] + certain["wrong"])
    assert certain["as it is"] <= tables / 5
