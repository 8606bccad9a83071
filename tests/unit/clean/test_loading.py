"""Loading, on DynamoDB's real batch writes and on real Parquet."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
from tests.fakes.batch_writes import ClientWire

from sluice.catalog import Commit
from sluice.models.run import Run
from sluice.object_keys import LoadTask
from sluice_clean import record_items
from sluice_clean.loading import Loader
from sluice_clean.records_table import RecordsTable

RECORDS = "unit-records"
TASK = LoadTask("prices", "r1", 0)
TABLE = """
    SELECT 'k' || i AS _key, 'a.csv' AS _object, 'r1' AS _run, i + 1 AS _row, '2026-01-01T00:00:00.000Z#r1' AS _sk,
        CASE WHEN i % 2 = 0 THEN 'text "' || i || '"' END AS name, i AS pk,
        9007199254740993::BIGINT AS big, 0.1::DOUBLE AS price, 1e300::DOUBLE AS huge, 12.50::DECIMAL(10, 2) AS exact,
        i % 2 = 1 AS odd, DATE '2020-01-31' AS day, TIMESTAMP '2020-01-31 12:00:00' AS whole,
        TIMESTAMP '2020-01-31 12:00:00.120' AS part, '{{"a": [1, null]}}' AS doc
    FROM range({rows}) t(i)
"""


class LocalParts:
    """Parts in a folder; `during` runs when the last row of a load was read."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.url = str(folder / "part-00000.parquet")
        self.during: Callable[[], None] = lambda: None
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({TABLE.format(rows=rows)}) TO '{self.url}' (FORMAT parquet)")

    def puts(self, task: LoadTask) -> Iterator[str]:
        with duckdb.connect() as connection:
            yield from record_items.put_requests(connection, self.url, task.dataset)
        self.during()

    def deletes(self, task: LoadTask) -> Iterator[str]:
        with duckdb.connect() as connection:
            requests = list(record_items.delete_requests(connection, self.url, task.dataset))
        self.during()
        yield from requests


def serve(aws: Any, run: str, parts: int = 1) -> None:
    aws.catalog.ensure_dataset("prices")
    pointer = aws.catalog.take_fence("prices", "a.csv")
    new = Run(run=run, dataset="prices", object="a.csv", version_id=run, received_at="2026", parts=parts)
    new = new.model_copy(update={"rows_in": 3, "rows_out": 3, "fence": pointer.fence})
    aws.catalog.start_run(new)
    aws.catalog.commit(Commit("prices", "a.csv", pointer.fence, new))


def stored(aws: Any) -> list[dict[str, Any]]:
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=RECORDS)
    return [item for page in pages for item in page["Items"]]


def items(requests: Iterable[str]) -> list[dict[str, Any]]:
    return [json.loads(request)["PutRequest"]["Item"] for request in requests]


def loader(aws: Any, parts: LocalParts) -> Loader:
    return Loader(aws.catalog, RecordsTable(ClientWire(aws.dynamodb), RECORDS), parts)


def test_an_item_holds_each_cell_by_its_type_and_leaves_nulls_out(tmp_path: Path) -> None:
    first, second = items(LocalParts(tmp_path, 2).puts(TASK))
    assert first == {
        "pk": {"S": "prices#k0"},
        "sk": {"S": "2026-01-01T00:00:00.000Z#r1"},
        "object": {"S": "a.csv"},
        "run": {"S": "r1"},
        "row": {"N": "1"},
        "record": {
            "M": {
                "name": {"S": 'text "0"'},
                "pk": {"N": "0"},
                "big": {"N": "9007199254740993"},
                "price": {"N": "0.1"},
                "huge": {"S": "1e+300"},
                "exact": {"S": "12.50"},
                "odd": {"BOOL": False},
                "day": {"S": "2020-01-31"},
                "whole": {"S": "2020-01-31T12:00:00Z"},
                "part": {"S": "2020-01-31T12:00:00.12Z"},
                "doc": {"S": '{"a": [1, null]}'},
            }
        },
    }
    assert "name" not in second["record"]["M"]


def test_a_row_too_large_for_an_item_points_to_the_parquet(tmp_path: Path) -> None:
    url = str(tmp_path / "big.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'k' AS _key, 'o' AS _object, 'r' AS _run, 1 AS _row, 's' AS _sk, repeat('ä', 200000) AS big) "
            f"TO '{url}' (FORMAT parquet)"
        )
        (item,) = items(record_items.put_requests(connection, url, "prices"))
    assert item["oversize"] == {"BOOL": True}
    assert "record" not in item
    assert len(json.dumps(item)) < 1_000


def test_a_served_part_is_loaded_and_makes_the_run_done(aws: Any, tmp_path: Path) -> None:
    serve(aws, "r1")
    loader(aws, LocalParts(tmp_path, 60)).handle(TASK)
    assert len(stored(aws)) == 60
    assert aws.catalog.run("prices", "r1").status == "done"


def test_loading_twice_is_the_same_as_once(aws: Any, tmp_path: Path) -> None:
    serve(aws, "r1", parts=2)
    for _ in range(2):
        loader(aws, LocalParts(tmp_path, 30)).handle(TASK)
    assert len(stored(aws)) == 30
    run = aws.catalog.run("prices", "r1")
    assert (run.status, run.parts_loaded) == ("loading", 1)


def test_the_part_of_an_ended_run_is_unloaded(aws: Any, tmp_path: Path) -> None:
    parts = LocalParts(tmp_path, 30)
    serve(aws, "r1")
    loader(aws, parts).handle(TASK)
    serve(aws, "r2")
    loader(aws, parts).handle(TASK)
    assert stored(aws) == []
    assert aws.catalog.run("prices", "r1").status == "done"


def test_a_run_that_ends_while_it_is_loaded_leaves_nothing_behind(aws: Any, tmp_path: Path) -> None:
    parts = LocalParts(tmp_path, 30)
    serve(aws, "r1")
    parts.during = lambda: serve(aws, "r2")
    loader(aws, parts).handle(TASK)
    assert stored(aws) == []
    assert aws.catalog.run("prices", "r1").status == "superseded"


def test_names_and_texts_of_any_kind_come_through(tmp_path: Path) -> None:
    url = str(tmp_path / "odd.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'k\"''#\n' AS _key, 'o\"' AS _object, 'r' AS _run, 1 AS _row, 's' AS _sk, "
            "'a\"\\ \t' || chr(1) || 'ä😀' AS \"say \"\"it's\"\" {x}\", 'nan'::DOUBLE AS nan, -0.0::DOUBLE AS zero, "
            "NULL::INTEGER AS gone, [1, NULL] AS list, TIME '12:00:00' AS clock) "
            f"TO '{url}' (FORMAT parquet)"
        )
        (item,) = items(record_items.put_requests(connection, url, "prices"))
    assert item["pk"] == {"S": "prices#k\"'#\n"}
    assert item["object"] == {"S": 'o"'}
    assert item["record"]["M"] == {
        'say "it\'s" {x}': {"S": 'a"\\ \t\x01ä😀'},
        "nan": {"S": "nan"},
        "zero": {"N": "-0.0"},
        "list": {"S": "[1, NULL]"},
        "clock": {"S": "12:00:00"},
    }


def test_a_row_without_any_value_is_a_record_without_members(tmp_path: Path) -> None:
    url = str(tmp_path / "empty.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'k' AS _key, 'o' AS _object, 'r' AS _run, 1 AS _row, 's' AS _sk, NULL::INTEGER AS gone) "
            f"TO '{url}' (FORMAT parquet)"
        )
        (item,) = items(record_items.put_requests(connection, url, "prices"))
    assert item["record"] == {"M": {}}


def test_a_run_that_begins_again_while_it_is_unloaded_keeps_its_records(aws: Any, tmp_path: Path) -> None:
    parts = LocalParts(tmp_path, 30)
    serve(aws, "r1")
    loader(aws, parts).handle(TASK)
    serve(aws, "r2")

    def begin_again() -> None:
        parts.during = lambda: None
        serve(aws, "r1")
        loader(aws, parts).handle(TASK)

    parts.during = begin_again
    loader(aws, parts).handle(TASK)
    assert len(stored(aws)) == 30
    assert aws.catalog.run("prices", "r1").status == "done"
