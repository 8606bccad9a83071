"""An object cleaned in ranges gives what it gives in one piece, wherever it is cut."""

import csv
import io
import json
import random
import string
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import CleanSettings, Lineage, Report, Source, Target, clean, local_connection
from sluice_clean.engine.ranges import (
    CannotSplitError,
    Layout,
    RangeResult,
    clean_range,
    join_ranges,
    plan_ranges,
)

LINEAGE = Lineage(object="a.csv", run="r", order="1#r")
QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Outcome:
    """What a cleaning left behind."""

    report: Report
    rows: list[tuple[Any, ...]]
    rejects: list[tuple[Any, ...]]
    issues: list[tuple[Any, ...]]
    layouts: list[Layout] = field(default_factory=list)
    cleaned: int = 0

    @property
    def told(self) -> tuple[Any, ...]:
        """What has to be the same however the object is cut."""
        report = self.report
        assert report.rows_in == report.rows_out + report.rows_rejected + report.rows_duplicate
        counts = (report.rows_in, report.rows_out, report.rows_rejected, report.rows_duplicate, report.issues)
        return counts, report.table_schema.to_json(), report.encoding, self.rows, self.rejects, self.issues


class Workshop:
    """Cleans a text in one piece and in ranges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count()

    def _target(self, prefix: str) -> Target:
        return Target(f"{prefix}/out/", f"{prefix}/rejects.parquet", LINEAGE, f"{prefix}/issues.parquet")

    def _new(self, data: bytes, name: str, **chosen: Any) -> tuple[str, Source, CleanSettings]:
        folder = self.folder / f"run{next(self.numbers)}"
        (folder / "temp").mkdir(parents=True)
        path = folder / name
        path.write_bytes(data)
        return str(folder), Source.local(path), CleanSettings(temp_dir=folder / "temp", examine=False, **chosen)

    def whole(self, data: bytes, schema: dict[str, Any] | None = None, name: str = "a.csv", **chosen: Any) -> Outcome:
        folder, source, options = self._new(data, name, **chosen)
        contract = TableSchema.model_validate(schema) if schema else None
        target = self._target(folder)
        report = clean(source, target, schema=contract, settings=options, connect=lambda: local_connection(options))
        return _outcome(report, target)

    def ranged(
        self, data: bytes, size: int, schema: dict[str, Any] | None = None, name: str = "a.csv", **chosen: Any
    ) -> Outcome:
        """As workers do it that share nothing but files: all that goes between them is JSON."""
        folder, source, options = self._new(data, name, **chosen)
        contract = TableSchema.model_validate(schema) if schema else None

        def connect() -> duckdb.DuckDBPyConnection:
            return local_connection(options)

        layout = plan_ranges(source, size, schema=contract, settings=options, connect=connect)
        known: dict[str, str] = {}
        layouts, cleaned = [], 0
        while True:
            layout = Layout.from_json(layout.to_json())
            layouts.append(layout)
            assert len(layouts) < 20
            for span in layout.spans:
                if layout.name(span) in known:
                    continue
                cleaned += 1
                target = self._target(f"{folder}/{layout.name(span)}")
                result = clean_range(source, layout, span, target, settings=options, connect=connect)
                for each in (span, (result.start, result.end)):
                    known[layout.name(each)] = result.model_dump_json()
            found = [known[layout.name(span)] for span in layout.spans]
            results = [RangeResult.model_validate_json(text) for text in found]
            target = self._target(folder)
            made = join_ranges(
                source,
                layout,
                results,
                target,
                schema=contract,
                settings=options,
                connect=connect,
            )
            if isinstance(made, Report):
                assert list((Path(folder) / "temp").iterdir()) == [], "nothing is left behind"
                return _outcome(made, target, layouts, cleaned)
            layout = made


def _outcome(report: Report, target: Target, layouts: list[Layout] | None = None, cleaned: int = 0) -> Outcome:
    def read(path: str | None, order: str) -> list[tuple[Any, ...]]:
        if not path or not Path(path).exists():
            return []
        with duckdb.connect() as connection:
            return connection.execute(f"FROM read_parquet('{path}') ORDER BY {order}").fetchall()

    with duckdb.connect() as connection:
        urls = [part.url for part in report.parts]
        rows = connection.execute("FROM read_parquet($1) ORDER BY _row", [urls]).fetchall() if urls else []
    assert len(rows) == report.rows_out
    rejects, issues = read(target.rejects_url, '"row"'), read(target.issues_url, '"row", "column"')
    assert (len(rejects), len(issues)) == (report.rows_rejected, report.issues)
    return Outcome(report, rows, rejects, issues, layouts or [], cleaned)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


WORDS = st.text(alphabet=string.ascii_letters + string.digits + " éß.-'\"\n,;", min_size=1, max_size=14)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    width = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(WORDS, min_size=width, max_size=width), min_size=4, max_size=40))
    out = io.StringIO()
    writer = csv.writer(out, quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])), lineterminator="\n")
    writer.writerow(["number", *["alpha", "beta", "gamma"][: width - 1]])
    for number, row in enumerate(rows, 1):
        writer.writerow([number, *row[1:-1], f"w{row[-1]}"])
    return out.getvalue().encode()


@QUICK
@given(data=tables(), size=st.integers(20, 300))
def test_wherever_it_is_cut_the_records_are_those_of_one_piece(workshop: Workshop, data: bytes, size: int) -> None:
    in_ranges = workshop.ranged(data, size)
    assert in_ranges.told == workshop.whole(data).told


def test_text_in_quotes_that_looks_like_records_is_told_at_the_seam(workshop: Workshop) -> None:
    inner = "".join(f"{n},x,y\n" for n in range(100, 160))
    data = ("id,a,b\n" + "".join(f"{n},u,v\n" for n in range(30)) + f'30,u,"{inner}"\n31,u,v\n').encode()
    in_ranges = workshop.ranged(data, 200)
    assert len(in_ranges.layouts) > 1, "a cut lay within the quotes"
    assert in_ranges.told == workshop.whole(data).told
    assert in_ranges.report.rows_in == 32


def messy(rows: int, seed: int = 1) -> bytes:
    """Rows with broken ones among them, repeats, quoted line ends, numbers and days in several forms."""
    dice = random.Random(seed)
    lines = ["id;name;amount;day"]
    for number in range(rows):
        name = dice.choice(["Ann", '"Bob\nSmith"', '"a ""quoted"" one"', "Zoë", "x"])
        amount = dice.choice(["1,50", "2.000,00", "7", "n/a"])
        day = f"{dice.randint(1, 28):02}.{dice.randint(1, 12):02}.2024"
        line = f"{number % (rows - 7)};{name};{amount};{day}"
        broken = dice.random()
        line = line + ";more" if broken < 0.02 else f'{number};"open;1;{day}' if broken < 0.03 else line
        lines.append(line)
        if dice.random() < 0.03:
            lines.append(line)
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("size", [700, 3_000, 11_111])
def test_broken_rows_repeats_and_numbers_of_rows_and_lines_are_those_of_one_piece(
    workshop: Workshop, size: int
) -> None:
    data = messy(1_500)
    in_ranges, whole = workshop.ranged(data, size), workshop.whole(data)
    assert in_ranges.told == whole.told
    assert in_ranges.report.rows_rejected > 10
    assert in_ranges.report.rows_duplicate > 10


@pytest.mark.parametrize("size", [700, 5_000])
def test_records_that_lack_their_last_fields_lack_them_in_all_ranges(workshop: Workshop, size: int) -> None:
    lines = ["7" if n % 97 == 0 else f"{n},name {n}" + ("" if n % 3 else f',"a, {n}",x') for n in range(1, 800)]
    data = "\n".join(["id,name,remark,by", *lines]).encode()
    whole, ranged = workshop.whole(data), workshop.ranged(data, size)
    assert ranged.told == whole.told
    assert (whole.report.rows_rejected, len(ranged.layouts[-1].spans) > 2) == (8, True)


def dirty(seed: int) -> bytes:
    """Quotes that are opened and never closed, strays, records within quotes, blank lines, totals that are none."""
    dice = random.Random(seed)
    rows = dice.randint(50, 300)
    names = ["Ann", '"Bob\nSmith"', '"a ""q"" one"', '"x;y\n1;2;3;4\nz"', "Zoë", "x", '"Total"']
    lines = ["id;name;amount;day"]
    for number in range(rows):
        amount, month = dice.choice(["1,50", "2.000,00", "7", "n/a"]), dice.randint(1, 12)
        line = f"{number % (rows - 7)};{dice.choice(names)};{amount};{dice.randint(1, 28):02}.{month:02}.2024"
        broken = [f"{line};more", f'{number};"open;1;2', f'{number};st"ray;1;02.03.2024', ""]
        lines.append(dice.choice(broken) if dice.random() < 0.05 else line)
        if dice.random() < 0.03:
            lines.append(line)
    return (dice.choice(["\n", "\r\n"]).join(lines) + "\n").encode()


@settings(QUICK, max_examples=8)
@given(seed=st.integers(0, 1_000_000), size=st.integers(60, 4_000))
def test_wherever_a_dirty_file_is_cut_the_same_is_kept_and_refused(workshop: Workshop, seed: int, size: int) -> None:
    assert workshop.ranged(dirty(seed), size).told == workshop.whole(dirty(seed)).told


def test_of_records_with_one_key_the_last_of_the_object_stays(workshop: Workshop) -> None:
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}], "primaryKey": "id"}
    data = messy(1_000)
    in_ranges, whole = workshop.ranged(data, 5_000, schema), workshop.whole(data, schema)
    assert in_ranges.told == whole.told
    assert in_ranges.report.rows_duplicate > whole.report.rows_in / 100


def test_a_late_row_changes_the_type_of_its_column_in_all_ranges(workshop: Workshop) -> None:
    rows = [f"{n},{n % 90 + 10}" for n in range(200_000)]
    rows[150_000] = "150000,007"
    data = ("id,code\n" + "\n".join(rows) + "\n").encode()
    in_ranges, whole = workshop.ranged(data, 700_000), workshop.whole(data)
    assert in_ranges.told == whole.told
    assert [field["type"] for field in whole.told[1]["fields"]] == ["integer", "string"]
    assert len(in_ranges.layouts) > 1


def test_a_grand_total_at_the_end_counts_the_rows_of_all_ranges(workshop: Workshop) -> None:
    rows = [("north", n % 17) for n in range(400)]
    data = "item,amount\n" + "".join(f"{name} {at},{amount}\n" for at, (name, amount) in enumerate(rows))
    data += f"Total,{sum(amount for _, amount in rows)}\n"
    in_ranges, whole = workshop.ranged(data.encode(), 900), workshop.whole(data.encode())
    assert in_ranges.told == whole.told
    assert whole.report.rejects_by_code == {"total-row": 1}


@pytest.mark.parametrize("codec", ["cp1252", "cp1251", "cp932"])
def test_an_encoding_that_only_later_ranges_tell(workshop: Workshop, codec: str) -> None:
    word = {"cp1252": "Größe naïve café", "cp1251": "Привет, большой мир", "cp932": "日本語のテキスト表示"}[codec]
    plain = "".join(f"{n};plain words of row {n}\n" for n in range(60_000))
    beyond = "".join(f"{n};{word} {n}\n" for n in range(60_000, 61_000))
    data = f"id;text\n{plain}{beyond}{plain.replace(';', ';again ')}".encode(codec)
    in_ranges, whole = workshop.ranged(data, 500_000), workshop.whole(data)
    assert in_ranges.told == whole.told
    assert in_ranges.rows[60_500][1] == f"{word} 60500"


def json_lines(rows: int, *, late_key: bool) -> bytes:
    """Records with repeats, blank and broken lines among them; a key that only the last ones have."""
    dice = random.Random(rows)
    lines = []
    for number in range(rows):
        record: dict[str, Any] = {"id": number % (rows - 9), "name": dice.choice(["Ann\nLee", "Zoë", None])}
        record["day"] = f"2024-{dice.randint(1, 12):02}-03"
        if late_key and number > rows * 0.9:
            record = {"late": [number], **record}
        lines.append(json.dumps(record, ensure_ascii=number % 2 == 0))
        if dice.random() < 0.02:
            lines += [lines[-1], "", '{"id": 1, ']
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("size", [900, 20_000])
def test_json_lines_in_ranges_are_those_of_one_piece(workshop: Workshop, size: int) -> None:
    data = json_lines(1_200, late_key=True)
    in_ranges, whole = workshop.ranged(data, size, name="a.ndjson"), workshop.whole(data, name="a.ndjson")
    assert in_ranges.told == whole.told
    assert in_ranges.report.format == "ndjson"
    assert in_ranges.report.rows_rejected > 10


def test_a_key_that_only_later_ranges_have_is_a_column(workshop: Workshop) -> None:
    rows = [json.dumps({"id": n, "text": f"some words of row {n}"}) for n in range(60_000)]
    rows[40_000] = json.dumps({"seldom": "there", "id": 40_000})
    data = "\n".join(rows).encode()
    in_ranges, whole = workshop.ranged(data, 700_000, name="a.jsonl"), workshop.whole(data, name="a.jsonl")
    assert in_ranges.told == whole.told
    assert [field["name"] for field in whole.told[1]["fields"]] == ["id", "text", "seldom"]
    assert len(in_ranges.layouts) == 2


def test_as_text_leaves_everything_as_it_stood(workshop: Workshop) -> None:
    data = messy(500)
    assert workshop.ranged(data, 2_000, as_text=True).told == workshop.whole(data, as_text=True).told


@pytest.mark.parametrize(
    "schema",
    [
        {"fields": [{"name": "id", "type": "integer", "constraints": {"unique": True}}, {"name": "name"}]},
        {
            "fields": [{"name": "id", "type": "integer"}, {"name": "name"}],
            "primaryKey": "id",
            "foreignKeys": [{"fields": "name", "reference": {"resource": "", "fields": "id"}}],
        },
    ],
)
def test_what_is_judged_by_all_rows_is_not_cut(workshop: Workshop, schema: dict[str, Any]) -> None:
    with pytest.raises(CannotSplitError, match="the contract has"):
        workshop.ranged(b"id,name\n" + b"1,2\n" * 100, 100, schema)


def test_a_key_that_occurs_twice_is_told_once_for_all_ranges(workshop: Workshop) -> None:
    rows = [f'{{"id": {number}, "a": 1, "b": 2, "b": 3, "a": 4}}' for number in range(200)]
    rows[150] = '{"a": 1, "b": 2, "a": 3, "id": 150, "b": 4}'
    report = workshop.ranged("\n".join(rows).encode(), 2_000, name="a.ndjson").report
    assert report.warnings == ["a key occurs twice in an object, and its first value was kept: 'a', 'b'"]
    assert report.rows_out == len(rows)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x1f\x8b\x08\x00" + bytes(2_000), "gzip"),
        (b'[{"a": 1}, {"a": 2}]', "json"),
        (b'["id", "name"]\n' + b'[1, "Ann"]\n' * 50, "json"),  # only the first line names the columns
        (("a,b\n" + "1,2\n" * 50).encode("utf-16"), "csv"),
        (b"<items><item><a>1</a></item><item><a>2</a></item></items>", "xml"),
    ],
)
def test_what_can_only_be_read_as_a_whole_says_so(workshop: Workshop, data: bytes, kind: str) -> None:
    with pytest.raises(CannotSplitError) as error:
        workshop.ranged(data, 100)
    assert error.value.kind == kind
