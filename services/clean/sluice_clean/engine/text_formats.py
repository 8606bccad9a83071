"""What Table Schema's formats of a string ask for, as regular expressions of RE2."""

from sluice_clean.engine.values.expressions import has, matches

# RFC 5321 and 5322 without quoted names and comments; letters beyond ASCII by RFC 6531. A domain has a dot.
_LETTER = r"a-zA-Z0-9\x{80}-\x{10FFFF}"
_ATOM = rf"[{_LETTER}!#$%&'*+/=?^_`{{|}}~-]+"
_LABEL = rf"[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}])?"
_EMAIL = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-zA-Z\x{{80}}-\x{{10FFFF}}][{_LETTER}-]*[{_LETTER}]"
_LONGEST_EMAIL, _LONGEST_NAME = 254, 64

# RFC 3986: scheme, authority or path, query, fragment.
_PLAIN = "a-zA-Z0-9._~!$&'()*+,;=-"
_ESCAPE = "%[0-9A-Fa-f]{2}"
_PATH_CHARACTER = f"(?:[:@{_PLAIN}]|{_ESCAPE})"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[{_PLAIN}]|{_ESCAPE})*)"
_AUTHORITY = f"//(?:(?:[:{_PLAIN}]|{_ESCAPE})*@)?{_HOST}(?::[0-9]*)?(?:/{_PATH_CHARACTER}*)*"
_PATH = f"/?(?:{_PATH_CHARACTER}+(?:/{_PATH_CHARACTER}*)*)?"
_REST = f"(?:{_PATH_CHARACTER}|[/?])*"
_URI = rf"[a-zA-Z][a-zA-Z0-9+.-]*:(?:{_AUTHORITY}|{_PATH})(?:\?{_REST})?(?:#{_REST})?"
_NEEDS_HOST, _HAS_HOST = "^(?i:https?|ftps?|wss?):", r"^[a-zA-Z]+://(?:[^/?#@]*@)?[^/?#@:]"

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_BASE64 = "(?:[a-zA-Z0-9+/]{4})*(?:[a-zA-Z0-9+/]{2}==|[a-zA-Z0-9+/]{3}=)?"

# By format, what a value is called that has it.
TEXT_FORMATS = {"email": "e-mail address", "uri": "URI", "uuid": "UUID", "binary": "base64"}


def has_format(text: str, name: str) -> str:
    """SQL: a text has one of the ``TEXT_FORMATS``."""
    if name == "email":
        sizes = f"strlen({text}) <= {_LONGEST_EMAIL} AND strpos({text}, '@') <= {_LONGEST_NAME + 1}"
        return f"({sizes} AND {matches(text, _EMAIL)})"
    if name == "uri":
        return f"({matches(text, _URI)} AND (NOT {has(text, _NEEDS_HOST)} OR {has(text, _HAS_HOST)}))"
    return matches(text, {"uuid": _UUID, "binary": _BASE64}[name])
