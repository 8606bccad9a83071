"""Seeded tables for the tests of insight: clean ones, and the same with errors of known kinds put in."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from sluice_clean.engine.insight import Counts, Insight, Suggestion, examine
from sluice_clean.engine.sql import literal

_TYPES = {
    str: ("string", "VARCHAR"),
    bool: ("boolean", "BOOLEAN"),
    int: ("integer", "BIGINT"),
    float: ("number", "DOUBLE"),
    Decimal: ("number", "DECIMAL(18,2)"),
    date: ("date", "DATE"),
    datetime: ("datetime", "TIMESTAMP"),
}

Record = dict[str, Any]


def seeded(seed: int) -> random.Random:
    """Random numbers that are the same each time."""
    return random.Random(seed)


@dataclass
class Dirty:
    """Records with errors, and what each changed cell was before: {(row, column): value}."""

    records: list[Record]
    truth: dict[tuple[int, str], Any] = field(default_factory=dict)

    def spoil(self, column: str, rows: Iterable[int], change: Callable[[Any], Any]) -> None:
        """Changes cells, each once; ``rows`` are record numbers."""
        for row in rows:
            before = self.records[row - 1][column]
            after = change(before)
            if after != before and (row, column) not in self.truth:
                self.truth[row, column] = before
                self.records[row - 1][column] = after


def columns_of(records: list[Record]) -> list[tuple[str, str, str]]:
    """Name, Table Schema type and SQL type of each column."""
    found = []
    for name in records[0]:
        kinds = {type(record[name]) for record in records if record[name] is not None}
        found.append((name, *_TYPES[kinds.pop() if kinds else str]))
    return found


def store(connection: duckdb.DuckDBPyConnection, records: list[Record], path: Path, group: int = 122_880) -> str:
    """Writes records as the engine's parts are written; the path."""
    lines = path.with_suffix(".ndjson")
    with lines.open("w") as file:
        for number, record in enumerate(records, 1):
            file.write(json.dumps({"_row": number, **record}, default=str) + "\n")
    types = {"_row": "BIGINT"} | {name: stored for name, _, stored in columns_of(records)}
    given = "{" + ", ".join(f"{literal(name)}: {literal(stored)}" for name, stored in types.items()) + "}"
    connection.execute(f"""COPY (
        FROM read_json({literal(str(lines))}, columns = {given}, format = 'newline_delimited') ORDER BY _row)
        TO {literal(str(path))} (FORMAT parquet, ROW_GROUP_SIZE {group})""")
    return str(path)


def look(records: list[Record], folder: Path, group: int = 122_880) -> Insight:
    """What is found out about records."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        path = store(connection, records, folder / "part-00000.parquet", group)
        return examine(connection, [path], columns_of(records), Counts(rows_in=len(records)))


def measure(suggestions: Iterable[Suggestion], truth: dict[tuple[int, str], Any], least: float) -> tuple[float, float]:
    """Precision and recall of suggestions of at least a confidence: right are those that give the value back."""
    told = [one for one in suggestions if one.confidence >= least and one.suggested is not None]
    right = [one for one in told if _same(truth.get((one.row, one.column)), one.suggested)]
    return (len(right) / len(told) if told else 1.0), (len(right) / len(truth) if truth else 1.0)


def _same(before: Any, suggested: str | None) -> bool:
    if before is None or suggested is None:
        return False
    if isinstance(before, int | float | Decimal) and not isinstance(before, bool):
        return abs(float(before) - float(suggested)) <= 1e-6 * max(1.0, abs(float(before)))
    return (before.isoformat() if isinstance(before, date) else str(before)) == suggested


# ---------------------------------------------------------------------------------------------- a table of hospitals

_SYLLABLES = ("bir", "ming", "ham", "do", "than", "gads", "den", "cull", "man", "mont", "gom", "ery", "shef", "field",
              "flor", "ence", "opp", "mari", "on", "hunts", "ville", "tusca", "loosa", "sel", "ma", "fair", "hope",
              "jas", "per", "win", "clan", "ton", "ash", "land")  # fmt: skip
_STATES = {"AL": "alabama", "AK": "alaska", "TX": "texas", "GA": "georgia", "FL": "florida", "OH": "ohio"}
_CONDITIONS = ("heart attack", "heart failure", "pneumonia", "surgical infection prevention", "childrens asthma care")


def words(rng: random.Random, count: int, syllables: int = 3) -> list[str]:
    """Different made-up words."""
    found: set[str] = set()
    while len(found) < count:
        found.add("".join(rng.choices(_SYLLABLES, k=syllables)))
    return sorted(found)


def hospitals(rng: random.Random, rows: int = 1_000) -> list[Record]:
    """Providers x measures: many dependencies, categories, codes, as the well-known benchmark table has them."""
    towns = words(rng, 30)
    providers = []
    for number in range(max(20, rows // 20)):
        state = rng.choice(sorted(_STATES))
        town = towns[number % len(towns)]
        providers.append(
            {
                "provider_number": str(10_001 + number * 7),
                "hospital_name": f"{words(rng, 1)[0]} {rng.choice(('medical center', 'hospital', 'regional clinic'))}",
                "city": town,
                "state": state,
                "zip_code": str(35_000 + number * 13),
                "phone_number": str(2_050_000_000 + rng.randrange(90_000_000)),
            }
        )
    measures = [
        {
            "measure_code": f"{''.join(word[0] for word in condition.split()).upper()}-{index}",
            "condition": condition,
            "measure_name": f"{condition} patients given {word}",
        }
        for condition in _CONDITIONS
        for index, word in enumerate(words(rng, 4), 1)
    ]
    return [{**rng.choice(providers), **rng.choice(measures)} for _ in range(rows)]


def misspelt(rng: random.Random) -> Callable[[str], str]:
    """A typing error: a letter replaced, left out, doubled or exchanged with the next."""

    def change(text: str) -> str:
        places = [place for place, sign in enumerate(text) if sign.isalpha()]
        if not places:
            return text
        place = rng.choice(places)
        kind = rng.randrange(4)
        if kind == 0:
            return text[:place] + "x" + text[place + 1 :]
        if kind == 1:
            return text[:place] + text[place + 1 :]
        if kind == 2:
            return text[:place] + text[place] + text[place:]
        return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]

    return change


def orders(rng: random.Random, rows: int = 3_000) -> list[Record]:
    """Orders: measures in one unit, two dates that belong together, categories, free text."""
    start = date(2023, 1, 1)
    cities = {city: code for code, city in enumerate(words(rng, 40), 100)}
    found = []
    for number in range(rows):
        ordered = start + timedelta(days=rng.randrange(700))
        city = rng.choice(sorted(cities))
        found.append(
            {
                "order_id": f"ORD-{number:06}",
                "city": city,
                "depot": cities[city],
                "ordered": ordered,
                "shipped": ordered + timedelta(days=rng.randrange(0, 9)),
                "height_cm": round(rng.gauss(172, 9), 1),
                "weight_g": round(rng.lognormvariate(6, 0.25), 1),
                "temperature": round(rng.gauss(21, 2), 1),
                "score": rng.randrange(0, 101),
                "income": round(rng.lognormvariate(10, 0.9)),
                "waited": round(rng.expovariate(1 / 30), 2),
                "paid": rng.random() < 0.8,
                "note": " ".join(rng.choices(_SYLLABLES, k=12)),
            }
        )
    return found
