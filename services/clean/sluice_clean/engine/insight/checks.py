"""Check digits, registered codes and ranges: what tells an identifier from a text that only looks like one.

The libraries that hold the standards' tables are imported where they are asked, which is rarely.
"""

import ipaddress
import json
from functools import cache

_BRANDS = ("2", "3", "4", "5", "6")  # first digits of payment cards in use (ISO/IEC 7812)
_MAX_LATITUDE, _MAX_LONGITUDE = 90, 180
_WHOLE = 100
# Names in daily use that the standard writes otherwise.
_COUNTRY_ALIASES = {
    *("usa", "us", "united states", "uk", "united kingdom", "great britain", "england", "scotland", "wales", "russia"),
    *("south korea", "north korea", "iran", "syria", "vietnam", "laos", "bolivia", "venezuela", "tanzania", "moldova"),
    *("czech republic", "czechia", "ivory coast", "macedonia", "taiwan", "turkey", "brunei", "cape verde", "swaziland"),
    *("burma", "holland", "netherlands", "the netherlands", "hong kong", "macau", "palestine", "vatican", "kosovo"),
}


def is_ipv4(text: str) -> bool:
    """An IPv4 address, with a prefix length or without."""
    return _is_address(text, 4)


def is_ipv6(text: str) -> bool:
    """An IPv6 address, with a prefix length or without."""
    return _is_address(text, 6)


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_interface(text).version == version
    except ValueError:
        return False


def is_json(text: str) -> bool:
    """A JSON object or array."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def is_isbn(text: str) -> bool:
    """An ISBN, of 10 or 13 digits."""
    from stdnum import isbn

    return bool(isbn.is_valid(text))


def is_issn(text: str) -> bool:
    """An ISSN."""
    from stdnum import issn

    return bool(issn.is_valid(text))


def is_gtin(text: str) -> bool:
    """A GTIN (EAN, UPC) of 8, 12, 13 or 14 digits."""
    from stdnum import ean

    return bool(ean.is_valid(text))


def is_iban(text: str) -> bool:
    """An IBAN, by its check digits and by its country's structure."""
    from stdnum import iban

    return bool(iban.is_valid(text, check_country=False))


def is_card(text: str) -> bool:
    """A payment card's number: 13 to 19 digits of a known brand, with a Luhn check digit."""
    from stdnum import luhn

    return text.startswith(_BRANDS) and bool(luhn.is_valid(text.replace(" ", "").replace("-", "")))


def is_country(text: str) -> bool:
    """A code of two or three letters of ISO 3166-1."""
    return text in _country_codes()


def is_country_name(text: str) -> bool:
    """A country's English name, as ISO 3166-1 or as people write it."""
    return text.strip().casefold() in country_names()


def is_currency(text: str) -> bool:
    """A code of ISO 4217."""
    return text in _currency_codes()


def is_locale(text: str) -> bool:
    """A language and a country, as in ``pt-BR``."""
    return text[-2:] in _country_codes()


def is_latitude(text: str) -> bool:
    """Degrees from -90 to 90."""
    return abs(float(text)) <= _MAX_LATITUDE


def is_longitude(text: str) -> bool:
    """Degrees from -180 to 180."""
    return abs(float(text)) <= _MAX_LONGITUDE


def is_percentage(text: str) -> bool:
    """From 0 to 100."""
    return 0 <= float(text) <= _WHOLE


def is_position(text: str) -> bool:
    """Latitude and longitude, in this order."""
    first, _, second = text.strip("()[] ").replace(";", ",").partition(",")
    return is_latitude(first) and is_longitude(second)


@cache
def country_names() -> frozenset[str]:
    """English names of countries, case folded."""
    import iso3166

    known = {name.casefold() for country in iso3166.countries for name in (country.name, country.apolitical_name)}
    return frozenset(known | {name.partition(",")[0] for name in known} | _COUNTRY_ALIASES)


@cache
def _country_codes() -> frozenset[str]:
    import iso3166

    return frozenset({*iso3166.countries_by_alpha2, *iso3166.countries_by_alpha3})


@cache
def _currency_codes() -> frozenset[str]:
    import iso4217

    return frozenset(currency.code for currency in iso4217.Currency)
