"""Truth values as words."""

from sluice_clean.engine.sql import text_list
from sluice_clean.engine.values.choices import Choices

# Words for true and false that belong together. A column of one word only is read where the pair is `sure`.
PAIRS: tuple[tuple[str, str], ...] = (
    ("true", "false"),
    ("yes", "no"),
    ("t", "f"),
    ("y", "n"),
    ("on", "off"),
    ("wahr", "falsch"),
    ("ja", "nein"),
    ("j", "n"),
    ("vrai", "faux"),
    ("oui", "non"),
    ("o", "n"),
    ("verdadero", "falso"),
    ("sí", "no"),
    ("si", "no"),
    ("s", "n"),
    ("vero", "falso"),
    ("sì", "no"),
    ("verdadeiro", "falso"),
    ("sim", "não"),
    ("sim", "nao"),
    ("waar", "onwaar"),
    ("ja", "nee"),
)
# Words that mean other things as often: S and N are also south and north, and so are no evidence.
UNSURE = frozenset({("s", "n")})
SURE = frozenset({"true", "false", "yes", "no"})
TRUE_WORDS = tuple(dict.fromkeys(true for true, _ in PAIRS))
FALSE_WORDS = tuple(dict.fromkeys(false for _, false in PAIRS))


def boolean_value(text: str, choices: Choices) -> str:
    """SQL: a word for true or false, in upper or lower case, as BOOLEAN; else null."""
    folded = text if choices.exact_words else f"lower({text})"
    longest = max((len(word.encode()) for word in (*choices.true, *choices.false)), default=0)
    true, false = (f"list_contains({text_list(words)}, {folded})" for words in (choices.true, choices.false))
    itself = plain(text, choices)
    quick = f"WHEN {itself} THEN {text} = 'true' " if itself else ""
    return f"(CASE {quick}WHEN strlen({text}) > {longest} THEN NULL WHEN {true} THEN true WHEN {false} THEN false END)"


def plain(text: str, choices: Choices) -> str:
    """SQL: the word is true or false, if the column has these."""
    own = "true" in choices.true and "false" in choices.false
    return f"({text} = 'true' OR {text} = 'false')" if own else ""


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:  # noqa: ARG001 - one face for all rules
    """SQL: the word was another than true or false."""
    plain = f"(lower({text}) = 'true' OR lower({text}) = 'false')"
    return {"boolean-word": f"({value} IS NOT NULL AND NOT {plain})"}
