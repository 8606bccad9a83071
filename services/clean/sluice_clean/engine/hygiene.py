"""White space, control characters, Unicode form and null texts: the SQL from a cell as it stood to its cleaned text."""

import re
import unicodedata
from dataclasses import dataclass

from sluice_clean.engine.marks import INVISIBLE, Marks
from sluice_clean.engine.model import STRONG_NULLS, WEAK_NULLS, CleanSettings
from sluice_clean.engine.sql import let, literal, text_list

_TRIMMED = "".join(chr(code) for code in range(1, 33)) + "\x7f" + "".join(INVISIBLE)
_APART = "\x1f"  # a control character: no cleaned text holds it
_ZERO_DAY, _ZERO_MOMENT = "0000-00-00", r"0000-00-00(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?"  # MySQL's
_EMPTY = -1  # what ord() tells of a text without characters
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
        """SQL, cheap to run and to plan: the text begins with a character that one of the words begins with."""
        firsts = {word[:1] for word in words}
        if not self.exact:
            if any(not first.isascii() and first.upper() != first.lower() for first in firsts):
                return "true"  # such a letter may have more forms than two
            firsts |= {other for first in firsts for other in (first.upper(), first.lower()) if len(other) <= 1}
        codes = sorted(ord(first) if first else _EMPTY for first in firsts)
        return f"list_contains('{codes}'::INTEGER[], ord({text}))"  # a list of one text: others are dear to plan


def has_edges(cell: str, marks: Marks) -> str:
    """SQL: there is white space or another invisible character at an end of the cell."""
    return f"({cell} <> '' AND ({_odd_ends(cell, marks)}))"


def _odd_ends(cell: str, marks: Marks) -> str:
    # A comparison and a suffix cost a tenth of trim(), and most cells are clean.
    low = [mark for mark in marks.edges if mark < "!"]
    high = [mark for mark in marks.edges if mark > "~"]
    asked = [f"{cell} < '!'", *(f"suffix({cell}, {literal(mark)})" for mark in (" ", "\n", *low))]
    if high:
        asked.append(f"({cell} > '~' AND list_contains({text_list(high)}, {cell}[1]))")
        asked += [f"suffix({cell}, {literal(mark)})" for mark in high]
    return " OR ".join(asked)


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

    def trimmed(text: str) -> str:
        trim = f"trim({text}, {literal(_TRIMMED)})"
        if edges and text == cell:
            return f"(CASE WHEN {edges} THEN {trim} ELSE {text} END)"
        return f"(CASE WHEN {text} = '' THEN {text} WHEN {_odd_ends(text, marks)} THEN {trim} ELSE {text} END)"

    if marks.controls:
        text = f"nfc_normalize({cell})" if marks.composable else cell
        return let(f"regexp_replace({text}, {literal(_CONTROLS)}, '', 'g')", trimmed)
    return f"nfc_normalize({trimmed(cell)})" if marks.composable else trimmed(cell)


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
