"""Where things lie in the two buckets: the one place that builds and parses object keys."""

import re
from dataclasses import dataclass

from sluice.errors import InvalidNameError
from sluice.names import check_dataset_name

RAW_PREFIX = "raw/"
RANGES_PREFIX = "ranges/"
_REPLAY_ORDER = re.compile(r"^replays/(?P<dataset>[^/]+)/(?P<replay>[^/]+)\.json$")
_RANGE_TASK = re.compile(
    r"^ranges/(?P<dataset>[^/]+)/run=(?P<run>[^/]+)/round=(?P<round>\d{3})/(?:(?P<range>\d{5})|join)\.json$"
)
_LOAD_TASK = re.compile(r"^loads/(?P<dataset>[^/]+)/run=(?P<run>[^/]+)/part-(?P<part>\d{5})\.json$")


@dataclass(frozen=True)
class RawKey:
    """A raw object's dataset and its name within the dataset."""

    dataset: str
    name: str

    @property
    def key(self) -> str:
        """The key in the raw bucket."""
        return f"{RAW_PREFIX}{self.dataset}/{self.name}"


def parse_raw_key(key: str) -> RawKey:
    """Split a key of the raw bucket.

    Raises:
        InvalidNameError: the key is not `raw/{dataset}/{name}` with a valid dataset name.
    """
    parts = key.removeprefix(RAW_PREFIX).split("/", 1)
    if not key.startswith(RAW_PREFIX) or len(parts) != 2 or not parts[1]:  # noqa: PLR2004 - dataset and name
        raise InvalidNameError(f"'{key[:200]}' is not of the form raw/{{dataset}}/{{name}}.")
    return RawKey(check_dataset_name(parts[0]), parts[1])


def data_prefix(dataset: str, run: str) -> str:
    """Folder of a run's clean Parquet parts, with the closing slash."""
    return f"data/{dataset}/run={run}/"


def part_key(dataset: str, run: str, part: int) -> str:
    """One clean Parquet part; parts count from 0."""
    return f"{data_prefix(dataset, run)}part-{part:05d}.parquet"


def pack_key(dataset: str, pack: str) -> str:
    """A Parquet file that holds the rows of many small runs of a dataset."""
    return f"data/{dataset}/pack={pack}/part-00000.parquet"


def run_files(dataset: str, run: str, parts: int, pack: str | None) -> list[str]:
    """The Parquet files to read a run's rows from; those in a pack are to be filtered by `_run`."""
    return [pack_key(dataset, pack)] if pack else [part_key(dataset, run, part) for part in range(parts)]


def rejects_key(dataset: str, run: str) -> str:
    """The Parquet file of the rows that a run refused."""
    return f"rejects/{dataset}/run={run}.parquet"


def diff_key(dataset: str, run: str) -> str:
    """The Parquet file of the rows that a run added, changed and removed."""
    return f"diffs/{dataset}/run={run}.parquet"


def issues_key(dataset: str, run: str) -> str:
    """The Parquet file of the cells that a run set null because their text does not fit."""
    return f"rejects/{dataset}/run={run}.issues.parquet"


def pieces_prefix(dataset: str, run: str) -> str:
    """Folder of what the ranges of a large object are made into before they are joined, with the closing slash."""
    return f"pieces/{dataset}/run={run}/"


def job_key(dataset: str, run: str, number: int) -> str:
    """The JSON document that all workers on a large object go by in one round."""
    return f"{pieces_prefix(dataset, run)}round={number:03d}.json"


def report_key(dataset: str, run: str) -> str:
    """The JSON report of a run."""
    return f"reports/{dataset}/run={run}.json"


DATASET_KINDS = ("data", "rejects", "reports", "diffs", "loads", "replays", "ranges", "pieces")


def dataset_prefixes(dataset: str) -> list[str]:
    """Where the clean bucket holds something of a dataset: all of it, and nothing of another's."""
    return [f"{kind}/{dataset}/" for kind in DATASET_KINDS]


@dataclass(frozen=True)
class LoadTask:
    """One part of one run whose records in DynamoDB are to be brought in line with the catalog."""

    dataset: str
    run: str
    part: int

    @property
    def key(self) -> str:
        """The task's key in the clean bucket."""
        return f"loads/{self.dataset}/run={self.run}/part-{self.part:05d}.json"


def parse_load_task(key: str) -> LoadTask:
    """Read a load task back from its key.

    Raises:
        ValueError: the key is not a load task's.
    """
    found = _LOAD_TASK.fullmatch(key)
    if not found:
        raise ValueError(f"{key!r} is not the key of a load task")
    return LoadTask(found["dataset"], found["run"], int(found["part"]))


@dataclass(frozen=True)
class ReplayOrder:
    """A replay that is to begin; what it is about stands in the catalog."""

    dataset: str
    replay: str

    @property
    def key(self) -> str:
        """The order's key in the clean bucket."""
        return f"replays/{self.dataset}/{self.replay}.json"


def parse_replay_order(key: str) -> ReplayOrder:
    """Read an order back from its key.

    Raises:
        ValueError: the key is not an order's.
    """
    found = _REPLAY_ORDER.fullmatch(key)
    if not found:
        raise ValueError(f"{key!r} is not the key of a replay")
    return ReplayOrder(found["dataset"], found["replay"])


@dataclass(frozen=True)
class RangeTask:
    """One range of a large object that is to be cleaned, in one round; without a range: all are to be joined."""

    dataset: str
    run: str
    round: int
    range: int | None = None

    @property
    def key(self) -> str:
        """The task's key in the clean bucket."""
        name = "join" if self.range is None else f"{self.range:05d}"
        return f"ranges/{self.dataset}/run={self.run}/round={self.round:03d}/{name}.json"


def parse_range_task(key: str) -> RangeTask:
    """Read a range task back from its key.

    Raises:
        ValueError: the key is not a range task's.
    """
    found = _RANGE_TASK.fullmatch(key)
    if not found:
        raise ValueError(f"{key!r} is not the key of a range task")
    number = None if found["range"] is None else int(found["range"])
    return RangeTask(found["dataset"], found["run"], int(found["round"]), number)
