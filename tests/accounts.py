"""Nothing is lost silently: every run accounts for every row that came in. Checked over every run of every test."""

from collections.abc import Iterable, Mapping
from typing import Any


def unaccounted(runs: Iterable[Mapping[str, Any]]) -> list[str]:
    """What does not add up, a line a run; `runs` as the API gives them. Counts that aren't told are none."""
    found = []
    for run in runs:
        into, *rest = (int(run.get(name, 0)) for name in ("rows_in", "rows_out", "rows_rejected", "rows_duplicate"))
        if into != sum(rest):
            out, rejected, duplicate = rest
            found.append(
                f"run {run['run']} of {run['dataset']}, {run['status']}: "
                f"{into} rows in, but {out} out + {rejected} rejected + {duplicate} duplicate"
            )
    return found
