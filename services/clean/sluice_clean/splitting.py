"""Cleans a large object in ranges of bytes, by several invocations, and joins what they made in one commit.

The invocation that the object's event started decides how the object is cut, and writes a task for each range; each
task's event starts an invocation. Whoever counts the last range of a round writes a task to join them. To join is to
commit, or to begin another round, when a cut proves to lie within a record or all rows ask for other types than the
sample did. All that the invocations hand over lies in `pieces/` of the clean bucket, under names that tell what it
depends on: doing anything twice gives the same, and what has been cleaned is not cleaned again.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from sluice.clock import milliseconds_since
from sluice.models.dataset import Dataset
from sluice.models.run import Run
from sluice.object_keys import RangeTask, job_key, pieces_prefix
from sluice.telemetry import get_logger
from sluice_clean.agreed import Agreed
from sluice_clean.buckets import CleanBucket, Version
from sluice_clean.cleaning import Cleaned, Shell, UncleanableError
from sluice_clean.whole import SMALLEST_LIMIT, check_ranged, check_whole

if TYPE_CHECKING:
    from sluice_clean.engine.ranges import Layout
    from sluice_clean.range_jobs import Job

# A round settles the first cut that was wrong, and there are four plans at most.
_MOST_ROUNDS = 12


class Catalog(Protocol):
    """What is needed of the catalog; see `sluice.catalog`."""

    def begin_round(self, run: Run, number: int, ranges: int) -> bool: ...  # noqa: D102 - as in sluice.catalog
    def range_done(self, dataset: str, run: str, number: int, place: int) -> Run | None: ...  # noqa: D102


class Splitter:
    """Cleans small objects in one go, and large ones in ranges if they can be cut.

    Args:
        whole: cleans an object in one go.
        shell: the engine's.
        clean: the clean bucket.
        catalog: counts the ranges.
        agreed: what a file is held against.
        range_bytes: how long a range is; what is no longer is cleaned in one go.
        enqueue: writes range tasks.
    """

    def __init__(
        self,
        whole: Callable[[Dataset, Run, Version], Cleaned],
        shell: Shell,
        clean: CleanBucket,
        catalog: Catalog,
        agreed: Agreed,
        range_bytes: int,
        enqueue: Callable[[Iterable[RangeTask]], None],
    ) -> None:
        self._whole = whole
        self._shell = shell
        self._clean = clean
        self._catalog = catalog
        self._agreed = agreed
        self._range_bytes = range_bytes
        self._enqueue = enqueue

    def __call__(self, dataset: Dataset, run: Run, version: Version) -> Cleaned | None:
        """Clean the version, or have others begin with it: then there is nothing yet.

        Raises:
            UncleanableError: the file or its fit to the contract is at fault, or it is too large for its format.
            SourceUnreadableError: storage failed; trying again may help.
        """
        if version.size <= min(self._range_bytes, SMALLEST_LIMIT):
            return self._whole(dataset, run, version)
        layout = self._plan(dataset, version)
        if layout is None:
            return self._whole(dataset, run, version)
        from sluice_clean.range_jobs import Job

        previous, references = self._agreed.previous(dataset, run), self._agreed.references(dataset, run)
        self._begin(run, 0, Job(dataset, version, previous, references, layout))
        return None

    def _plan(self, dataset: Dataset, version: Version) -> "Layout | None":
        """How the object is cut; None if it is to be cleaned in one go.

        Raises:
            UncleanableError: it can't be cut, and is too large for one function.
        """
        from sluice_clean.engine.ranges import CannotSplitError, check_splittable, plan_ranges

        source = self._shell.source(version)
        try:
            with self._shell.failures_told(source, but=CannotSplitError):
                check_splittable(source)
                if version.size <= self._range_bytes:
                    return None
                check_ranged(version.size)
                layout = plan_ranges(
                    source,
                    self._range_bytes,
                    schema=dataset.table_schema,
                    settings=self._shell.settings(dataset),
                    connect=self._shell.connect,
                )
        except CannotSplitError as error:
            check_whole(error.kind, version.size, str(error))
            return None
        longest = max(end - start for start, end in layout.spans)
        check_whole(layout.facts.format, longest, "no line ends for long")
        return layout if len(layout.spans) > 1 else None

    def _begin(self, run: Run, number: int, job: "Job") -> None:
        """Begin a round: its job first, so that who comes to do it finds it."""
        spans = len(job.layout.spans)
        self._clean.put_json(job_key(run.dataset, run.run, number), job.to_json())
        if self._catalog.begin_round(run, number, spans):
            self._enqueue(RangeTask(run.dataset, run.run, number, place) for place in range(spans))
            get_logger().info("round begun", extra={"run": run.run, "round": number, "ranges": spans})

    def job(self, task: RangeTask) -> "Job | None":
        """What a task is part of; None if that was collected long ago."""
        from sluice_clean.range_jobs import Job

        text = self._clean.get_json(job_key(task.dataset, task.run, task.round))
        return Job.from_json(text) if text is not None else None

    def carry_out(self, task: RangeTask, job: "Job", run: Run) -> Cleaned | None:
        """Clean a range, or join them all; the outcome if that was the last step.

        Raises:
            UncleanableError: the file or its fit to the contract is at fault.
            SourceUnreadableError: storage failed; trying again may help.
        """
        if task.range is not None:
            self._clean_range(task, job, run)
            return None
        if run.round == task.round:
            return self._join(task, job, run)
        if run.round == task.round + 1:
            # Whoever joined the ranges before us may have died before all tasks of the next round were written.
            left = sorted(set(range(run.ranges)) - run.ranges_done)
            self._enqueue(RangeTask(task.dataset, task.run, task.round + 1, place) for place in left)
        return None

    def _clean_range(self, task: RangeTask, job: "Job", run: Run) -> None:
        place = task.range or 0
        span = job.layout.spans[place]
        name = job.layout.name(span)
        if self._clean.get_json(_result_key(run, name)) is None:
            self._store_range(job, run, span)
        counted = self._catalog.range_done(task.dataset, task.run, task.round, place)
        if counted and len(counted.ranges_done) >= counted.ranges:
            self._enqueue([replace(task, range=None)])

    def _store_range(self, job: "Job", run: Run, span: tuple[int, int]) -> None:
        from sluice_clean.engine.ranges import clean_range

        name = job.layout.name(span)
        source = self._shell.source(job.version)
        with self._shell.failures_told(source):
            result = clean_range(
                source,
                job.layout,
                span,
                self._shell.target_of_range(run, name),
                references=job.references,
                settings=self._shell.settings(job.dataset),
                connect=self._shell.connect,
            )
        get_logger().info("range cleaned", extra={"run": run.run, "range": name, "records": result.records})
        # Where the range ends later than planned, this is the result of the range that is asked for next.
        names = dict.fromkeys([job.layout.name((span[0], result.end)), name])
        for each in names:
            self._clean.put_json(_result_key(run, each), result.model_dump_json())

    def _join(self, task: RangeTask, job: "Job", run: Run) -> Cleaned | None:
        from sluice_clean.engine.ranges import Layout, RangeResult, join_ranges

        texts = [self._clean.get_json(_result_key(run, job.layout.name(span))) for span in job.layout.spans]
        missing = [place for place, text in enumerate(texts) if text is None]
        if missing:
            self._enqueue(replace(task, range=place) for place in missing)
            return None
        source = self._shell.source(job.version)
        with self._shell.failures_told(source):
            made = join_ranges(
                source,
                job.layout,
                [RangeResult.model_validate_json(text) for text in texts if text is not None],
                self._shell.target(run),
                schema=job.dataset.table_schema,
                previous=job.previous,
                references=job.references,
                settings=self._shell.settings(job.dataset),
                connect=self._shell.connect,
            )
        if isinstance(made, Layout):
            if task.round + 1 >= _MOST_ROUNDS:
                raise UncleanableError("too-large", "Its records could not be told apart in ranges; smaller files can.")
            self._begin(run, task.round + 1, replace(job, layout=made))
            return None
        if run.started_at:
            made.timings_ms["total"] = round(milliseconds_since(run.started_at), 1)
        return self._shell.conclude(run, made)


def _result_key(run: Run, name: str) -> str:
    return f"{pieces_prefix(run.dataset, run.run)}{name}.json"
