"""What is to become of a column: its name, its type, the SQL of its values, and what counts as a change."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sluice.models.table_schema import Constraints, FieldType, Pii, PlaceOrder, SchemaField
from sluice_clean.engine.hygiene import NullTexts, cleaned, has_controls, is_composed
from sluice_clean.engine.marks import Marks
from sluice_clean.engine.values import Companion, Decision

_DAYS = frozenset({"date", "datetime"})


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
        # The arm that says nothing new is for planning tables of a thousand columns: see decision 42.
        return f"(CASE WHEN {self.is_null(clean)} THEN NULL WHEN {clean} IS NULL THEN NULL ELSE {clean} END)"

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
        # A label that is written as a value is, a number or a date, may be met again as one.
        label = (self.original or "").strip()
        is_value = label[:1].isdigit() or label.startswith("-") or label in ("true", "false")
        return asked or is_value or self.is_amended or self.nulls_violations or self.typing.unsettled == "mark"

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
