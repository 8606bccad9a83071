"""The engine: everything, from the unknown file to typed Parquet, rejects and a report."""

import sys
from pathlib import Path

from sluice_clean.engine import CleanSettings, Lineage, Source, Target, clean, local_connection

source, target, threads, memory = sys.argv[1:5]
Path(target).mkdir(parents=True, exist_ok=True)
settings = CleanSettings(threads=int(threads), memory_limit=memory, temp_dir=Path(target))
report = clean(
    Source.local(source),
    Target(f"{target}/data/", f"{target}/rejects.parquet", Lineage("messy.csv", "run", "1")),
    settings=settings,
    connect=lambda: local_connection(settings),
)
print(report.rows_in, report.rows_out, report.rows_rejected, report.rows_duplicate, report.timings_ms)
