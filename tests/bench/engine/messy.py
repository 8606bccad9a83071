"""A realistic messy table, made from a seed: what the engine's figures are measured on.

Twelve columns, about 250 bytes a row. Of the records 1 % are broken (too many or too few fields, a stray or an
unclosed quote), 1.5 % repeat an earlier record, 2 % hold a line end within quotes, and 0.2 % bytes that are no UTF-8.
Dates come in four forms, amounts in five, and white space, null texts and misfits are strewn about.
"""

import random
from collections.abc import Iterator
from pathlib import Path

LABELS = (
    "Order ID",
    "Customer Name",
    "E-mail",
    "Order Date",
    "Updated At",
    "Amount ($)",
    "Quantity",
    "Discount",
    "Paid?",
    "Country",
    "ZIP Code",
    "Comment",
)
BLOCK = 20_000
_FIRST = ("Ada", "Grace", "Linus", "Zoë", "José", "Mary", "Ng", "Søren", "Ivan", "Chloé", "Bob", "Ann", "Tom", "Eve")
_LAST = ("Lovelace", "Hopper", "Núñez", "O'Brien", "Müller", "Smith", "van Dyke", "Kowalski", "Sato", "Johnson")
_MAILBOXES = ("ada.l", "grace", "linus.t", "zoe_m", "jose", "office", "ng", "sales+eu")
_COUNTRIES = ("US", "DE", "FR", "NA", "GB", "JP", "BR", "IN", "NG", "SE", "PL", "MX")
_WORDS = (  # noqa: SIM905 - fifty words read better so
    "shipped late but intact and the box was slightly damaged on one side customer asked for refund then "
    "changed mind gift wrap requested leave at the front door call before delivery repeat order express "
    "handling fragile contents please confirm address signature needed discount applied manually by the "
    "support team after a long phone call "
).split()
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write(path: Path, rows: int, seed: int = 20_261_124, *, broken: bool = True) -> Path:
    """Writes ``rows`` records, with a header, unless ``path`` has them already; without ``broken`` all are sound."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write((",".join(LABELS) + "\n").encode())
            for block in blocks(rows, seed, broken=broken):
                file.write(block)
        unfinished.rename(path)
    return path


def blocks(rows: int, seed: int, *, broken: bool = True) -> Iterator[bytes]:
    """The records, some thousands at a time; a block depends on the seed and on its number alone."""
    for start in range(0, rows, BLOCK):
        rng = random.Random(f"{seed}/{start}")
        records: list[bytes] = []
        for number in range(start, min(rows, start + BLOCK)):
            repeats = records and rng.random() < 0.015
            records.append(rng.choice(records) if repeats else _record(rng, number, broken=broken))
        yield b"".join(records)


def _record(rng: random.Random, number: int, *, broken: bool) -> bytes:
    fields = _fields(rng, number)
    fate = rng.random()
    if fate < 0.01 and broken:
        return _broken(rng, fields)
    if 0.01 <= fate < 0.012 and broken:
        fields[11] = '"caf\xe9 ' + fields[11].strip('"') + '"'
        return (",".join(fields) + "\n").encode("latin-1", "replace")
    return (",".join(fields) + "\n").encode()


def _fields(rng: random.Random, number: int) -> list[str]:
    pick = rng.random
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    year, month, day = 2015 + int(pick() * 10), 1 + int(pick() * 12), 1 + int(pick() * 28)
    hour, minute, second = int(pick() * 24), int(pick() * 60), int(pick() * 60)
    cents = int(pick() ** 3 * 10_000_000)
    comment = " ".join(rng.choices(_WORDS, k=13 + int(pick() * 16)))
    if pick() < 0.02:
        comment = comment.replace(" ", "\n", 1) + ', "so they said"'
        comment = '"' + comment.replace('"', '""') + '"'
    elif pick() < 0.2:
        comment = f'"{comment}, thanks"'
    name = f"{first} {last}"
    if pick() < 0.03:
        name = f"  {name} "
    return [
        f"ORD-{number:09d}",
        name,
        f"{rng.choice(_MAILBOXES)}{number % 9973}@example.com",
        _date(pick(), year, month, day),
        f"{year}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z",
        _amount(pick(), cents),
        str(int(pick() * 500)) if pick() > 0.004 else rng.choice(("n/a", "", "-", "many")),
        f"{int(pick() * 40)}%",
        rng.choice(("yes", "no", "Yes", "No", "TRUE", "false")) if pick() > 0.01 else "",
        rng.choice(_COUNTRIES),
        f"{int(pick() * 99_999):05d}",
        comment,
    ]


def _date(form: float, year: int, month: int, day: int) -> str:
    if form < 0.6:
        return f"{year}-{month:02d}-{day:02d}"
    if form < 0.85:
        return f"{day:02d}/{month:02d}/{year}"
    if form < 0.95:
        return f"{day} {_MONTHS[month - 1]} {year}"
    return "" if form < 0.995 else "31/02/2021"


def _amount(form: float, cents: int) -> str:
    whole, rest = divmod(cents, 100)
    if form < 0.5:
        return f"{whole}.{rest:02d}"
    if form < 0.75:
        return f'"${whole:,}.{rest:02d}"'
    if form < 0.9:
        return f'"{whole:,}.{rest:02d}"'
    return f"({whole}.{rest:02d})" if form < 0.95 else f"USD {whole}.{rest:02d}"


def _broken(rng: random.Random, fields: list[str]) -> bytes:
    kind = rng.randrange(4)
    if kind == 0:
        return (",".join(fields[: rng.randrange(2, 11)]) + "\n").encode()
    if kind == 1:
        return (",".join([*fields, "surplus"]) + "\n").encode()
    if kind == 2:
        fields[1] = f'"{fields[1]}" x'
    else:
        fields[9] = '"' + fields[9]
        fields[11] = fields[11].replace('"', "").replace("\n", " ")
    return (",".join(fields) + "\n").encode()
