import pytest

from sluice.errors import InvalidNameError
from sluice.names import MAX_OBJECT_NAME_BYTES, check_dataset_name, check_object_name
from sluice.object_keys import LoadTask, RawKey, parse_load_task, parse_raw_key


@pytest.mark.parametrize("name", ["a", "prices", "a-b_c9", "x" * 63])
def test_dataset_names_that_are_valid(name: str) -> None:
    assert check_dataset_name(name) == name


@pytest.mark.parametrize("name", ["", "A", "9a", "-a", "a b", "a/b", "ä", "x" * 64, "a\n", "a.b"])
def test_dataset_names_that_are_not(name: str) -> None:
    with pytest.raises(InvalidNameError, match="is not a dataset name"):
        check_dataset_name(name)


@pytest.mark.parametrize("name", ["a.csv", "2026/11/a b.csv", "ä*?[1]#%20+&=.csv", "x" * MAX_OBJECT_NAME_BYTES])
def test_object_names_that_are_valid(name: str) -> None:
    assert check_object_name(name) == name


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "empty"),
        ("/a", "start or end"),
        ("a/", "start or end"),
        ("a/../b", "segments"),
        ("..", "segments"),
        ("a//b", "segments"),
        ("./a", "segments"),
        ("a\tb", "control"),
        ("ä" * 451, "longer than 900 bytes"),
    ],
)
def test_object_names_that_are_not_say_why(name: str, fault: str) -> None:
    with pytest.raises(InvalidNameError, match=fault):
        check_object_name(name)


def test_raw_keys_survive_the_way_there_and_back() -> None:
    target = RawKey("prices", "2026/a b.csv")
    assert target.key == "raw/prices/2026/a b.csv"
    assert parse_raw_key(target.key) == target


@pytest.mark.parametrize("key", ["raw/a.csv", "raw/", "data/prices/a.csv", "raw/Prices/a.csv", "raw/prices/"])
def test_keys_outside_the_layout_are_named(key: str) -> None:
    with pytest.raises(InvalidNameError):
        parse_raw_key(key)


def test_load_tasks_survive_the_way_there_and_back() -> None:
    task = LoadTask("prices", "abc", 12)
    assert parse_load_task(task.key) == task
    with pytest.raises(ValueError, match="load task"):
        parse_load_task("data/prices/run=abc/part-00012.parquet")
