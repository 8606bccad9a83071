# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""What is to become of each column: its name, its type, the SQL of its values, and what counts as a change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sluice.models.table_schema import Constraints, FieldType, ForeignKey, Pii, PlaceOrder, SchemaField, TableSchema
from sluice_clean.engine.hygiene import NullTexts, cleaned, has_controls, has_edges, is_composed
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.report import Drift
from sluice_clean.engine.sql import literal
from sluice_clean.engine.values import Companion, Decision

# Texts that are written as their values are.
_PLAIN: dict[FieldType, str] = {
    "integer": "regexp_full_match({0}, '-?[0-9]+')",
    "number": "regexp_full_match({0}, '-?[0-9]+([.][0-9]+)?')",
    "date": "{0} LIKE '____-__-__'",
    "datetime": "strlen({0}) = 20 AND suffix({0}, 'Z')",
}
_DAYS = frozenset({"date", "datetime"})
MAX_KEY_BYTES = 1024
# Types whose values are words of 64 bits.
_WORDS = ("BOOLEAN", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "TIME")


@dataclass(frozen=True)
class ColumnPlan:
    """One column of the output.

    Attributes:
        index: Its place in the output; its values are ``v{index}`` of a chunk's table, its originals ``o{index}``.
        cell: Its cell in the file's records, c0, c1, …; None for a declared column that the file doesn't have.
        name: Its clean name.
        original: What the file calls it.
        typing: What its texts become.
        nulls: Which texts are null.
        declared: The contract's field, if it has one.
        companion: For a column of its own that keeps what another's values don't tell: how it is read.
        beside: The cell of that other.
    """

    index: int
    cell: str | None
    name: str
    original: str | None
    typing: Decision
    nulls: NullTexts
    declared: SchemaField | None = None
    companion: Companion | None = None
    beside: str | None = None

    @property
    def type(self) -> FieldType:
        """Its Table Schema type."""
        if self.companion is not None:
            return self.companion.type
        return self.declared.type if self.declared else self.typing.type

    @property
    def sql_type(self) -> str:
        """How it is stored."""
        return self.companion.sql_type if self.companion is not None else self.typing.sql_type

    @property
    def is_text(self) -> bool:
        """Whether its values are texts as they stood, cleaned only."""
        return self.type in ("string", "any")

    @property
    def private(self) -> Pii | None:
        """What becomes of its values if they are personal data: they appear nowhere as they are."""
        return self.declared.pii if self.declared else None

    @property
    def withheld(self) -> bool:
        """Whether the contract has it dropped."""
        return self.private == "drop"

    @property
    def default(self) -> str | None:
        """The value, as text, of a record that has none."""
        value = self.declared.default if self.declared else None
        return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    @property
    def nulls_violations(self) -> bool:
        """Whether a value that breaks the contract becomes null."""
        return self.declared is not None and self.declared.nulls_violations

    @property
    def can_misfit(self) -> bool:
        """Whether a text of it may become null for what it says."""
        return not self.is_text or self.nulls_violations

    @property
    def is_amended(self) -> bool:
        """Whether the contract changes values that it finds right."""
        return self.private is not None or self.default is not None

    @property
    def output_type(self) -> FieldType:
        """The Table Schema type of what is delivered: a hash or a mask is text."""
        return "string" if self.private else self.type

    @property
    def output_sql_type(self) -> str:
        """How what is delivered is stored."""
        return "VARCHAR" if self.private else self.sql_type

    @property
    def output(self) -> str:
        """SQL over ``t``: the value that is delivered."""
        return f"v{self.index}"

    def text(self, cell: str, marks: Marks) -> str:
        """SQL: a cell's cleaned text, null where it is a null text."""
        clean = cleaned(cell, marks)
        return (
            f"nullif({clean}, '')"
            if self._only_empty
            else f"(CASE WHEN {self.is_null(clean)} THEN NULL ELSE {clean} END)"
        )

    @property
    def _only_empty(self) -> bool:
        return self.nulls.strong == ("",) and (self.is_text or not (self.nulls.weak or self.nulls.zero_days))

    def is_null(self, text: str) -> str:
        """SQL: a cleaned text says that there is no value."""
        strong = self.nulls.is_strong(text)
        if self.is_text:
            return strong
        zero = f" OR {self.nulls.is_zero_day(text)}" if self.nulls.zero_days and self.type in _DAYS else ""
        return f"({strong} OR {self.nulls.is_weak(text)}{zero})"

    def typed(self, marks: Marks) -> str:
        """SQL: the value of the cell; of a typed one only if it is clean and in a usual form (see `SecondReading`)."""
        if self.companion is not None and self.beside is not None:
            clean = cleaned(self.beside, marks)
            return self._or_null(clean, self.companion.value(clean))
        if self.cell is None:
            return f"NULL::{self.sql_type}"
        if self.is_text:
            clean = f"k{self.index}"
            return (
                f"nullif({clean}, '')"
                if self._only_empty
                else f"(CASE WHEN {self.is_null(clean)} THEN NULL ELSE {clean} END)"
            )
        return self._or_null(f"trim({self.cell})", self.typing.quick_value(self.cell))

    def _or_null(self, text: str, value: str) -> str:
        """SQL: the value, but for texts that could be read and say that there is none: -99, say."""
        return f"(CASE WHEN {self.is_null(text)} THEN NULL ELSE {value} END)" if self.nulls.may_be_values else value

    @property
    def unread(self) -> str:
        """SQL over ``t``, cheap: there is a text, which may be a null text, and no value."""
        return f"(v{self.index} IS NULL AND o{self.index} <> '')"

    @property
    def may_be_changed(self) -> str:
        """SQL over ``t``, cheap: false only of cells that no rule has changed."""
        if self.is_amended or self.nulls_violations:
            return "true"
        original = f"o{self.index}"
        plain = _PLAIN.get(self.type) if self.typing.has_plain_texts else None
        if self.is_text:
            return f"{original} IS NOT NULL"
        # 0000-00-00 is written as a date is, and none.
        return f"(NOT ({plain.format(original)}) OR {self.unread})" if plain else "true"

    def misfit(self, marks: Marks) -> str:
        """SQL over ``t``: there is a text and it doesn't fit the type."""
        # CASE: an AND would clean every text, only to find that it has a value.
        text = self.text(f"o{self.index}", marks)
        return f"(CASE WHEN v{self.index} IS NULL THEN {text} IS NOT NULL ELSE false END)"

    def changes(self, marks: Marks, *, edges: bool, misfits: bool) -> dict[str, str]:
        """SQL conditions over ``t``, by rule, under which the rule changed the cell.

        Args:
            marks: What occurs in the cells.
            edges: Whether any has white space at an end.
            misfits: Whether any has no value.
        """
        if self.withheld:
            return {}
        original, value = f"o{self.index}", f"v{self.index}"
        clean = cleaned(original, marks) if edges or marks.controls else original
        found = {"trim": has_edges(original, marks)} if edges else {}
        if marks.controls:
            found["control-characters"] = has_controls(original)
        if marks.composable and self.is_text:
            found["unicode-form"] = f"NOT {is_composed(original)}"
        if misfits:
            is_null = f"{clean} <> '' AND {self.is_null(clean)}"
            found["null-token"] = f"(CASE WHEN {value} IS NULL THEN {is_null} ELSE false END)"
        if misfits and self.can_misfit:
            found["invalid"] = self.misfit(marks)
        if self.private:
            return found | {self.private: f"{value} IS NOT NULL"}
        if not self.is_text:
            found |= self.typing.changes(clean, value)
        return found if self.default is None else self._with_default(found, marks)

    def _with_default(self, found: dict[str, str], marks: Marks) -> dict[str, str]:
        """A value that the contract gave was not read from a text: no other rule counts."""
        given = f"(v{self.index} IS NOT NULL AND {self.text(f'o{self.index}', marks)} IS NULL)"
        others = {rule: f"(CASE WHEN {given} THEN false ELSE {condition} END)" for rule, condition in found.items()}
        return others | {"default": given}

    def as_field(self) -> SchemaField:
        """The column as the output's schema states it: as declared, else as inferred."""
        if self.declared is None:
            order: PlaceOrder | None = "lat,lon" if self.type == "geopoint" else None
            return SchemaField(
                name=self.name, type=self.type, title=self.original, currency=self.typing.currency or None, order=order
            )
        stated: dict[str, Any] = {"title": self.declared.title or self.original}
        if self.typing.currency:
            stated["currency"] = self.typing.currency
        if self.private:
            # The contract's limits hold for what is hidden now.
            required = self.declared.constraints is not None and self.declared.constraints.required
            stated |= {"type": self.output_type, "format": "default", "default": None, "currency": None, "order": None}
            stated["constraints"] = Constraints(required=True) if required else None
        return self.declared.model_copy(update=stated)


@dataclass(frozen=True)
class Plan:
    """The columns of the output, in order, and the key."""

    columns: list[ColumnPlan]
    schema: TableSchema
    delimiter: str = ","
    as_text: bool = False
    schema_is_declared: bool = False
    drift: list[Drift] = field(default_factory=list)
    watches_rivals: bool = True
    warnings: list[str] = field(default_factory=list)

    @property
    def key(self) -> list[ColumnPlan]:
        """The primary key's columns; none when records are keyed by their content."""
        by_name = {column.name: column for column in self.columns}
        return [by_name[name] for name in self.schema.primary_key]

    @property
    def foreign_keys(self) -> list[ForeignKey]:
        """What must occur in other datasets."""
        return self.schema.foreign_keys or []

    @property
    def present(self) -> list[ColumnPlan]:
        """The columns that the file has."""
        return [column for column in self.columns if column.cell is not None]

    def typed(self, relation: str, marks: Marks, *, numbered: bool) -> str:
        """SQL of a chunk's table ``t``: values v0, v1, …; originals o0, o1, …; _n; _id.

        The original of a typed cell is always there, that of a text only where cleaning changed it.
        """
        place = "_n" if numbered else "NULL::BIGINT AS _n"
        values = ", ".join(f"{self._value(c, marks)} AS v{c.index}" for c in self.columns)
        cells = "".join(f", {c.cell}" for c in self.present)
        originals = "".join(f", {self._original(c)} AS o{c.index}" for c in self.present)
        every = ", ".join(f"v{c.index}" for c in self.columns)
        # Cleaned texts are named, k0, k1, …: an expression that stands in several places is computed in each.
        texts = "".join(f", {cleaned(c.cell, marks)} AS k{c.index}" for c in self.present if c.cell and c.is_text)
        return f"""SELECT {every}{originals}, _n, {self.identity} AS _id
            FROM (SELECT {values}{cells}, _n FROM (SELECT {place}{cells}{texts} FROM {relation}))"""

    @property
    def identity(self) -> str:
        """SQL: 128 bits that tell a row's key, or its content, from every other."""
        if self.as_text:
            return "NULL::UHUGEINT"
        return f"md5_number({self.key_text})" if self.key else self._fingerprint(lambda column: f"v{column.index}")

    def _value(self, column: ColumnPlan, marks: Marks) -> str:
        return column.cell or "NULL" if self.as_text else column.typed(marks)

    def _original(self, column: ColumnPlan) -> str:
        if self.as_text:
            return "NULL::BOOLEAN"  # which takes least room
        if column.is_text:
            return f"CASE WHEN v{column.index} IS DISTINCT FROM {column.cell} THEN {column.cell} END"
        return str(column.cell)

    def content_key(self, name: Callable[[str], str]) -> str:
        """SQL over delivered records: the key of one that is keyed by its content; ``name`` spells a column's name."""
        return _hex(self._fingerprint(lambda column: name(column.name)))

    def _fingerprint(self, value: Callable[[ColumnPlan], str]) -> str:
        """SQL: 128 bits of a row's values, by two hashes of 64 bits.

        One is of all values, each hashed by itself. The other is of all texts as one, so that rows which differ in one
        text only, whose hashes happen to be the same, are told apart. Values of 64 bits never have the same hash.
        """
        columns = [column for column in self.columns if not column.withheld]
        words = [column for column in columns if column.output_sql_type in _WORDS]
        texts = ["''", *(f"{value(column)}::VARCHAR" for column in columns if column not in words)]
        every = ", ".join(map(value, columns))
        other = ", ".join([f"concat_ws(chr(31), {', '.join(texts)})", *map(value, words)])
        return f"((hash({every})::UHUGEINT << 64) | hash({other}))"

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
        return _hex(self._fingerprint(lambda column: f"v{column.index}") if self.as_text else "_id")

    @property
    def is_private(self) -> bool:
        """Whether records hold personal data: they are shown nowhere as they stood."""
        return any(column.private for column in self.columns)

    def joined(self) -> str:
        """SQL over a chunk's relation: a record put together again from its cells."""
        cells = ", ".join(f"coalesce({column.cell}, '')" for column in self.present)
        return f"concat_ws({literal(self.delimiter)}, {cells})"


def _hex(bits: str) -> str:
    """SQL: 128 bits as 32 digits."""
    return f"lower(lpad(to_hex({bits}), 32, '0'))"


def _as_text(column: ColumnPlan) -> str:
    return as_text(f"v{column.index}", column.output_sql_type)


def as_text(value: str, sql_type: str) -> str:
    """SQL: a value as keys and hashes have it: as it is printed, a time in ISO 8601."""
    text = f"{value}::VARCHAR"
    return f"replace({text}, ' ', 'T')" if sql_type == "TIMESTAMP" else text
