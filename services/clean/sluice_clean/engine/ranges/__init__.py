"""One object cleaned in byte ranges, by several workers, as if by one.

`plan_ranges` looks at some places of the object, decides what its columns are, and where to cut; `clean_range` cleans
one range; `join_ranges` puts the results together, or asks for another round: when a cut proves not to lie between two
records, or when the rows of all ranges ask for other types than the sample did.
"""

from sluice_clean.engine.ranges.joining import join_ranges
from sluice_clean.engine.ranges.layout import Layout
from sluice_clean.engine.ranges.piece import clean_range
from sluice_clean.engine.ranges.planner import CannotSplitError, check_splittable, plan_ranges
from sluice_clean.engine.ranges.result import RangeResult

__all__ = ["CannotSplitError", "Layout", "RangeResult", "check_splittable", "clean_range", "join_ranges", "plan_ranges"]
