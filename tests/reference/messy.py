"""The messy table of the benchmarks, cleaned slowly: record by record, cell by cell, in plain Python."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.reference.days import read_date, read_datetime
from tests.reference.numbers import read_integer, read_number
from tests.reference.others import read_boolean
from tests.reference.texts import clean_text, is_null

from sluice_clean.engine.model import STRONG_NULLS, WEAK_NULLS
from sluice_clean.engine.records import Form, RecordReader

WIDTH = 12
_READ: dict[int, Callable[[str], Any]] = {
    3: lambda text: read_date(text, order="dmy"),
    4: lambda text: _without_zone(read_datetime(text)),
    5: lambda text: read_number(text, currency="USD"),
    6: read_integer,
    7: lambda text: read_number(text, percent="all"),
    8: read_boolean,
}


def clean_messy(path: Path) -> tuple[list[tuple[int, tuple[Any, ...]]], int, int]:
    """The delivered records with their numbers, in order; how many are refused; how many repeat an earlier one."""
    seen: set[tuple[Any, ...]] = set()
    kept, refused, repeated = [], 0, 0
    for number, fields in _records(path):
        if fields is None:
            refused += 1
            continue
        values = tuple(_value(place, cell) for place, cell in enumerate(fields))
        if values in seen:
            repeated += 1
        else:
            seen.add(values)
            kept.append((number, values))
    return kept, refused, repeated


def _records(path: Path) -> Iterator[tuple[int, list[str] | None]]:
    with path.open("rb") as file:
        next(file)
        reader = RecordReader(Form(","), WIDTH, 1 << 20)
        for number, record in enumerate(reader.read(map(_text, file)), 1):
            yield number, record.fields


def _text(line: bytes) -> str:
    """A line in UTF-8; bytes that are none are Windows-1252, one by one."""
    return "".join(
        bytes([ord(mark) - 0xDC00]).decode("cp1252") if "\udc80" <= mark <= "\udcff" else mark
        for mark in line.decode("utf-8", "surrogateescape")
    )


def _value(place: int, cell: str) -> Any:
    text = clean_text(cell)
    if is_null(text, STRONG_NULLS, WEAK_NULLS, typed=place in _READ):
        return None
    return _READ[place](text) if place in _READ else text


def _without_zone(moment: Any) -> Any:
    return moment.replace(tzinfo=None) if moment is not None else None
