"""Tables of very many columns: up to the limit they are read, in the memory that any table has."""

from collections.abc import Callable
from typing import Any

import pytest

from sluice_clean.engine.errors import TooManyColumnsError

Run = Callable[..., Any]
LIMIT = 2_000


def table(columns: int) -> str:
    lines = [",".join(f"c{number}" for number in range(columns))]
    lines += [
        ",".join(f"{'text' if number % 3 else ''}{number * row}" for number in range(columns)) for row in (1, 2, 3)
    ]
    return "\n".join([*lines, ""])


def test_as_many_columns_as_may_be_are_read_as_text(run: Run) -> None:
    outcome = run(table(LIMIT), as_text=True)
    assert len(outcome.columns) == LIMIT
    assert [row[-1] for row in outcome.rows] == ["text1999", "text3998", "text5997"]


def test_many_columns_are_typed(run: Run) -> None:
    outcome = run(table(700))
    assert outcome.column("c600") == [600, 1200, 1800]
    assert outcome.column("c601") == ["text601", "text1202", "text1803"]


def test_more_are_refused(run: Run) -> None:
    with pytest.raises(TooManyColumnsError, match="2,001 columns; the limit is 2,000"):
        run(table(LIMIT + 1))
