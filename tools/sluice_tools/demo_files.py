"""The demo's files: real data from the npm package vega-datasets, some of it in another dress."""

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace

# What a contract looks like: types, and the field by which records are read.
_AIRPORTS: dict[str, Any] = {
    "fields": [
        {"name": "iata", "type": "string", "constraints": {"required": True}},
        *({"name": name, "type": "string"} for name in ("name", "city", "state", "country")),
        {"name": "latitude", "type": "number", "constraints": {"minimum": -90, "maximum": 90}},
        {"name": "longitude", "type": "number", "constraints": {"minimum": -180, "maximum": 180}},
    ],
    "primaryKey": "iata",
    "missingValues": ["", "NA"],
}


@dataclass(frozen=True)
class DemoFile:
    """One file to send.

    Attributes:
        dataset: Where to.
        name: The object's name.
        body: Its bytes.
        question: A filter that the demo asks of the result, as a query string.
        schema: The contract that the dataset is given first; None lets Sluice infer one.
    """

    dataset: str
    name: str
    body: bytes
    question: str
    schema: dict[str, Any] | None = None


def all_files(workspace: Workspace) -> list[DemoFile]:
    """The files, in the order in which they are sent.

    Raises:
        ToolError: The npm packages aren't installed.
    """
    data = workspace.root / "node_modules" / "vega-datasets" / "data"
    if not data.is_dir():
        raise ToolError("the npm package vega-datasets isn't installed: `make setup`")
    return [
        DemoFile("airports", "airports.csv", _read(data, "airports.csv"), "state=AK&_sort_desc=latitude", _AIRPORTS),
        DemoFile("movies", "movies.json", _read(data, "movies.json"), "imdb_rating__gte=8.8&_sort_desc=imdb_rating"),
        DemoFile("weather", "seattle-weather.csv", _read(data, "seattle-weather.csv"), "temp_max__gt=35"),
        DemoFile("stocks", "stocks.tsv", _as_tsv(_read(data, "stocks.csv")), "symbol=AAPL&price__gt=200"),
        DemoFile("co2", "co2.csv.gz", gzip.compress(_read(data, "co2-concentration.csv"), mtime=0), "co2__gt=400"),
    ]


def _read(data: Path, name: str) -> bytes:
    return (data / name).read_bytes()


def _as_tsv(comma_separated: bytes) -> bytes:
    written = io.StringIO()
    csv.writer(written, "excel-tab").writerows(csv.reader(io.StringIO(comma_separated.decode())))
    return written.getvalue().encode()
