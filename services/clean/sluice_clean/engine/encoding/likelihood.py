"""How likely a text is what people write: letters of one language, words in one script, symbols where they belong.

The measure is a log-likelihood per byte, so that readings with one and with several bytes a character compare.
"""

import math
import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

from sluice_clean.engine.encoding.alphabets import HANGUL, KANJI, LATIN, OTHERS, SIMPLIFIED, TRADITIONAL

_UNKNOWN_LETTER = -9.0
_UNWRITTEN = -14.0  # control characters, private use, what no character is
_OUT_OF_PLACE = -9.0
_IN_PLACE = -4.0
_TYPOGRAPHIC = -3.5
_ODD = -6.0
_SWITCH = -6.0  # a capital after a small letter, another script within a word
_COMMON_IDEOGRAPH, _KNOWN_IDEOGRAPH, _RARE_IDEOGRAPH = -6.5, -9.5, -14.0
_KANA, _HALFWIDTH = -4.0, -7.0
_WIDE_SYMBOL = -6.0
_QUOTES = frozenset("\u2018\u2019\u201c\u201d\u201e\u201a\u00ab\u00bb\u2039\u203a\u2013\u2014\u2026\u2022\u00b7")
_WITHIN_WORDS = frozenset("\u2019\u00b7\u2013\u2014")
_CLOSING = frozenset("\u2019\u201d")
_SPACES = frozenset("\u00a0\u202f")
_BY_NUMBERS = frozenset("°€£¥¢²³½¼¾±\u00d7÷‰µ%§№ºª$¹™®©†")
_NEVER_WRITTEN = frozenset(("Cc", "Co", "Cn", "Cs"))
_COMBINING = frozenset(("Mn", "Mc"))
_ANYWHERE = frozenset("™®©°µ§№²³ºª")
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]+[^\W\d_]*)*")
_SYMBOL = re.compile(
    r"(?<=(.))([^\x00-\x7f\w]|[\u00aa\u00ba\u00b2\u00b3\u00b9\u00bc-\u00be]|(?![0-9])\d)(?=(.))", re.DOTALL
)
_LONE = -4.0
_MIDWORD = -2.0
_ACCENTS_ONLY = -2.0  # a letter of a Latin word in which all letters have accents
_AT_THE_END = frozenset("ìù")  # in the languages that write these letters they end words
_ALONE = frozenset("àéèêóíáåöøæúâýаявсиоукєійαοηё")
_IDEOGRAPHS = {"gb18030": SIMPLIFIED, "big5hkscs": TRADITIONAL, "cp932": KANJI, "euc_jp": KANJI, "cp949": HANGUL}
_JAPANESE = ("cp932", "euc_jp")
_LEVEL_ONE = {
    "gb18030": (b"\xb0\xa1", b"\xd7\xfe"),
    "big5hkscs": (b"\xa4\x40", b"\xc6\x7e"),
    "cp949": (b"\xb0\xa1", b"\xc8\xfe"),
    "euc_jp": (b"\xb0\xa1", b"\xcf\xfe"),
    "cp932": (b"\x88\x9f", b"\x98\x72"),
}
_WITH_ADDITIONS = ("gb18030", "cp949")  # rare characters among the frequent ones, told by the second byte
_FIRST_OF_STANDARD = 0xA1


@cache
def _weights(language: str) -> dict[str, float]:
    """Log-probabilities of a language's letters, by rank."""
    letters = LATIN.get(language) or OTHERS[language]
    total = sum(1 / (rank + 3) for rank in range(len(letters)))
    found: dict[str, float] = {}
    for rank, letter in enumerate(letters):
        found.setdefault(letter, math.log(1 / (rank + 3) / total))
    return found


def single_byte(text: str) -> float:
    """The mean log-likelihood of the characters beyond ASCII of a text, of which each was one byte."""
    singles = Counter(character for character in text if character > "\x7f")
    total = sum(singles.values())
    if not total:
        return 0.0
    letters: Counter[str] = Counter()
    for character, count in singles.items():
        if (character.isalpha() and character not in _ANYWHERE) or unicodedata.category(character) in _COMBINING:
            small = character.lower()
            letters[small if len(small) == 1 else small[0]] += count
    return (_best_language(letters) + _symbols(text) + _switches(text)) / total


def _best_language(letters: Counter[str]) -> float:
    if not letters:
        return 0.0
    best = -math.inf
    for language in (*LATIN, *OTHERS):
        weights = _weights(language)
        best = max(best, sum(count * weights.get(letter, _UNKNOWN_LETTER) for letter, count in letters.items()))
    return best


def _symbols(text: str) -> float:
    """Symbols beyond ASCII, each judged by its neighbours."""
    return sum(_symbol(*match.groups()) for match in _SYMBOL.finditer(f"\n{text}\n"))


def _symbol(before: str, symbol: str, after: str) -> float:
    kind = unicodedata.category(symbol)
    if kind in _NEVER_WRITTEN:
        return _UNWRITTEN
    if kind in _COMBINING:
        return 0.0 if before.isalpha() or unicodedata.category(before) in _COMBINING else _OUT_OF_PLACE
    if not _belongs(before, symbol, after):
        return _OUT_OF_PLACE
    return _TYPOGRAPHIC if symbol in _QUOTES or symbol in _SPACES else _IN_PLACE if symbol in _BY_NUMBERS else _ODD


def _belongs(before: str, symbol: str, after: str) -> bool:
    """Whether a symbol stands where symbols of its sort do: not within a word, nor among other symbols."""
    if symbol in _SPACES:
        return True
    within = before.isalpha() and after.isalpha()
    if symbol in _QUOTES:
        opens = after.isalpha() and not before.isalnum()
        return symbol in _WITHIN_WORDS if within else not (opens and symbol in _CLOSING)
    if within or _is_odd(before) or _is_odd(after):
        return False
    beside_letters = before.isalpha() or after.isalpha()
    if symbol in _BY_NUMBERS:
        return symbol in _ANYWHERE or not beside_letters or before.isdigit() or after.isdigit()
    return not beside_letters


def _is_odd(mark: str) -> bool:
    return mark > "\x7f" and not mark.isalpha() and mark not in _QUOTES and mark not in _SPACES


def _switches(text: str) -> float:
    """Words that no hand writes: capitals after small letters, letters of two scripts."""
    score = 0.0
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii() or not word[0].isalpha() or word in _ANYWHERE:
            continue
        if len(word) == 1:  # a letter right beside a number
            score += _lone_letter(word, text[max(0, match.start() - 1) : match.end() + 1])
            continue
        score += _SWITCH * sum(1 for one, other in pairwise(word) if one.islower() and other.isupper())
        score += _MIDWORD * sum(1 for mark in word[:-1] if mark in _AT_THE_END)
        scripts = {_script(character) for character in word if character.isalpha()}
        score += _SWITCH * (len(scripts) - 1)
        if scripts == {"LATIN"} and min(word) > "\x7f":
            score += _ACCENTS_ONLY * len(word)
    return score


def _lone_letter(letter: str, around: str) -> float:
    """A letter right beside a number is hardly one; by itself few are words."""
    if any(map(str.isdigit, around)):
        return _SWITCH
    return 0.0 if letter in _ALONE or letter.lower() == letter.upper() else _LONE


@cache
def _script(character: str) -> str:
    return "LATIN" if character in "ªºµ" else unicodedata.name(character, "?").split()[0]


def multi_byte(text: str, codec: str) -> float:
    """The log-likelihood, per byte, of the characters beyond ASCII of a text that an East Asian codec decoded."""
    common = frozenset(_IDEOGRAPHS[codec])
    score, size = 0.0, 0
    for character, count in Counter(text).items():
        if character > "\x7f":
            one, length = _east_asian(character, codec, common)
            score += one * count
            size += length * count
    return score / size if size else 0.0


def _east_asian(character: str, codec: str, common: frozenset[str]) -> tuple[float, int]:
    """A character's log-likelihood, and its bytes."""
    try:
        code = character.encode(codec)
    except UnicodeEncodeError:
        return _UNWRITTEN, 1
    if len(code) == 1:
        return (_HALFWIDTH if "\uff61" <= character <= "\uff9f" else _UNWRITTEN), 1
    if character in common:
        return _COMMON_IDEOGRAPH, len(code)
    kind = unicodedata.category(character)
    if kind in _NEVER_WRITTEN:
        return _UNWRITTEN * len(code), len(code)
    return _wide(character, kind, code, codec), len(code)


def _wide(character: str, kind: str, code: bytes, codec: str) -> float:
    if "\u3041" <= character <= "\u30ff":
        return _KANA if codec in _JAPANESE else _RARE_IDEOGRAPH
    if kind[0] in "PSZN" or "\uff01" <= character <= "\uffee":
        return _WIDE_SYMBOL
    return _KNOWN_IDEOGRAPH if _is_level_one(character, code, codec) else _RARE_IDEOGRAPH


def _is_level_one(character: str, code: bytes, codec: str) -> bool:
    """Whether the standard counts an ideograph or syllable among the frequent ones."""
    if not ("\u4e00" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"):
        return False
    first, last = _LEVEL_ONE[codec]
    return first <= code <= last and (codec not in _WITH_ADDITIONS or code[1] >= _FIRST_OF_STANDARD)
