"""The semantic types: a form, a check and a word of the column's name for each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from sluice_clean.engine.insight import checks
from sluice_clean.engine.insight.table import Cells

_UNIQUE = 0.99


@dataclass(frozen=True)
class Meaning:
    """One semantic type.

    Attributes:
        name: As the report calls it.
        form: What a value looks like, as a whole.
        check: What it must pass beyond its form.
        named: What a word of the column's name must be; None where the values say enough.
        least: How many different values it takes; a form that codes may have by chance needs more.
        unless_named: Different values from which on the name need not say it too; 0 for never.
        numbers: Columns of numbers may have it.
        texts: Columns of text may have it.
        unique: Its values tell the records apart.
        longest: Characters of a value, at most.
    """

    name: str
    form: str
    check: Callable[[str], bool] | None = None
    named: str | None = None
    least: int = 1
    unless_named: int = 0
    numbers: bool = False
    texts: bool = True
    unique: bool = False
    longest: int = 320

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a value looks like."""
        return re.compile(self.form)

    @cached_property
    def name_pattern(self) -> re.Pattern[str] | None:
        """What stands in the column's name."""
        return re.compile(rf"(?:^|_)(?:{self.named})(?:_|\d|$)") if self.named else None

    def may_be(self, cells: Cells) -> bool:
        """Type, name and number of values allow it."""
        column, values = cells.column, len(cells.counts)
        if not (self.texts if column.is_text else self.numbers and column.is_number) or values < self.least:
            return False
        if self.unique and values < _UNIQUE * cells.filled:
            return False
        if self.name_pattern is None or self.name_pattern.search(column.name):
            return True
        return 0 < self.unless_named <= values

    def fits(self, text: str) -> bool:
        """One value has the form and passes the check."""
        if len(text) > self.longest or self.pattern.fullmatch(text) is None:
            return False
        return self.check is None or self.check(text)


_DECIMAL = r"[+-]?\d{1,3}(?:\.\d+)?"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
_POST = r"(?=.*\d)[A-Za-z0-9]{1,5}[ -]?[A-Za-z0-9]{1,5}"
_POSITION = rf"[(\[]?{_DECIMAL}\s*[,;]\s*{_DECIMAL}[)\]]?"
_PLACE_WORDS = r"geo\w*|coord\w*|position|location|lat\w*|gps|point"
_COUNTRY_WORDS = r"country\w*|nation\w*|land|iso|iso2|iso3|cc|pays|pais|ctry"
_ID_WORDS = (
    r"(user|order|customer|item|product|record|row|object|doc)?ids?|key|nr|no|num|number|code|ref|reference|sku|serial"
)
_POST_WORDS = "zip|zipcode|plz|postal|postcode|postalcode|cep|pincode|zips"

# In order: the first that fits is it.
MEANINGS: tuple[Meaning, ...] = (
    Meaning("uuid", r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"),
    Meaning("email", rf"(?:mailto:)?[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~\x80-\U0010ffff-]{{1,64}}@{_HOST}"),
    Meaning("url", r"(?i:https?|ftps?|s3|gs|ssh|git|wss?|file)://\S+|www\.\S+\.[A-Za-z]{2,}\S*", longest=10_000),
    Meaning("mac", r"[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(\1[0-9A-Fa-f]{2}){4}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"),
    Meaning("ipv4", r"\d{1,3}(\.\d{1,3}){3}(/\d{1,2})?", checks.is_ipv4),
    Meaning("ipv6", r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(/\d{1,3})?", checks.is_ipv6),
    Meaning("json", r"(?s)\s*(\{.*\}|\[.*\])\s*", checks.is_json, longest=10_000),
    Meaning("geo_pair", _POSITION, checks.is_position, _PLACE_WORDS, unless_named=20),
    Meaning("color", r"#([0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})"),
    Meaning("mime", r"(application|audio|font|image|message|model|multipart|text|video)/[\w.+-]+(;\s*\S+)?"),
    Meaning("isbn", r"(97[89][- ]?)?\d([- ]?\d){8}[- ]?[\dXx]", checks.is_isbn, "isbn", unless_named=5, numbers=True),
    Meaning("issn", r"\d{4}-\d{3}[\dXx]", checks.is_issn, "issn", unless_named=3),
    Meaning("iban", r"[A-Z]{2}\d{2}( ?[A-Z0-9]){11,30}", checks.is_iban),
    Meaning(
        "credit_card",
        r"\d{4}([- ]?\d{4}){2}[- ]?\d{1,7}|3\d{3}[- ]?\d{6}[- ]?\d{5}",
        checks.is_card,
        r"card|cc|credit|pan|cardnumber",
        unless_named=20,
        numbers=True,
    ),
    Meaning("gtin", r"\d{8}|\d{12,14}", checks.is_gtin, r"ean|upc|gtin|barcode", unless_named=20, numbers=True),
    Meaning(
        "hash",
        r"(?=.*[a-fA-F])(?=.*\d)([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|"
        r"[0-9a-fA-F]{96}|[0-9a-fA-F]{128})",
    ),
    Meaning(
        "hex", r"0[xX][0-9a-fA-F]+|(?=.*[a-f])(?=.*\d)([0-9a-f]{2}){4,}|(?=.*[A-F])(?=.*\d)([0-9A-F]{2}){4,}", least=5
    ),
    Meaning("percent", r"[+-]?\d+(?:[.,]\d+)?\s*%"),
    Meaning(
        "percent",
        r"\d{1,3}(?:\.\d+)?",
        checks.is_percentage,
        "percent|pct|percentage|prozent",
        numbers=True,
        texts=False,
    ),
    Meaning("postal_code", _POST, None, _POST_WORDS, numbers=True),
    Meaning("postal_code", r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d", least=5),
    Meaning("phone", r"(?=(?:\D*\d){8,15}\D*$)\+[1-9][\d ().\-/]+"),
    Meaning("phone", r"(\+?1[-. ]?)?(\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(\s*(x|ext\.?)\s*\d+)?"),
    Meaning(
        "phone",
        r"(?=(?:\D*\d){6,15}\D*$)[\d ().\-/+]+(\s*(x|ext\.?)\s*\d+)?",
        None,
        r"\w*phone\w*|tel|mobile|cell|fax|telefon\w*|handy|msisdn",
        numbers=True,
    ),
    Meaning("country", r"[A-Z]{2}", checks.is_country, _COUNTRY_WORDS, unless_named=12),
    Meaning("country", r"[A-Z]{3}", checks.is_country, _COUNTRY_WORDS, unless_named=6),
    Meaning("country", r"\D{2,60}", checks.is_country_name, _COUNTRY_WORDS, unless_named=3),
    Meaning(
        "currency",
        r"[A-Z]{3}",
        checks.is_currency,
        r"currency|currencies|ccy|curr|valuta|waehrung|devise|iso",
        unless_named=3,
    ),
    Meaning("language", r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}", None, r"lang\w*|locale|sprache|idioma|langue"),
    Meaning("language", r"[a-z]{2}[-_][A-Z]{2}", checks.is_locale, least=2),
    Meaning("domain", _HOST, None, r"domain|host|hostname|site|server|fqdn|tld"),
    Meaning("latitude", _DECIMAL, checks.is_latitude, r"lat|latitude|breite|breitengrad", numbers=True),
    Meaning("longitude", _DECIMAL, checks.is_longitude, r"lon|lng|long|longitude|laenge|laengengrad", numbers=True),
    Meaning("year", r"[12]\d{3}", None, r"year|years|yr|jahr|annee|ano|anno|fy", numbers=True),
    Meaning("slug", r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)+", None, r"slug|permalink|handle"),
    Meaning("id", r"[A-Za-z0-9._:/#-]{1,64}", None, _ID_WORDS, least=2, unique=True, numbers=True),
)
