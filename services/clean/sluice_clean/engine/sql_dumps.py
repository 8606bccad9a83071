"""Dumps of databases in SQL: statements, which are no table, however much their values look like one."""

import re

_TOOLS = re.compile(
    r"\s*(?:--[ \t]*\n\s*)*--[ \t]*(?:MySQL|MariaDB|PostgreSQL database|phpMyAdmin SQL|Adminer [\d.]+ \w+) dump\b",
    re.IGNORECASE,
)
_NAME = r"[`\"\[]?[^\W\d][^\s`\"(),;]*[`\"\]]?"
# What stands above the first table: comments, and statements that set things up, of which one line is as good as all.
_BEFORE = r"""(?:\s+|--[^\n]*|\#[^\n]*|/\*.*?\*/;?
    |(?:SET|USE|GO|BEGIN|START|PRAGMA|LOCK|DROP|ALTER|SELECT|CREATE\s+(?!(?:\w+\s+)?TABLE\b))\b[^\n]*)*+"""
_STATEMENT = re.compile(
    rf"""{_BEFORE}(?:
        CREATE\s+(?:\w+\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(
        |(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+{_NAME}\s*(?:\([^()]*\)\s*)?(?:VALUES?\b\s*\(|SELECT\s)
        |COPY\s+{_NAME}\s*(?:\([^()]*\)\s*)?FROM\s+stdin\b)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def is_sql_dump(text: str) -> bool:
    """Whether a file that begins with this text is statements of SQL that make tables, or fill them."""
    text = text.removeprefix("\ufeff")
    return _TOOLS.match(text) is not None or _STATEMENT.match(text) is not None
