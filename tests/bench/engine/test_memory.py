"""Peak memory of a process that cleans one large document: the limits of the issue, judged."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.bench.engine.large_documents import write_xlsx, write_xml

MB = 1 << 20
LIMIT = 500  # MB
_CLEAN = """
import resource, sys, time
from pathlib import Path
from sluice_clean.engine import CleanSettings, Lineage, Source, Target, clean, local_connection
folder = Path(sys.argv[2])
settings = CleanSettings(memory_limit=sys.argv[3], temp_dir=folder)
target = Target(f"{folder}/out/", f"{folder}/rejects.parquet", Lineage("o", "r", "1"))
(folder / "out").mkdir()
started = time.perf_counter()
report = clean(Source.local(sys.argv[1]), target, settings=settings, connect=lambda: local_connection(settings))
assert not report.rows_rejected, report.rejects_by_code
print(report.rows_in, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, time.perf_counter() - started)
"""


def _xml(path: Path) -> int:
    return write_xml(path, 100 * MB)


def _xlsx(path: Path) -> int:
    write_xlsx(path, 1_000_000)
    return 1_000_000


@pytest.mark.parametrize("write", [_xml, _xlsx], ids=["xml", "xlsx"])
def test_a_large_document_is_cleaned_in_little_memory(write: Callable[[Path], int], tmp_path: Path) -> None:
    source = tmp_path / "large"
    records = write(source)
    done = subprocess.run(
        [sys.executable, "-c", _CLEAN, str(source), str(tmp_path), "256MB"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows, peak, seconds = done.stdout.split()
    print(f"{source.stat().st_size / MB:,.0f} MB, {int(rows):,} rows: {peak} MB, {float(seconds):.0f} s")
    assert int(rows) == records
    assert int(peak) < LIMIT
