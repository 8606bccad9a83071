"""Candidates for a column's type, with the count of sampled texts that fit; and what every guess is given."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.decision import Decision
from sluice_clean.engine.values.rules import RULES
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
        return 0 < fits and fits >= (1 - self.tolerance) * self.asked[column]


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
    for (rule, choices), members in by_choice.items():
        value = RULES[rule].value("text", choices)
        fits = cells.ask([f"count({value})"], [column for column, _ in members])
        for column, decision in members:
            found.setdefault(column, []).append(Proposal(decision, fits.get(column, (0,))[0]))
    return found
