"""What became of each source, as JSON and as text for people."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from sluice_clean.engine import ColumnReport, Dialect, Part, Report
from sluice_cli.errors import printable

_WIDTH = 120
_COUNTS = ("rows_in", "rows_out", "rows_rejected", "rows_duplicate")


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
        notes: Warnings that concern no single source.
    """

    each: list[Outcome] = field(default_factory=list)
    overridden: int = 0
    notes: list[str] = field(default_factory=list)

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
        sums = {name: sum(getattr(report, name) for report in self.reports) for name in _COUNTS}
        sums["rows_out"] -= self.overridden
        sums["rows_duplicate"] += self.overridden
        return sums


def delivered(report: Report, url: str, rows: int, size: int | None) -> Report:
    """A report that names the file which its records ended in, instead of the engine's parts."""
    return report.model_copy(update={"parts": [Part(url=url, rows=rows, bytes=size)]})


def write_json(outcomes: Outcomes, path: Path) -> None:
    """The account as JSON: a report, or with several sources their sums and a list of reports."""
    each = [_as_json(outcome) for outcome in outcomes.each]
    document = each[0] if len(each) == 1 else outcomes.counts() | {"warnings": outcomes.notes, "sources": each}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    told = {"error": outcome.error} if outcome.report is None else outcome.report.to_json()
    return {"source": outcome.source} | told


def write_text(outcomes: Outcomes, path: Path) -> None:
    """The account for people: per source what it is, its counts, its columns and what was changed in them."""
    with path.open("w", encoding="utf-8") as file:
        for outcome in outcomes.each:
            _write_one(outcome, file)
        if len(outcomes.each) > 1:
            file.write(f"all sources: {counts_line(outcomes.counts())}\n")
        for note in outcomes.notes:
            file.write(f"warning: {printable(note)}\n")


def _write_one(outcome: Outcome, file: TextIO) -> None:
    report = outcome.report
    if report is None:
        file.write(f"{printable(outcome.source)}: {printable(outcome.error)}\n\n")
        return
    for line in headlines(outcome.source, report):
        file.write(line + "\n")
    Console(file=file, width=_WIDTH, color_system=None, force_terminal=False).print(_grid(report))
    for line in _examples(report):
        file.write(line + "\n")
    spent = ", ".join(f"{stage} {value:g} ms" for stage, value in report.timings_ms.items())
    file.write(f"  time: {spent}\n\n")


def headlines(source: str, report: Report) -> Iterator[str]:
    """A source's account in a few lines: what it is, its counts, what was refused, what to look at."""
    yield f"{printable(source)}: {describe(report)}"
    counts = {name: getattr(report, name) for name in _COUNTS}
    yield f"  {counts_line(counts)}, {len(report.columns):,} columns"
    if report.rejects_by_code:
        codes = ", ".join(f"{number:,} {code}" for code, number in report.rejects_by_code.items())
        yield f"  rejected: {codes}"
    for column in report.columns:
        if column.invalid:
            yield f"  {printable(column.name)}: {column.invalid:,} values are no {column.type} and became null"
    for warning in report.warnings:
        yield f"  warning: {printable(warning)}"


def describe(report: Report) -> str:
    """Format, encoding, dialect."""
    parts = [report.format, report.encoding]
    if report.compression:
        parts.insert(1, report.compression)
    if report.dialect:
        parts += _dialect(report.dialect)
    return ", ".join(parts)


def _dialect(dialect: Dialect) -> Iterator[str]:
    if dialect.delimiter is not None:
        yield f"delimiter {dialect.delimiter!r}"
    if dialect.quote is not None and dialect.quote != '"':
        yield f"quote {dialect.quote!r}"
    if not dialect.header:
        yield "no header"


def counts_line(counts: dict[str, int]) -> str:
    """What became of the rows."""
    shown = [f"{counts['rows_in']:,} rows in", f"{counts['rows_out']:,} out"]
    shown += [f"{counts['rows_rejected']:,} rejected", f"{counts['rows_duplicate']:,} duplicate"]
    return ", ".join(shown)


def _grid(report: Report) -> Grid:
    grid = Grid(box=None, pad_edge=True, padding=(0, 2, 0, 0))
    for title in ("column", "in the source", "type"):
        grid.add_column(title, overflow="fold")
    for title in ("nulls", "invalid"):
        grid.add_column(title, justify="right")
    grid.add_column("changed", overflow="fold")
    for column in report.columns:
        cells = (column.name, column.original or "", column.type, f"{column.nulls:,}", f"{column.invalid:,}")
        grid.add_row(*(Text(printable(cell)) for cell in (*cells, _changed(column))))
    return grid


def _changed(column: ColumnReport) -> str:
    return ", ".join(f"{rule} {change.count:,}" for rule, change in column.changes.items())


def _examples(report: Report) -> Iterator[str]:
    for column in report.columns:
        for rule, change in column.changes.items():
            for example in change.examples:
                after = "null" if example.after is None else repr(example.after)
                line = f"{column.name}, {rule}, row {example.row:,}: {example.before!r} became {after}"
                yield f"  {printable(line)}"
