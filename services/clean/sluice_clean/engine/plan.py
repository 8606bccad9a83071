# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""What is to become of a table: its columns, the SQL of a chunk's rows, and what tells one record from another."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sluice.models.table_schema import ForeignKey, TableSchema
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.hygiene import cleaned
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.report import Drift
from sluice_clean.engine.sql import literal

MAX_KEY_BYTES = 1024
# Types whose values are words of 64 bits.
_WORDS = ("BOOLEAN", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "TIME")


@dataclass(frozen=True)
class Plan:
    """The columns of the output, in order, and the key.

    Attributes:
        schema: What is delivered; of the foreign keys those whose fields are.
        foreign_keys: What must occur in other datasets.
    """

    columns: list[ColumnPlan]
    schema: TableSchema
    delimiter: str = ","
    as_text: bool = False
    schema_is_declared: bool = False
    drift: list[Drift] = field(default_factory=list)
    watches_rivals: bool = True
    warnings: list[str] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)

    @property
    def key(self) -> list[ColumnPlan]:
        """The primary key's columns; none when records are keyed by their content."""
        by_name = {column.name: column for column in self.columns}
        return [by_name[name] for name in self.schema.primary_key]

    @property
    def present(self) -> list[ColumnPlan]:
        """The columns that the file has."""
        return [column for column in self.columns if column.cell is not None]

    def typed(self, relation: str, marks: Marks, *, numbered: bool) -> str:
        """SQL of a chunk's table ``t``: values v0, v1, …; originals o0, o1, …; _n; _id.

        Originals are there where the values don't tell them: of texts that cleaning changed, and of texts that are
        written otherwise than their values are.
        """
        place = "_n" if numbered else "NULL::BIGINT AS _n"
        values = ", ".join(f"{self._value(c, marks)} AS v{c.index}" for c in self.columns)
        cells = "".join(f", {c.cell}" for c in self.present)
        originals = "".join(f", {self._original(c, marks)} AS o{c.index}" for c in self.present)
        every = ", ".join(f"v{c.index}" for c in self.columns)
        # Cleaned texts are named, k0, k1, …: an expression that stands in several places is computed in each.
        texts = "".join(f", {cleaned(c.cell, marks)} AS k{c.index}" for c in self.present if c.cell and c.is_text)
        # Whether a cell is plain likewise: p0, p1, ….
        plain = [] if self.as_text else [column for column in self.present if column.plain]
        asked = "".join(f", {c.plain} AS p{c.index}" for c in plain)
        known = "".join(f", p{c.index}" for c in plain)
        return f"""SELECT {every}{originals}, _n, {self.identity} AS _id
            FROM (SELECT {values}{cells}{known}, _n FROM (SELECT {place}{cells}{texts}{asked} FROM {relation}))"""

    @property
    def identity(self) -> str:
        """SQL: 128 bits that tell a row's key, or its content, from every other."""
        if self.as_text:
            return "NULL::UHUGEINT"
        if self.key:
            return f"md5_number({self.key_text})"
        high, low = self._hashes(lambda column: f"v{column.index}")
        return f"(({high}::UHUGEINT << 64) | {low})"

    def _value(self, column: ColumnPlan, marks: Marks) -> str:
        return column.cell or "NULL" if self.as_text else column.typed(marks)

    def _original(self, column: ColumnPlan, marks: Marks) -> str:
        if self.as_text:
            return "NULL::BOOLEAN"  # which takes least room
        if column.is_text:
            value, cell = f"v{column.index}", column.cell
            # What is cleaned gets shorter, but for Unicode's form; to compare lengths costs less.
            shorter = f"coalesce(strlen({value}), -1) < strlen({cell})"
            changed = f"{value} IS DISTINCT FROM {cell}" if marks.composable else shorter
            return f"CASE WHEN {changed} THEN {cell} END"
        if not column.plain:
            return str(column.cell)
        text = column.cell if column.declared else f"nullif({column.cell}, '')"
        return f"CASE WHEN p{column.index} AND v{column.index} IS NOT NULL THEN NULL ELSE {text} END"

    def content_key(self, name: Callable[[str], str]) -> str:
        """SQL over delivered records: the key of one that is keyed by its content; ``name`` spells a column's name."""
        return _hex(*self._hashes(lambda column: name(column.name)))

    def _hashes(self, value: Callable[[ColumnPlan], str]) -> tuple[str, str]:
        """SQL: two hashes of 64 bits of a row's values.

        One is of all values, each hashed by itself. The other is of all texts as one, so that rows which differ in one
        text only, whose hashes happen to be the same, are told apart. Values of 64 bits never have the same hash.
        """
        columns = [column for column in self.columns if not column.withheld]
        words = [column for column in columns if column.output_sql_type in _WORDS]
        texts = ["''", *(f"{value(column)}::VARCHAR" for column in columns if column not in words)]
        every = ", ".join(map(value, columns))
        other = ", ".join([f"concat_ws(chr(31), {', '.join(texts)})", *map(value, words)])
        return f"hash({every})", f"hash({other})"

    @property
    def key_text(self) -> str:
        """SQL: the primary key's values as one text."""
        parts = [_as_text(column) for column in self.key]
        if len(parts) > 1:
            parts = [f"replace(replace({part}, '~', '~7E'), ',', '~2C')" for part in parts]
        key = " || ',' || ".join(parts)
        return f"(CASE WHEN strlen({key}) > {MAX_KEY_BYTES} THEN md5({key}) ELSE {key} END)"

    @property
    def key_sql(self) -> str:
        """SQL over ``t``: the record's key: the primary key's values, else a hash of its content."""
        if self.key:
            return self.key_text
        if self.as_text:
            return _hex(*self._hashes(lambda column: f"v{column.index}"))
        # The same digits as `_hex` gives, in half the time.
        return "lower(CASE WHEN _id >= 1::UHUGEINT << 124 THEN hex(_id) ELSE lpad(hex(_id), 32, '0') END)"

    @property
    def is_private(self) -> bool:
        """Whether records hold personal data: they are shown nowhere as they stood."""
        return any(column.private for column in self.columns)

    def joined(self) -> str:
        """SQL over a chunk's relation: a record put together again from its cells."""
        cells = ", ".join(f"coalesce({column.cell}, '')" for column in self.present)
        return f"concat_ws({literal(self.delimiter)}, {cells})"


def _hex(high: str, low: str) -> str:
    """SQL: twice 64 bits as 32 digits."""
    return f"printf('%016x%016x', {high}, {low})"


def _as_text(column: ColumnPlan) -> str:
    return as_text(f"v{column.index}", column.output_sql_type)


def as_text(value: str, sql_type: str) -> str:
    """SQL: a value as keys and hashes have it: as it is printed, a time in ISO 8601."""
    text = f"{value}::VARCHAR"
    return f"replace({text}, ' ', 'T')" if sql_type == "TIMESTAMP" else text
