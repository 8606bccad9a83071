"""How many items each CPU second of a client writes to DynamoDB, against a sink server of its own process.

Three clients write the same Parquet file: ours, as `load` runs it; boto3's `batch_writer`; and
aiodynamo, if it is installed (`uv pip install aiodynamo aiohttp`). CPU is that of this
process with all its threads, reading the Parquet file included. The sink's ceiling is what one connection gets out of
it with bodies that were made before: it must lie far above what is measured.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from botocore.credentials import Credentials
from tests.bench.sink import ANSWER

from sluice_clean import record_items
from sluice_clean.dynamodb_wire import BatchWriteItem
from sluice_clean.records_table import RecordsTable

ROWS = 100_000
ROWS_OF_THE_SLOW = 20_000
ROUNDS = 3
CONCURRENT = 8
TABLE = "bench-records"
REGION = "eu-central-1"
# about 300 bytes an item, eleven attributes
PART = """
    SELECT 'k' || i AS _key, 'a.csv' AS _object, 'r1abcdefghijklmnopqrstuvwx' AS _run, i + 1 AS _row,
        '2026-01-01T00:00:00.000Z#r1abcdefghijklmnopqrstuvwx' AS _sk, i AS id, 'some name ' || i AS name,
        'city ' || (i % 40) AS city, (i % 1000) / 7 AS price, (i % 10000 / 100)::DECIMAL(10, 2) AS amount,
        i % 2 = 1 AS active, DATE '2020-01-31' + (i % 300)::INTEGER AS day
    FROM range({rows}) t(i)
"""


class Port:
    """The sink, and what it can take."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.url = f"http://127.0.0.1:{number}"

    def ceiling(self, body: bytes, items: int, calls: int = 4_000) -> float:
        """Items a wall second that the sink takes of one socket that does nothing else."""
        message = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        with socket.create_connection(("127.0.0.1", self.number)) as connection:
            began = time.perf_counter()
            for _ in range(calls):
                connection.sendall(message)
                assert connection.recv(4_096) == ANSWER
            return calls * items / (time.perf_counter() - began)


@pytest.fixture(scope="module")
def sink() -> Iterator[Port]:
    command = [sys.executable, str(Path(__file__).with_name("sink.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield Port(int(process.stdout.readline()))
        process.stdin.close()


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("bench") / "part.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({PART.format(rows=ROWS)}) TO '{path}' (FORMAT parquet)")
    return path


def rows_as_python(part: str, rows: int) -> Iterator[dict[str, Any]]:
    """What a loader hands to boto3: the same items as Python values."""
    with duckdb.connect() as connection:
        cursor = connection.execute("SELECT * FROM read_parquet(?) LIMIT ?", [part, rows])
        names = [column[0] for column in cursor.description or []]
        while batch := cursor.fetchmany(2_000):
            for values in batch:
                row = dict(zip(names, values, strict=True))
                lineage = {name: row.pop(f"_{name}") for name in ("key", "object", "run", "row", "sk")}
                record = row | {"price": str(row["price"]), "amount": str(row["amount"]), "day": str(row["day"])}
                pk, sk = f"prices#{lineage.pop('key')}", lineage.pop("sk")
                yield {"pk": pk, "sk": sk, "record": record, **lineage}


def ours(port: Port, part: str) -> int:
    wire = BatchWriteItem(port.url, REGION, Credentials("AKID", "secret", "token"))
    with closing(wire), duckdb.connect(config={"threads": 2}) as connection:
        RecordsTable(wire, TABLE).write(record_items.put_requests(connection, part, "prices"))
    return ROWS


def session() -> boto3.Session:
    return boto3.Session("AKID", "secret", "token", REGION)


def batch_writer(port: Port, part: str) -> int:
    table = session().resource("dynamodb", endpoint_url=port.url).Table(TABLE)
    with table.batch_writer() as writer:
        for item in rows_as_python(part, ROWS_OF_THE_SLOW):
            writer.put_item(Item=item)
    return ROWS_OF_THE_SLOW


def aiodynamo(port: Port, part: str) -> int:
    return asyncio.run(_aiodynamo(port, part))


async def _aiodynamo(port: Port, part: str) -> int:
    # By name: it is no requirement of ours.
    aiohttp, yarl = import_module("aiohttp"), import_module("yarl")
    client, credentials = import_module("aiodynamo.client"), import_module("aiodynamo.credentials")
    transport = import_module("aiodynamo.http.aiohttp")

    async with aiohttp.ClientSession() as http:
        key = credentials.StaticCredentials(credentials.Key("AKID", "secret"))
        table = client.Client(transport.AIOHTTP(http), key, REGION, endpoint=yarl.URL(port.url))
        waiting: set[asyncio.Future[Any]] = set()
        items = rows_as_python(part, ROWS)
        while batch := [item for _, item in zip(range(25), items, strict=False)]:
            request = {TABLE: client.BatchWriteRequest(items_to_put=batch)}
            waiting.add(asyncio.ensure_future(table.batch_write(request)))
            if len(waiting) >= CONCURRENT:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*waiting)
    return ROWS


def measure(write: Callable[[Port, str], int], port: Port, part: str) -> float:
    """Items a CPU second of one round."""
    began = time.process_time()
    return write(port, part) / (time.process_time() - began)


def test_items_per_cpu_second(sink: Port, part: str) -> None:
    with duckdb.connect() as connection:
        requests = list(record_items.put_requests(connection, part, "prices"))[:25]
    body = f'{{"RequestItems":{{"{TABLE}":[{",".join(requests)}]}}}}'.encode()
    print(f"\n{len(body) / 25:.0f} bytes an item; the sink takes {sink.ceiling(body, 25):,.0f} items a wall second")
    writers = [ours, batch_writer, *([aiodynamo] if find_spec("aiodynamo") else [])]
    # In turns, and the best of each: a machine's speed changes by the minute.
    rounds = [[measure(write, sink, part) for write in writers] for _ in range(ROUNDS)]
    figures = {write.__name__: max(of) for write, of in zip(writers, zip(*rounds, strict=True), strict=True)}
    for name, figure in figures.items():
        print(f"{name:14} {figure:10,.0f} items a CPU second, {1e6 / figure:6.1f} µs an item")
    assert figures["ours"] >= 10 * figures["batch_writer"]
    assert figures["ours"] >= figures.get("aiodynamo", 0)
