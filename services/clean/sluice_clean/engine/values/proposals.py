"""Candidates for a column's type, with the count of sampled texts that fit; and what every guess is given."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.decision import Decision
from sluice_clean.engine.values.sample import Cells


@dataclass(frozen=True)
class Context:
    """What guesses rest on.

    Attributes:
        cells: The sample.
        labels: The file's label of each column.
        asked: Texts in the sample, per column.
        tolerance: Share of the texts that may not fit.
        day_first: How to read a date in figures when nothing decides.
    """

    cells: Cells
    labels: Sequence[str | None]
    asked: dict[int, int]
    tolerance: float
    day_first: bool

    def enough(self, column: int, fits: int) -> bool:
        """Whether so many texts that fit leave no more misfits than are tolerated."""
        return fits > 0 and fits >= (1 - self.tolerance) * self.asked[column]


@dataclass(frozen=True)
class Proposal:
    """A candidate; ``fits`` of the sampled texts fit it."""

    decision: Decision
    fits: int


Proposals = dict[int, list[Proposal]]

_COMMON = 0.02  # a form that fewer of the texts have is not worth a question of its own


def common(seen: Counter[str]) -> tuple[str, ...]:
    """The forms that are common in a column, the commonest first; "" stands for texts of no quick form."""
    least = _COMMON * seen.total()
    return tuple(form for form, count in seen.most_common() if form and count >= least)


def counted(cells: Cells, decisions: Iterable[tuple[int, Decision]]) -> Proposals:
    """Asks the sample how many texts fit each decision; equal choices are asked about together."""
    by_choice: dict[tuple[str, Choices], list[tuple[int, Decision]]] = {}
    for column, decision in decisions:
        by_choice.setdefault((decision.rule, decision.choices), []).append((column, decision))
    found: Proposals = {}
    for members in by_choice.values():
        fits = _fits(cells, members[0][1], [column for column, _ in members])
        for column, decision in members:
            found.setdefault(column, []).append(Proposal(decision, fits.get(column, 0)))
    return found


def _fits(cells: Cells, decision: Decision, columns: list[int]) -> Counter[int]:
    """Texts that fit, per column. What no quick form reads is asked about once per text, for that is dear."""
    quick = decision.quick_value("text")
    answers = cells.ask([f"count({quick})", "count(*)"], columns)
    fits = Counter({column: count for column, (count, _) in answers.items()})
    left = [column for column, (count, asked) in answers.items() if count < asked]
    if left and quick != decision.value("text"):
        for column, count in cells.of_distinct(f"({quick}) IS NULL", f"({decision.value('text')}) IS NOT NULL", left):
            fits[column] += count
    return fits
