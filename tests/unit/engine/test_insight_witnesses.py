"""What another column says of an odd number, and what a record says of two cells that contradict each other."""

from pathlib import Path
from typing import Any

import pytest

from sluice_clean.engine.insight import Suggestion

from .insight_tables import Record, look, seeded


def rides(rows: int = 400) -> list[Record]:
    """Rides in a taxi: the fare goes with the distance, the tip with nothing."""
    rng = seeded(3)
    found: list[Record] = []
    for _ in range(rows):
        distance = round(rng.uniform(1, 9), 2)
        fare = round(3 + 2.5 * distance + rng.uniform(0, 2), 1)
        found.append({"distance": distance, "fare": fare, "tip": round(rng.uniform(1, 6), 1)})
    return found


def told(records: list[Record], folder: Path, column: str) -> list[Suggestion]:
    return [one for one in look(records, folder).repairs if one.column == column]


@pytest.mark.parametrize("slip", [10, 100, 0.01])
def test_a_slip_of_the_point_is_certain_if_another_column_goes_with_what_was_meant(tmp_path: Path, slip: float) -> None:
    records = rides()
    meant = records[41]["fare"]
    records[41]["fare"] = round(meant * slip, 4)
    (one,) = told(records, tmp_path, "fare")
    assert (one.row, one.rule) == (42, "decimal-slip")
    assert float(one.suggested or 0) == pytest.approx(meant)
    assert one.confidence >= 0.9
    assert one.reason.startswith("distance goes with ")


def test_a_large_number_is_no_slip_if_another_column_goes_with_it(tmp_path: Path) -> None:
    records = rides()
    records[41] |= {"distance": 101.5, "fare": 254.0}
    assert [one for one in told(records, tmp_path, "fare") if one.suggested is not None] == []
    assert [one for one in told(records, tmp_path, "distance") if one.suggested is not None] == []


def test_a_slip_that_no_other_column_speaks_of_is_never_certain(tmp_path: Path) -> None:
    records = rides()
    records[41]["tip"] = 45.0
    (one,) = told(records, tmp_path, "tip")
    assert (one.row, one.suggested) == (42, "4.5")
    assert 0.5 <= one.confidence < 0.8


def test_witnesses_are_asked_in_a_large_table_too(tmp_path: Path) -> None:
    records = rides(30_000)
    meant = records[25_000]["fare"]
    records[25_000]["fare"] = round(meant * 10, 2)
    records[26_000] |= {"distance": 101.5, "fare": 254.0}
    (one,) = [one for one in told(records, tmp_path, "fare") if one.suggested is not None]
    assert one.row == 25_001
    assert float(one.suggested or 0) == pytest.approx(meant)
    assert one.confidence >= 0.9


def shops(**columns: Any) -> list[Record]:
    """Ten shops with twenty records each; ``columns`` say what a shop decides."""
    return [{"shop": f"shop {n % 10}", **{name: of(n % 10) for name, of in columns.items()}} for n in range(200)]


def certain(records: list[Record], folder: Path) -> list[tuple[int, str, str | None]]:
    return [(one.row, one.column, one.suggested) for one in look(records, folder).repairs if one.confidence >= 0.9]


def test_either_of_two_cells_may_be_wrong_that_contradict_each_other(tmp_path: Path) -> None:
    records = shops(town=lambda shop: f"town of {shop}")
    records[33]["town"] = "town of 5"
    repairs = look(records, tmp_path).repairs
    assert {(one.row, one.column) for one in repairs} <= {(34, "town"), (34, "shop")}
    assert max((one.confidence for one in repairs), default=0.0) < 0.7


def test_a_value_that_is_none_of_any_other_shop_is_certainly_wrong(tmp_path: Path) -> None:
    records = shops(town=lambda shop: f"town of {shop}")
    records[33]["town"] = "nowhere"
    assert certain(records, tmp_path) == [(34, "town", "town of 3")]


def test_one_wrong_cell_is_likelier_than_three(tmp_path: Path) -> None:
    """The shop is wrong, and not all that it decides; the town tells which shop it should be."""
    records = shops(
        town=lambda shop: f"town of {shop}",
        phone=lambda shop: f"0{shop}55-123",
        owner=lambda shop: f"owner {shop}",
    )
    records[33]["shop"] = "shop 5"
    assert certain(records, tmp_path) == [(34, "shop", "shop 3")]


def test_many_that_share_an_exception_are_a_kind_of_their_own(tmp_path: Path) -> None:
    records = [{"model": f"m{n % 6}", "engine": "jet" if n % 6 < 3 else "fan"} for n in range(600)]
    for record in records[:40:6]:
        record["engine"] = "fan"
    assert look(records, tmp_path).repairs == []
