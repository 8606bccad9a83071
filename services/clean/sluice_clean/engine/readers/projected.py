# ruff: noqa: S608 - SQL is built of generated column names
"""A chunk with other columns than the one it is made of: some left out, some in another place, some absent."""

from collections.abc import Callable, Sequence

import duckdb

from sluice_clean.engine.marks import Marks
from sluice_clean.engine.readers.base import Checked, Chunk

Sources = Sequence[int | None]
"""For each column the number of the one it is taken from; None for a column without values."""


def project(relation: str, sources: Sources, *, numbered: bool = False) -> str:
    """SQL that can stand after FROM: the relation's rows with the columns that ``sources`` tell."""
    system = ["_n", "_line", "_text"] if numbered else []
    cells = (
        f"NULL::VARCHAR AS c{place}" if source is None else f"c{source} AS c{place}"
        for place, source in enumerate(sources)
    )
    return f"(SELECT {', '.join([*system, *cells])} FROM {relation})"


class ProjectedChunk:
    """See `Chunk`.

    Args:
        inner: Where the records come from.
        width: Columns of ``inner``.
        sources: What the columns are.
        name: Put before the reasons of refusals: the member of an archive that the records come from.
    """

    def __init__(self, inner: Chunk, width: int, sources: Sources, name: str | None = None) -> None:
        self._inner = inner
        self._width = width
        self._sources = sources
        self._name = name
        self.first_line = inner.first_line

    def marks(self) -> Marks:
        """See `Chunk`."""
        return self._inner.marks()

    @property
    def is_plain(self) -> bool:
        """See `Chunk`."""
        return self._inner.is_plain

    @property
    def numbered(self) -> bool:
        """See `Chunk`."""
        return self._inner.numbered

    @property
    def relation(self) -> str:
        """See `Chunk`."""
        if list(self._sources) == list(range(self._width)):
            return self._inner.relation
        return project(self._inner.relation, self._sources, numbered=self.numbered)

    def check(
        self, connection: duckdb.DuckDBPyConnection, accepted: int, breaks: Callable[[int], tuple[int, int]]
    ) -> Checked:
        """See `Chunk`."""
        checked = self._inner.check(connection, accepted, breaks)
        if self._name is not None:
            checked.refusals = [
                refusal._replace(reason=f"{self._name}: {refusal.reason}") for refusal in checked.refusals
            ]
        if checked.recovered is not None:
            checked.recovered = self._as_this(checked.recovered)
        return checked

    def slowly(self) -> Chunk:
        """See `Chunk`."""
        careful = self._inner.slowly()
        return self if careful is self._inner else self._as_this(careful)

    def _as_this(self, chunk: Chunk) -> Chunk:
        return ProjectedChunk(chunk, self._width, self._sources, self._name)

    def texts(self, places: Sequence[tuple[int, int]]) -> list[str]:
        """See `Chunk`."""
        return self._inner.texts(places)

    def close(self) -> None:
        """See `Chunk`."""
        self._inner.close()
