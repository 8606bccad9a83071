"""White space, control characters and null texts: the SQL from a cell as it stood to its cleaned text."""

from dataclasses import dataclass

from sluice_clean.engine.model import CleanSettings
from sluice_clean.engine.sql import literal, text_list

_INVISIBLE = ("\u00a0", "\u200b", "\ufeff", "\u3000", "\u2028", "\u2029")
_INVISIBLE_CLASS = "".join(rf"\x{{{ord(mark):x}}}" for mark in _INVISIBLE)
_TRIMMED = "".join(chr(code) for code in range(1, 33)) + "\x7f" + "".join(_INVISIBLE)
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class NullTexts:
    """Which cleaned texts are null: in every column, and only in columns that are not text.

    Attributes:
        strong: Null everywhere.
        weak: Null only where the column is otherwise of a type.
        exact: Compare with upper and lower case told apart (a contract's missingValues).
    """

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    exact: bool = False

    @classmethod
    def of(cls, settings: CleanSettings, missing_values: list[str] | None) -> "NullTexts":
        """The contract's missingValues and nothing else if it has them, else the settings' lists."""
        if missing_values is not None:
            return cls(tuple(missing_values), (), exact=True)
        return cls(settings.strong_nulls, settings.weak_nulls)

    def is_strong(self, text: str) -> str:
        """SQL: ``text`` is null in every column."""
        return self._is_one_of(text, self.strong)

    def is_weak(self, text: str) -> str:
        """SQL: ``text`` is null in a column that is not text."""
        return self._is_one_of(text, self.weak)

    def _is_one_of(self, text: str, words: tuple[str, ...]) -> str:
        if not words:
            return "false"
        # Length and first character first: they are the cheaper questions, and answer nearly always.
        longest = max(map(len, words))
        folded = text if self.exact else f"lower({text})"
        asked = [f"length({text}) <= {longest}"]
        if not any(word[:1].isdigit() for word in words):
            asked.append(f"NOT ({text} >= '0' AND {text} < ':')")
        return f"({' AND '.join(asked)} AND list_contains({text_list(words)}, {folded}))"


def is_dirty(cell: str) -> str:
    """SQL: there may be something to clean away in the cell; the cheap question before the two below."""
    edge, inner = rf"[^\x00-\x20\x7f{_INVISIBLE_CLASS}]", r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
    return f"({cell} <> '' AND NOT regexp_full_match({cell}, {literal(f'(?s){edge}({inner}*{edge})?')}))"


def has_edges(cell: str) -> str:
    """SQL: there is white space or another invisible character at an end of the cell."""
    # Comparing the first and the last character costs a tenth of trim(), and most cells are clean.
    invisible = text_list(("\x7f", *_INVISIBLE))
    first = f"{cell} > '~' AND list_contains({invisible}, {cell}[1])"
    last = f"{cell}[-1] > '~' AND list_contains({invisible}, {cell}[-1])"
    return f"({cell} <> '' AND ({cell} < '!' OR {cell}[-1] < '!' OR ({first}) OR ({last})))"


def has_controls(cell: str) -> str:
    """SQL: there is a control character, other than a tab or a line end, in the cell."""
    return f"regexp_matches({cell}, {literal(_CONTROLS)})"


def cleaned(cell: str, *, edges: bool, controls: bool) -> str:
    """SQL: the cell's text without control characters and without white space around it.

    Args:
        cell: SQL of the cell.
        edges: Whether the column has cells with white space at an end.
        controls: Whether it has cells with control characters.
    """
    text = f"regexp_replace({cell}, {literal(_CONTROLS)}, '', 'g')" if controls else cell
    if edges or controls:
        text = f"(CASE WHEN {has_edges(text)} THEN trim({text}, {literal(_TRIMMED)}) ELSE {text} END)"
    return text
