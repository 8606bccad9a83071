"""All files of the Pollock benchmark's kinds, made of a table of our own: ours beside DuckDB's and Python's sniffers.

Nobody is told anything about a file. The figures are means of Pollock's sum of ten measures (0..10).
"""

import math
from collections import defaultdict
from pathlib import Path

import pytest
from tests.bench.engine import pollock, readings

SEED = 1


def _score(truth: pollock.Polluted, read: readings.Reader) -> float:
    try:
        found = read(truth.data.decode())
    except Exception:  # noqa: BLE001 - whatever a contender raises, it did not load the file
        return pollock.score(truth, None)
    return pollock.score(truth, pollock.Loaded(found.header, found.records))


@pytest.mark.slow
def test_ours_loads_polluted_files_better_than_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contenders = {
        "sluice": readings.ours,
        "duckdb": readings.duckdb_of(tmp_path),
        "csv.Sniffer": readings.standard_library,
    }
    scores: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in contenders}
    for truth in pollock.corpus(SEED):
        for name, read in contenders.items():
            scores[name][truth.kind].append(_score(truth, read))
    with capsys.disabled():
        print(f"\n{'kind':>28} {'files':>6} " + " ".join(f"{name:>12}" for name in contenders))
        for kind, ours in scores["sluice"].items():
            means = [math.fsum(scores[name][kind]) / len(ours) for name in contenders]
            print(f"{kind:>28} {len(ours):6} " + " ".join(f"{mean:12.3f}" for mean in means))
        every = {name: [score for kind in found.values() for score in kind] for name, found in scores.items()}
        means = [math.fsum(found) / len(found) for found in every.values()]
        print(f"{'all':>28} {len(every['sluice']):6} " + " ".join(f"{mean:12.3f}" for mean in means))
    assert means[0] > 9.9
    assert means[0] == max(means)
