"""The account of a run for people: a few lines for the terminal, all of it for a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from sluice_clean.engine import ColumnReport, Dialect, Report
from sluice_clean.engine.insight.model import ColumnProfile, Insight
from sluice_cli.errors import printable
from sluice_cli.outcomes import COUNTS, Outcome, Outcomes, counts_line

_WIDTH = 150
_LONGEST_CELL = 24  # characters of a least or greatest value
_GRID = ("column", "in the source", "type", "nulls", "invalid", "distinct", "least", "greatest", "changed")
_RIGHT = ("nulls", "invalid", "distinct")


def write_text(outcomes: Outcomes, path: Path) -> None:
    """Writes per source what it is, its counts, its columns, what was changed in them, what was found out."""
    with path.open("w", encoding="utf-8") as file:
        for outcome in outcomes.each:
            _write_one(outcome, file)
        if len(outcomes.each) > 1:
            file.write(f"all sources: {counts_line(outcomes.counts())}\n")


def _write_one(outcome: Outcome, file: TextIO) -> None:
    report = outcome.report
    if report is None:
        file.write(f"{printable(outcome.source)}: {printable(outcome.error)}\n\n")
        return
    _write_lines(headlines(outcome.source, report), file)
    _write_grid(report, file)
    _write_lines(_examples(report), file)
    if report.insight:
        _write_lines(_findings(report.insight), file)
    spent = ", ".join(f"{stage} {value:g} ms" for stage, value in report.timings_ms.items())
    file.write(f"  time: {spent}\n\n")


def _write_lines(lines: Iterator[str], file: TextIO) -> None:
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip(" ")))
        file.write(f"{indent}{printable(line)}\n")


def headlines(source: str, report: Report) -> Iterator[str]:
    """A source's account in a few lines: what it is, its counts, what was refused, what to look at."""
    yield f"{source}: {', '.join(_kind(report))}"
    counts = {name: getattr(report, name) for name in COUNTS}
    yield f"  {counts_line(counts)}, {len(report.columns):,} columns{_quality(report.insight)}"
    if report.rejects_by_code:
        codes = ", ".join(f"{number:,} {code}" for code, number in report.rejects_by_code.items())
        yield f"  rejected: {codes}"
    for column in report.columns:
        if column.invalid:
            yield f"  {column.name}: {column.invalid:,} values are no {column.type} and became null"
    for drift in report.drift:
        yield f"  {drift.level} change: {drift.reason}"
    for warning in report.warnings:
        yield f"  warning: {warning}"


def _kind(report: Report) -> Iterator[str]:
    yield report.format
    if report.compression:
        yield report.compression
    yield report.encoding
    if report.dialect:
        yield from _dialect(report.dialect)


def _dialect(dialect: Dialect) -> Iterator[str]:
    if dialect.delimiter is not None:
        yield f"delimiter {dialect.delimiter!r}"
    if dialect.quote is not None and dialect.quote != '"':
        yield f"quote {dialect.quote!r}"
    if not dialect.header:
        yield "no header"


def _quality(insight: Insight | None) -> str:
    if insight is None:
        return ""
    suspected = sum(insight.suspected.values())
    return f", quality {insight.quality.score:.0f} of 100" + (f", {suspected:,} suspected errors" if suspected else "")


def _write_grid(report: Report, file: TextIO) -> None:
    # Slow to import, and most runs write no such file.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, padding=(0, 2, 0, 0))
    for title in _GRID:
        grid.add_column(title, overflow="fold", justify="right" if title in _RIGHT else "left")
    profiles = {profile.name: profile for profile in report.insight.columns} if report.insight else {}
    for column in report.columns:
        grid.add_row(*(Text(printable(cell)) for cell in _cells(column, profiles.get(column.name))))
    Console(file=file, width=_WIDTH, color_system=None, force_terminal=False).print(grid)


def _cells(column: ColumnReport, profile: ColumnProfile | None) -> Iterator[str]:
    meaning = f" ({profile.semantic_type})" if profile and profile.semantic_type else ""
    yield from (column.name, column.original or "", column.type + meaning, f"{column.nulls:,}", f"{column.invalid:,}")
    if profile is None:
        yield from ("", "", "")
    else:
        yield f"{'~' if 'distinct' in profile.sampled else ''}{profile.distinct:,}"
        yield from (_short(profile.minimum), _short(profile.maximum))
    yield ", ".join(f"{rule} {change.count:,}" for rule, change in column.changes.items())


def _short(value: object) -> str:
    shown = "" if value is None else str(value)
    return shown if len(shown) <= _LONGEST_CELL else shown[:_LONGEST_CELL] + "…"


def _examples(report: Report) -> Iterator[str]:
    for column in report.columns:
        for rule, change in column.changes.items():
            for example in change.examples:
                after = "null" if example.after is None else repr(example.after)
                yield f"  {column.name}, {rule}, row {example.row:,}: {example.before!r} became {after}"


def _findings(insight: Insight) -> Iterator[str]:
    for key in insight.keys:
        yield f"  may be a key: {' + '.join(key.columns)} ({key.uniqueness:.2%} unique)"
    for found in insight.dependencies:
        but = f" (but for {found.error:.2%} of the rows)" if found.error else ""
        yield f"  {' + '.join(found.determinant)} decides {found.dependent}{but}"
    for one in insight.suggestions:
        rather = "" if one.suggested is None else f", rather {one.suggested!r}"
        place = f"{one.cells:,} rows" if one.cells > 1 else f"row {one.row:,}"
        yield f"  suspected: {one.column}, {place}: {one.value!r}{rather} ({one.confidence:.0%}): {one.reason}"
    for note in insight.notes:
        yield f"  note: {note}"
    yield f"  quality {insight.quality.score:g} = {insight.quality.formula}"
