"""Clean Parquet rows as DynamoDB items, made by DuckDB itself: no Python per cell.

An item is `{pk: "{dataset}#{_key}", sk: order token, record: {column: value}, object, run, row}`; nulls are left
out. Integers and floating point numbers become numbers; decimals stay text, since DynamoDB would drop their
trailing zeros, and so do dates and JSON. A row that is larger than an item may be becomes
`{…, oversize: true}` without `record`: readers take it from the Parquet file.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sluice.models.record import LINEAGE_COLUMNS, record_pk

if TYPE_CHECKING:
    import duckdb

# DynamoDB takes 400 KB an item; names, lineage and the count in another encoding need some room.
MAX_RECORD_BYTES = 380_000
# DynamoDB's numbers: 38 digits, magnitude from 1e-130 to 9.99e125.
_LEAST, _MOST = "1e-120", "1e120"

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_BATCH = 2_000


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _attribute(column: str, kind: str) -> str:
    """SQL for one column's attribute value as JSON, null where the cell is null."""
    cell = _identifier(column)
    if kind in _INTEGERS:
        value = f"json_object('N', CAST({cell} AS VARCHAR))"
    elif kind in _FLOATS:
        value = (
            f"CASE WHEN {cell} = 0 OR abs({cell}) BETWEEN {_LEAST} AND {_MOST} "
            f"THEN json_object('N', CAST({cell} AS VARCHAR)) ELSE json_object('S', CAST({cell} AS VARCHAR)) END"
        )
    elif kind == "BOOLEAN":
        value = f"json_object('BOOL', {cell})"
    elif kind.startswith("TIMESTAMP"):
        value = f"json_object('S', strftime({cell}, '%Y-%m-%dT%H:%M:%S') || {_fraction(cell)} || 'Z')"
    else:
        value = f"json_object('S', CAST({cell} AS VARCHAR))"
    return f"CASE WHEN {cell} IS NOT NULL THEN {value} END"


def _fraction(cell: str) -> str:
    """SQL for a timestamp's microseconds as `.123`, without trailing zeros, empty where there are none."""
    return f"CASE WHEN microsecond({cell}) % 1000000 = 0 THEN '' ELSE rtrim(strftime({cell}, '.%f'), '0') END"


def _columns(connection: "duckdb.DuckDBPyConnection", url: str) -> list[tuple[str, str]]:
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [url]).fetchall()
    return [(name, kind) for name, kind, *_ in described if name not in LINEAGE_COLUMNS]


def read_items(connection: "duckdb.DuckDBPyConnection", url: str, dataset: str) -> Iterator[list[dict[str, Any]]]:
    """The items of one part, in batches, ready for DynamoDB's low-level client."""
    members = ", ".join(f"{_text(name)}, {_attribute(name, kind)}" for name, kind in _columns(connection, url))
    # MERGE PATCH drops the members that are null, at the top level and only there.
    record = f"json_merge_patch('{{}}', json_object({members}))" if members else "'{}'::JSON"
    query = f"""
        SELECT {_text(record_pk(dataset, ""))} || _key, _sk, _object, _run,
            CAST(_row AS VARCHAR), CAST(record AS VARCHAR)
        FROM (SELECT _key, _sk, _object, _run, _row, {record} AS record FROM read_parquet(?))
    """  # noqa: S608 - names are quoted above; values are bound
    cursor = connection.execute(query, [url])
    while rows := cursor.fetchmany(_BATCH):
        yield [_item(*row) for row in rows]


def _item(pk: str, sk: str, name: str, run: str, row: str, record: str) -> dict[str, Any]:
    item: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}, "object": {"S": name}, "run": {"S": run}}
    item["row"] = {"N": row}
    if len(record.encode()) > MAX_RECORD_BYTES:
        item["oversize"] = {"BOOL": True}
    else:
        item["record"] = {"M": json.loads(record)}
    return item


def read_keys(connection: "duckdb.DuckDBPyConnection", url: str, dataset: str) -> Iterator[list[dict[str, Any]]]:
    """The primary keys of one part's items, in batches."""
    cursor = connection.execute(
        f"SELECT {_text(record_pk(dataset, ''))} || _key, _sk FROM read_parquet(?)",  # noqa: S608 - quoted
        [url],
    )
    while rows := cursor.fetchmany(_BATCH):
        yield [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in rows]
