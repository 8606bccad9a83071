"""Cleans sources and writes their records: each to its own file, or all to one."""

from collections.abc import Sequence
from pathlib import Path

from sluice.models.table_schema import TableSchema
from sluice_cli.cleaning import Cleaned, Workshop
from sluice_cli.errors import CliError, tell
from sluice_cli.formats import Format
from sluice_cli.joining import join, settle_types
from sluice_cli.origins import Origin
from sluice_cli.outbox import Outbox, Place
from sluice_cli.outcomes import Outcome, Outcomes, counts_line, delivered
from sluice_cli.report_text import headlines
from sluice_cli.side_tables import SideTable, write_side_table
from sluice_cli.tables import Table, is_ordered, table_of, write_table


class Job:
    """One invocation's work.

    Attributes:
        work: Where it is done.
        outcomes: What became of each source so far.
    """

    def __init__(self, work: Workshop, schema: TableSchema | None, form: Format, *, lineage: bool) -> None:
        self.work = work
        self.outcomes = Outcomes()
        self._schema = schema
        self._form = form
        self._lineage = lineage
        self._cleaned: list[Cleaned] = []

    def apart(self, wanted: Sequence[tuple[Origin, Place]]) -> None:
        """Each source to its own place. That one can't be cleaned is told, and the others go on."""
        for origin, place in wanted:
            try:
                with Outbox(self.work.folder) as outbox:
                    self.alone(origin, place, outbox)
                    outbox.publish()
            except CliError as error:
                tell(error.format_message())
                self.outcomes.each.append(Outcome(origin.label, error=error.format_message()))
            else:
                self._make_room()

    def alone(self, origin: Origin, place: Place, outbox: Outbox) -> None:
        """One source to one place.

        Raises:
            CliError: It can't be cleaned.
        """
        one = self._clean(origin)
        with self.work.connection() as connection:
            table = table_of(one.report)
            ordered = is_ordered(connection, table)
        path = self._write(table if ordered else Table(table.relation, table.columns, "_row"), place, outbox)
        self._cleaned.append(one)
        self._done(one, place, path.stat().st_size)
        self.work.screen.say(f"  written to {place.label}")

    def joined(self, origins: Sequence[Origin], place: Place, outbox: Outbox) -> None:
        """All sources to one place.

        Raises:
            CliError: One of them can't be cleaned.
        """
        as_text = self.work.settings.as_text
        cleaned = [self._clean(origin) for origin in origins]
        self._cleaned = cleaned if as_text else settle_types(cleaned, self._schema, self.work)
        keyed = self._schema is not None and bool(self._schema.primary_key) and not as_text
        with self.work.connection() as connection:
            joined = join(connection, self._cleaned, keyed=keyed)
        self._write(joined.table, place, outbox)
        for one in self._cleaned:
            self._done(one, place, None)
        self.outcomes.overridden = joined.duplicates
        self.work.screen.say(f"all sources: {counts_line(self.outcomes.counts())}")
        self.work.screen.say(f"  written to {place.label}")

    def write_side_table(self, kind: SideTable, path: Path, form: Format) -> None:
        """Writes the refused rows, or the cells that became null, of all sources."""
        with self.work.connection() as connection:
            write_side_table(connection, kind, self._cleaned, form, path)

    def _clean(self, origin: Origin) -> Cleaned:
        return self.work.clean(self.work.fetch(origin), self._schema)

    def _write(self, table: Table, place: Place, outbox: Outbox) -> Path:
        if place.path is not None:
            place.path.parent.mkdir(parents=True, exist_ok=True)
        path = outbox.path_for(place)
        with self.work.screen.working(place.label) as say, self.work.connection() as connection:
            say(None, "writing")
            as_text = self.work.settings.as_text
            write_table(connection, table, self._form, path, lineage=self._lineage, labels=as_text)
        return path

    def _done(self, one: Cleaned, place: Place, size: int | None) -> None:
        label, report = one.source.origin.label, one.report
        for line in headlines(label, report):
            self.work.screen.say(line)
        self.outcomes.each.append(Outcome(label, delivered(report, place.label, report.rows_out, size)))

    def _make_room(self) -> None:
        """Of a source that is done, only its refused rows are still needed."""
        for part in self._cleaned[-1].report.parts:
            Path(part.url).unlink(missing_ok=True)
