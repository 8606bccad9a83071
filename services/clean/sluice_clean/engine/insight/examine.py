"""Looks at the clean records of a run: one call, one account."""

from collections import Counter
from collections.abc import Iterable, Sequence

import duckdb

from sluice_clean.engine.insight.dependencies import dependencies
from sluice_clean.engine.insight.keys import candidate_keys
from sluice_clean.engine.insight.model import Insight, Suggestion
from sluice_clean.engine.insight.profile import profile
from sluice_clean.engine.insight.quality import Counts, score
from sluice_clean.engine.insight.semantic import add_meanings
from sluice_clean.engine.insight.suggest import suggest, told
from sluice_clean.engine.insight.table import Table
from sluice_clean.engine.insight.tally import tally


def examine(
    connection: duckdb.DuckDBPyConnection,
    data: Sequence[str] | str,
    columns: Iterable[tuple[str, str, str]],
    counts: Counts,
    *,
    sample: str | None = None,
) -> Insight:
    """Profile, meanings, keys, dependencies, suspected errors and quality of clean records.

    Small tables are looked at as a whole. Of large ones, a sample is looked at closely, and all records are asked
    only where that is cheap, or where the sample shows something to ask about. The same records give the same
    answer each time.

    Args:
        connection: Can read the data; it is only read with.
        data: The Parquet parts (paths or URLs), in order, or a query. They have the columns and ``_row``.
        columns: Name, Table Schema type and SQL type of each column to look at.
        counts: What the run counted.
        sample: A query for some thousand of the records, from places spread over them, with the same columns, if
            the caller has them at hand: it spares unpacking files.

    Raises:
        duckdb.Error: The data could not be read.
    """
    table = Table.open(connection, data, columns)
    seen = table.sample(sample)
    tallies = tally(table, seen)
    profiles = profile(table, seen, tallies)
    pairs = add_meanings(seen, profiles)
    found = dependencies(seen)
    repairs = suggest(table, seen, profiles, tallies, found)
    suspected = _suspected(repairs)
    return Insight(
        rows=table.rows,
        sampled_rows=len(seen),
        columns=profiles,
        keys=candidate_keys(seen, table.rows),
        dependencies=found,
        geo_pairs=pairs,
        suggestions=told(repairs),
        suspected=suspected,
        repairs=repairs,
        quality=score(counts, profiles, sum(suspected.values())),
    )


def _suspected(repairs: list[Suggestion]) -> dict[str, int]:
    """Per column, suspected cells."""
    return dict(Counter(one.column for one in repairs))
