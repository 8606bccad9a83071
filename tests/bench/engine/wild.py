# ruff: noqa: E501 - one column of a table, one line
"""CSV files as they are found in the wild, made from a seed, with the truth about each.

A table of some domain (orders, people, sensors, ledgers, logs, …) is written in a random dialect and then spoilt as
exporters, spreadsheets and people spoil files: preambles, comments, footers, units, trailing delimiters, ragged
rows, stray quotes. The hand-written ones are in `nasty`. What spoils files, and how often, follows the surveys of
open-data portals in the papers of the Pollock benchmark (VLDB 2023) and of CleverCSV (DMKD 2019).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

Row = list[str]


@dataclass(frozen=True)
class Wild:
    """A file and what a perfect reader would make of it.

    Attributes:
        name: What is special about it.
        text: The file.
        delimiter: None where there is one column.
        quote: None where no field is quoted.
        escape: None where nothing is escaped.
        header: The labels; None where the file has none.
        records: The cells of all sound records, in order; outer white space is no part of the truth where ``padded``.
        refused: Records that no reader can read: a wrong number of fields, an unclosed quote.
        padded: Whether cells are compared without outer white space.
        hazard: What was done to it.
    """

    name: str
    text: str
    delimiter: str | None
    quote: str | None
    escape: str | None
    header: Row | None
    records: list[Row]
    refused: int = 0
    padded: bool = False
    hazard: str = ""

    @property
    def width(self) -> int:
        """Fields in a record."""
        return len(self.records[0])


@dataclass
class Style:
    """How a table is written."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = '"'
    quoting: str = "minimal"
    end: str = "\n"
    trailing: bool = False
    bar: bool = False
    spaced: bool = False


@dataclass
class Draft:
    """A table on its way to becoming a file."""

    rng: random.Random
    style: Style
    header: Row | None
    rows: list[Row]
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    between: dict[int, list[str]] = field(default_factory=dict)  # lines before the record of this index
    refused: int = 0
    heading: list[Row] | None = None  # the header as it is written, where that differs
    raw: dict[int, str] = field(default_factory=dict)  # records written otherwise than the style says
    padded: bool = False
    mixed: bool = False


_FIRST = [
    "Anna",
    "Björn",
    "Chloé",
    "Dmitri",
    "Eve",
    "Farid",
    "Grace",
    "Hồng",
    "Ines",
    "José",
    "Keiko",
    "Liam",
    "Mary",
    "Nils",
    "Olu",
    "Pia",
    "Quinn",
    "Rosa",
    "Sven",
    "Tom",
]
_LAST = [
    "Smith",
    "O'Brien",
    "Müller",
    "García",
    "Kowalski",
    "Nguyen",
    "Sato",
    "van_Dijk",
    "Rossi",
    "Johnson",
    "Lee",
    "Okafor",
    "D'Angelo",
    "Brown",
]
_CITIES = ["Berlin", "New York", "São Paulo", "Łódź", "Paris", "St. Louis", "Oslo", "Lagos", "Kyoto", "Washington, DC"]
_NOUNS = [
    "boot",
    "jacket",
    "lamp",
    "table",
    "pump",
    "valve",
    "sensor",
    "cable",
    "filter",
    "gasket",
    "towel",
    "chair",
    "bottle",
    "wheel",
    "bracket",
    "hinge",
]
_ADJ = [
    "light",
    "heavy",
    "waterproof",
    "organic",
    "steel",
    "blue",
    "vintage",
    "compact",
    "durable",
    "folding",
    "silent",
    "spare",
    "large",
    "small",
]
_SENTENCES = [
    "Delivered late, but the box was intact.",
    "Please call before delivery; nobody is home before noon.",
    "OK",
    "The customer said: never again!",
    "5 stars, would buy again - thanks",
    "Left at front door (see photo), signed by neighbour",
    "n/a",
    "Size runs small / order one up",
    'He said "fine" and left',
    "Refund | partial | approved",
    "100% cotton, made in Portugal",
]
_LONG = (
    "Warm, dry and light: these boots keep feet comfortable on long hikes, whatever the weather. Leather upper,"
    " rubber sole, and a lining that breathes."
)


def _choice(values: list[str]) -> Callable[[random.Random, int], str]:
    return lambda rng, _: rng.choice(values)


def _number(digits: int) -> Callable[[random.Random, int], str]:
    return lambda rng, _: str(rng.randrange(10**digits))


def _decimal(mark: str, places: int = 2) -> Callable[[random.Random, int], str]:
    return lambda rng, _: f"{rng.uniform(-50, 900):.{places}f}".replace(".", mark)


def _thousands(rng: random.Random, _: int) -> str:
    return f"{rng.uniform(900, 90_000):,.2f}"


def _german(rng: random.Random, _: int) -> str:
    return f"{rng.uniform(900, 90_000):,.2f}".translate(str.maketrans(",.", ".,"))


def _date(form: str) -> Callable[[random.Random, int], str]:
    def make(rng: random.Random, _: int) -> str:
        return form.format(y=rng.randint(1999, 2025), m=rng.randint(1, 12), d=rng.randint(1, 28))

    return make


def _stamp(rng: random.Random, _: int) -> str:
    return f"{rng.randint(2001, 2024)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} {_clock(rng, 0)}:{rng.randint(0, 59):02}"


def _clock(rng: random.Random, _: int) -> str:
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"


def _serial(rng: random.Random, index: int) -> str:  # noqa: ARG001
    return str(index + 1)


def _code(rng: random.Random, _: int) -> str:
    return f"{rng.choice('ABRXYZ')}{rng.choice('HNIW')}-{rng.randint(1000, 9999)}"


def _person(rng: random.Random, _: int) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def _surname_first(rng: random.Random, _: int) -> str:
    return f"{rng.choice(_LAST)}, {rng.choice(_FIRST)}"


def _product(rng: random.Random, _: int) -> str:
    kind = f"{rng.choice(_ADJ).capitalize()} {rng.choice(_NOUNS)}"
    return rng.choice([kind, f"{kind}, {rng.choice(_ADJ)}", f'{kind} {rng.randint(2, 40)}"', f"Men's {kind}"])


def _mail(rng: random.Random, index: int) -> str:
    return f"{rng.choice(_NOUNS)}.{index}@example.{rng.choice(['com', 'org', 'co.uk'])}"


def _url(rng: random.Random, index: int) -> str:
    return f"https://www.example.com/{rng.choice(_NOUNS)}/{index}?ref={rng.randint(1, 99)}&lang=en"


def _jsonish(rng: random.Random, _: int) -> str:
    return f'{{"size": {rng.randint(1, 9)}, "tags": ["{rng.choice(_ADJ)}", "{rng.choice(_ADJ)}"]}}'


def _path(rng: random.Random, index: int) -> str:
    return f"C:\\data\\{rng.choice(_NOUNS)}\\{index}.txt"


def _address(rng: random.Random, _: int) -> str:
    return f"{rng.randint(1, 240)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


def _remark(rng: random.Random, _: int) -> str:
    return rng.choice(_SENTENCES) if rng.random() < 0.8 else ""


def _lines(rng: random.Random, _: int) -> str:
    return rng.choice([_LONG, "First line\nsecond line", "one\ntwo, three\nfour", "plain"])


_DOMAINS: dict[str, list[tuple[str, Callable[[random.Random, int], str]]]] = {
    "orders": [
        ("Order ID", _serial), ("Date", _date("{d:02}/{m:02}/{y}")), ("Product", _product), ("Price", _decimal(".")),
        ("Qty", _number(2)), ("City", _choice(_CITIES)), ("Comment", _remark),
    ],
    "people": [
        ("id", _serial), ("name", _surname_first), ("email", _mail), ("born", _date("{y}-{m:02}-{d:02}")),
        ("city", _choice(_CITIES)), ("active", _choice(["true", "false"])),
    ],
    "sensors": [
        ("time", _stamp), ("temperature", _decimal(".", 3)), ("humidity", _decimal(".", 1)), ("state", _choice(["ok", "warn", "fail"])),
        ("battery", _number(2)),
    ],
    "ledger": [
        ("Datum", _date("{d:02}.{m:02}.{y}")), ("Konto", _number(6)), ("Text", _product), ("Betrag", _german), ("Währung", _choice(["EUR", "USD"])),
    ],
    "spend": [
        ("Department", _choice(["Health", "Transport", "Home Office", "Work and Pensions"])), ("Supplier", _choice(["ACME LTD", "Smith & Sons", "NHS, North", "B/Q PLC"])),
        ("Amount", _thousands), ("Date", _date("{d:02}-Jan-{y}")), ("Reference", _code),
    ],
    "log": [
        ("ts", _stamp), ("level", _choice(["INFO", "WARN", "ERROR"])), ("ip", _address), ("url", _url), ("ms", _number(3)),
    ],
    "matrix": [(f"x{index}", _decimal(".", 4)) for index in range(9)],
    "integers": [(name, _number(2)) for name in ("a", "b", "c", "d")],
    "catalogue": [
        ("sku", _code), ("title", _product), ("description", _lines), ("link", _url), ("attributes", _jsonish), ("price", _decimal(".")),
    ],
    "texts": [("Name", _person), ("Town", _choice(_CITIES)), ("Job", _choice(["clerk", "nurse", "pilot", "cook"])), ("Note", _remark)],
    "rota": [("day", _choice(["Mon", "Tue", "Wed", "Thu", "Fri"])), ("from", _clock), ("to", _clock), ("who", _person)],
    "files": [("path", _path), ("size", _number(5)), ("changed", _stamp), ("owner", _choice(["root", "www-data", "anna"]))],
    "pairs": [("key", _code), ("value", _decimal("."))],
    "wide": [(f"Q{index}", _choice(["1", "2", "3", "4", "5", "NA"])) for index in range(45)],
    "prices_eu": [("Artikel", _product), ("Preis", _decimal(",")), ("Menge", _number(2)), ("Stand", _date("{d:02}.{m:02}.{y}"))],
}  # fmt: skip

_DELIMITERS = [
    ",",
    ",",
    ",",
    ";",
    ";",
    "\t",
    "\t",
    "|",
    "^",
    "~",
    ":",
    "¦",
    "\x01",
    "§",
    "||",
    "::",
    ";;",
    ", ",
    " | ",
    "~|~",
    "<>",
    "\t|\t",
    "*",
    "#",
]


def corpus(seed: int, size: int = 240) -> list[Wild]:
    """Files of one seed; each hazard comes as often as the next."""
    hazards = list(HAZARDS)
    return [_make(random.Random(f"{seed}/{number}"), hazards[number % len(hazards)], number) for number in range(size)]


def _make(rng: random.Random, hazard: str, number: int) -> Wild:
    domain = rng.choice(list(_DOMAINS))
    columns = _DOMAINS[domain]
    style = _style(rng)
    count = 90 if hazard == "no-header" else rng.choice([3, 5, 8, 15, 40, 90])  # of a few texts nobody could tell
    rows = [[make(rng, index) for _, make in columns] for index in range(count)]
    draft = Draft(rng, style, [label for label, _ in columns], rows)
    HAZARDS[hazard](draft)
    return replace(_finish(draft, f"{number}-{hazard}-{domain}"), hazard=hazard)


def _style(rng: random.Random) -> Style:
    style = Style(rng.choice(_DELIMITERS), end=rng.choice(["\n", "\n", "\r\n", "\r\n", "\r"]))
    style.quote, style.escape = rng.choice([('"', '"'), ('"', '"'), ('"', '"'), ("'", "'"), ('"', "\\"), (None, None)])
    style.quoting = rng.choice(["minimal", "minimal", "all", "text"])
    return style


def _finish(draft: Draft, name: str) -> Wild:
    style = draft.style
    if style.quote is None:
        _make_plain(draft)
    written = [draft.raw.get(index) or _record(row, style) for index, row in enumerate(draft.rows)]
    lines = list(draft.before)
    heading = draft.heading if draft.heading is not None else ([draft.header] if draft.header else [])
    lines += [_record(row, style) for row in heading]
    for index, line in enumerate(written):
        lines += draft.between.get(index, [])
        lines.append(line)
    lines += draft.after
    ends = [draft.rng.choice(["\n", "\r\n"]) if draft.mixed else style.end for _ in lines]
    text = "".join(line.replace("\n", style.end) + end for line, end in zip(lines, ends, strict=True))
    records = [[cell.replace("\n", style.end) for cell in row] for row in draft.rows]
    quoted = style.quote is not None and any(style.quote in line for line in written)
    quote = style.quote if quoted else None
    width = len(draft.rows[0])
    delimiter = style.delimiter if width > 1 else None
    escape = style.escape if quote and any(f"{style.escape}{quote}" in line for line in written) else None
    return Wild(name, text, delimiter, quote, escape, draft.header, records, draft.refused, draft.padded)


def _make_plain(draft: Draft) -> None:
    """Without quotes no cell may hold the delimiter, a quote at its start, or a line end."""

    def plain(cell: str) -> str:
        cell = cell.replace("\n", " ").replace('"', "")
        for mark in set(draft.style.delimiter) - {" "} or {" "}:
            cell = cell.replace(mark, "_" if mark != "," else "")
        return cell

    draft.rows = [[plain(cell) for cell in row] for row in draft.rows]
    draft.header = draft.header and [plain(cell) for cell in draft.header]
    if draft.heading is not None:
        draft.heading = [[plain(cell) for cell in row] for row in draft.heading]


def _record(row: Row, style: Style) -> str:
    line = style.delimiter.join(_cell(cell, style) for cell in row)
    return line + style.delimiter if style.trailing else line


def _cell(cell: str, style: Style) -> str:
    quote = style.quote
    if quote is None:
        return cell
    special = any(mark in cell for mark in (style.delimiter, style.delimiter.strip() or " ", quote, "\n", "\r"))
    if not (special or style.quoting == "all" or (style.quoting == "text" and not cell[:1].isdigit())):
        return cell
    if style.escape == "\\":
        cell = cell.replace("\\", "\\\\")
    return quote + cell.replace(quote, f"{style.escape}{quote}") + quote


# ---- hazards -------------------------------------------------------------------------------------------------------


def _clean(draft: Draft) -> None:
    """Nothing but the dialect."""


def _no_header(draft: Draft) -> None:
    draft.header = None


def _title(draft: Draft) -> None:
    draft.before = ["Quarterly report of all departments"]


def _titles(draft: Draft) -> None:
    draft.before = ["Sales Report", "Generated by Export Wizard 3.1", ""]


def _metadata(draft: Draft) -> None:
    mark = draft.rng.choice([": ", "=", draft.style.delimiter])
    draft.before = [f"Station{mark}Oslo", f"Exported by{mark}admin", f"Period{mark}2020", ""]


def _delimited_title(draft: Draft) -> None:
    width = len(draft.rows[0])
    draft.before = ["Report 2020" + draft.style.delimiter * (width - 1), draft.style.delimiter * (width - 1)]


def _blank_first(draft: Draft) -> None:
    draft.before = ["", "", ""]


def _sep_line(draft: Draft) -> None:
    if len(draft.style.delimiter) > 1:
        draft.style.delimiter = ";"
    draft.before = [f"sep={draft.style.delimiter}"]


def _comments(draft: Draft) -> None:
    mark = draft.rng.choice(["#", "//", "--", "%"])
    if mark[0] == draft.style.delimiter[0]:
        mark = "//"
    draft.before = [f"{mark} produced by sensor hub, v2", f'{mark} don\'t edit; ask "ops"']
    draft.between = {len(draft.rows) // 2: [f"{mark} calibrated here, again"]}


def _commented_header(draft: Draft) -> None:
    draft.style = Style(draft.rng.choice([",", "\t", ";"]))
    draft.before = ["# measurement run 7", "# " + draft.style.delimiter.join(draft.header or [])]
    draft.heading = []


def _footnotes(draft: Draft) -> None:
    draft.after = ["", "Source: Office of Statistics, 2021", "Note: figures are provisional."]


def _row_count(draft: Draft) -> None:
    draft.after = [f"({len(draft.rows)} rows affected)"]


def _delimited_footnote(draft: Draft) -> None:
    width = len(draft.rows[0])
    draft.after = ["Source: own survey" + draft.style.delimiter * (width - 1)]


def _group_row(draft: Draft) -> None:
    width = len(draft.rows[0])
    if width < 4 or draft.header is None:
        return
    first = [""] * width
    first[1], first[3] = "Group A", "Group B"
    draft.heading = [first, draft.header]
    spread, last = [], ""
    for cell in first:
        last = cell or last
        spread.append(last)
    draft.header = [f"{above} {label}".strip() for above, label in zip(spread, draft.header, strict=True)]


def _units(draft: Draft) -> None:
    width = len(draft.rows[0])
    units = ["m/s", *(draft.rng.choice(["m/s", "(kg)", "°C", "-", "[V]"]) for _ in range(width - 1))]
    draft.style.delimiter = draft.rng.choice([",", ";", "\t"])
    rng = draft.rng
    draft.header = [f"ch{index}" for index in range(width)]
    draft.rows = [[f"{rng.uniform(0, 99):.2f}" for _ in range(width)] for _ in draft.rows]
    draft.heading = [draft.header, units]
    draft.header = [f"{label} {unit}" for label, unit in zip(draft.header, units, strict=True)]


def _repeated(draft: Draft) -> None:
    middle = len(draft.rows) // 2
    draft.between = {middle: [_record(draft.header or [], draft.style)]}


def _duplicate_labels(draft: Draft) -> None:
    if draft.header:
        draft.header = [*draft.header[:-1], draft.header[0]]


def _empty_labels(draft: Draft) -> None:
    if draft.header and len(draft.header) > 2:
        draft.header = ["", *draft.header[1:-1], ""]


def _trailing(draft: Draft) -> None:
    draft.style.delimiter = draft.rng.choice([",", ";", "|", "\t"])
    draft.style.trailing = True


def _short_header(draft: Draft) -> None:
    if draft.header and len(draft.header) > 4:
        draft.heading = [draft.header[:-2]]
        draft.header = [*draft.header[:-2], "", ""]


def _long_header(draft: Draft) -> None:
    if draft.header:
        draft.heading = [[*draft.header, "Spare"]]


def _row_names(draft: Draft) -> None:
    draft.heading = [draft.header or []]
    draft.rows = [[f"row{index}", *row] for index, row in enumerate(draft.rows, 1)]
    draft.header = ["", *(draft.header or [])]


def _ragged(draft: Draft) -> None:
    while len(draft.rows) < 12:
        draft.rows.append(list(draft.rows[-1]))
    width, mark = len(draft.rows[0]), draft.style.delimiter
    if width < 4:
        return
    draft.between = {5: [mark.join(["1"] * (width - 2))], 9: [mark.join(["1"] * (width + 2))]}
    draft.refused = 2


def _stray(draft: Draft) -> None:
    """Quotes inside fields that are not quoted."""
    draft.style = Style(draft.rng.choice([",", ";", "\t"]), '"', '"')
    draft.rows = [["5 in pipe" if '"' in cell else cell for cell in row] for row in draft.rows]
    row = ['3" pipe', *["7"] * (len(draft.rows[0]) - 1)]
    draft.rows.insert(2, row)
    draft.raw = {2: draft.style.delimiter.join(row)}


def _unclosed(draft: Draft) -> None:
    draft.style = Style(draft.rng.choice([",", ";", "\t", "|"]), '"', '"')
    while len(draft.rows) < 12:
        draft.rows.append(list(draft.rows[-1]))
    draft.style.quoting = "text" if any(not cell[:1].isdigit() for row in draft.rows for cell in row) else "all"
    draft.between = {7: [draft.style.delimiter.join(['"never closed', *["7"] * (len(draft.rows[0]) - 1)])]}
    draft.refused = 1


def _spaces(draft: Draft) -> None:
    """Columns set apart by runs of spaces."""
    width = draft.rng.randint(3, 7)
    rng = draft.rng
    draft.style = Style(" ", None, None)
    draft.header = [f"col{index}" for index in range(width)]
    draft.rows = [[f"{rng.uniform(-9, 999):.{rng.randint(1, 3)}f}" for _ in range(width)] for _ in draft.rows]
    draft.before, draft.heading = ["".join(f"{cell:>12}" for cell in draft.header)], []
    draft.raw = {index: "".join(f"{cell:>12}" for cell in row) for index, row in enumerate(draft.rows)}
    draft.padded = True


def _psql(draft: Draft) -> None:
    _lay_out(draft, bar=False)


def _markdown(draft: Draft) -> None:
    _lay_out(draft, bar=True)


def _lay_out(draft: Draft, *, bar: bool) -> None:
    """A table drawn with bars and dashes."""
    draft.style = Style("|", None, None)
    _make_plain(draft)
    rows = [draft.header or [], *draft.rows]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    edge = "|" if bar else ""
    drawn = [edge + "|".join(f" {cell:{size}} " for cell, size in zip(row, widths, strict=True)) + edge for row in rows]
    joint = "|" if bar else "+"
    rule = edge + joint.join("-" * (size + 2) for size in widths) + edge
    draft.before, draft.heading = [drawn[0], rule], []
    draft.raw = dict(enumerate(drawn[1:]))
    draft.after = [] if bar else [f"({len(draft.rows)} rows)"]
    draft.padded = True


def _mixed_ends(draft: Draft) -> None:
    draft.style.end = "\n"
    draft.mixed = True


def _one_column(draft: Draft) -> None:
    values = draft.rng.choice([_person, _stamp, _url, _code, _decimal("."), _date("{y}-{m:02}-{d:02}"), _mail])
    draft.style = Style()
    draft.header = ["value"]
    draft.rows = [[values(draft.rng, index)] for index in range(len(draft.rows))]


def _one_row(draft: Draft) -> None:
    draft.rows = draft.rows[:1]


def _many(draft: Draft) -> None:
    width = 800
    rng = draft.rng
    draft.header = [f"c{index}" for index in range(width)]
    draft.rows = [[str(rng.randint(0, 999)) for _ in range(width)] for _ in range(6)]
    draft.style = Style(draft.rng.choice([",", ";", "\t"]))


def _sparse(draft: Draft) -> None:
    for row in draft.rows:
        for index in range(1, len(row)):
            if draft.rng.random() < 0.5:
                row[index] = ""


def _year_labels(draft: Draft) -> None:
    rng = draft.rng
    draft.header = ["Country", *map(str, range(2010, 2018))]
    draft.rows = [
        [rng.choice(["Norway", "Chad", "Peru", "Laos"]) + str(index), *(f"{rng.uniform(1, 90):.1f}" for _ in range(8))]
        for index in range(len(draft.rows))
    ]


def _single_quoted_apostrophes(draft: Draft) -> None:
    draft.style = Style(draft.rng.choice([",", ";"]), "'", "'", "all")


def _backslashed(draft: Draft) -> None:
    draft.style = Style(draft.rng.choice([",", ";", "\t"]), '"', "\\", "all")


HAZARDS: dict[str, Callable[[Draft], None]] = {
    "clean": _clean, "no-header": _no_header, "title": _title, "titles": _titles, "metadata": _metadata,
    "delimited-title": _delimited_title, "blank-first": _blank_first, "sep-line": _sep_line, "comments": _comments,
    "commented-header": _commented_header, "footnotes": _footnotes, "row-count": _row_count,
    "delimited-footnote": _delimited_footnote, "group-row": _group_row, "units": _units, "repeated": _repeated,
    "duplicate-labels": _duplicate_labels, "empty-labels": _empty_labels, "trailing": _trailing,
    "short-header": _short_header, "long-header": _long_header, "row-names": _row_names, "ragged": _ragged,
    "stray": _stray, "unclosed": _unclosed, "spaces": _spaces, "psql": _psql, "markdown": _markdown,
    "mixed-ends": _mixed_ends, "one-column": _one_column, "one-row": _one_row, "many": _many, "sparse": _sparse,
    "year-labels": _year_labels, "apostrophes": _single_quoted_apostrophes, "backslashed": _backslashed,
    "clean-again": _clean, "clean-still": _clean,
}  # fmt: skip
