"""dlt, from CSV to Parquet files in a folder: Arrow tables or rows. Types by its own inference.

Left out: white space, forms of dates and money, duplicates, recovered rows, rejects, the report.
"""

import csv
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

source, target, _, kind = sys.argv[1:5]
os.environ.update(
    RUNTIME__DLTHUB_TELEMETRY="false",
    DESTINATION__FILESYSTEM__BUCKET_URL=Path(target).absolute().as_uri(),
    RUNTIME__LOG_LEVEL="CRITICAL",
)

import dlt  # noqa: E402 - it reads its settings when it is loaded
import pyarrow.csv  # noqa: E402


@dlt.resource(name="messy")
def tables() -> Iterator[Any]:
    """The file as Arrow tables."""
    options = pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip")
    yield from pyarrow.csv.open_csv(
        source, parse_options=options, read_options=pyarrow.csv.ReadOptions(encoding="latin1")
    )


@dlt.resource(name="messy")
def rows() -> Iterator[Any]:
    """The file as dictionaries."""
    with Path(source).open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        while batch := list(itertools.islice(reader, 5_000)):
            yield [{name: value for name, value in row.items() if name is not None} for row in batch]


pipeline = dlt.pipeline("bench", destination="filesystem", dataset_name="bench", pipelines_dir=f"{target}/state")
pipeline.run(tables() if kind == "arrow" else rows(), loader_file_format="parquet")
