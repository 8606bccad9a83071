# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""What is to become of each column: its name, its type, the SQL of its values, and what counts as a change."""

from dataclasses import dataclass, field

from sluice.models.table_schema import FieldType, SchemaField, TableSchema
from sluice_clean.engine.hygiene import NullTexts, cleaned, has_controls, has_edges, is_composed
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.sql import literal
from sluice_clean.engine.values import Decision

MAX_KEY_BYTES = 1024


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
    """

    index: int
    cell: str | None
    name: str
    original: str | None
    typing: Decision
    nulls: NullTexts
    declared: SchemaField | None = None

    @property
    def type(self) -> FieldType:
        """Its Table Schema type."""
        return self.declared.type if self.declared else self.typing.type

    @property
    def sql_type(self) -> str:
        """How it is stored."""
        return self.typing.sql_type

    @property
    def is_text(self) -> bool:
        """Whether its values are texts as they stood, cleaned only."""
        return self.type in ("string", "any")

    @property
    def withheld(self) -> bool:
        """Whether the contract has it dropped."""
        return False

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
        return self.nulls.strong == ("",) and (self.is_text or not self.nulls.weak)

    def is_null(self, text: str) -> str:
        """SQL: a cleaned text says that there is no value."""
        strong = self.nulls.is_strong(text)
        return strong if self.is_text else f"({strong} OR {self.nulls.is_weak(text)})"

    def typed(self, marks: Marks) -> str:
        """SQL: the value of the cell; of a typed one only if it is clean and in a usual form (see `SecondReading`)."""
        if self.cell is None:
            return f"NULL::{self.sql_type}"
        if self.is_text:
            clean = f"k{self.index}"
            return (
                f"nullif({clean}, '')"
                if self._only_empty
                else f"(CASE WHEN {self.is_null(clean)} THEN NULL ELSE {clean} END)"
            )
        return self.typing.quick_value(self.cell)

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
        if not self.is_text:
            found |= {"invalid": self.misfit(marks)} if misfits else {}
            found |= self.typing.changes(clean, value)
        return found

    def as_field(self) -> SchemaField:
        """The column as the output's schema states it: as declared, else as inferred."""
        if self.declared is None:
            return SchemaField(name=self.name, type=self.type, title=self.original)
        return self.declared.model_copy(update={"title": self.declared.title or self.original})


@dataclass(frozen=True)
class Plan:
    """The columns of the output, in order, and the key."""

    columns: list[ColumnPlan]
    schema: TableSchema
    delimiter: str = ","
    as_text: bool = False
    schema_is_declared: bool = False
    watches_rivals: bool = True
    warnings: list[str] = field(default_factory=list)

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
        return f"md5_number({self.key_text if self.key else self._content})"

    def _value(self, column: ColumnPlan, marks: Marks) -> str:
        return column.cell or "NULL" if self.as_text else column.typed(marks)

    def _original(self, column: ColumnPlan) -> str:
        if column.is_text:
            return f"CASE WHEN v{column.index} IS DISTINCT FROM {column.cell} THEN {column.cell} END"
        return str(column.cell)

    @property
    def _content(self) -> str:
        """SQL: all values as one text, in which null is not "" and no two rows look alike."""
        cells = (f"coalesce({_as_text(column)}, chr(30))" for column in self.columns)
        return f"concat_ws(chr(31), {', '.join(cells)})"

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
            return f"md5({self._content})"
        return "lower(lpad(to_hex(_id), 32, '0'))"

    def joined(self) -> str:
        """SQL over a chunk's relation: a record put together again from its cells."""
        cells = ", ".join(f"coalesce({column.cell}, '')" for column in self.present)
        return f"concat_ws({literal(self.delimiter)}, {cells})"


def _as_text(column: ColumnPlan) -> str:
    value = f"v{column.index}::VARCHAR"
    return f"replace({value}, ' ', 'T')" if column.sql_type == "TIMESTAMP" else value
