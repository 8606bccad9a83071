"""The installed command, as a process of its own: streams, signals, exit status."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.unit.cli.terminal import Sluice, Write, numbered

from sluice_cli import cleaning, jobs

SLUICE = str(Path(sys.executable).with_name("sluice"))


def test_a_pipe_through(write: Write) -> None:
    write("a.csv", numbered(2))
    ran = subprocess.run([SLUICE, "clean", "a.csv"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "id,name\n1,n1\n2,n2\n")
    assert "\x1b" not in ran.stderr
    again = subprocess.run([SLUICE, "clean", "-"], input=ran.stdout, capture_output=True, text=True, check=False)
    assert again.stdout == ran.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "Usage: sluice"),
        (["clean"], 2, "sluice: Missing argument"),
        (["wash", "x.csv"], 2, "sluice: No such command 'wash'"),
        (["clean", "--wash", "x.csv"], 2, "sluice: No such option"),
        (["clean", "nope.csv"], 2, "sluice: nope.csv: no such file"),
    ],
)
def test_wrong_usage(arguments: list[str], status: int, said: str) -> None:
    ran = subprocess.run([SLUICE, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == status
    assert ran.stderr.startswith(said)
    assert ran.stdout == ""


def test_help_and_version_name_the_command() -> None:
    module = [sys.executable, "-m", "sluice_cli"]
    for command in ([SLUICE], module):
        shown = subprocess.run([*command, "clean", "--help"], capture_output=True, text=True, check=True).stdout
        assert shown.startswith("Usage: sluice clean")
        version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        assert version.startswith("sluice 0.")


def test_records_are_written_though_nobody_reads_what_is_told(write: Write, folder: Path) -> None:
    write("a.csv", "a,b\n1,2\n")
    read, written = os.pipe()
    os.close(read)
    ran = subprocess.run([SLUICE, "clean", "a.csv", "-o", "b.csv"], stderr=written, check=False)
    os.close(written)
    assert (ran.returncode, (folder / "b.csv").read_text()) == (0, "a,b\n1,2\n")


def test_a_reader_that_goes_away_is_no_error(write: Write) -> None:
    write("a.csv", numbered(50_000))
    read, written = os.pipe()
    os.close(read)
    with os.fdopen(written, "wb") as stdout:
        ran = subprocess.run(
            [SLUICE, "clean", "-q", "a.csv"], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ran.stderr == ""
    assert ran.returncode == 128 + signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_line(write: Write) -> None:
    write("a.csv", numbered(1))
    with Path("/dev/full").open("wb") as stdout:
        ran = subprocess.run(
            [SLUICE, "clean", "-q", "a.csv"], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (ran.returncode, ran.stderr) == (2, "sluice: stdout: No space left on device\n")
    ran = subprocess.run(
        [SLUICE, "clean", "-q", "a.csv", "-o", "/dev/full"], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (2, "sluice: /dev/full: No space left on device\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_nothing_is_left(number: signal.Signals, folder: Path) -> None:
    # A shell has what it starts in the background ignore SIGINT: these tests, maybe, and so what they start.
    command = ["env", "--default-signal=INT", SLUICE, "clean", "-", "-o", "o.parquet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(b"a,b\n" * 500_000)  # more than a pipe holds: once it is through, the command is reading
        process.send_signal(number)
        try:
            process.wait(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 128 + number
        assert process.stderr
        said = process.stderr.read()
    assert b"Traceback" not in said
    assert list(folder.iterdir()) == []
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []


def test_a_signal_within_a_query_ends_it_too(sluice: Sluice, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise RuntimeError("Query interrupted") from KeyboardInterrupt()  # as DuckDB does

    write("a.csv", numbered(1))
    monkeypatch.setattr(cleaning, "clean", interrupted)
    assert sluice("clean", "a.csv").status == 128 + signal.SIGINT


def test_what_duckdb_says_is_cut_to_its_first_line(
    sluice: Sluice, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: No space left on device\n\nUse this or that")

    write("a.csv", numbered(1))
    monkeypatch.setattr(jobs, "write_table", full)
    expected = "the records can't be written: IO Error: No space left on device"
    assert sluice("clean", "a.csv", "-o", "o.parquet").error == expected
    assert not Path("o.parquet").exists()


def test_a_fault_of_ours_is_one_line_and_debug_shows_more(
    sluice: Sluice, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("lost\nin here")

    write("a.csv", numbered(1))
    monkeypatch.setattr(cleaning, "clean", broken)
    assert "KeyError: 'lost\\nin here'" in sluice("clean", "a.csv").error
    assert sluice("--debug", "clean", "a.csv").status == 1  # what the runner makes of an exception
