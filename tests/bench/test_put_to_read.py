"""How long from putting a file into the bucket until its records are read through the API.

Both ways are timed: by filter (Parquet, right after the commit) and by key (DynamoDB, once loaded). Every round is
a dataset of its own; the first rounds warm the functions up and are not counted.
"""

import random
import statistics
import time
import uuid
from collections.abc import Callable

import httpx

ROUNDS = 10
WARM_UP = 3
ROWS = 1_000
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 60.0

Put = Callable[[str, str, bytes], None]


def a_table(seed: int) -> bytes:
    rng = random.Random(seed)
    lines = ["id,name,city,price,day,active"]
    for row in range(ROWS):
        day = f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        lines.append(f"{row},name {rng.random():.6f},city {row % 40},{rng.random() * 100:.2f},{day},{row % 2 == 0}")
    return ("\n".join(lines) + "\n").encode()


def until(good: Callable[[], bool], began: float) -> float:
    """Seconds from `began` until it is good, looked at every 50 ms."""
    while not good():
        assert time.perf_counter() - began < PATIENCE_SECONDS, "never readable"
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - began


def one_round(query: httpx.Client, put: Put, seed: int) -> tuple[float, float]:
    dataset = f"b-{uuid.uuid4().hex[:16]}"
    path = f"/v1/datasets/{dataset}/records"

    def by_filter() -> bool:
        answer = query.get(path, params={"_extra": "count", "_size": 1})
        return answer.status_code == 200 and answer.json()["count"] == ROWS

    def loaded() -> bool:
        runs = query.get(f"/v1/datasets/{dataset}/runs").json()["runs"]
        return bool(runs) and runs[0]["status"] == "done"

    began = time.perf_counter()
    put(dataset, "table.csv", a_table(seed))
    return until(by_filter, began), until(loaded, began)


def test_put_to_read(query: httpx.Client, put: Put) -> None:
    rounds = [one_round(query, put, seed) for seed in range(WARM_UP + ROUNDS)][WARM_UP:]
    for what, index in (("by filter", 0), ("by key, all loaded", 1)):
        seconds = sorted(pair[index] for pair in rounds)
        print(
            f"\nput to readable {what}: median {statistics.median(seconds):.2f} s, "
            f"min {seconds[0]:.2f} s, max {seconds[-1]:.2f} s ({ROUNDS} rounds of {ROWS:,} rows)"
        )
