"""What the finders of suspected errors share: limits, texts of values, and how certain is certain."""

from dataclasses import dataclass
from typing import Any

from sluice_clean.engine.insight.model import RuleName, Suggestion
from sluice_clean.engine.insight.profile import scalar

PER_COLUMN = 100  # suggestions that are told
MAX_CELLS = 2_000  # cells that a finder looks at in all records, for one column
LEAST = 0.5  # what is less certain is not told
CERTAIN = 0.99  # nothing is more certain than that without somebody's word


@dataclass(frozen=True)
class Suspicion:
    """A suspected cell as its finder knows it, with typed values; see `Suggestion` for the rest."""

    column: str
    row: int
    value: Any
    suggested: Any
    confidence: float
    rule: RuleName
    reason: str
    everywhere: bool = False
    cells: int = 1

    def told(self) -> Suggestion:
        """As the report tells it."""
        return Suggestion(
            column=self.column,
            row=self.row,
            value=as_text(self.value) or "",
            suggested=as_text(self.suggested),
            confidence=round(min(max(self.confidence, 0.0), CERTAIN), 3),
            rule=self.rule,
            reason=self.reason,
            everywhere=self.everywhere,
            cells=self.cells,
        )


def as_text(value: Any) -> str | None:  # noqa: ANN401 - whatever a column may hold
    """A value as text that DuckDB reads back to the same value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(scalar(value))


def shown(value: Any) -> str:  # noqa: ANN401 - whatever a column may hold
    """A value within a sentence."""
    text = as_text(value) or ""
    return f'"{text[:60]}…"' if len(text) > _SHOWN else f'"{text}"'


_SHOWN = 60
