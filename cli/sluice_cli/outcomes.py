"""What became of each source, and that as JSON."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sluice_clean.engine import Part, Report

COUNTS = ("rows_in", "rows_out", "rows_rejected", "rows_duplicate")


@dataclass(frozen=True)
class Outcome:
    """One source: its report, or why there is none."""

    source: str
    report: Report | None = None
    error: str = ""


@dataclass
class Outcomes:
    """All sources of one invocation.

    Attributes:
        overridden: Records of a joined table that gave way to a later source's with the same key.
    """

    each: list[Outcome] = field(default_factory=list)
    overridden: int = 0

    @property
    def reports(self) -> list[Report]:
        """The reports of the sources that could be cleaned."""
        return [outcome.report for outcome in self.each if outcome.report]

    @property
    def failed(self) -> bool:
        """Whether a source could not be cleaned."""
        return len(self.reports) < len(self.each)

    def counts(self) -> dict[str, int]:
        """Rows of all sources; in = out + rejected + duplicate."""
        sums = {name: sum(getattr(report, name) for report in self.reports) for name in COUNTS}
        sums["rows_out"] -= self.overridden
        sums["rows_duplicate"] += self.overridden
        return sums


def delivered(report: Report, url: str, rows: int, size: int | None) -> Report:
    """A report that names the file which its records ended in, instead of the engine's parts."""
    return report.model_copy(update={"parts": [Part(url=url, rows=rows, bytes=size)]})


def write_json(outcomes: Outcomes, path: Path) -> None:
    """The account as JSON: a report, or with several sources their sums and a list of reports."""
    each = [_as_json(outcome) for outcome in outcomes.each]
    document = each[0] if len(each) == 1 else outcomes.counts() | {"sources": each}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    told = {"error": outcome.error} if outcome.report is None else outcome.report.to_json()
    return {"source": outcome.source} | told


def counts_line(counts: dict[str, int]) -> str:
    """What became of the rows."""
    shown = [f"{counts['rows_in']:,} rows in", f"{counts['rows_out']:,} out"]
    shown += [f"{counts['rows_rejected']:,} rejected", f"{counts['rows_duplicate']:,} duplicate"]
    return ", ".join(shown)
