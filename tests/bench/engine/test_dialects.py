"""Dialects against DuckDB's sniffer, CleverCSV and csv.Sniffer, on files as they are found in the wild.

Each contender finds the dialect and reads the file with its own reader. A file counts as right in "records" when
every record was read, cell for cell, and no preamble, comment, footer or header beside. The standard library and
CleverCSV look for no preamble: "dialect" is their column.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.bench.engine import nasty, readings, wild

SEED, HELD_OUT = 1, 20_261_124  # the second was looked at only when the search was done


def _corpora() -> dict[str, list[wild.Wild]]:
    return {"seed": wild.corpus(SEED), "held-out": wild.corpus(HELD_OUT), "nasty": nasty.FILES}


def _share(files: list[wild.Wild], read: readings.Reader) -> tuple[float, float, float, float, float]:
    """Shares of files with the dialect, the records and the header right, of failures; milliseconds a file."""
    dialect = records = header = failed = 0
    started = time.perf_counter()
    for truth in files:
        try:
            found = read(truth.text)
        except Exception:  # noqa: BLE001 - whatever a contender raises, it did not read the file
            failed += 1
            continue
        dialect += readings.is_dialect_right(truth, found)
        records += readings.are_records_right(truth, found)
        header += readings.is_header_right(truth, found)
    spent = (time.perf_counter() - started) * 1000 / len(files)
    return dialect / len(files), records / len(files), header / len(files), failed / len(files), spent


@pytest.mark.slow
def test_ours_beats_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clevercsv = pytest.importorskip("clevercsv", reason="the peer is not installed: pip install clevercsv")
    contenders: dict[str, Callable[[str], readings.Reading]] = {
        "sluice": readings.ours,
        "duckdb": readings.duckdb_of(tmp_path),
        "clevercsv": readings.clever_of(clevercsv),
        "csv.Sniffer": readings.standard_library,
    }
    with capsys.disabled():
        print(f"\n{'corpus':>10} {'reader':>12} {'dialect':>8} {'records':>8} {'header':>8} {'failed':>8} {'ms':>6}")
        for corpus, files in _corpora().items():
            found = {name: _share(files, read) for name, read in contenders.items()}
            for name, (dialect, records, header, failed, spent) in found.items():
                print(f"{corpus:>10} {name:>12} {dialect:8.3f} {records:8.3f} {header:8.3f} {failed:8.3f} {spent:6.1f}")
            ours = found.pop("sluice")
            assert ours[0] >= 0.96
            assert all(ours[0] > other[0] and ours[1] > other[1] for other in found.values())
