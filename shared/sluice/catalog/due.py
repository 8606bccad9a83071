"""When the sweeper is to look at an item: an alarm clock that items carry with them.

An item with `due_pk` and `due_at` is in the sparse index `by_due`; once `due_at` has passed, the sweeper reads the
item and does what its state asks for. What goes well takes the clock off again, so the index holds what is going
on and little else. The index has shards, since one partition takes 1,000 writes a second.
"""

import zlib
from datetime import timedelta

from sluice.catalog.items import Item
from sluice.clock import ago

BY_DUE = "by_due"
SHARDS = 8

# A worker renews its run's lease while it cleans; without a sign of life for so long it is taken for dead.
LEASE_SECONDS = 45.0
RENEWAL_SECONDS = 10.0
# From one worker on a large object to the next: its event, its start, and the waits between its tries.
HAND_OVER_SECONDS = 180.0
# Longer than `load` may run: how long a load may go without a part coming in.
LOAD_SECONDS = 420.0
# How long after a commit its load tasks ought to be written.
OUTBOX_SECONDS = 60.0
# How often a deletion that waits for something is looked at; the sweeper comes by every minute.
DELETION_SECONDS = 5.0
# Longer than a commit may take to get through.
PENDING_SECONDS = 120.0


def shard(number: int) -> str:
    """Partition of the index."""
    return f"DUE#{number}"


# Partition of the index for datasets whose small files are to be merged.
MERGE = "MERGE"
# So many runs that began or ended make a merge worth while.
LOOSE_RUNS = 64
# How long a pack may hold rows of runs whose own files are gone: writing it anew for each would cost too much.
PURGE_SECONDS = 86_400.0
# Longer than the function that merges may run.
MERGING_SECONDS = 960.0


def after(seconds: float) -> str:
    """The moment so many seconds from now, as items hold it."""
    return ago(timedelta(seconds=-seconds))


def due(name: str, seconds: float) -> Item:
    """The attributes that put an item into the index.

    Args:
        name: spreads items over the shards: a run's id, an object's name.
        seconds: from now.
    """
    return {"due_pk": shard(zlib.crc32(name.encode()) % SHARDS), "due_at": after(seconds)}


NOT_DUE: Item = {"due_pk": None, "due_at": None}
