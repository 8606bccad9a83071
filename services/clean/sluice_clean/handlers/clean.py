"""Raw bucket notifications: each names a key whose catalog entry is brought to what the bucket holds.

And those of range tasks: each names a step in the cleaning of a large object.
"""

import gc
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.typing import LambdaContext

from sluice import telemetry
from sluice.catalog.due import RENEWAL_SECONDS
from sluice.catalog.replays import Replays
from sluice.clock import milliseconds_since
from sluice.models.run import Run
from sluice.object_keys import RANGES_PREFIX, LoadTask, RangeTask, RawKey, parse_range_task, parse_raw_key
from sluice_clean import failures, lease, notifications
from sluice_clean.agreed import Agreed
from sluice_clean.cleaning import Cleaner, Shell
from sluice_clean.diffing import CleanWithDiff
from sluice_clean.edge import edge
from sluice_clean.reconcile import Reconciler
from sluice_clean.splitting import Splitter


class Parts(NamedTuple):
    """What the function is made of."""

    reconciler: Reconciler
    splitter: Splitter
    diffed: CleanWithDiff


@cache
def parts() -> Parts:
    """Made once per process."""
    made = edge()

    def enqueue(tasks: Iterable[LoadTask | RangeTask]) -> None:
        for task in tasks:
            made.clean.put_json(task.key, "{}")

    def keep(run: Run) -> AbstractContextManager[None]:
        return lease.kept(lambda: made.catalog.renew_lease(run), RENEWAL_SECONDS)

    agreed = Agreed(made.catalog, made.clean)
    shell = Shell(made.raw, made.clean, made.settings, made.connect)
    whole = Cleaner(shell, agreed)
    splitter = Splitter(whole, shell, made.clean, made.catalog, agreed, made.settings.range_bytes, enqueue)
    diffed = CleanWithDiff(splitter, made.catalog, made.clean, made.connect)
    gc.freeze()  # what was imported and made stays: no collection is to look through it
    return Parts(Reconciler(made.catalog, made.raw, diffed, enqueue, keep), splitter, diffed)


@telemetry.get_tracer().capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Entry point of the function; an exception makes Lambda retry the event, and park it after the last try."""

    def handle(single: Mapping[str, Any]) -> None:
        for seen in notifications.parse(single):
            _handle(seen, context)

    try:
        failures.handle_each(event, context, handle, edge().put_aside)
    finally:
        telemetry.flush(edge().settings.stage)


def _handle(seen: notifications.Notification, context: LambdaContext) -> None:
    logger, stage = telemetry.get_logger(), edge().settings.stage
    logger.set_correlation_id(seen.request_id or context.aws_request_id)
    logger.append_keys(request_id=context.aws_request_id, key=seen.key)
    logger.info("event", extra={"event_name": seen.event, "sequencer": seen.sequencer})
    if seen.key.endswith("/"):
        return  # a "folder" that a console made
    if seen.time:
        telemetry.duration(stage, "EventAge", milliseconds_since(seen.time))
    if seen.key.startswith(RANGES_PREFIX):
        made = _carry_out(parse_range_task(seen.key))
        replay = notifications.Replaying.of(made.replay) if made and made.replay else None
    else:
        replay, correlation_id = seen.replay, logger.get_correlation_id()
        made = parts().reconciler.reconcile(
            parse_raw_key(seen.key), seen.event, seen.version_id, correlation_id, replay.text if replay else None
        )
    if made and made.status == "cleaning":
        return  # others go on with it
    if replay:
        _tell_replay(replay, RawKey(made.dataset, made.object) if made else parse_raw_key(seen.key), made)
    if made:
        _measure(stage, made)


def _carry_out(task: RangeTask) -> Run | None:
    reconciler, splitter, diffed = parts()
    job = splitter.job(task)
    if job is None:
        return None
    return reconciler.resume(
        task.dataset, task.run, job.version, lambda run: diffed.add(run, splitter.carry_out(task, job, run))
    )


def _tell_replay(replay: notifications.Replaying, target: RawKey, made: Run | None) -> None:
    """Count the object, with what is refused of it now; by the catalog, so that a retried event says the same."""
    catalog = edge().catalog
    pointer = catalog.find_object(target.dataset, target.name)
    served = catalog.find_run(target.dataset, pointer.active_run) if pointer and pointer.active_run else None
    last = made if made and made.status == "failed" else served
    replays = Replays(edge().dynamodb, edge().settings.catalog_table)
    after = last.rows_rejected if last else 0
    replays.object_done(target.dataset, replay.id, target.name, replay.rows_rejected, after)


def _measure(stage: str, run: Run) -> None:
    telemetry.count(
        stage,
        RunsFailed=int(run.status == "failed"),
        RunsCommitted=int(run.status in {"loading", "done"}),
        RowsIn=run.rows_in,
        RowsOut=run.rows_out,
        RowsRejected=run.rows_rejected,
        RowsDuplicate=run.rows_duplicate,
    )
    if run.rows_in:
        telemetry.percent(stage, "RejectRatio", 100 * run.rows_rejected / run.rows_in)
    if "total" in run.timings_ms:
        telemetry.duration(stage, "CleanTime", run.timings_ms["total"])
