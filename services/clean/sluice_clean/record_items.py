"""Clean Parquet rows as DynamoDB's write requests, made by DuckDB itself: no Python per cell.

An item is `{pk: "{dataset}#{_key}", sk: order token, record: {column: value}, object, run, row}`; nulls are left
out. Integers and floating point numbers become numbers; decimals stay text, since DynamoDB would drop their
trailing zeros, and so do dates and JSON. A row that is larger than an item may be becomes
`{…, oversize: true}` without `record`: readers take it from the Parquet file.

Each request is JSON text as BatchWriteItem takes it: `{"PutRequest": {"Item": …}}`, `{"DeleteRequest": {"Key": …}}`.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

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


def _value(column: str, kind: str) -> str:
    """SQL for one cell's attribute value as JSON text, null where the cell is null.

    Plain concatenation: it takes a third of the time of DuckDB's functions that build JSON. What may hold anything
    goes through `to_json`, which quotes and escapes.
    """
    cell = _identifier(column)
    text = f"CAST({cell} AS VARCHAR)"
    if kind in _INTEGERS:
        return f"""'{{"N":"' || {text} || '"}}'"""
    if kind in _FLOATS:
        number = f"CASE WHEN {cell} = 0 OR abs({cell}) BETWEEN {_LEAST} AND {_MOST} THEN 'N' ELSE 'S' END"
        return f"""'{{"' || {number} || '":"' || {text} || '"}}'"""
    if kind == "BOOLEAN":
        return f"""'{{"BOOL":' || {text} || '}}'"""
    if kind.startswith("TIMESTAMP"):
        return f"""'{{"S":"' || strftime({cell}, '%Y-%m-%dT%H:%M:%S') || {_fraction(cell)} || 'Z"}}'"""
    return _string(text)


def _string(text: str) -> str:
    """SQL for a text as a string attribute."""
    return f"""'{{"S":' || to_json({text}) || '}}'"""


def _fraction(cell: str) -> str:
    """SQL for a timestamp's microseconds as `.123`, without trailing zeros, empty where there are none."""
    return f"CASE WHEN microsecond({cell}) % 1000000 = 0 THEN '' ELSE rtrim(strftime({cell}, '.%f'), '0') END"


def _columns(connection: "duckdb.DuckDBPyConnection", url: str) -> list[tuple[str, str]]:
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [url]).fetchall()
    return [(name, kind) for name, kind, *_ in described if name not in LINEAGE_COLUMNS]


def _primary_key(dataset: str) -> str:
    """SQL for the members of an item's primary key, without braces."""
    pk, sk = _string(f"{_text(record_pk(dataset, ''))} || _key"), _string("_sk")
    return f"""'"pk":' || {pk} || ',"sk":' || {sk}"""


def _record(columns: list[tuple[str, str]]) -> str:
    """SQL for a row's columns as the members of a map, each with a comma before it; null where all cells are."""
    # `concat` passes over nulls, and so leaves out the cells that have no value.
    members = [f"{_text(f',{json.dumps(name)}:')} || {_value(name, kind)}" for name, kind in columns]
    return f"concat({', '.join(members)})" if members else "''"


def put_requests(connection: "duckdb.DuckDBPyConnection", url: str, dataset: str) -> Iterator[str]:
    """One request for each row of a part, in file order."""
    lineage = f"""',"object":' || {_string("_object")} || ',"run":' || {_string("_run")} || ',"row":{{"N":"' || _row"""
    return _read(
        connection,
        f"""
        SELECT '{{"PutRequest":{{"Item":{{' || {_primary_key(dataset)} || {lineage} || '"}},' ||
            CASE WHEN strlen(record) <= {MAX_RECORD_BYTES}
            THEN '"record":{{"M":{{' || substr(record, 2) || '}}}}' ELSE '"oversize":{{"BOOL":true}}' END || '}}}}}}'
        FROM (SELECT _key, _sk, _object, _run, _row, {_record(_columns(connection, url))} AS record
            FROM read_parquet(?))
        """,  # noqa: S608 - names are quoted above; values are bound
        url,
    )


def delete_requests(connection: "duckdb.DuckDBPyConnection", url: str, dataset: str) -> Iterator[str]:
    """One request for each row of a part, by its primary key."""
    query = f"""
        SELECT '{{"DeleteRequest":{{"Key":{{' || {_primary_key(dataset)} || '}}}}}}' FROM read_parquet(?)
        """  # noqa: S608 - quoted above
    return _read(connection, query, url)


def _read(connection: "duckdb.DuckDBPyConnection", query: str, url: str) -> Iterator[str]:
    cursor = connection.execute(query, [url])
    while rows := cursor.fetchmany(_BATCH):
        for (request,) in rows:
            yield request
