"""What was done to the cells, summed up over the chunks: per column and rule, with the first three as examples."""

from dataclasses import dataclass, field
from threading import Lock

from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.report import Change, Example

EXAMPLES = 3


@dataclass
class Tally:
    """Sums over the chunks.

    Attributes:
        records: Records that the file holds.
        duplicates: Those that repeat another.
        valued: Per column, delivered cells with a value, or with a text that doesn't fit.
        misfits: Per column, delivered cells that became null because their text doesn't fit.
        fits: Per declared column, values that fit its type, of all rows.
        unfit: Per declared column, texts that don't, of all rows.
        rivals: Of text columns, by the place of a type that may yet prove theirs, the texts that fit it.
        settled: Columns of which a value decided what the sample had left open.
        changes: Per column and rule.
    """

    records: int = 0
    duplicates: int = 0
    valued: dict[int, int] = field(default_factory=dict)
    misfits: dict[int, int] = field(default_factory=dict)
    fits: dict[int, int] = field(default_factory=dict)
    unfit: dict[int, int] = field(default_factory=dict)
    rivals: dict[tuple[int, int], int] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    changes: dict[int, dict[str, Change]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add_rows(self, records: int, duplicates: int) -> None:
        """Counts a chunk's records."""
        with self._lock:
            self.records += records
            self.duplicates += duplicates

    def add_values(self, column: int, values: int, misfits: int) -> None:
        """Counts a chunk's cells of one column."""
        with self._lock:
            self.valued[column] = self.valued.get(column, 0) + values + misfits
            self.misfits[column] = self.misfits.get(column, 0) + misfits

    def add_fits(self, column: int, count: int) -> None:
        """Counts a chunk's values of a declared column, whatever becomes of their rows."""
        with self._lock:
            self.fits[column] = self.fits.get(column, 0) + count

    def add_unfit(self, column: int, count: int) -> None:
        """Counts a chunk's texts that don't fit a declared type, whatever becomes of their rows."""
        with self._lock:
            self.unfit[column] = self.unfit.get(column, 0) + count

    def add_rival(self, column: int, place: int, fits: int) -> None:
        """Counts a chunk's texts that fit a rival of the decision that the column is text."""
        with self._lock:
            self.rivals[column, place] = self.rivals.get((column, place), 0) + fits

    def add_settled(self, column: int) -> None:
        """Notes that a value decided how the column is read."""
        with self._lock:
            self.settled.add(column)

    def is_open(self, column: ColumnPlan) -> bool:
        """Whether no value, of the sample or later, decided in which order or with which mark the column is read."""
        return column.cell is not None and bool(column.typing.unsettled) and column.index not in self.settled

    def add_change(self, column: int, rule: str, count: int, examples: list[Example]) -> None:
        """Counts what a rule did in a chunk; the examples with the lowest row numbers stay."""
        with self._lock:
            change = self.changes.setdefault(column, {}).setdefault(rule, Change(count=0))
            change.count += count
            change.examples = sorted([*change.examples, *examples], key=lambda example: example.row)[:EXAMPLES]

    def wants_examples(self, column: int, rule: str, first_row: int) -> bool:
        """Whether rows after ``first_row`` can still give examples that stay."""
        change = self.changes.get(column, {}).get(rule)
        return change is None or len(change.examples) < EXAMPLES or change.examples[-1].row > first_row
