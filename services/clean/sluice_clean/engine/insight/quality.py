"""A score for the quality of what came in, from 0 to 100."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sluice_clean.engine.insight.model import ColumnProfile, Quality

WEIGHTS = {"completeness": 0.15, "validity": 0.25, "uniqueness": 0.15, "consistency": 0.3, "plausibility": 0.15}
FORMULA = (
    "score = 100 * ("
    + " + ".join(f"{weight} * {name}" for name, weight in WEIGHTS.items())
    + "); completeness = cells with a value / cells; validity = cells that fit their type / cells with a text;"
    " uniqueness = 1 - duplicate rows / rows in; consistency = 1 - rejected rows / rows in;"
    " plausibility = 1 - suspected cells / cells with a value"
)


@dataclass(frozen=True)
class Counts:
    """What the run counted.

    Attributes:
        rows_in: Records of the source.
        rows_rejected: Records refused.
        rows_duplicate: Records left out as duplicates.
        invalid: Per column, texts that did not fit its type.
    """

    rows_in: int
    rows_rejected: int = 0
    rows_duplicate: int = 0
    invalid: Mapping[str, int] = field(default_factory=dict)


def score(counts: Counts, profiles: list[ColumnProfile], suspected: int) -> Quality:
    """The score and its parts.

    score = 100 * (0.15 completeness + 0.25 validity + 0.15 uniqueness + 0.3 consistency + 0.15 plausibility)

    Completeness is the share of delivered cells with a value; validity that of the texts that fit their column's type;
    uniqueness that of the rows that are no duplicates; consistency that of the rows that were not refused;
    plausibility that of the values that are not suspected. Each is 1 where there is nothing to count.

    Args:
        counts: What the run counted.
        profiles: The columns' figures.
        suspected: Cells that are suspected to be wrong.
    """
    filled = sum(figures.count for figures in profiles)
    cells = filled + sum(figures.nulls for figures in profiles)
    invalid = sum(counts.invalid.values())
    parts = {
        "completeness": _share(filled, cells),
        "validity": 1 - _share(invalid, filled + invalid, empty=0),
        "uniqueness": 1 - _share(counts.rows_duplicate, counts.rows_in, empty=0),
        "consistency": 1 - _share(counts.rows_rejected, counts.rows_in, empty=0),
        "plausibility": 1 - _share(suspected, filled, empty=0),
    }
    total = 100 * sum(WEIGHTS[name] * part for name, part in parts.items())
    return Quality(score=round(total, 1), formula=FORMULA, **{name: round(part, 5) for name, part in parts.items()})


def _share(part: int, whole: int, empty: float = 1.0) -> float:
    return min(1.0, part / whole) if whole else empty
