# ruff: noqa: RUF001 - the signs are what is meant, not Latin letters that look like them
"""How currencies are written: ISO 4217 codes and the signs that people use for them."""

from sluice_clean.engine.values.choices import ANY_CURRENCY
from sluice_clean.engine.values.expressions import alternatives

# A sign alone stands for the currency that it stands for most often; `$` is the US dollar, `¥` the yen.
SIGNS: dict[str, tuple[str, ...]] = {
    "USD": ("$", "US$", "U$S"),
    "EUR": ("€", "euro", "euros"),
    "GBP": ("£", "￡"),
    "JPY": ("¥", "￥", "円", "JP¥"),
    "CNY": ("CN¥", "元", "RMB"),
    "INR": ("₹", "Rs"),
    "AUD": ("A$", "AU$"),
    "CAD": ("C$", "CA$"),
    "NZD": ("NZ$",),
    "HKD": ("HK$",),
    "SGD": ("S$",),
    "TWD": ("NT$",),
    "MXN": ("MX$",),
    "BRL": ("R$",),
    "KRW": ("₩",),
    "RUB": ("₽", "руб"),
    "UAH": ("₴", "грн"),
    "TRY": ("₺",),
    "ILS": ("₪",),
    "NGN": ("₦",),
    "PHP": ("₱",),
    "THB": ("฿",),
    "VND": ("₫",),
    "CHF": ("Fr", "SFr"),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "SEK": ("kr",),
}
_CODES = [
    "AED",
    "ARS",
    "BDT",
    "BGN",
    "BHD",
    "CLP",
    "COP",
    "CRC",
    "DKK",
    "EGP",
    "ETB",
    "GHS",
    "IDR",
    "IRR",
    "ISK",
    "JOD",
    "KES",
    "KWD",
    "KZT",
    "LKR",
    "MAD",
    "MYR",
    "NOK",
    "OMR",
    "PEN",
    "PKR",
    "QAR",
    "RON",
    "RSD",
    "SAR",
    "TND",
    "TZS",
    "UGX",
    "UYU",
    "UZS",
    "XAF",
    "XOF",
    "ZAR",
]
CURRENCIES = tuple(sorted({*SIGNS, *_CODES}))


def tokens(currency: str) -> tuple[str, ...]:
    """The texts that stand for a currency; those of all for ``ANY_CURRENCY``, none for ""."""
    if currency == ANY_CURRENCY:
        return tuple(token for code in CURRENCIES for token in tokens(code))
    return (currency, *SIGNS.get(currency, ())) if currency else ()


def shape_of(currency: str) -> str:
    """A regular expression (letters in either case) for the texts that stand for a currency."""
    return alternatives(tokens(currency))


def currency_of(token: str) -> str:
    """The code of the currency that a text stands for, "" for none."""
    folded = token.lower()
    return next((code for code in CURRENCIES if folded in map(str.lower, tokens(code))), "")
