"""Files polluted as the Pollock benchmark pollutes them, from tables of our own, and its scores.

Pollock (Vitagliano et al., "Pollock: A Data Loading Benchmark", VLDB 2023) makes 2,290 files of one table: every
record loses a delimiter, gets one too many, gets a stray quote, or is delimited otherwise; and the file as a whole gets
another dialect, header, preamble or a second table. The kinds, and how a loaded table is scored, are told there; the
table here is another one, made from a seed: no rule of the engine may know the benchmark's own.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

Row = list[str]
HEADER = ["Ordered", "Slot", "Count", "SKU", "Amount", "Item", "Details", "Link", "Remarks"]
_ITEMS = ("Canvas Tent", "Field Lamp", "Rope", "Kids' Raincoat", "Enamel Mug, Large", "Men's Belt", 'Folding Saw, 10"')
_LEADS = ("Built for long days outdoors", "A light, sturdy companion", "Made of soft wool, it lasts", "Simple and safe")
_TAILS = (
    "whatever the weather may bring.",
    "with a pocket, a strap and a clip.",
    "and it won't let you down: we've tried.",
    'in a 6" size that suits most, and a 9" one.',
    "for kitchens; for gardens; for camping.",
)
_QUOTED = (6, 7)  # columns that are quoted whether they need it or not


@dataclass(frozen=True)
class Polluted:
    """A file, and the table that it should be loaded as.

    Attributes:
        name: What was done to which record and column.
        kind: What was done.
        data: The bytes.
        header: The labels; None where the file has none.
        records: All records.
    """

    name: str
    kind: str
    data: bytes
    header: Row | None
    records: list[Row]


@dataclass(frozen=True)
class Loaded:
    """What a loader made of a file; None in place of this means that it failed."""

    header: Row | None
    records: list[Row]


@dataclass(frozen=True)
class _Style:
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    end: str = "\r\n"


def table(seed: int, rows: int = 83) -> list[Row]:
    """Records of a made-up shop: typed and textual columns, commas and quotes in texts, one column that is empty."""
    rng = random.Random(seed)
    found = []
    for number in range(rows):
        sku = f"{rng.choice(('TX', 'QB', 'LM', 'RV'))}-{rng.randint(1000, 9999)}"
        item = rng.choice(_ITEMS)
        details = f"{rng.choice(_LEADS)}, {rng.choice(_TAILS)}"
        if number == rows // 6:
            details = "A rod of 8\\'9\" length, of ash."
        found.append(
            [
                f"{number % 28 + 1:02}/{number // 28 + 1:02}/2019",
                f"{number // 4 % 24:02}:{number % 4 * 15:02}",
                str(rng.randint(0, 30)),
                sku,
                f"${rng.randint(90, 9900) / 100:.2f}",
                item,
                details,
                f"https://shop.example/item/{sku.lower()}.html",
                "",
            ]
        )
    return found


def corpus(seed: int) -> Iterator[Polluted]:
    """All files of one table."""
    records = table(seed)
    yield from _of_files(records)
    rows = [HEADER, *records]
    for index in range(len(rows)):
        yield from _of_record(rows, index)


def _of_files(records: list[Row]) -> Iterator[Polluted]:
    style, clean = _Style(), [HEADER, *records]
    plain = _text(clean, style)

    def made(name: str, text: str, header: Row | None = HEADER, rows: Sequence[Row] = records) -> Polluted:
        return Polluted(name, name, text.encode(), header, list(rows))

    yield made("source", plain)
    yield made("no_payload", "", None, [])
    yield made("no_trailing_newline", plain.removesuffix("\r\n"))
    yield made("double_trailing_newline", plain + "\r\n")
    yield made("no_header", _text(records, style), None)
    for count in (2, 3):
        yield made(f"header_multirow_{count}", _text([HEADER] * (count - 1), style) + plain, _joined(count))
    yield made("preamble", _text([["PREAMBLE", *[""] * 8], [""] * 9], style) + plain)
    for name, width in (("less", 8), ("same", 9), ("more", 10)):
        second = [[*row, "col1" if row is HEADER else row[-1]][:width] for row in clean]
        yield made(f"multitable_{name}", plain + _text(second, style))
    yield made("header_only", _text([HEADER], style), HEADER, [])
    yield made("one_data_row", _text(clean[:2], style), HEADER, records[:1])
    for end in ("\n", "\r"):
        yield made(f"record_delimiter_{end!r}", _text(clean, replace(style, end=end)))
    for delimiter in (";", "\t", ", ", " "):
        yield made(f"field_delimiter_{delimiter!r}", _text(clean, replace(style, delimiter=delimiter)))
    for escape in ("'", ""):
        yield made(f"quotation_char_{escape!r}", _text(clean, replace(style, quote="'", escape=escape)))
    for escape in ("\\", ""):
        yield made(f"escape_char_{escape!r}", _text(clean, replace(style, escape=escape)))


def _joined(count: int) -> Row:
    return [" ".join([label] * count) for label in HEADER]


def _of_record(rows: list[Row], index: int) -> Iterator[Polluted]:
    style = _Style()
    written = [_line(row, style) for row in rows]

    def made(kind: str, line: str, column: int | None = None, cells: Row | None = None) -> Polluted:
        changed = [row if at != index or cells is None else cells for at, row in enumerate(rows)]
        text = "".join(line if at == index else other for at, other in enumerate(written))
        name = f"{kind}_{index}" + (f"_{column}" if column is not None else "")
        return Polluted(name, kind, text.encode(), changed[0], changed[1:])

    parts = [_cell(cell, column, style) for column, cell in enumerate(rows[index])]
    for column in range(len(parts)):
        more = [*parts[:column], "", *parts[column:]]
        yield made("more_separators", ",".join(more) + style.end, column)
        if column:
            less = [*parts[: column - 1], parts[column - 1] + parts[column], *parts[column + 1 :]]
            yield made("less_separators", ",".join(less) + style.end, column)
        cells = [*rows[index][:column], '"' + rows[index][column], *rows[index][column + 1 :]]
        opened = parts[column].startswith('"')
        stray = '""' + parts[column][1:] if opened else '"' + parts[column]
        quoted = [*parts[:column], stray, *parts[column + 1 :]]
        yield made("extra_quote", ",".join(quoted) + style.end, column, cells)
    yield made("other_delimiter", " ".join(parts) + style.end)


def _text(rows: Sequence[Row], style: _Style) -> str:
    return "".join(_line(row, style) for row in rows)


def _line(row: Row, style: _Style) -> str:
    return style.delimiter.join(_cell(cell, column, style) for column, cell in enumerate(row)) + style.end


def _cell(cell: str, column: int, style: _Style) -> str:
    """As the benchmark writes it: quotes stay where the source had them, whatever the delimiter is now."""
    if not (column in _QUOTED or "," in cell or '"' in cell) or not cell:
        return cell
    return style.quote + cell.replace(style.quote, style.escape + style.quote) + style.quote


def score(truth: Polluted, loaded: Loaded | None) -> float:
    """The sum of Pollock's ten measures, 0..10: success, and of header, records and cells three each.

    Records are compared without their inner bounds, as there; a file without a header must be loaded without one.
    """
    if loaded is None:
        return 0.0
    if not truth.records and truth.header is None:
        return 10.0 if not loaded.records else 1.0
    expected, found = [_folded(row) for row in truth.records], [_folded(row) for row in loaded.records]
    header = (
        3.0 if truth.header is None and loaded.header is None else _measures(truth.header or [], loaded.header or [])
    )
    records = 3.0 if not expected and not found else _measures(expected, found)
    cells = _measures(
        [*(truth.header or []), *(cell for row in truth.records for cell in row)],
        [*(loaded.header or []), *(cell for row in loaded.records for cell in row)],
    )
    return 1.0 + header + records + cells


def _folded(row: Row) -> str:
    return "".join(cell.strip().lower() for cell in row)


def _measures(expected: Sequence[str], found: Sequence[str]) -> float:
    """Precision, recall and their harmonic mean, added."""
    both = sum((Counter(expected) & Counter(found)).values())
    if not both:
        return 0.0
    precision, recall = both / len(found), both / len(expected)
    return precision + recall + 2 * precision * recall / (precision + recall)
