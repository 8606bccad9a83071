"""What can be named as a source: files, patterns, pipes, URLs; and what is said of those that can't be read."""

import gzip
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.unit.cli.terminal import Sluice, Write, numbered, table

BODY = numbered(3)


class Site(BaseHTTPRequestHandler):
    """A web server with every kind of answer that matters."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/moved.csv":
            self._answer(302, b"", Location="/data/t.csv")
        elif path == "/to-file":
            self._answer(302, b"", Location="file:///etc/hostname")
        elif path == "/loop":
            self._answer(302, b"", Location="/loop")
        elif path == "/packed.csv":
            self._answer(200, gzip.compress(BODY.encode()), **{"Content-Encoding": "gzip"})
        elif path == "/short.csv":
            self._answer(200, BODY.encode(), **{"Content-Length": "1000"})
        elif path in ("/data/t.csv", "/a%2Fb%20c.csv"):
            self._answer(200, BODY.encode())
        else:
            self._answer(404, b"gone")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: tests are quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/data/t.csv", "/moved.csv", "/packed.csv", "/data/t.csv?token=secret"])
def test_a_url_is_downloaded(path: str, site: str, sluice: Sluice) -> None:
    ran = sluice("clean", site + path, "-o", "o.parquet", "--lineage")
    assert ran.status == 0
    names, rows = table("o.parquet")
    assert len(rows) == 3
    assert rows[0][names.index("_object")] == (site + path).partition("?")[0]
    assert "secret" not in ran.stderr


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing.csv?token=secret", "the server answers 404"),
        ("/to-file", "neither http nor https"),
        ("/loop", "more than 10 redirects"),
        ("/short.csv", "without sending complete"),
    ],
)
def test_a_url_that_cannot_be_had_says_why(path: str, reason: str, site: str, sluice: Sluice) -> None:
    error = sluice("clean", site + path).error
    assert error.startswith((site + path).partition("?")[0] + ": ")
    assert reason in error
    assert "secret" not in error


def test_a_download_has_limits(site: str, sluice: Sluice) -> None:
    assert "--max-input" in sluice("clean", f"{site}/data/t.csv", "--max-input", "10").error
    assert "--max-input" in sluice("clean", f"{site}/packed.csv", "--max-input", "25").error
    assert "--timeout" in sluice("clean", f"{site}/data/t.csv", "--timeout", "1e-9").error


def test_nobody_answers(sluice: Sluice) -> None:
    assert "refused" in sluice("clean", "http://127.0.0.1:1/x.csv").error


def test_a_url_names_its_output(site: str, sluice: Sluice) -> None:
    assert sluice("clean", f"{site}/a%2Fb%20c.csv", "-o", "out/").status == 0
    assert [path.name for path in Path("out").iterdir()] == ["a_b c.parquet"]


@pytest.mark.parametrize("url", ["ftp://host/x.csv", "s3://bucket/x.csv", "file:///etc/hostname", "http:///x.csv"])
def test_other_urls_are_refused(url: str, sluice: Sluice) -> None:
    assert sluice("clean", url).error == f"{url}: only http:// and https:// URLs are read"


def test_a_url_that_is_none_is_refused(sluice: Sluice) -> None:
    assert "not a URL" in sluice("clean", "http://[::1/x.csv").error


def test_standard_input(sluice: Sluice) -> None:
    ran = sluice("clean", "-", stdin=BODY.encode())
    assert len(ran.rows) == 4
    assert ran.stderr.startswith("stdin: csv")
    assert sluice("clean", "-", "-", stdin=b"").error == "standard input (-) can be read once only"
    assert sluice("clean", "-", stdin=b"").error == "stdin: the file is empty: 0 bytes"
    assert "more than 10 bytes" in sluice("clean", "-", "--max-input", "10", stdin=BODY.encode()).error


def test_a_named_pipe_is_read_once(sluice: Sluice, folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(BODY,))
    writer.start()
    ran = sluice("clean", "pipe")
    writer.join()
    assert len(ran.rows) == 4


def test_patterns_in_quotes_are_expanded_in_order(sluice: Sluice, write: Write) -> None:
    write("in/b.csv", numbered(1, first=2))
    write("in/a.csv", numbered(1, first=1))
    write("in/deep/c.csv", numbered(1, first=3))
    write("in/folder.csv/x.txt", "")
    assert [row[0] for row in sluice("clean", "in/*.csv").rows] == ["id", "1", "2"]
    assert [row[0] for row in sluice("clean", "in/**/[c].csv").rows] == ["id", "3"]


@pytest.mark.parametrize("name", ["a*b.csv", "a[1].csv", "what?.csv", "it's.csv", "zwei Wörter.csv", "-x.csv"])
def test_a_file_s_name_is_only_its_name(name: str, sluice: Sluice, write: Write) -> None:
    write(name, numbered(1))
    for other in ("aXb.csv", "a1.csv", "whatX.csv"):
        write(other, numbered(5))
    assert len(sluice("clean", "--", name).rows) == 2
    assert sluice("clean", "-o", "out/", "--", name).status == 0
    assert (
        len(
            table(
                f"out/{name.removesuffix('.csv')}.parquet".replace("[", "[[]").replace("?", "[?]").replace("*", "[*]")
            )[1]
        )
        == 1
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("nope.csv", "nope.csv: no such file"),
        ("*.csv", "*.csv: no file matches"),
        ("folder", "folder: a folder; name its files, or a pattern such as 'folder/*.csv'"),
        ("folder/", "folder/: a folder; name its files, or a pattern such as 'folder/*.csv'"),
        ("blank.txt", "blank.txt: the file holds nothing but blank lines: it ends at line 4, column 1"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(source: str, reason: str, sluice: Sluice, write: Write) -> None:
    write("folder/x.txt", "")
    write("blank.txt", "\n\n \n")
    assert sluice("clean", source).error == reason


def test_control_characters_in_a_name_do_not_reach_the_terminal(sluice: Sluice, write: Write) -> None:
    write("a\x1b[31m\n.csv", "")
    assert sluice("clean", "a\x1b[31m\n.csv").error == "a\\x1b[31m .csv: the file is empty: 0 bytes"
