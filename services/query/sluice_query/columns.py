"""Columns: how they are stored, what they are to a reader, and how several runs' versions of one become one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MAX_DECIMAL_DIGITS = 38
_BIGINT_DIGITS = 19
_NARROW_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})


class Kind(StrEnum):
    """What a column's values are to a reader: decides the operators, the JSON form, the text form."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    JSON = "json"


_KINDS = {
    "VARCHAR": Kind.TEXT,
    "BIGINT": Kind.INTEGER,
    "DOUBLE": Kind.NUMBER,
    "BOOLEAN": Kind.BOOLEAN,
    "DATE": Kind.DATE,
    "TIMESTAMP": Kind.DATETIME,
    "TIME": Kind.TIME,
}


@dataclass(frozen=True)
class Column:
    """A column as DuckDB types it; `document` says that its text is JSON."""

    name: str
    sql_type: str
    document: bool = False

    @property
    def kind(self) -> Kind:
        """What its values are to a reader."""
        if self.document:
            return Kind.JSON
        return Kind.DECIMAL if self.sql_type.startswith("DECIMAL") else _KINDS[self.sql_type]


KEY = Column("_key", "VARCHAR")
OBJECT = Column("_object", "VARCHAR")
RUN = Column("_run", "VARCHAR")
ROW = Column("_row", "BIGINT")
# Every record has these after its own columns.
LINEAGE = (KEY, OBJECT, RUN, ROW)
# Of two records with one key, the one with the greater order token is served; it is never shown.
ORDER_TOKEN = Column("_sk", "VARCHAR")


def normal_type(sql_type: str) -> str:
    """The type, of those that clean data has, in which a Parquet column is read."""
    plain = sql_type.upper()
    if plain in _KINDS or _DECIMAL.fullmatch(plain):
        return plain.replace(" ", "")
    if plain in _NARROW_INTEGERS:
        return "BIGINT"
    return "DOUBLE" if plain == "FLOAT" else "VARCHAR"


def decimal_scale(sql_type: str) -> int:
    """Digits after the point of a DECIMAL type."""
    return _decimal_digits(sql_type)[1]


def decimal_whole_digits(sql_type: str) -> int:
    """Digits before the point that a DECIMAL type can hold."""
    return _decimal_digits(sql_type)[0]


def unify(columns: Iterable[Column]) -> Column:
    """One column that holds the values of all, none rounded: the type that all share, a wider one, or text.

    Integers and doubles are numbers together; integers and decimals are decimals where the digits suffice;
    any other mix is text.
    """
    return reduce(_wider, columns)


def _wider(one: Column, other: Column) -> Column:
    if one.sql_type == other.sql_type:
        return Column(one.name, one.sql_type, one.document and other.document)
    types = {one.sql_type, other.sql_type}
    if types == {"BIGINT", "DOUBLE"}:
        return Column(one.name, "DOUBLE")
    if all(name == "BIGINT" or name.startswith("DECIMAL") for name in types):
        return Column(one.name, _common_decimal(types))
    return Column(one.name, "VARCHAR")


def _common_decimal(types: Iterable[str]) -> str:
    digits = [_decimal_digits(name) for name in types]
    whole, scale = (max(part) for part in zip(*digits, strict=True))
    return f"DECIMAL({whole + scale},{scale})" if whole + scale <= _MAX_DECIMAL_DIGITS else "VARCHAR"


def _decimal_digits(sql_type: str) -> tuple[int, int]:
    found = _DECIMAL.fullmatch(sql_type)
    if not found:
        return _BIGINT_DIGITS, 0
    precision, scale = int(found[1]), int(found[2])
    return precision - scale, scale
