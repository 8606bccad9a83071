# ruff: noqa: S608 - SQL is built of column names quoted by sql.py
"""Figures of every column: exact ones from all records or their files' footers, the others from the sample."""

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sluice_clean.engine.insight.model import Bucket, ColumnProfile, JsonScalar, TextLength, TopValue
from sluice_clean.engine.insight.table import Cells, Column, Sample, Table
from sluice_clean.engine.insight.tally import Tally, estimate, once

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_TOP = 10
_BUCKETS = 20
_SHOWN = 200  # characters of a text in the report


def profile(table: Table, sample: Sample, tallies: dict[str, Tally]) -> list[ColumnProfile]:
    """The figures of every column, in order."""
    exact = {} if sample.complete else _exact(table)
    return [_profile(table, sample, column, tallies[column.name], exact.get(column.name)) for column in table.columns]


def scalar(value: Any) -> JsonScalar:  # noqa: ANN401 - whatever a column may hold
    """A value as JSON can carry it: days and times in ISO form, decimals as text, long texts by their beginning."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    return str(value)[:_SHOWN]


def _profile(
    table: Table, sample: Sample, column: Column, found: Tally, exact: tuple[int, Any, Any] | None
) -> ColumnProfile:
    cells = sample[column.name]
    if exact is None:
        known = sample.complete
        nulls, minimum, maximum = len(sample) - cells.filled, *_extremes(cells)
    else:
        nulls, minimum, maximum = exact
        known = minimum is not None or nulls == table.rows
        if not known:
            minimum, maximum = _extremes(cells)
    sampled = _from_sample(sample, found, extremes=known)
    distinct = found.distinct
    if not found.complete:
        distinct = estimate(cells.filled, distinct, once(cells.counts), table.rows - nulls)
    figures = ColumnProfile(
        name=column.name,
        type=column.type,
        sql_type=column.sql_type,
        count=table.rows - nulls,
        nulls=nulls,
        distinct=distinct,
        minimum=scalar(minimum),
        maximum=scalar(maximum),
        top=[TopValue(value=scalar(value), count=count) for value, count in found.counts[:_TOP]],
    )
    _add_shape(figures, table, sample, cells)
    figures.sampled = [name for name in sampled if getattr(figures, name) not in (None, {}, [])]
    return figures


def _from_sample(sample: Sample, found: Tally, *, extremes: bool) -> list[str]:
    """Names of the figures that rest on the sample."""
    if sample.complete:
        return []
    tallied = [] if found.complete else ["distinct", "top"]
    return [*tallied, *([] if extremes else ["minimum", "maximum"]), "mean", "quantiles", "histogram", "length"]


def _extremes(cells: Cells) -> tuple[Any, Any]:
    return (cells.ordered[0], cells.ordered[-1]) if cells.ordered else (None, None)


def _add_shape(figures: ColumnProfile, table: Table, sample: Sample, cells: Cells) -> None:
    """Mean, quantiles and histogram of numbers and days; lengths of texts."""
    if cells.column.is_text:
        figures.length = _lengths(table, sample, cells)
        return
    values = cells.ordered
    if not values:
        return
    if cells.column.is_number:
        figures.mean = float(sum(values) / len(values))
        figures.histogram = _histogram([float(value) for value in values])
    elif cells.column.is_day:
        figures.histogram = _day_histogram(values)
    else:
        return
    figures.quantiles = {str(q): scalar(quantile(values, q)) for q in QUANTILES}


def quantile(values: Sequence[Any], share: float) -> Any:  # noqa: ANN401 - of what the sequence holds
    """The value of a sorted sequence that ``share`` of it are not above (the nearest rank)."""
    return values[max(0, math.ceil(share * len(values)) - 1)]


def _lengths(table: Table, sample: Sample, cells: Cells) -> TextLength | None:
    lengths = [len(value) for value in cells.values if value is not None]
    if not lengths:
        return None
    if max(lengths) < _CUT:
        return TextLength(minimum=min(lengths), mean=sum(lengths) / len(lengths), maximum=max(lengths))
    cell = cells.column.sql
    least, mean, most = table.ask(
        f"SELECT min(length({cell})), avg(length({cell})), max(length({cell})) FROM {sample.source}"
    )[0]
    return TextLength(minimum=least, mean=mean, maximum=most)


_CUT = 500  # a text that the sample may have cut


def _histogram(values: list[float]) -> list[Bucket]:
    """Buckets of equal width over sorted values."""
    counts, edges = _buckets(values)
    return [Bucket(low=edges[i], high=edges[i + 1], count=count) for i, count in enumerate(counts)]


def _day_histogram(values: list[Any]) -> list[Bucket]:
    start = values[0]
    if getattr(start, "tzinfo", None) is None and isinstance(start, date):
        spans = [(value - start) / timedelta(days=1) for value in values]
        counts, edges = _buckets(spans)
        shown = [scalar(start + timedelta(days=edge)) for edge in edges]
        shown[-1] = scalar(values[-1])
        return [Bucket(low=shown[i], high=shown[i + 1], count=count) for i, count in enumerate(counts)]
    return []


def _buckets(values: list[float]) -> tuple[list[int], list[float]]:
    low, high = values[0], values[-1]
    width = (high - low) / _BUCKETS
    if not width or not math.isfinite(width):
        return [len(values)], [low, high]
    counts = [0] * _BUCKETS
    for value in values:
        counts[min(_BUCKETS - 1, int((value - low) / width))] += 1
    return counts, [*(low + number * width for number in range(_BUCKETS)), high]


def _exact(table: Table) -> dict[str, tuple[int, Any, Any]]:
    """Per column, nulls, least and greatest value: from the footers if they tell, else from all records."""
    found: dict[str, tuple[int, Any, Any]] = {}
    unknown = []
    for column in table.columns:
        figures = _from_footers(table, column)
        if figures is None:
            unknown.append(column)
        else:
            found[column.name] = figures
    if unknown:
        found |= _counted(table, unknown)
    return found


def _from_footers(table: Table, column: Column) -> tuple[int, Any, Any] | None:
    stated = [stretch.columns.get(column.name) for stretch in table.stretches]
    if not stated or any(one is None or one.nulls is None for one in stated):
        return None
    nulls = sum(one.nulls or 0 for one in stated if one)
    filled = [one for one, s in zip(stated, table.stretches, strict=True) if one and (one.nulls or 0) < s.rows]
    parse = _PARSERS.get("DECIMAL" if column.sql_type.startswith("DECIMAL") else column.sql_type)
    if parse is None or any(one.minimum is None or one.maximum is None for one in filled):
        return (nulls, None, None) if column.is_text else None
    try:
        lows, highs = [parse(one.minimum) for one in filled], [parse(one.maximum) for one in filled]
    except (ValueError, ArithmeticError):  # a year beyond Python's, say
        return None
    return nulls, min(lows, default=None), max(highs, default=None)


def _boolean(text: Any) -> bool:  # noqa: ANN401 - a text, as all parsers take it
    return str(text) == "true"


_PARSERS: dict[str, Any] = {
    "VARCHAR": str,
    "BOOLEAN": _boolean,
    "BIGINT": int,
    "INTEGER": int,
    "DECIMAL": Decimal,
    "DOUBLE": float,
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "TIME": time.fromisoformat,
}


def _counted(table: Table, columns: list[Column]) -> dict[str, tuple[int, Any, Any]]:
    """Nulls, least and greatest value by asking all records; of texts and nested values the nulls alone."""
    asked = []
    for column in columns:
        ordered = column.is_plain and not column.is_text
        ends = f"min({column.sql}), max({column.sql})" if ordered else "NULL, NULL"
        asked.append(f"count({column.sql}), {ends}")
    (row,) = table.ask(f"SELECT {', '.join(asked)} FROM {table.source}")
    triples = zip(row[::3], row[1::3], row[2::3], strict=True)
    return {c.name: (table.rows - count, low, high) for c, (count, low, high) in zip(columns, triples, strict=True)}
