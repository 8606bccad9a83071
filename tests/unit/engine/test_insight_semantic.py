"""What columns mean: certain, or nothing."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from .insight_tables import Record, look, seeded, words

RNG = seeded(3)


def luhn(number: str) -> str:
    """The number with its check digit (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in reversed(number)]
    total = sum(sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return number + str(-total % 10)


def isbn13(number: str) -> str:
    """The number with its check digit."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number))
    return number + str(-total % 10)


def meaning(folder: Path, name: str, values: list[Any]) -> str | None:
    records: list[Record] = [{name: value} for value in values]
    return look(records, folder).columns[0].semantic_type


def many(make: Any, count: int = 40) -> list[Any]:
    return [make(number) for number in range(count)]


KNOWN: list[tuple[str, str, list[Any]]] = [
    ("email", "contact", many(lambda n: f"ann.o'hara+{n}@mail{n}.example.co.uk")),
    ("url", "link", many(lambda n: f"https://example.com/{n}?q=ä&b=1#top")),
    ("uuid", "ref", many(lambda _: str(uuid.UUID(int=RNG.getrandbits(128))))),
    ("ipv4", "addr", many(lambda n: f"10.0.{n}.{255 - n}")),
    ("ipv6", "addr", many(lambda n: f"2001:db8::{n:x}")),
    ("mac", "nic", many(lambda n: f"00:1b:44:11:3a:{n:02x}")),
    ("json", "extra", many(lambda n: f'{{"a": [{n}]}}')),
    ("geo_pair", "where", many(lambda n: f"{n / 3:.4f}, {-n * 2.5:.4f}")),
    ("color", "paint", many(lambda n: f"#{n * 1000:06x}")),
    ("mime", "kind", ["text/html", "image/svg+xml", "application/json; charset=utf-8"] * 5),
    ("isbn", "book", many(lambda n: isbn13(f"978{n * 7919:09}"))),
    ("isbn", "isbn", ["0-306-40615-2", "978-3-16-148410-0"] * 3),
    ("issn", "serial", ["0378-5955", "2049-3630", "0317-8471", "1050-124X"]),
    ("iban", "account", ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606"]),
    ("credit_card", "number", many(lambda n: luhn(f"4{n * 104729:014}"))),
    ("gtin", "article", many(lambda n: isbn13(f"400{n * 104729:09}"))),
    ("hash", "digest", many(lambda _: f"{RNG.getrandbits(256):064x}")),
    ("hex", "blob", many(lambda _: f"{RNG.getrandbits(64):016x}")),
    ("percent", "share", many(lambda n: f"{n}.5 %")),
    ("percent", "tax_percent", many(lambda n: n + 0.5)),
    ("postal_code", "zip_code", many(lambda n: f"0{n:04}")),
    ("postal_code", "plz", many(lambda n: 10_115 + n)),
    ("postal_code", "place", ["SW1A 1AA", "EC1A 1BB", "W1A 0AX", "M1 1AE", "B33 8TH", "CR2 6XH"]),
    ("phone", "contact", many(lambda n: f"+49 30 1234{n:04}")),
    ("phone", "mobile", many(lambda n: f"0171 55{n:05}")),
    ("phone", "reach", many(lambda n: f"(212) 555-{n:04}")),
    ("country", "country", ["DE", "FR", "US", "NA"]),
    ("country", "origin", ["DEU", "FRA", "USA", "NAM", "GBR", "JPN", "BRA"]),
    ("country", "where", ["Germany", "France", "United States", "Russia", "South Korea"]),
    ("currency", "paid_in", ["EUR", "USD", "JPY", "CHF"]),
    ("language", "lang", ["de", "en", "pt-BR"]),
    ("language", "culture", ["de-DE", "en_GB", "pt-BR"]),
    ("latitude", "lat", many(lambda n: 50 + n / 7)),
    ("longitude", "longitude", many(lambda n: -170 + n / 7)),
    ("year", "year", many(lambda n: 1980 + n)),
    ("slug", "slug", many(lambda n: f"my-post-no-{n}")),
    ("domain", "host", many(lambda n: f"www{n}.example.org")),
    ("id", "order_id", many(lambda n: f"ORD-{n:06}")),
    ("id", "id", many(lambda n: n + 1)),
]


@pytest.mark.parametrize(("kind", "name", "values"), KNOWN, ids=[f"{kind}-{name}" for kind, name, _ in KNOWN])
def test_known_forms_are_told(tmp_path: Path, kind: str, name: str, values: list[Any]) -> None:
    assert meaning(tmp_path, name, values) == kind


NOT: list[tuple[str, list[Any]]] = [
    ("note", many(lambda n: f"word number {n}")),
    ("name", words(RNG, 40)),
    ("size", ["XS", "S", "M", "L", "XL", "IN", "NO", "IS"]),  # two letters, three of them countries
    ("answer", ["NO", "IS", "IT", "AT", "BE", "SO", "TO", "ME", "AM"]),  # words that are countries' codes
    ("code", ["ABC", "XYZ", "QQQ"]),
    ("amount", many(lambda n: n * 1.5)),
    ("count", many(lambda n: 1980 + n)),
    ("version", many(lambda n: f"{n}.0.{n}")),
    ("number", many(lambda n: luhn(f"4{n * 104729:014}")[:-1] + "0")),
    ("isbn", many(lambda n: f"978{n:010}")),
    ("card", many(lambda n: f"4{n * 104729:015}")),
    ("zip", words(RNG, 40)),
    ("lat", many(lambda n: n * 100.0)),
    ("paid", many(lambda n: n)),
    ("country", ["Atlantis", "Narnia", "Mordor"]),
    ("phone", many(lambda n: "call me" + "!" * n)),
    ("hash", many(lambda n: f"{n:032d}")),
    ("ip", many(lambda n: f"10.0.{n + 250}.999")),
    ("json", many(lambda n: f"{{not json {n}}}")),
    ("mixed_email", [*many(lambda n: f"a{n}@example.com", 30), *many(lambda n: f"nobody {n}", 10)]),
]


@pytest.mark.parametrize(("name", "values"), NOT, ids=[name for name, _ in NOT])
def test_what_only_looks_like_it_is_not_told(tmp_path: Path, name: str, values: list[Any]) -> None:
    assert meaning(tmp_path, name, values) in (None, "id")
    assert (meaning(tmp_path, name, values) == "id") == (name in ("number", "code"))


def test_some_misfits_do_not_hide_a_meaning(tmp_path: Path) -> None:
    records: list[Record] = [{"mail": f"a{n}@example.com"} for n in range(99)]
    found = look([*records, {"mail": "nobody"}], tmp_path).columns[0]
    assert (found.semantic_type, found.semantic_share) == ("email", 0.99)


def test_latitudes_and_longitudes_are_paired_with_their_neighbours(tmp_path: Path) -> None:
    records: list[Record] = [
        {"from_lat": 50.0 + n, "from_lon": 8.0 + n, "name": f"n{n}", "to_lon": 100.0 + n, "to_lat": 10.0 + n}
        for n in range(20)
    ]
    assert look(records, tmp_path).geo_pairs == [("from_lat", "from_lon"), ("to_lat", "to_lon")]


def test_no_text_makes_a_form_slow(tmp_path: Path) -> None:
    nasty = ["a" * 1_900, "1-" * 900, "a." * 900 + "@", "+1 (" * 400, "{" * 1_900, "a-" * 900 + "!", "1" * 1_900]
    records: list[Record] = [{"phone_isbn_card_zip_lat_slug": text} for text in nasty * 30]
    assert look(records, tmp_path).columns[0].semantic_type is None
