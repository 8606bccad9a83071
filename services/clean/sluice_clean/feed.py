"""The change feed: what the catalog's stream says of datasets and runs, as events for others to act on.

At least once and, for one dataset, in the catalog's order as far as the topic keeps it: whoever listens goes by `id`
and `generation`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sluice.catalog.items import META, to_dataset, to_run
from sluice.models.dataset import Dataset
from sluice.models.events import (
    ChangeEvent,
    DatasetUpdated,
    DatasetUpdatedEvent,
    RejectsThreshold,
    RejectsThresholdEvent,
    RunFailed,
    RunFailedEvent,
    envelope,
)
from sluice.models.run import Run, RunError

Record = Mapping[str, Any]


class Catalog(Protocol):
    """What the feed needs of the catalog; see `sluice.catalog`."""

    def find_dataset(self, name: str) -> Dataset | None: ...  # noqa: D102 - as in sluice.catalog


@dataclass(frozen=True)
class Image:
    """An item of the catalog before and after a change; None where there was or is none."""

    sk: str
    old: Record | None
    new: Record | None

    @classmethod
    def of(cls, record: Record) -> "Image":
        """The images of a stream record."""
        change = record["dynamodb"]
        return cls(change["Keys"]["sk"]["S"], change.get("OldImage"), change.get("NewImage"))


class Feed:
    """Turns records of the catalog's stream into events, and publishes them."""

    def __init__(self, catalog: Catalog, publish: Callable[[ChangeEvent], None], stage: str) -> None:
        self._catalog = catalog
        self._publish = publish
        self._source = f"/sluice/{stage}"

    def handle(self, record: Record) -> None:
        """Publish what a record says.

        Raises:
            Exception: what publishing raised; doing all again is harmless.
        """
        image = Image.of(record)
        if image.new is None:
            return
        if image.sk == META:
            events = self._of_dataset(image.old, image.new)
        elif image.sk.startswith("RUN#"):
            events = self._of_run(image.old, image.new)
        else:
            return
        for event in events:
            self._publish(event)

    def _of_dataset(self, old: Record | None, new: Record) -> Iterator[ChangeEvent]:
        dataset = to_dataset(new)
        before = to_dataset(old).generation if old else 0
        if dataset.generation == before:
            return
        yield DatasetUpdatedEvent(
            **envelope(self._source, dataset.name, dataset.updated_at, "updated", str(dataset.generation)),
            data=DatasetUpdated(
                generation=dataset.generation,
                previous_generation=before,
                rows=dataset.rows,
                bytes=dataset.bytes,
                objects=dataset.objects,
            ),
        )

    def _of_run(self, old: Record | None, new: Record) -> Iterator[ChangeEvent]:
        run, before = to_run(new), to_run(old) if old else None
        failed = run.status == "failed" and (before is None or before.status != "failed")
        committed = run.live and (before is None or before.generation_from != run.generation_from)
        if failed:
            yield self._failed(run)
        if failed or committed:
            yield from self._rejects(run)

    def _failed(self, run: Run) -> ChangeEvent:
        time = run.finished_at or run.received_at
        return RunFailedEvent(
            **envelope(self._source, run.dataset, time, "failed", run.run, str(run.fence)),
            data=RunFailed(
                run=run.run,
                object=run.object,
                error=run.error or RunError(type="internal-error", detail="The run failed."),
                run_url=_url(run),
            ),
        )

    def _rejects(self, run: Run) -> Iterator[ChangeEvent]:
        dataset = self._catalog.find_dataset(run.dataset) if run.rows_rejected else None
        if dataset is None or not run.rows_in:
            return
        share, threshold = run.rows_rejected / run.rows_in, dataset.settings.reject_threshold
        if share <= threshold:
            return
        time = run.finished_at or run.started_at or run.received_at
        yield RejectsThresholdEvent(
            **envelope(self._source, run.dataset, time, "rejects", run.run, str(run.fence)),
            data=RejectsThreshold(
                run=run.run,
                object=run.object,
                rows_in=run.rows_in,
                rows_rejected=run.rows_rejected,
                share=round(share, 6),
                threshold=threshold,
                rejects_url=f"{_url(run)}/rejects",
            ),
        )


def _url(run: Run) -> str:
    return f"/v1/datasets/{run.dataset}/runs/{run.run}"


def merge_commits(records: Sequence[Record]) -> list[Record]:
    """The records, with all commits of one dataset as one, in the place of the first.

    A burst of files is thus a few events. The merged record keeps the first one's sequence number, so that a batch that
    is tried again from there on misses nothing.
    """
    merged: list[Record] = []
    places: dict[str, int] = {}
    for record in records:
        image = Image.of(record)
        dataset = record["dynamodb"]["Keys"]["pk"]["S"]
        if image.sk != META:
            merged.append(record)
        elif image.new is None:
            # Deleted; what follows is of another dataset of the same name.
            places.pop(dataset, None)
        elif dataset in places:
            first = merged[places[dataset]]
            merged[places[dataset]] = {**first, "dynamodb": {**first["dynamodb"], "NewImage": image.new}}
        else:
            places[dataset] = len(merged)
            merged.append(record)
    return merged
