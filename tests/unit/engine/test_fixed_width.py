"""Columns by place: found where lines are aligned, and nowhere else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sluice_clean.engine import CleanSettings, local_connection
from sluice_clean.engine.probe import probe
from sluice_clean.engine.readers.base import RawTable, Refusal
from sluice_clean.engine.readers.fixed_width import FixedWidthReader
from sluice_clean.engine.work import Workspace

from .conftest import Run
from .tabular import file_source, with_refusals


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    settings = CleanSettings(temp_dir=tmp_path)
    with Workspace(local_connection(settings), settings) as workspace:
        yield workspace


def recognised(tmp_path: Path, text: str) -> bool:
    return FixedWidthReader().recognises(probe(file_source(tmp_path / "file", text.encode())))


def read(work: Workspace, tmp_path: Path, text: str) -> tuple[RawTable, list[tuple[Any, ...]], list[Refusal]]:
    sample = probe(file_source(tmp_path / "file", text.encode()))
    reader = FixedWidthReader()
    assert reader.recognises(sample)
    raw = reader.read(sample, work)
    return (raw, *with_refusals(work, raw))


PEOPLE = """\
name              city         born        balance
Ada Lovelace      London       1815-12-10     12.50
Bob               New York     1900-01-31      3.00
Éva               Győr         1999-09-09  10300.25
Jean-Luc Picard                2305-07-13
"""


def test_a_padded_table(work: Workspace, tmp_path: Path) -> None:
    raw, rows, refusals = read(work, tmp_path, PEOPLE)
    assert raw.labels == ["name", "city", "born", "balance"]
    assert rows == [
        ("Ada Lovelace", "London", "1815-12-10", "12.50"),
        ("Bob", "New York", "1900-01-31", "3.00"),
        ("Éva", "Győr", "1999-09-09", "10300.25"),
        ("Jean-Luc Picard", None, "2305-07-13", None),
    ]
    assert (raw.format, raw.encoding, refusals) == ("fixed-width", "utf-8", [])


DF = """\
Filesystem     1K-blocks     Used Available Use% Mounted on
udev             4052680        0   4052680   0% /dev
tmpfs             815276     1236    814040   1% /run
/dev/sda1       61255492 23211004  34900464  40% /
/dev/sdb1      102626232 61255492  36114568  63% /mnt/my data
tmpfs            4076368        0   4076368   0% /dev/shm
"""


def test_a_listing_of_disks(work: Workspace, tmp_path: Path) -> None:
    raw, rows, _ = read(work, tmp_path, DF)
    assert raw.labels == ["Filesystem", "1K-blocks", "Used", "Available", "Use%", "Mounted on"]
    assert rows[3] == ("/dev/sdb1", "102626232", "61255492", "36114568", "63%", "/mnt/my data")
    assert len(rows) == 5


RULED = """\
Report of the day

id    customer            amount
----- ------------------- ----------
1     Ada Lovelace             12.50
2     Bob & Sons Ltd            3.00
3                            1030.25
"""


def test_a_rule_tells_the_columns(work: Workspace, tmp_path: Path) -> None:
    raw, rows, _ = read(work, tmp_path, RULED)
    assert raw.labels == ["id", "customer", "amount"]
    assert rows == [("1", "Ada Lovelace", "12.50"), ("2", "Bob & Sons Ltd", "3.00"), ("3", None, "1030.25")]
    assert raw.warnings == ["lines above the table: Report of the day"]


def test_a_line_that_does_not_fit_is_refused(work: Workspace, tmp_path: Path) -> None:
    good = "".join(f"{f'person number {n}':<20}  {f'city {n % 7}':<10}  {n:>6}\n" for n in range(40))
    text = f"{'name':<20}  {'city':<10}  {'n':>6}\n{good}a name that is too long for it and all that follows  5\n"
    _, rows, refusals = read(work, tmp_path, text)
    assert len(rows) == 40
    assert [(r.number, r.line, r.code) for r in refusals] == [(41, 42, "wrong-field-count")]


def test_lines_of_a_log(work: Workspace, tmp_path: Path) -> None:
    levels = ("INFO ", "WARN ", "ERROR")
    said = "the disk of server is nearly full again while a backup runs in its second hour without any end"
    words = re.findall(r"\w+", said)
    texts = [" ".join(words[n % 5 : n % 5 + 3 + n * 7 % 11]) for n in range(30)]
    text = "".join(f"2024-01-{n + 1:02} 10:00:{n:02} {levels[n % 3]} {texts[n]}\n" for n in range(30))
    _, rows, _ = read(work, tmp_path, text)
    assert rows[0] == ("2024-01-01", "10:00:00", "INFO", "the disk of")
    assert [row[3] for row in rows] == texts


def test_from_beginning_to_end(run: Run) -> None:
    outcome = run(PEOPLE)
    assert outcome.report.format == "fixed-width"
    assert outcome.column("name")[0] == "Ada Lovelace"
    assert [str(day) for day in outcome.column("born")][:2] == ["1815-12-10", "1900-01-31"]
    assert [None if value is None else float(value) for value in outcome.column("balance")] == [
        12.5,
        3.0,
        10300.25,
        None,
    ]


CSV = "2013-01-01 00:00,Ada,{}\n"


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,Ada Lovelace\n2,Bob\n3,Eve\n",
        "".join(CSV.format('"a, b"' if n % 2 else "c") for n in range(30)),
        "id  name\n1   Ada\n2   Bob\n3   Eve\n",
        "id\tname\n1\tAda  L\n2\tBob\n",
        "| id | name         |\n|----|--------------|\n| 1  | Ada Lovelace |\n| 2  | Bob          |\n",
        "a;b  ;c\n1;x  ;2\n2;y z;3\n",
        "This is a text.\n\nIt has some lines.  And it goes on\nand on, for a while, until it\nends.  Here.\n",
        "one\ntwo\nthree\n",
        "name\nAda  Lovelace\nBob Dylan\nJean-Luc Picard\nX  Y\n",
    ],
    ids=["csv", "csv with times", "words", "tabs", "pipes", "padded csv", "prose", "one column", "names"],
)
def test_other_texts_are_left_to_others(text: str, tmp_path: Path) -> None:
    assert not recognised(tmp_path, text)


def test_aligned_lines_with_quoted_fields_are_delimited(run: Run) -> None:
    towns = ("100 oak dr", "7 cow rd", "104 high street", "1045 bay rd", "12 hemenway and arbor way")
    text = "".join(f"{number:6} # '{town}' # 'hill, ma 01002'\n" for number, town in enumerate(towns * 4, 1))
    outcome = run(text, as_text=True)
    assert outcome.report.format == "csv"
    assert outcome.report.dialect is not None
    assert outcome.report.dialect.delimiter == "#"
    assert [cell.strip() for cell in outcome.rows[0]] == ["1", "100 oak dr", "hill, ma 01002"]
