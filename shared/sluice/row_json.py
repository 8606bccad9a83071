"""SQL that makes a JSON object of a row in DuckDB, in the forms that the API gives values in."""

from collections.abc import Sequence

_PLAIN = frozenset(
    {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "VARCHAR", "JSON"}
)
_LONG = frozenset({"BIGINT", "UBIGINT"})
_EXACT_IN_JSON = 2**53


def identifier(name: str) -> str:
    """The name of a column, quoted."""
    return '"' + name.replace('"', '""') + '"'


def row_json(columns: Sequence[tuple[str, str]]) -> str:
    """SQL for the columns (name and DuckDB's type) of a row as JSON: what JSON can't hold exactly is text."""
    members = ", ".join(f"{_text(name)}, {_value(identifier(name), kind)}" for name, kind in columns)
    return f"json_object({members})"


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _value(cell: str, kind: str) -> str:
    if kind in _PLAIN:
        return cell
    if kind in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN isfinite({cell}) THEN {cell} END"
    if kind in _LONG:
        fits = f"{cell} BETWEEN -{_EXACT_IN_JSON} AND {_EXACT_IN_JSON}"
        return f"CASE WHEN {fits} THEN to_json({cell}) ELSE to_json(CAST({cell} AS VARCHAR)) END"
    if kind.startswith("TIMESTAMP"):
        fraction = f"CASE WHEN microsecond({cell}) % 1000000 = 0 THEN '' ELSE rtrim(strftime({cell}, '.%f'), '0') END"
        return f"strftime({cell}, '%Y-%m-%dT%H:%M:%S') || {fraction} || 'Z'"
    return f"CAST({cell} AS VARCHAR)"
