# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""What is to become of each column: its name, its type, the SQL of its values, and what counts as a change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sluice.models.table_schema import Constraints, FieldType, ForeignKey, Pii, PlaceOrder, SchemaField, TableSchema
from sluice_clean.engine.hygiene import NullTexts, cleaned, has_controls, is_composed
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.report import Drift
from sluice_clean.engine.sql import literal
from sluice_clean.engine.values import Companion, Decision

_DAYS = frozenset({"date", "datetime"})
MAX_KEY_BYTES = 1024
_LOW = 2**64 - 1
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
        return self._unless_null(cleaned(cell, marks))

    def _unless_null(self, clean: str) -> str:
        if self._only_empty:
            return f"nullif({clean}, '')"
        return f"(CASE WHEN {self.is_null(clean)} THEN NULL ELSE {clean} END)"

    @property
    def _only_empty(self) -> bool:
        return self.nulls.strong == ("",) and (self.is_text or not (self.nulls.weak or self.nulls.zero_days))

    def says_nothing(self, text: str) -> str:
        """SQL: a cleaned text, which is there, is null in this column."""
        return f"{text} = ''" if self._only_empty else self.is_null(text)

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
            return self._unless_null(f"k{self.index}")
        value = self.typing.quick_value(self.cell)
        return self._or_null(f"trim({self.cell})", value.replace(self.plain, f"p{self.index}") if self.plain else value)

    def _or_null(self, text: str, value: str) -> str:
        """SQL: the value, but for texts that could be read and say that there is none: -99, say."""
        return f"(CASE WHEN {self.is_null(text)} THEN NULL ELSE {value} END)" if self.nulls.may_be_values else value

    @property
    def unread(self) -> str:
        """SQL over ``t``, cheap: there is a text, which may be a null text, and no value."""
        return f"(v{self.index} IS NULL AND o{self.index} <> '')"

    @cached_property
    def plain(self) -> str:
        """SQL over the file's records: the cell's text is its value's, so that it need not be kept; "" if none is."""
        if self.cell is None or self.is_text or self.companion is not None or self._keeps_originals:
            return ""
        return self.typing.plain(self.cell)

    @property
    def _keeps_originals(self) -> bool:
        """Whether texts are asked about later that are written as their values are."""
        limits = self.declared.constraints if self.declared else None
        asked = limits is not None and any((limits.pattern, limits.min_length, limits.max_length))
        # A label that is a number or a date itself may be met again as one.
        label = any(map(str.isdigit, self.original or "")) or (self.original or "").strip() in ("true", "false")
        return asked or label or self.is_amended or self.nulls_violations or self.typing.unsettled == "mark"

    @property
    def misfits_are_noted(self) -> bool:
        """Whether `SecondReading` notes its misfits: the contract takes no values later, and gives none."""
        return not (self.is_text or self.is_amended or self.nulls_violations)

    @property
    def misfits_are_counted(self) -> bool:
        """Whether its misfits are told by what was delivered: those of a column that the contract amends."""
        return self.nulls_violations or (self.is_amended and not self.is_text)

    @property
    def may_be_changed(self) -> str:
        """SQL over ``t``, cheap: false only of cells that no rule has changed."""
        return "true" if self.is_amended or self.nulls_violations else f"o{self.index} IS NOT NULL"

    def misfit(self, marks: Marks) -> str:
        """SQL over ``t``: there is a text and it doesn't fit the type."""
        # CASE: an AND would clean every text, only to find that it has a value.
        text = self.text(f"o{self.index}", marks)
        return f"(CASE WHEN v{self.index} IS NULL THEN {text} IS NOT NULL ELSE false END)"

    def changes(self, marks: Marks) -> dict[str, str]:
        """SQL conditions, by rule, under which the rule changed the cell.

        They are over ``t``, and over what was made of it: ``e{index}``, whether the original `has_edges`, and
        ``k{index}``, its cleaned text. Misfits are not among them where they are noted.
        """
        if self.withheld:
            return {}
        original, value, clean = f"o{self.index}", f"v{self.index}", f"k{self.index}"
        found = {"trim": f"e{self.index}"}
        if marks.controls:
            found["control-characters"] = has_controls(original)
        if marks.composable and self.is_text:
            found["unicode-form"] = f"NOT {is_composed(original)}"
        is_null = f"{clean} <> '' AND {self.is_null(clean)}"
        found["null-token"] = f"(CASE WHEN {value} IS NULL THEN {is_null} ELSE false END)"
        if self.misfits_are_counted:
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
            changed = f"{value} IS DISTINCT FROM {cell}" if marks.composable else f"strlen({value}) < strlen({cell})"
            return f"CASE WHEN {value} IS NULL OR {changed} THEN {cell} END"
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
        return _hex("(_id >> 64)::UBIGINT", f"(_id & {_LOW})::UBIGINT")

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
