# ruff: noqa: S608 - SQL is built of our own table names and of literals quoted by sql.py
"""Puts the cleaned ranges of an object together, or says what is to be cleaned again."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

import duckdb

from sluice.models.table_schema import TableSchema
from sluice_clean.engine.contract import violations
from sluice_clean.engine.dedupe import KeepAll
from sluice_clean.engine.encoding import Census, detect
from sluice_clean.engine.errors import TooManyColumnsError
from sluice_clean.engine.foreign import References
from sluice_clean.engine.model import CleanSettings, Source, Target
from sluice_clean.engine.parts import copy_part, make_folder
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.probe import PROBE_BYTES
from sluice_clean.engine.ranges.layout import Layout
from sluice_clean.engine.ranges.planner import plan_ranges
from sluice_clean.engine.ranges.result import RangeResult
from sluice_clean.engine.readers.spool import reported_encoding
from sluice_clean.engine.report import Part, Report
from sluice_clean.engine.review import review
from sluice_clean.engine.run import TRIES, Agreed, account, faults_told, finish, share
from sluice_clean.engine.sql import identifier, literal, text_list
from sluice_clean.engine.stream import Repairs
from sluice_clean.engine.tally import Tally
from sluice_clean.engine.totals import Standing, Totals
from sluice_clean.engine.work import Workspace


@dataclass(frozen=True)
class Piece:
    """A cleaned range and what lies before it.

    Attributes:
        result: What its cleaning told.
        first_row: Records before it.
        first_line: Physical lines before it.
    """

    result: RangeResult
    first_row: int
    first_line: int


def join_ranges(  # noqa: PLR0913 - what a run is given, by name
    source: Source,
    layout: Layout,
    results: Sequence[RangeResult],
    target: Target,
    *,
    schema: TableSchema | None = None,
    previous: TableSchema | None = None,
    references: References | None = None,
    settings: CleanSettings,
    connect: Callable[[], duckdb.DuckDBPyConnection],
) -> Report | Layout:
    """Joins the ranges of an object.

    Args:
        source: The object.
        layout: What the ranges were cleaned under.
        results: Of its spans, in order.
        target: Where the joined files go.
        schema: The contract.
        previous: What was inferred of an earlier version.
        references: The records of each dataset that a foreign key refers to.
        settings: Limits and choices.
        connect: Gives connections that can read the ranges' files and write the target's.

    Returns:
        The account of the run; or the layout of another round, after which to join again. What has been cleaned under
        the same name need not be cleaned anew.

    Raises:
        EngineError: The object can't be cleaned.
        duckdb.IOException: Storage could not be read or written.
    """
    census = Census()
    census.head = source.read(0, PROBE_BYTES)
    for result in results:
        result.evidence.add_to(census)
    replan = partial(plan_ranges, source, schema=schema, settings=settings, connect=connect, encoding=detect(census))
    keys = list(dict.fromkeys(key for result in results for key in result.keys))
    if len(keys) > settings.max_columns:
        raise TooManyColumnsError(f"the records have more than {settings.max_columns:,} different keys")
    other = _other_reading(layout, results, detect(census).name, keys, replan)
    if other is not None:
        return other
    verdicts = layout.verdicts
    with faults_told(), Workspace(connect(), settings) as work:
        pieces = _pieces(layout, results)
        _load(work, pieces)
        tally = _sum(pieces)
        repeats = _AcrossRanges(work, layout.plan, pieces, target)
        if repeats.first_stays:
            # In one piece they would not have been counted.
            repeats.find()
            repeats.deduct(tally)
        with work.timed("review"):
            review(work, layout.plan, tally, verdicts, last=layout.attempt + 1 >= TRIES)
        if not (verdicts.changed and layout.attempt < TRIES):
            agreed = Agreed(schema, previous, references)
            return _report(work, layout, pieces, target, tally, agreed, repeats)
    return replan(layout.range_bytes, verdicts=verdicts, keys=keys or None, attempt=layout.attempt + 1)


def _other_reading(
    layout: Layout, results: Sequence[RangeResult], encoding: str, keys: list[str], replan: Callable[..., Layout]
) -> Layout | None:
    """A layout by which the records are told apart, decoded and refused as all ranges together ask for; None: this."""
    cuts = _proven(layout, results)
    if cuts != layout.cuts:
        return replace(layout, cuts=cuts, standings={})
    if encoding != layout.facts.encoding and layout.attempt < TRIES:
        return replan(layout.range_bytes, attempt=layout.attempt + 1)
    if layout.shape is None and keys != layout.facts.labels:
        return replan(layout.range_bytes, keys=keys, attempt=layout.attempt)  # verdicts go by a column's place
    standings = _standings(layout, results)
    return replace(layout, standings=standings) if standings != layout.standings else None


def _proven(layout: Layout, results: Sequence[RangeResult]) -> tuple[int, ...]:
    """The cuts, moved to where a record begins by the reading of those before."""
    cuts = [layout.cuts[0]]
    for result in results:
        if result.end > cuts[-1]:
            cuts.append(result.end)
    return tuple(cuts)


def _standings(layout: Layout, results: Sequence[RangeResult]) -> dict[int, Standing]:
    """The running sums before each range in which they decide about a total."""
    plan = layout.plan
    totals = Totals(plan, [] if plan.as_text else violations(plan))
    found = {}
    for result in results:
        before = totals.standing
        decided = [totals.decide(chunk) for chunk, _ in result.totals]
        if result.start in layout.standings or decided != [refused for _, refused in result.totals]:
            found[result.start] = before
    return found


def _pieces(layout: Layout, results: Sequence[RangeResult]) -> list[Piece]:
    rows = accumulate((result.records for result in results), initial=0)
    lines = accumulate((result.lines for result in results), initial=layout.first_line - 1)
    return [Piece(*one) for one in zip(results, rows, lines, strict=False)]


def _load(work: Workspace, pieces: Sequence[Piece]) -> None:
    """Fills the run's tables of refused records and of issues, with the numbers of the whole object."""
    for piece in pieces:
        row = f'"row" + {piece.first_row} AS "row"'
        if piece.result.rejects:
            source = f"read_parquet({literal(piece.result.rejects_url)}, hive_partitioning = false)"
            line = f"line + {piece.first_line} AS line"
            work.connection.execute(f"INSERT INTO rejects SELECT * REPLACE ({row}, {line}) FROM {source}")
        if piece.result.issues and piece.result.issues_url:
            source = f"read_parquet({literal(piece.result.issues_url)}, hive_partitioning = false)"
            work.connection.execute(f"INSERT INTO issues SELECT * REPLACE ({row}) FROM {source}")


def _sum(pieces: Sequence[Piece]) -> Tally:
    tally = Tally()
    for piece in pieces:
        tally.add_rows(piece.result.records, piece.result.duplicates)
        piece.result.counted.add_to(tally, piece.first_row)
    return tally


def _report(
    work: Workspace,
    layout: Layout,
    pieces: Sequence[Piece],
    target: Target,
    tally: Tally,
    agreed: Agreed,
    repeats: "_AcrossRanges",
) -> Report:
    shared = share(work, layout.plan, target, agreed.references)
    shared.tally = tally
    shared.deduplicator = repeats
    table, repairs = layout.facts.table(), Repairs()
    for piece in pieces:
        piece.result.mended.add_to(repairs)
        said = {*work.warnings, *table.warnings}  # by the sample, too
        work.warnings += [text for text in piece.result.warnings if text not in said]
        for stage, spent in piece.result.timings_ms.items():
            work.timings_ms[stage] = round(work.timings_ms.get(stage, 0.0) + spent, 1)
    table.encoding = reported_encoding(table.encoding, repairs, work)
    report = account(work, target, table, shared, None, finish(work, shared))
    report.drift = agreed.drift(layout.plan, tally)
    return report


class _AcrossRanges(KeepAll):
    """Which records repeat one of another range (table ``gone``), and the parts as they are served.

    Attributes:
        first_stays: Of records with the same content the first stays; of those with the same key the last.
    """

    def __init__(self, work: Workspace, plan: Plan, pieces: Sequence[Piece], target: Target) -> None:
        self.first_stays = not plan.key and not plan.as_text
        self._work = work
        self._plan = plan
        self._pieces = pieces
        self._target = target
        work.connection.execute("CREATE OR REPLACE TABLE gone (_row BIGINT)")

    def finish(self, work: Workspace, parts: list[Part]) -> int:
        """Writes the parts; gives how many records were left out."""
        if self._plan.key:
            self.find()
        make_folder(self._target.data_prefix)
        jobs = [(part, piece.first_row) for piece in self._pieces for part in piece.result.parts]
        cursors = [work.connection.cursor() for _ in range(max(1, work.settings.threads))]
        with ThreadPoolExecutor(len(cursors)) as pool:
            shares = [list(enumerate(jobs))[place :: len(cursors)] for place in range(len(cursors))]
            written = [*pool.map(self._write, cursors, shares)]
        parts[:] = sorted((part for each in written for part in each), key=lambda part: part.url)
        for cursor in cursors:
            cursor.close()
        (count,) = work.row("SELECT count(*) FROM gone")
        return int(count)

    def find(self) -> None:
        """Fills ``gone``, and forgets the issues of these records."""
        execute = self._work.connection.execute
        direction = "ASC" if self.first_stays else "DESC"
        execute("CREATE OR REPLACE TABLE keys (id UHUGEINT, _row BIGINT)")
        for piece in self._pieces:
            if piece.result.parts:
                execute(f"INSERT INTO keys SELECT md5_number(_key), _row FROM {_records(piece)}")
        execute(f"""INSERT INTO gone SELECT _row FROM (
            SELECT _row, row_number() OVER (PARTITION BY id ORDER BY _row {direction}) AS place
            FROM keys SEMI JOIN (SELECT id FROM keys GROUP BY id HAVING count(*) > 1) USING (id))
            WHERE place > 1""")
        execute("DROP TABLE keys")
        execute("CREATE OR REPLACE TABLE lost AS FROM issues SEMI JOIN gone ON issues.row = gone._row")
        execute('DELETE FROM issues WHERE "row" IN (SELECT _row FROM gone)')

    def deduct(self, tally: Tally) -> None:
        """Takes the cells of these records off the counts that types are reviewed by."""
        if not self._work.rows("SELECT 1 FROM gone LIMIT 1"):
            return
        for column, misfits in self._work.rows('SELECT "column", count(*) FROM lost GROUP BY "column"'):
            tally.add_values(column, 0, -misfits)
        shown = [column for column in self._plan.present if not column.withheld]
        rivals = [(c, place, rival) for c in shown if c.is_text for place, rival in enumerate(c.typing.wider)]
        counted = [f"count({identifier(column.name)})" for column in shown]
        counted += [f"count({rival.value(identifier(column.name))})" for column, _, rival in rivals]
        for piece in self._pieces:
            if piece.result.parts:
                found = self._work.row(
                    f"SELECT {', '.join(counted)} FROM {_records(piece)} SEMI JOIN gone USING (_row)"
                )
                for column, values in zip(shown, found, strict=False):
                    tally.add_values(column.index, -values, 0)
                for (column, place, _), fits in zip(rivals, found[len(shown) :], strict=True):
                    tally.add_rival(column.index, place, -fits)

    def _write(self, cursor: duckdb.DuckDBPyConnection, jobs: list[tuple[int, tuple[Part, int]]]) -> list[Part]:
        return [
            copy_part(
                cursor,
                f"FROM {_numbered([part], first_row)} ANTI JOIN gone USING (_row)",
                f"{self._target.data_prefix}part-{number:05}.parquet",
            )
            for number, (part, first_row) in jobs
        ]


def _records(piece: Piece) -> str:
    return _numbered(piece.result.parts, piece.first_row)


def _numbered(parts: Sequence[Part], first_row: int) -> str:
    """SQL of the records of some parts, numbered as those of the whole object."""
    urls = text_list(part.url for part in parts)
    return f"(SELECT * REPLACE (_row + {first_row} AS _row) FROM read_parquet({urls}, hive_partitioning = false))"
