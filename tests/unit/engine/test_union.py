"""Several members as one table."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sluice_clean.engine import CleanSettings, Source, local_connection
from sluice_clean.engine.containers import Member
from sluice_clean.engine.errors import BinaryFileError, CorruptFileError, EngineError, UnreadableError
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.growing import GrowingTable
from sluice_clean.engine.readers.table_writer import TableWriter, sample_of, table_chunks
from sluice_clean.engine.readers.union import Named, combine, read_members
from sluice_clean.engine.report import Dialect
from sluice_clean.engine.work import Workspace

from .tabular import made_table, rows_of, with_refusals

DIALECT = Dialect(delimiter=",", quote='"', escape='"', header=True, score=1.0)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path, max_columns=50, max_record_bytes=10_000)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def united(work: Workspace, tables: Sequence[tuple[str | None, RawTable]]) -> RawTable:
    return combine([Named(name, table, is_small=False) for name, table in tables], work)


def test_columns_are_united_by_label_and_rows_keep_their_order(work: Workspace) -> None:
    first = made_table(work, ["id", "name"], [["1", "Ada"], ["2", None]], "a")
    second = made_table(work, ["Name ", "city", "id"], [["Bob", "Rome", "3"], ["", None, "4"]], "b")
    table = united(work, [("a.csv", first), ("b.csv", second)])
    assert table.labels == ["id", "name", "city"]
    assert rows_of(work, table) == [
        ("1", "Ada", None),
        ("2", None, None),
        ("3", "Bob", "Rome"),
        ("4", "", None),
    ]
    assert (table.format, table.encoding, table.sampled_all, table.warnings) == ("csv", "utf-8", True, [])


def test_labels_that_occur_twice_are_two_columns(work: Workspace) -> None:
    first = made_table(work, ["x", "x"], [["1", "2"]], "a")
    second = made_table(work, ["x", "y", "x"], [["3", "4", "5"]], "b")
    table = united(work, [("a", first), ("b", second)])
    assert table.labels == ["x", "x", "y"]
    assert rows_of(work, table) == [("1", "2", None), ("3", "5", "4")]


def test_a_table_without_labels_has_the_columns_of_the_one_before(work: Workspace) -> None:
    first = made_table(work, ["id", "name"], [["1", "Ada"]], "a")
    second = made_table(work, [None, None, None], [["2", "Bob", "x"]], "b")
    table = united(work, [("a", first), ("b", second)])
    assert table.labels == ["id", "name", None]
    assert rows_of(work, table) == [("1", "Ada", None), ("2", "Bob", "x")]


def test_refusals_name_the_member_they_come_from(work: Workspace) -> None:
    writer = TableWriter(work, 1, "b")
    writer.refuse("unclosed-quote", "it never ends", '"x', 7)
    writer.add(["2"], 8)
    chunks = writer.chunks()
    second = RawTable(["id"], table_chunks(chunks), *sample_of(chunks), "csv", "utf-8")
    first = made_table(work, ["id"], [["1"]], "a")
    rows, refusals = with_refusals(work, united(work, [("a.csv", first), ("b.csv", second)]))
    assert rows == [("1",), ("2",)]
    assert [(r.number, r.line, r.reason) for r in refusals] == [(1, 7, "b.csv: it never ends")]


def test_tables_without_a_common_column_are_told(work: Workspace) -> None:
    tables = [("a.csv", made_table(work, ["x"], [["1"]], "a")), ("b.csv", made_table(work, ["y"], [["2"]], "b"))]
    table = united(work, tables)
    assert table.warnings == ["b.csv has no column in common with a.csv"]
    assert rows_of(work, table) == [("1", None), (None, "2")]


def test_what_tables_know_late_is_told_late(work: Workspace) -> None:
    first = made_table(work, ["x"], [["1"]], "a", encoding="utf-8")
    second = made_table(work, ["x"], [["2"]], "b", format="json", nested=True)
    table = united(work, [("a", first), ("b", second)])
    assert (table.format, table.nested) == ("csv+json", True)
    second.encoding = "windows-1252"
    second.settle = lambda: second.warnings.append("3 bytes were repaired")
    rows_of(work, table)
    table.settle()
    assert table.encoding == "utf-8+windows-1252"
    assert table.warnings == ["b: 3 bytes were repaired"]


def test_the_dialect_is_told_if_it_is_the_same(work: Workspace) -> None:
    def two(second: Dialect) -> RawTable:
        tables = (DIALECT, second)
        made = [made_table(work, ["x"], [["1"]], f"d{n}", dialect=d) for n, d in enumerate(tables)]
        return united(work, [(None, table) for table in made])

    assert two(DIALECT).dialect == DIALECT
    assert two(DIALECT.model_copy(update={"delimiter": ";"})).dialect is None


class Members:
    """Files whose tables, or faults, are given."""

    def __init__(self, work: Workspace, **results: RawTable | EngineError) -> None:
        self.results = results
        self.work = work

    def read(self, source: Source, work: Workspace) -> RawTable:
        assert work.folder != self.work.folder or len(self.results) == 1
        result = self.results[source.name]
        if isinstance(result, EngineError):
            raise result
        return result

    def table(self, **names: str) -> RawTable:
        members = [
            Member(names.get(name, f"{name}.csv"), Source("", name, 1, lambda _, __: b""), "zip")
            for name in self.results
        ]
        return read_members(members, self.work, self.read)


def test_members_that_are_no_table_are_told(work: Workspace) -> None:
    data = made_table(work, ["id", "name"], [["1", "Ada"]], "a", dialect=DIALECT)
    text = made_table(work, ["All about these data"], [["They are fine"]], "b", dialect=DIALECT)
    table = Members(work, image=BinaryFileError("it is a PNG image"), a=data, notes=text).table(image="x.png")
    assert rows_of(work, table) == [("1", "Ada")]
    assert table.warnings == ["left aside: x.png: it is a PNG image", "left aside: notes.csv: a text, not a table"]


def test_a_readme_with_columns_of_its_own_is_no_data(work: Workspace) -> None:
    data = made_table(work, ["id", "name"], [["1", "Ada"]], "a", dialect=DIALECT)
    more = made_table(work, ["id", "name"], [["2", "Bob"]], "b", dialect=DIALECT)
    text = made_table(work, ["Hello", "world"], [["a", "b"]], "c", dialect=DIALECT)
    table = Members(work, a=data, b=more, c=text).table(c="docs/README.txt")
    assert rows_of(work, table) == [("1", "Ada"), ("2", "Bob")]
    assert table.warnings == ["left aside: docs/README.txt: a text, not a table"]


def test_texts_alone_are_tables(work: Workspace) -> None:
    first = made_table(work, [None], [["x"]], "a", dialect=DIALECT)
    second = made_table(work, [None], [["y"]], "b", dialect=DIALECT)
    assert rows_of(work, Members(work, a=first, b=second).table()) == [("x",), ("y",)]


def test_nothing_but_images(work: Workspace) -> None:
    members = Members(work, a=BinaryFileError("a PNG image"), b=BinaryFileError("a GIF image"))
    with pytest.raises(UnreadableError, match=r"no member .* is a table: a.csv: a PNG image; b.csv: a GIF image"):
        members.table()


def test_a_damaged_member_ends_the_run_and_is_named(work: Workspace) -> None:
    data = made_table(work, ["id"], [["1"]], "a")
    with pytest.raises(CorruptFileError, match=r"^b\.csv: it is cut off$"):
        Members(work, a=data, b=CorruptFileError("it is cut off")).table()


def test_columns_may_come_one_by_one(work: Workspace) -> None:
    growing = GrowingTable(work)
    for number in range(1, 41):
        growing.add([str(number)] * number, number)
    assert (growing.width, growing.records) == (40, 40)
    grown = growing.finish([0, 39, 20])
    table = RawTable(["a", "b", "c"], *grown, "x", "utf-8")
    rows = rows_of(work, table)
    assert rows[0] == ("1", None, None)
    assert rows[20] == ("21", None, "21")
    assert rows[39] == ("40", "40", "40")
    assert table.sampled_all


def test_a_record_that_is_too_long_is_refused(work: Workspace) -> None:
    growing = GrowingTable(work, 1)
    growing.add(["x" * 20_000], 1)
    growing.add(["y"], 2)
    rows, refusals = with_refusals(work, RawTable(["a"], *growing.finish([0]), "x", "utf-8"))
    assert rows == [("y",)]
    assert [(r.number, r.line, r.code, len(r.raw)) for r in refusals] == [(1, 1, "record-too-long", 10_000)]


def test_members_of_an_archive_may_be_read_a_second_time(run: Callable[..., Any]) -> None:
    """A value that doesn't fit has the file read again under another plan: the members' folders are there by then."""
    records = [f"{number},Ada {number},2024-01-{number % 28 + 1:02}\n" for number in range(60)]
    table = ("id,name,day\n" + "".join(records)).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", table.replace(b"21,2024-01-22", b"21,2024-0\xc3-22"))
        archive.writestr("b.csv", table)
    outcome = run(packed.getvalue(), "both.zip")
    assert outcome.report.rows_in == 120


@pytest.mark.parametrize("count", [3, 40])
def test_members_of_any_size_give_the_same(run: Callable[..., Any], count: int) -> None:
    """Small members are copied into one chunk, samples of many members into one table: neither is to be seen."""

    def member(number: int, padding: str) -> str:
        mine = f"id,name,own {number % 4}\n{number},Ren\u00c3\u00a9 {number},{number}.5\n{number + 1000},broken\n"
        return mine + f'{number + 2000},"said ""{number}""",{padding}\n'

    def packed(padding: str) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(count):
                if number % 5 == 4:
                    archive.writestr(f"{number}.json", f'[{{"id": {number}, "name": "J", "more": "{padding}"}}]')
                else:
                    archive.writestr(f"{number}.csv", member(number, padding))
        return file.getvalue()

    small, large = run(packed("x"), "a.zip"), run(packed("x" * 70_000), "a.zip")
    assert small.columns == large.columns
    shorter = [tuple(value if value != "x" * 70_000 else "x" for value in row) for row in large.rows]
    assert small.rows == shorter
    assert small.column("_row") == large.column("_row")
    told = [("row", "line", "code", "reason", "raw")]
    told += [tuple(refused[name] for name in told[0]) for refused in small.rejects]
    assert told[1:] == [tuple(refused[name] for name in told[0]) for refused in large.rejects]
    assert len(told) > count // 2
    assert small.column("name")[0] == "René 0"
