"""The filter operators: one table, from which the SQL, the messages and the documentation come."""

from dataclasses import dataclass
from enum import Enum, auto

import orjson

from sluice_query.columns import Column, Kind
from sluice_query.values import Value, parse_day, parse_flag, parse_value

_ANY = frozenset(Kind)
_TEXTUAL = frozenset({Kind.TEXT, Kind.JSON})
_ORDERED = _ANY - {Kind.BOOLEAN, Kind.JSON}
_DATED = frozenset({Kind.DATE, Kind.DATETIME})


class Takes(Enum):
    """What an operator takes as its value."""

    VALUE = auto()
    LIST = auto()
    DAY = auto()
    FLAG = auto()


@dataclass(frozen=True)
class Operator:
    """One operator.

    `sql` is a template: `{c}` is the column, `{v}` the bound value or values. `negation` is the SQL for a flag
    that says no.
    """

    name: str
    takes: Takes
    kinds: frozenset[Kind]
    sql: str
    help: str
    negation: str = ""

    @property
    def is_flag(self) -> bool:
        """Whether it takes a yes or no instead of a value."""
        return self.takes is Takes.FLAG

    @property
    def is_day(self) -> bool:
        """Whether it takes a calendar day, whatever the column holds."""
        return self.takes is Takes.DAY

    def parse(self, column: Column, text: str) -> tuple[Value, ...]:
        """The values to bind.

        Raises:
            ValueError: the column can't hold the value; the message says what it takes.
        """
        if self.is_flag:
            return (parse_flag(text),)
        if self.is_day:
            return (parse_day(text),)
        texts = split_list(text) if self.takes is Takes.LIST else [text]
        return tuple(parse_value(column, one) for one in texts)


def _value(name: str, sql: str, text: str, kinds: frozenset[Kind] = _ANY) -> Operator:
    return Operator(name, Takes.VALUE, kinds, sql, text)


OPERATORS = {
    operator.name: operator
    for operator in (
        _value("exact", "{c} = {v}", "equal; the operator may be left out"),
        _value("not", "{c} <> {v}", "not equal (a null is neither equal nor unequal)"),
        _value("gt", "{c} > {v}", "greater", _ORDERED),
        _value("gte", "{c} >= {v}", "greater or equal", _ORDERED),
        _value("lt", "{c} < {v}", "less", _ORDERED),
        _value("lte", "{c} <= {v}", "less or equal", _ORDERED),
        Operator("in", Takes.LIST, _ANY, "{c} IN ({v})", 'one of a list: a,b or the JSON array ["a","b"]'),
        Operator("notin", Takes.LIST, _ANY, "{c} NOT IN ({v})", "none of a list (a null is not matched)"),
        _value("contains", "contains({c}, {v})", "holds the text; case counts", _TEXTUAL),
        _value("startswith", "starts_with({c}, {v})", "begins with the text; case counts", _TEXTUAL),
        _value("endswith", "suffix({c}, {v})", "ends with the text; case counts", _TEXTUAL),
        Operator("isnull", Takes.FLAG, _ANY, "{c} IS NULL", "has no value (0: has one)", "{c} IS NOT NULL"),
        Operator("notnull", Takes.FLAG, _ANY, "{c} IS NOT NULL", "has a value (0: has none)", "{c} IS NULL"),
        Operator(
            "isblank",
            Takes.FLAG,
            _ANY,
            "coalesce({c}::VARCHAR, '') = ''",
            "has no value or an empty text (0: has one)",
            "coalesce({c}::VARCHAR, '') <> ''",
        ),
        Operator("date", Takes.DAY, _DATED, "{c} >= {v} AND {c} < {v} + 1", "lies on a day, like 2020-01-31 (UTC)"),
    )
}


def operators_for(column: Column) -> list[str]:
    """The operators that the column can be filtered with, in the table's order."""
    return [name for name, operator in OPERATORS.items() if column.kind in operator.kinds]


def split_list(text: str) -> list[str]:
    """The members of a list parameter: comma-separated, or a JSON array where members hold commas.

    Raises:
        ValueError: it begins as a JSON array and is none of plain values.
    """
    if not text.startswith("["):
        return text.split(",")
    expected = 'a list like a,b or a JSON array of plain values like ["a","b"]'
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(expected) from error
    if not members or not all(isinstance(member, str | int | float) for member in members):
        raise ValueError(expected)
    return [member if isinstance(member, str) else orjson.dumps(member).decode() for member in members]


def operators_markdown() -> str:
    """The operators as a Markdown table, for the documentation."""
    rows = [f"| `{one.name}` | {one.help} | {_kinds_text(one)} |" for one in OPERATORS.values()]
    return "\n".join(["| operator | matches when the value | on |", "| --- | --- | --- |", *rows])


def _kinds_text(operator: Operator) -> str:
    return "any column" if operator.kinds == _ANY else ", ".join(kind.value for kind in Kind if kind in operator.kinds)
