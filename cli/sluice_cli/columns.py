"""Columns of cleaned tables, and what they become where several tables are joined."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from sluice_clean.engine import ColumnReport
from sluice_clean.engine.sql import identifier

TEXT = "VARCHAR"
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_BIGINT_DIGITS = 19
_MAX_DIGITS = 38
# Whole numbers of 64 bits may not fit a double: `joining` looks whether they do.
_MIXES = {frozenset({"BIGINT", "DOUBLE"}): "DOUBLE", frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP"}


@dataclass(frozen=True)
class Column:
    """A column as DuckDB stores it.

    Attributes:
        name: What it is called.
        sql_type: Its type.
        document: Whether its text is JSON.
        label: What the source calls it; "" where that has no name for it.
    """

    name: str
    sql_type: str
    document: bool = False
    label: str = field(default="", compare=False)

    @property
    def sql(self) -> str:
        """Its name in SQL."""
        return identifier(self.name)

    @property
    def shown(self) -> str:
        """SQL: its value where there are no types: times as the API writes them, ISO 8601 and UTC."""
        return f"replace({self.sql}::VARCHAR, ' ', 'T') || 'Z'" if self.sql_type == "TIMESTAMP" else self.sql


# What the engine adds to every record.
SYSTEM_COLUMNS = (
    Column("_key", TEXT),
    Column("_object", TEXT),
    Column("_run", TEXT),
    Column("_row", "BIGINT"),
    Column("_sk", TEXT),
)


def column_of(report: ColumnReport) -> Column:
    """A column that the engine wrote."""
    document = report.type in ("object", "array") and report.sql_type == TEXT
    return Column(report.name, report.sql_type.upper().replace(" ", ""), document, report.original or "")


def labelled(columns: Sequence[Column]) -> list[str]:
    """The columns' labels as they stood, but for those that are blank or there already, in whatever case.

    A NUL can't be in a label: SQL has no way to write it.
    """
    labels = [column.label.replace("\x00", "") for column in columns]
    taken = {column.name.casefold() for column, label in zip(columns, labels, strict=True) if not label.strip()}
    shown = []
    for column, label in zip(columns, labels, strict=True):
        name = label if label.strip() else column.name
        if label.strip() and name.casefold() in taken:
            choices = chain([column.name], (f"{column.name}_{number}" for number in count(2)))
            name = next(choice for choice in choices if choice.casefold() not in taken)
        taken.add(name.casefold())
        shown.append(name)
    return shown


def wider(one: Column, other: Column) -> Column:
    """The column that holds the values of both as they are; text where no other type does."""
    if one.sql_type == other.sql_type:
        return Column(one.name, one.sql_type, one.document and other.document, one.label)
    digits = [_digits(column.sql_type) for column in (one, other)]
    if digits[0] and digits[1]:
        whole, scale = (max(pair) for pair in zip(digits[0], digits[1], strict=True))
        fits = whole + scale <= _MAX_DIGITS
        return Column(one.name, f"DECIMAL({whole + scale},{scale})" if fits else TEXT)
    return Column(one.name, _MIXES.get(frozenset({one.sql_type, other.sql_type}), TEXT))


def _digits(sql_type: str) -> tuple[int, int] | None:
    """Digits before and after the point of an exact number."""
    if sql_type == "BIGINT":
        return _BIGINT_DIGITS, 0
    found = _DECIMAL.fullmatch(sql_type)
    return (int(found[1]) - int(found[2]), int(found[2])) if found else None
