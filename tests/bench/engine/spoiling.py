"""Real tables, and errors put into them: what suggestions of repairs are measured on.

The tables are those that R's packages publish, as the package pydataset brings them: long tails, rare categories,
soft dependencies and the errors of their own that people left in them.
"""

import random
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from sluice_clean.engine.sql import identifier

_SHARE = 0.005  # of a column's cells
_SLIPS = 4
_LEAST_VALUES = 50
_LEFT_ALONE = 0.4  # of the columns
_FEW = 3  # times that a text is there in the mean, to be one of few
_NUMBERS = ("DOUBLE", "DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT")
_TWELVE = 12

Column = tuple[str, str, str]


@dataclass
class Spoilt:
    """What was put where: by record number and column, the kind of error and what stood there."""

    truth: dict[tuple[int, str], tuple[str, Any]] = field(default_factory=dict)

    def is_right(self, row: int, column: str, suggested: str) -> bool | None:
        """Whether a suggestion gives back what stood there; None where nothing was changed."""
        if (row, column) not in self.truth:
            return None
        before = self.truth[row, column][1]
        if isinstance(before, int | float | Decimal) and not isinstance(before, bool):
            return abs(float(before) - float(suggested)) <= 1e-6 * max(1.0, abs(float(before)))
        return str(before) == suggested


def real_tables(archive: Path, least: int, most: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the archive's CSV files of so many bytes, in order of their names."""
    with tarfile.open(archive) as packed:
        members = [member for member in packed.getmembers() if member.name.endswith(".csv") and member.isfile()]
        for member in sorted(members, key=lambda one: one.name):
            file = packed.extractfile(member)
            if file is not None and least <= member.size <= most and not Path(member.name).name.startswith("."):
                yield member.name, file.read()


def spoil(connection: duckdb.DuckDBPyConnection, table: str, columns: list[Column], rng: random.Random) -> Spoilt:
    """Puts errors into some columns of a table that has ``_row``, of one kind into each."""
    spoilt = Spoilt()
    for name, _, sql_type in columns:
        if rng.random() < _LEFT_ALONE:
            continue
        cell = identifier(name)
        query = f"SELECT _row, {cell} FROM {table} WHERE {cell} IS NOT NULL"  # noqa: S608 - quoted by sql.py
        values = dict(connection.execute(query).fetchall())
        kind = _kind(sql_type, values, rng) if len(values) >= _LEAST_VALUES else None
        if kind is None:
            continue
        count = min(max(2, int(_SHARE * len(values))), _SLIPS if kind == "slip" else len(values))
        for row in rng.sample(sorted(values), count):
            after = _CHANGES[kind](values[row], values, rng)
            if after != values[row]:
                try:
                    connection.execute(f"UPDATE {table} SET {cell} = ? WHERE _row = ?", [after, row])  # noqa: S608
                except duckdb.Error:
                    continue  # a number that its type can't hold
                spoilt.truth[row, name] = (kind, values[row])
    return spoilt


def _kind(sql_type: str, values: dict[int, Any], rng: random.Random) -> str | None:
    if sql_type == "VARCHAR" and len(set(values.values())) * _FEW < len(values):
        return rng.choice(("typo", "misplaced", "blank"))
    if sql_type.startswith(_NUMBERS):
        return rng.choice(("slip", "slip", "misplaced", "blank"))
    return "swapped" if sql_type == "DATE" else None


def _mistyped(text: str, _: dict[int, Any], rng: random.Random) -> str:
    """A letter replaced, left out, doubled or exchanged with the next."""
    places = [place for place, sign in enumerate(text) if sign.isalpha()]
    if not places:
        return text
    place = rng.choice(places)
    before, letter, behind = text[:place], text[place], text[place + 1 :]
    return before + rng.choice(("x" + behind, behind, letter * 2 + behind, behind[:1] + letter + behind[1:]))


def _misplaced(_: Any, values: dict[int, Any], rng: random.Random) -> Any:
    return values[rng.choice(sorted(values))]


def _slipped(number: Any, _: dict[int, Any], rng: random.Random) -> Any:
    return number / 10 if rng.random() < 1 / 2 and not isinstance(number, int) else number * rng.choice((10, 100))


def _swapped(day: date, _: dict[int, Any], __: random.Random) -> date:
    return day.replace(month=day.day, day=day.month) if day.day <= _TWELVE else day


_CHANGES: dict[str, Callable[[Any, dict[int, Any], random.Random], Any]] = {
    "typo": _mistyped,
    "misplaced": _misplaced,
    "blank": lambda *_: None,
    "slip": _slipped,
    "swapped": _swapped,
}


def count_kinds(spoilt: Spoilt) -> Counter[str]:
    """How many errors there are of each kind."""
    return Counter(kind for kind, _ in spoilt.truth.values())
