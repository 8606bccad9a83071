"""What was decided about a column, and how its texts are read accordingly."""

from dataclasses import dataclass, replace

from sluice.models.table_schema import FieldType
from sluice_clean.engine.sql import let
from sluice_clean.engine.values.choices import ANY_CURRENCY, Choices
from sluice_clean.engine.values.rules import RULES
from sluice_clean.engine.values.timestamps import offset_minutes


@dataclass(frozen=True)
class Companion:
    """A further column that keeps what a value alone does not tell.

    Attributes:
        suffix: Its name is the column's name, "_" and this.
        type: Its Table Schema type.
        sql_type: How it is stored.
    """

    suffix: str
    type: FieldType
    sql_type: str

    def value(self, text: str) -> str:
        """SQL: its value, of the column's cleaned text."""
        return let(text, lambda t: f"({offset_minutes(t)})::{self.sql_type}")


_MONTHS = 12  # a day above it can be no month
_UNDECIDED = 0.5  # the certainty of an order or a mark that nothing decides

OFFSET = Companion("offset", "integer", "INTEGER")


@dataclass(frozen=True)
class Decision:
    """How a column is read.

    Attributes:
        rule: The name of its rule in `RULES`.
        choices: What the rule is applied with.
        confidence: 0 to 1: the share of the sample's values that fit, times the certainty of order or decimal mark.
        note: A warning worth telling, "" for none.
        wider: What else the column may be: to be asked about the texts that don't fit; of a text column, about all.
        companions: Further columns that belong to it.
        unsettled: Which reading nothing in the sample decided: "order" of days, decimal "mark", or "".
    """

    rule: str
    choices: Choices
    confidence: float = 1.0
    note: str = ""
    wider: tuple["Decision", ...] = ()
    companions: tuple[Companion, ...] = ()
    unsettled: str = ""

    @property
    def type(self) -> FieldType:
        """The Table Schema type."""
        return RULES[self.rule].type

    @property
    def sql_type(self) -> str:
        """How values are stored."""
        return self.choices.stored

    @property
    def currency(self) -> str:
        """ISO 4217 code of the column's money; "" where it has none, or several."""
        return "" if self.choices.currency == ANY_CURRENCY else self.choices.currency

    def value(self, text: str) -> str:
        """SQL: the value of a cleaned text, null where it doesn't fit."""
        return let(text, lambda t: RULES[self.rule].value(t, self.choices))

    def quick_value(self, text: str) -> str:
        """SQL: the value of a text in one of the forms that were seen; null for others, even if they fit."""
        return let(text, lambda t: RULES[self.rule].value(t, replace(self.choices, general=False)))

    def plain(self, text: str) -> str:
        """SQL, cheap: the text is written as such values are, so that no rule changes it; "" where no text is."""
        return RULES[self.rule].plain(text, self.choices)

    def changes(self, text: str, value: str) -> dict[str, str]:
        """SQL conditions, by rule, under which reading the text as a value changed it."""
        return RULES[self.rule].changes(text, value, self.choices)

    def settles(self, text: str, value: str) -> str:
        """SQL: the text can be read in this order, or with this decimal mark, but not with the other.

        One such text settles what the sample left open (``unsettled``), and makes the note untrue.
        """
        if not self.unsettled:
            return "false"
        field = self.unsettled
        mine = getattr(self.choices, field)
        others = [o for o in self.wider if getattr(o.choices, field) != mine]
        return f"({value} IS NOT NULL AND {others[0].value(text)} IS NULL)" if others else "false"

    def may_settle(self, text: str, value: str) -> str:
        """SQL, cheap: false only of texts that settle nothing, as they stand in the file."""
        if self.unsettled == "mark":
            return f"({value} IS NOT NULL AND contains({text}, '{self.choices.mark}'))"
        return f"({text} NOT LIKE '____-__-__%' AND coalesce(day({value}) > {_MONTHS}, false))"

    @property
    def settled_confidence(self) -> float:
        """The confidence once a value settled what the sample had left open."""
        return min(1.0, self.confidence / _UNDECIDED)

    def with_(self, **changes: object) -> "Decision":
        """The same decision with some choices changed."""
        return replace(self, choices=replace(self.choices, **changes))  # type: ignore[arg-type]


def as_text(note: str = "", wider: tuple[Decision, ...] = (), confidence: float = 1.0) -> Decision:
    """Every text is a value."""
    return Decision("string", Choices("VARCHAR"), confidence, note, wider)
