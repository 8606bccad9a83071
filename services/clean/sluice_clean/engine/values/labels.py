"""What a column's label hints at. A hint never decides alone: the values must allow it, all of them."""

import re

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_CODES = frozenset(
    [
        "zip",
        "zipcode",
        "postcode",
        "postal",
        "postalcode",
        "plz",
        "phone",
        "telephone",
        "tel",
        "telefon",
        "telefono",
        "cellphone",
        "fax",
        "ssn",
        "isbn",
        "issn",
        "iban",
        "ean",
        "upc",
        "gtin",
        "vin",
        "imei",
        "iccid",
    ]
)
# Postal codes and telephones by themselves; the market cap, the size of a cell and mobile users are quantities.
_AMBIGUOUS = frozenset(["cap", "cell", "mobile"])
_NUMBERS = frozenset(["no", "nr", "num", "number", "numbers", "numero", "nummer", "code"])
_MOMENTS = frozenset(
    [
        "epoch",
        "unix",
        "unixtime",
        "timestamp",
        "ts",
        "time",
        "datetime",
        "date",
        "at",
        "created",
        "updated",
        "modified",
        "deleted",
        "expires",
        "expiry",
        "start",
        "end",
        "millis",
        "ms",
    ]
)
_DAYS = frozenset(
    [
        "date",
        "day",
        "dt",
        "datum",
        "dob",
        "birth",
        "birthday",
        "birthdate",
        "tag",
        "fecha",
        "data",
        "giorno",
        "dia",
        "jour",
        "ymd",
        "yyyymmdd",
        "created",
        "updated",
        "modified",
        "expires",
        "expiry",
        "start",
        "end",
    ]
)
_SPANS = frozenset(
    [
        "duration",
        "durations",
        "elapsed",
        "runtime",
        "laufzeit",
        "dauer",
        "duree",
        "duracion",
        "durata",
        "took",
        "uptime",
    ]
)
_PLACES = frozenset(
    [
        "location",
        "locations",
        "coordinates",
        "coordinate",
        "coords",
        "coord",
        "geo",
        "geopoint",
        "gps",
        "latlon",
        "latlong",
        "latlng",
        "lat_lon",
        "point",
        "position",
        "geolocation",
        "koordinaten",
    ]
)
# Of Norway and Norwegian: NO is no refusal there.
_LANDS = frozenset(
    [
        "country",
        "countries",
        "nation",
        "nationality",
        "land",
        "pays",
        "pais",
        "paese",
        "iso",
        "iso2",
        "alpha2",
        "cc",
        "tld",
        "language",
        "lang",
        "locale",
    ]
)


def _words(label: str | None) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(label or ""))


def is_code(label: str | None) -> bool:
    """Whether the label tells of figures that are no quantity: telephone numbers, postal codes, ISBN."""
    words = _words(label)
    return bool(words & _CODES) or (may_be_code(label) and {*filter(str.isalpha, words)} <= _AMBIGUOUS | _NUMBERS)


def may_be_code(label: str | None) -> bool:
    """Whether a word of the label may tell of such figures, or of a quantity."""
    return bool(_words(label) & _AMBIGUOUS)


def is_moment(label: str | None) -> bool:
    """Whether the label tells of a moment, so that integers may be seconds since 1970."""
    return bool(_words(label) & _MOMENTS)


def is_day(label: str | None) -> bool:
    """Whether the label tells of a date."""
    return bool(_words(label) & _DAYS)


def is_span(label: str | None) -> bool:
    """Whether the label tells of a span of time."""
    return bool(_words(label) & _SPANS)


def is_place(label: str | None) -> bool:
    """Whether the label tells of a place on earth."""
    return bool(_words(label) & _PLACES)


def is_land(label: str | None) -> bool:
    """Whether the label tells of a country or a language, so that `NO` may be a code."""
    return bool(_words(label) & _LANDS)
