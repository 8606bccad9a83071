"""Values: what each column is, and how its texts become values of that type.

>>> decisions = decide_columns(connection, "sample", ["c0", "c1"], ["Day", "Price"], nulls, settings)
>>> sql = decisions[0].value("c0")
"""

from sluice_clean.engine.values.decide import decide_columns
from sluice_clean.engine.values.decision import OFFSET, Companion, Decision, as_text
from sluice_clean.engine.values.rules import RULES, TypeRule

__all__ = ["OFFSET", "RULES", "Companion", "Decision", "TypeRule", "as_text", "decide_columns"]
