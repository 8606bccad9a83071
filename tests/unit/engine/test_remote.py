"""A file behind an HTTP address, as a presigned URL is one: DuckDB reads it itself, Python only samples it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb

from sluice import duckdb_s3
from sluice_clean.engine import CleanSettings, Lineage, Source, Target, clean

ROWS = 200_000


@contextmanager
def served(body: bytes) -> Iterator[str]:
    """An address that gives ranges of the body, to GET only, as presigned URLs do."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            start, end = (
                (int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)) if asked else (0, len(body) - 1)
            )
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(end - start + 1))
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(body)}")
            self.end_headers()
            self.wfile.write(body[start : end + 1])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/raw/a%2Ab%5B1%5D.csv?X-Amz-Signature=ab%2Fcd&versionId=1"
        server.shutdown()


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"LOAD '{duckdb_s3.extension_path('httpfs')}'")
    return connection


def test_a_presigned_url_is_read_by_duckdb_and_only_sampled_by_python(tmp_path: Path) -> None:
    body = b"id,name\n" + b"".join(b"%d,name %d\n" % (row, row) for row in range(ROWS))
    sampled: list[int] = []

    def read(start: int, length: int) -> bytes:
        sampled.append(length)
        return body[start : start + length]

    with served(body) as url:
        source = Source(url=url, name="a*b[1].csv", size=len(body), read=read)
        target = Target(
            data_prefix=f"{tmp_path}/data-",
            rejects_url=f"{tmp_path}/rejects.parquet",
            lineage=Lineage(object="a*b[1].csv", run="r", order="1#r"),
        )
        report = clean(source, target, settings=CleanSettings(temp_dir=tmp_path), connect=connect)
    assert (report.rows_in, report.rows_out, report.format) == (ROWS, ROWS, "csv")
    assert sum(sampled) < len(body)
