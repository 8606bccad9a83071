"""Keys and dependencies: those that are there, and none that chance made."""

from pathlib import Path

from .insight_tables import Dirty, Record, hospitals, look, misspelt, orders, seeded, words


def determined(folder: Path, records: list[Record]) -> set[tuple[tuple[str, ...], str]]:
    return {(tuple(one.determinant), one.dependent) for one in look(records, folder).dependencies}


def test_single_keys_are_found_and_measures_are_none(tmp_path: Path) -> None:
    keys = look(orders(seeded(1)), tmp_path).keys
    assert ["order_id"] in [key.columns for key in keys]
    assert all(key.uniqueness >= 0.99 for key in keys)
    assert not {"height_cm", "income", "waited", "paid", "city"} & {name for key in keys for name in key.columns}


def test_an_approximate_key_is_found(tmp_path: Path) -> None:
    records: list[Record] = [{"n": number if number > 5 else 1, "x": number % 7} for number in range(1, 1001)]
    assert [(key.columns, key.uniqueness) for key in look(records, tmp_path).keys] == [(["n"], 0.996)]


def test_a_pair_is_a_key_where_chance_would_not_make_it_one(tmp_path: Path) -> None:
    rng = seeded(2)
    records: list[Record] = [
        {"invoice": invoice, "line": line, "colour": rng.choice(("red", "blue"))}
        for invoice in range(1, 101)
        for line in range(1, 11)
    ]
    assert [key.columns for key in look(records, tmp_path).keys] == [["invoice", "line"]]


def test_two_columns_of_many_values_are_no_key(tmp_path: Path) -> None:
    rng = seeded(3)
    records: list[Record] = [{"a": rng.randrange(400), "b": rng.randrange(400)} for _ in range(300)]
    assert look(records, tmp_path).keys == []


def test_a_column_that_is_not_unique_in_all_records_is_no_key_by_its_sample(tmp_path: Path) -> None:
    rng = seeded(4)
    records: list[Record] = [{"n": number, "code": rng.randrange(60_000)} for number in range(40_000)]
    assert [key.columns for key in look(records, tmp_path, group=4_096).keys] == [["n"]]


def test_dependencies_are_found_in_spite_of_errors(tmp_path: Path) -> None:
    rng = seeded(5)
    dirty = Dirty(hospitals(rng))
    for column in ("city", "state", "condition", "measure_name"):
        dirty.spoil(column, rng.sample(range(1, 1001), 20), misspelt(rng))
    found = determined(tmp_path, dirty.records)
    assert {
        (("provider_number",), "city"),
        (("provider_number",), "state"),
        (("zip_code",), "provider_number"),
        (("measure_code",), "condition"),
        (("measure_code",), "measure_name"),
    } <= found
    assert not any({"condition", "measure_code"} & set(left) and right == "city" for left, right in found)


def test_errors_are_the_share_of_records_that_break_it(tmp_path: Path) -> None:
    records: list[Record] = [{"a": n % 50, "b": n % 50 * 2 if n % 100 else 1_000, "c": n % 7} for n in range(1, 1001)]
    found = {(tuple(one.determinant), one.dependent): one for one in look(records, tmp_path).dependencies}
    assert set(found) == {(("a",), "b"), (("b",), "a")}
    assert found[("a",), "b"].error == 0.01
    assert found[("a",), "b"].groups == 50


def test_a_dependency_on_two_columns_is_found_and_is_minimal(tmp_path: Path) -> None:
    rng = seeded(6)
    rates = {(state, kind): rng.randrange(10**6) for state in range(12) for kind in range(9)}
    records: list[Record] = []
    for _ in range(2_000):
        state, kind = rng.randrange(12), rng.randrange(9)
        records.append({"state": state, "kind": kind, "rate": rates[state, kind], "noise": rng.randrange(10)})
    found = determined(tmp_path, records)
    assert (("kind", "state"), "rate") in {(tuple(sorted(left)), right) for left, right in found}
    assert {left for left, _ in found if "noise" in left} == set()
    assert not any(right == "noise" for _, right in found)


def test_chance_makes_no_dependency(tmp_path: Path) -> None:
    rng = seeded(7)
    records: list[Record] = [
        {
            "nearly_constant": "x" if rng.random() < 0.98 else "y",
            "few": rng.randrange(3),
            "some": rng.choice(words(seeded(1), 30)),
            "nearly_key": rng.randrange(5_000),
            "many": rng.randrange(200),
        }
        for _ in range(2_000)
    ]
    assert determined(tmp_path, records) == set()


def test_wide_tables_are_bounded(tmp_path: Path) -> None:
    rng = seeded(8)
    records: list[Record] = [{f"c{i}": rng.randrange(5) for i in range(150)} for _ in range(200)]
    assert look(records, tmp_path).dependencies == []
