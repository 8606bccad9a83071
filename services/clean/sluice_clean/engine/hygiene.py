"""White space, control characters, Unicode form and null texts: the SQL from a cell as it stood to its cleaned text."""

import re
import unicodedata
from dataclasses import dataclass

from sluice_clean.engine.marks import INVISIBLE, Marks
from sluice_clean.engine.model import STRONG_NULLS, WEAK_NULLS, CleanSettings
from sluice_clean.engine.sql import literal, text_list

_TRIMMED = "".join(chr(code) for code in range(1, 33)) + "\x7f" + "".join(INVISIBLE)
_APART = "\x1f"  # a control character: no cleaned text holds it
_ZERO_DAY, _ZERO_MOMENT = "0000-00-00", r"0000-00-00(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?"  # MySQL's
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class NullTexts:
    """Which cleaned texts are null: in every column, and only in columns that are not text, or of dates.

    Attributes:
        strong: Null everywhere.
        weak: Null only where the column is otherwise of a type.
        exact: Compare with upper and lower case told apart (a contract's missingValues).
        zero_days: Whether 0000-00-00 is null where the column is otherwise of dates or moments.
    """

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    exact: bool = False
    zero_days: bool = False

    @classmethod
    def of(cls, settings: CleanSettings, missing_values: list[str] | None) -> "NullTexts":
        """The contract's missingValues and nothing else if it has them, else the settings' lists."""
        if missing_values is not None:
            return cls(tuple(missing_values), (), exact=True)
        return cls(settings.strong_nulls, settings.weak_nulls, zero_days=True)

    @property
    def may_be_values(self) -> bool:
        """Whether some could also be read as values: those that somebody chose, such as -99."""
        return not {*self.strong, *self.weak} <= {*STRONG_NULLS, *WEAK_NULLS}

    def is_strong(self, text: str) -> str:
        """SQL: ``text`` is null in every column."""
        return self._is_one_of(text, self.strong)

    def is_weak(self, text: str) -> str:
        """SQL: ``text`` is null in a column that is not text."""
        return self._is_one_of(text, self.weak)

    def is_zero_day(self, text: str) -> str:
        """SQL: ``text`` is null in a column of dates or moments, and there only."""
        if not self.zero_days:
            return "false"
        return f"(prefix({text}, '{_ZERO_DAY}') AND regexp_full_match({text}, {literal(_ZERO_MOMENT)}))"

    def _is_one_of(self, text: str, words: tuple[str, ...]) -> str:
        if not words:
            return "false"
        # Bytes first: it is the cheaper question. A search in one constant text, for lists are dear to plan.
        longest = max(len(word.encode()) for word in words)
        folded = text if self.exact else f"lower({text})"
        known = literal(_APART + _APART.join(words) + _APART)
        asked = f"contains({known}, {literal(_APART)} || {folded} || {literal(_APART)})"
        # A look at the first character spares most texts the search; an expression would only be copied.
        begins = f"{self._may_begin(text, words)} AND " if text.isidentifier() else ""
        return f"(strlen({text}) <= {longest} AND {begins}{asked})"

    def _may_begin(self, text: str, words: tuple[str, ...]) -> str:
        """SQL, cheap: the text begins as one of the words does, as far as ranges of first characters tell."""
        every = {word[:1] for word in words}
        firsts = set(filter(str.isascii, every))
        if not self.exact:
            firsts |= {first.upper() for first in firsts} | {first.lower() for first in firsts}
        asked = [f"({text} >= {literal(c)} AND {text} < {literal(chr(ord(c) + 1))})" for c in sorted(firsts - {""})]
        if not every <= firsts:
            asked.append(f"{text} > '~'")
        if "" in firsts:
            asked.insert(0, f"{text} = ''")
        return f"({' OR '.join(asked)})"


def has_edges(cell: str, marks: Marks) -> str:
    """SQL: there is white space or another invisible character at an end of the cell."""
    # A comparison and a suffix cost a tenth of trim(), and most cells are clean.
    low = [mark for mark in marks.edges if mark < "!"]
    high = [mark for mark in marks.edges if mark > "~"]
    asked = [f"{cell} < '!'", *(f"suffix({cell}, {literal(mark)})" for mark in (" ", "\n", *low))]
    if high:
        asked.append(f"({cell} > '~' AND list_contains({text_list(high)}, {cell}[1]))")
        asked += [f"suffix({cell}, {literal(mark)})" for mark in high]
    return f"({cell} <> '' AND ({' OR '.join(asked)}))"


def has_controls(cell: str) -> str:
    """SQL: there is a control character, other than a tab or a line end, in the cell."""
    return f"regexp_matches({cell}, {literal(_CONTROLS)})"


def is_composed(cell: str) -> str:
    """SQL: the cell is in Unicode's normalization form C (UAX 15)."""
    return f"(nfc_normalize({cell}) = {cell})"


def cleaned(cell: str, marks: Marks, edges: str = "") -> str:
    """SQL: the cell's text in NFC, without control characters and without white space around it.

    Args:
        cell: SQL of the cell.
        marks: What occurs in the cells at all.
        edges: SQL of whether the cell `has_edges`, where that was computed before.
    """
    text = f"nfc_normalize({cell})" if marks.composable else cell
    text = f"regexp_replace({text}, {literal(_CONTROLS)}, '', 'g')" if marks.controls else text
    asked = edges if edges and text == cell else has_edges(text, marks)
    return f"(CASE WHEN {asked} THEN trim({text}, {literal(_TRIMMED)}) ELSE {text} END)"


def says(cell: str, label: str) -> str:
    """SQL: the cell's text is a label, white space and invisible characters around either aside.

    Args:
        cell: SQL of the cell, as it stood or cleaned.
        label: As it stood.
    """
    wanted = label.strip(_TRIMMED)
    texts = {wanted, re.sub(_CONTROLS, "", unicodedata.normalize("NFC", wanted))}
    asked = [f"trim({cell}, {literal(_TRIMMED)}) = {literal(text)}" for text in sorted(texts)]
    # Few cells hold the label at all, and trimming is dear.
    held = " OR ".join(f"contains({cell}, {literal(text)})" for text in sorted(texts))
    return f"(CASE WHEN {cell} IS NULL THEN {wanted == ''} WHEN {held} THEN {' OR '.join(asked)} ELSE false END)"
