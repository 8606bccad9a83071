# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Foreign keys that refer to the table itself: what they may refer to is known once all records were read.

A first reading delivers what nothing else refuses. Of these records those go whose reference is nowhere, then those
that referred to them, and so on. If any goes, the file is read again, with the values of those that stay.
"""

from collections.abc import Sequence

from sluice.models.table_schema import ForeignKey
from sluice_clean.engine.column_plan import ColumnPlan
from sluice_clean.engine.errors import BadSchemaError, TooLargeError
from sluice_clean.engine.model import Reference
from sluice_clean.engine.plan import Plan
from sluice_clean.engine.report import Part
from sluice_clean.engine.sql import identifier, same_value, text_list
from sluice_clean.engine.work import Workspace

_MOST_ROUNDS = 1_000


class OwnReferences:
    """What earlier readings told.

    Args:
        others: Further records of the same table, from other files.
    """

    def __init__(self, others: Reference | None) -> None:
        self._others = others
        self._sizes: list[int] | None = None

    def table(self, number: int) -> str | None:
        """The table of the values that the plan's key of this number may refer to; None as long as all may stay."""
        return f"own{number}" if self._sizes is not None else None

    def learn(self, work: Workspace, plan: Plan, parts: Sequence[Part]) -> bool:
        """Looks what the delivered records refer to.

        Returns:
            Whether the file is to be read again, for some of them refer to nothing.

        Raises:
            BadSchemaError: A field of such a key is personal data.
            TooLargeError: Records that refer to records that refer to nothing go on without an end.
        """
        keys = [(number, key) for number, key in enumerate(plan.foreign_keys) if not key.reference.resource]
        if not keys or not any(part.rows for part in parts):
            return False
        links = [_Link(number, foreign, plan) for number, foreign in keys]
        cells = ", ".join(cell for link in links for cell in link.cells)
        urls = text_list(part.url for part in parts if part.rows)
        work.connection.execute(f"CREATE OR REPLACE TABLE links AS SELECT {cells} FROM read_parquet({urls})")
        for link in links:
            work.connection.execute(f"CREATE OR REPLACE TABLE others{link.number} AS {self._served(work, link)}")
        if not any(link.dangling(work) for link in links):
            return False
        _let_go(work, [link for link in links if not link.nulls])
        for link in links:
            link.keep(work, again=self._sizes is not None)
        sizes = [int(work.row(f"SELECT count(*) FROM own{link.number}")[0]) for link in links]
        settled, self._sizes = sizes == self._sizes, sizes
        return not settled

    def _served(self, work: Workspace, link: "_Link") -> str:
        """SQL of the values that other files of the table have."""
        if self._others is None or not self._others.files:
            return f"SELECT {link.targets} FROM links LIMIT 0"
        source = f"read_parquet({text_list(self._others.files)}, union_by_name = true)"
        there = {row[0] for row in work.rows(f"DESCRIBE FROM {source}")}
        if not there.issuperset(link.names):
            return f"SELECT {link.targets} FROM links LIMIT 0"
        where = f"WHERE list_contains({text_list(self._others.runs)}, _run)" if self._others.runs is not None else ""
        return f"SELECT DISTINCT {link.taken_over} FROM {source} {where}"


class _Link:
    """One key over the table ``links``, whose columns f{n}_{place} refer to t{n}_{place}."""

    def __init__(self, number: int, foreign: ForeignKey, plan: Plan) -> None:
        by_name = {column.name: column for column in plan.columns}
        self.number = number
        self.names = foreign.reference.fields
        own: list[ColumnPlan] = [by_name[name] for name in foreign.fields]
        targets = [by_name[name] for name in self.names]
        hidden = sorted({column.name for column in (*own, *targets) if column.private})
        if hidden:
            raise BadSchemaError(f"foreignKeys: personal data can't be referred to: {', '.join(hidden)}")
        alone = own[0] if len(own) == 1 else None
        self.nulls = alone is not None and alone.nulls_violations and alone not in plan.key
        self._own, self._targets = own, targets
        self.aliases = [f"t{number}_{place}" for place in range(len(targets))]
        self._wanted = [f"f{number}_{place}" for place in range(len(own))]

    @property
    def targets(self) -> str:
        """SQL: the columns that are referred to."""
        return ", ".join(self.aliases)

    @property
    def cells(self) -> list[str]:
        """SQL over the records: the columns of ``links``."""
        columns = [*zip(self._own, self._wanted, strict=True), *zip(self._targets, self.aliases, strict=True)]
        return [f"{identifier(column.name)} AS {alias}" for column, alias in columns]

    @property
    def taken_over(self) -> str:
        """SQL over records of another file: the columns that are referred to, as this one has them."""
        return ", ".join(
            f"try_cast({identifier(column.name)} AS {column.sql_type}) AS {alias}"
            for column, alias in zip(self._targets, self.aliases, strict=True)
        )

    def _guilty(self) -> str:
        """SQL of the rows of ``links`` whose reference is nowhere."""
        there = " AND ".join(f"l.{cell} IS NOT NULL" for cell in self._wanted)
        pairs = zip(self._own, self._wanted, self._targets, self.aliases, strict=True)
        same = " AND ".join(
            same_value(f"l.{cell}", own.sql_type, f"r.{alias}", target.sql_type) for own, cell, target, alias in pairs
        )
        held = f"(SELECT {self.targets} FROM links UNION SELECT {self.targets} FROM others{self.number})"
        return f"SELECT l.rowid AS idx FROM links l ANTI JOIN {held} r ON {same} WHERE {there}"

    def dangling(self, work: Workspace) -> bool:
        """Whether any reference is nowhere."""
        return bool(work.rows(f"{self._guilty()} LIMIT 1"))

    def let_go(self, work: Workspace) -> bool:
        """Removes the rows whose reference is nowhere; whether there were any."""
        (count,) = work.row(f"DELETE FROM links WHERE rowid IN ({self._guilty()})")
        return bool(count)

    def keep(self, work: Workspace, *, again: bool) -> None:
        """Fills the table that the next reading judges by; ``again``: no value comes back that was not in it before."""
        cells = ", ".join(f"{alias} AS r{place}" for place, alias in enumerate(self.aliases))
        before = f"INTERSECT FROM own{self.number}" if again else ""
        work.connection.execute(f"""CREATE OR REPLACE TABLE own{self.number} AS
            SELECT DISTINCT {cells} FROM (SELECT {self.targets} FROM links UNION FROM others{self.number}) {before}""")


def _let_go(work: Workspace, links: Sequence[_Link]) -> None:
    for _ in range(_MOST_ROUNDS):
        if not any(link.let_go(work) for link in links):
            return
    raise TooLargeError(f"foreignKeys: records refer to each other more than {_MOST_ROUNDS:,} deep, and to nothing")
