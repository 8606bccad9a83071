"""Pieces of SQL that every rule is made of: shapes, names for texts, casts that never fail."""

import re
from collections.abc import Callable, Iterable

from sluice_clean.engine.sql import literal


def matches(text: str, shape: str) -> str:
    """SQL: the whole of ``text`` has the shape, a regular expression of RE2."""
    return f"regexp_full_match({text}, {literal(shape)})"


def has(text: str, shape: str) -> str:
    """SQL: a part of ``text`` has the shape."""
    return f"regexp_matches({text}, {literal(shape)})"


def groups(text: str, shape: str, names: Iterable[str]) -> str:
    """SQL: the groups of a regular expression as a struct; every member is "" where it doesn't match."""
    listed = ", ".join(literal(name) for name in names)
    return f"regexp_extract({text}, {literal(shape)}, [{listed}])"


def replaced(text: str, shape: str, by: str, flags: str = "") -> str:
    """SQL: ``text`` with the first match of the shape (all with the flag g) replaced."""
    return f"regexp_replace({text}, {literal(shape)}, {literal(by)}, {literal(flags)})"


def cases(arms: Iterable[tuple[str, str]], otherwise: str = "NULL") -> str:
    """SQL: the value of the first arm whose condition holds."""
    told = " ".join(f"WHEN {condition} THEN {value}" for condition, value in arms)
    return f"(CASE {told} ELSE {otherwise} END)" if told else otherwise


def first_of(text: str, quick: Iterable[tuple[str, str]], general: Callable[[], str], *, only_quick: bool) -> str:
    """SQL: what a quick arm makes of a text if it makes anything of it, else what the general expression does.

    An arm may refuse what the general expression reads; it must not read anything otherwise.

    Args:
        text: SQL of the text; nulls are not given to the general expression.
        quick: Conditions and values.
        general: Makes the general expression.
        only_quick: Leave the general expression out, if there is an arm at all.
    """
    arms = list(quick)
    if arms and only_quick:
        return cases(arms)
    there = cases([(f"{text} IS NOT NULL", general())])
    return f"coalesce({cases(arms)}, {there})" if arms else there


def lookup(table: dict[str, int], key: str) -> str:
    """SQL: the number, as text, that belongs to a word of letters; null if none does."""
    # A constant MAP is copied for every row of a lambda; a search in a text is a thousand times cheaper there.
    entries = literal("".join(f" {word}:{number}" for word, number in table.items()))
    return f"nullif(split_part(split_part({entries}, ' ' || {key} || ':', 2), ' ', 1), '')"


def alternatives(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first, special characters taken literally."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("\\ ", " ") for word in ordered)
