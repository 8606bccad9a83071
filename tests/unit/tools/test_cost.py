"""The cost table adds up."""

import pytest

from sluice_tools import cost


def test_a_million_small_rows_cost_a_write_unit_each() -> None:
    costs = cost.per_million_rows(cost.Load(item_bytes=1024))
    assert costs["DynamoDB, records"] == pytest.approx(0.625)
    assert cost.per_million_rows(cost.Load(item_bytes=1025))["DynamoDB, records"] == pytest.approx(1.25)


def test_many_small_files_cost_more_than_few_large_ones() -> None:
    small, large = cost.Load(rows_per_file=100), cost.Load(rows_per_file=1_000_000)
    assert sum(cost.per_million_rows(small).values()) > sum(cost.per_million_rows(large).values())


def test_cleaning_is_memory_times_seconds() -> None:
    load = cost.Load(rows_per_file=cost.MILLION, clean_seconds=10, clean_start_seconds=0, clean_gb=2)
    assert cost.per_million_rows(load)["Lambda, cleaning"] == pytest.approx(20 * cost.LAMBDA_GB_SECOND + 0.20e-6)


def test_the_table_tells_every_part_and_their_sum() -> None:
    text = cost.table()
    costs = cost.per_million_rows(cost.Load())
    assert all(name in text for name in costs)
    assert f"{sum(costs.values()):.3f}" in text
