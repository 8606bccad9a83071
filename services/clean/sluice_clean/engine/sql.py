"""Pieces of SQL text. Everything that comes from outside goes through `literal` or `identifier`."""

import itertools
import re
from collections.abc import Callable, Iterable

Sql = Callable[[str], str]

_NAMES = itertools.count()
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")


def literal(value: str) -> str:
    """``value`` as a SQL string; a NUL, which SQL text can't hold, is spelled with chr()."""
    parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\x00")]
    return parts[0] if len(parts) == 1 else "(" + " || chr(0) || ".join(parts) + ")"


def identifier(name: str) -> str:
    """``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_list(values: Iterable[str]) -> str:
    """A SQL list of strings. Lists, not IN: a long IN becomes a join that loses the order of rows."""
    return "[" + ", ".join(literal(value) for value in values) + "]::VARCHAR[]"


def integer_list(values: Iterable[int]) -> str:
    """A SQL list of integers, spelled as one text: as a parameter a list costs 0.1 ms an element."""
    return f"(string_split({literal(','.join(map(str, values)))}, ',')::BIGINT[])"


def let(expression: str, body: Sql) -> str:
    """SQL: ``body`` over the value of ``expression``, which is computed once.

    DuckDB computes an expression anew for each time that it stands in a CASE; a lambda's parameter is a value.
    """
    if _BARE.fullmatch(expression):
        return body(expression)
    name = f"t{next(_NAMES)}"
    return f"list_transform([{expression}], lambda {name}: {body(name)})[1]"


def same_value(value: str, stored: str, other: str, other_stored: str) -> str:
    """SQL: two values are the same: numbers as numbers, others whose SQL types differ as text."""
    both_numbers = stored.startswith(_NUMBERS) and other_stored.startswith(_NUMBERS)
    if both_numbers or stored == other_stored:
        return f"{value} = {other}"
    return f"{value}::VARCHAR = {other}::VARCHAR"
