"""What can be found out about clean records: figures, meanings, keys, dependencies, suspected errors, quality.

>>> insight = examine(connection, ["out/part-00000.parquet"], [("city", "string", "VARCHAR")], Counts(rows_in=100))
"""

from sluice_clean.engine.insight.apply import ColumnRepair, choose_repairs, repaired_sql
from sluice_clean.engine.insight.examine import examine
from sluice_clean.engine.insight.model import (
    Bucket,
    CandidateKey,
    ColumnProfile,
    FunctionalDependency,
    Insight,
    Quality,
    Suggestion,
    TextLength,
    TopValue,
)
from sluice_clean.engine.insight.quality import Counts

__all__ = [
    "Bucket",
    "CandidateKey",
    "ColumnProfile",
    "ColumnRepair",
    "Counts",
    "FunctionalDependency",
    "Insight",
    "Quality",
    "Suggestion",
    "TextLength",
    "TopValue",
    "choose_repairs",
    "examine",
    "repaired_sql",
]
