"""Null texts: a text is null only where its column says so."""

from sluice_clean.engine.hygiene import NullTexts


def is_null(text: str, nulls: NullTexts, *, typed: bool) -> str:
    """SQL: a cleaned text says that there is no value.

    `-` may be a name and `NA` is Namibia: in a column of text only the strong null texts count.
    """
    strong = nulls.is_strong(text)
    return f"({strong} OR {nulls.is_weak(text)})" if typed and nulls.weak else strong
