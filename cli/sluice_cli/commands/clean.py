"""``sluice clean``: raw tables in; clean records, refused rows and a report out."""

from pathlib import Path

import click

from sluice_cli.cleaning import workshop
from sluice_cli.contracts import read_references, read_schema
from sluice_cli.errors import STATUS_FAILED, STATUS_REJECTED
from sluice_cli.formats import FORMATS, frugal
from sluice_cli.jobs import Job
from sluice_cli.layout import SideFile, check, records_layout, report_place, side_file
from sluice_cli.options import EngineOptions, engine_options, output_option
from sluice_cli.origins import find_origins
from sluice_cli.outbox import Outbox, Place
from sluice_cli.outcomes import Outcomes, write_json
from sluice_cli.report_text import write_text
from sluice_cli.screen import Screen
from sluice_cli.side_tables import ISSUES, REJECTS, SideTable


class CleanOptions(EngineOptions):
    """The command's options."""

    sources: tuple[str, ...]
    output: str | None
    form: str | None
    schema_file: Path | None
    report: Path | None
    rejects: Path | None
    issues: Path | None
    references: tuple[str, ...]
    strict: bool
    lineage: bool


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE|URL|-...")
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="Where the records go: a file, in the format of its extension, joins all sources by the names of their"
    " columns; a folder gets a file for each source. [default: standard output, as CSV]",
)
@click.option("-f", "--format", "form", type=click.Choice(sorted(FORMATS)), help="The format, whatever the extension.")
@click.option(
    "--schema",
    "schema_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A contract: Table Schema, as JSON.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="NAME=FILE",
    help="The Parquet of a table that the contract's foreign keys refer to by this name. [repeatable]",
)
@click.option(
    "--salt",
    default="",
    metavar="TEXT",
    help="Hashed before every value that the contract wants hashed; a dataset's name gives the hashes it has there.",
)
@click.option("--as-text", is_flag=True, help="Parse only: every value and label stays as it stood.")
@output_option("--report", text="The account of the run: JSON for .json, else text. - is the terminal.")
@output_option("--rejects", text="The refused rows, in the format of the extension.")
@output_option("--issues", text="The cells that became null, with their text and why, in the format of the extension.")
@click.option(
    "--repair",
    type=click.FloatRange(0, 1),
    metavar="CONFIDENCE",
    help="Apply suggested repairs of at least this confidence, 0 to 1. [default: only suggest, in the report]",
)
@click.option("--strict", is_flag=True, help="Exit with status 1 if any row was refused.")
@click.option("--lineage", is_flag=True, help="Keep the columns _key, _object, _run, _row and _sk.")
@engine_options
def command(**given: object) -> int:
    """Clean tables: CSV and its kin, JSON and more, known by their content.

    A pattern in quotes is expanded here. Sources are read in their order, and so are their rows. If several are
    joined and --schema has a primary key, the last record of a key stays. Outputs appear when they are complete.

    Exit status: 0 done; 1 rows were refused and --strict was given; 2 something could not be done.
    """
    options = CleanOptions.model_validate(given)
    origins = find_origins(options.sources)
    layout = records_layout(options.output, options.form)
    report = report_place(options.report, layout)
    sides = {
        kind: file
        for kind, file in ((REJECTS, side_file(options.rejects)), (ISSUES, side_file(options.issues)))
        if file is not None
    }
    check(layout, origins, [file.place for file in sides.values()], report)
    references = read_references(options.references)
    schema = read_schema(options.schema_file) if options.schema_file else None
    screen = Screen(quiet=options.quiet)
    with (
        workshop(options.settings(), options.limits(), screen, references) as work,
        Outbox(work.folder) as outbox,
    ):
        form = frugal(layout.form) if options.is_frugal else layout.form
        job = Job(work, schema, form, lineage=options.lineage)
        if layout.place is None:
            job.apart([(origin, layout.file_of(origin)) for origin in origins])
        elif len(origins) == 1:
            job.alone(origins[0], layout.place, outbox)
        else:
            job.joined(origins, layout.place, outbox)
        _account(job, report, sides, outbox)
        outbox.publish()
    return _status(job.outcomes, strict=options.strict)


def _account(job: Job, report: Place | None, sides: dict[SideTable, SideFile], outbox: Outbox) -> None:
    """Writes what was asked for beside the records, and says that refused rows weren't asked for."""
    for kind, file in sides.items():
        job.write_side_table(kind, outbox.path_for(file.place), file.form)
    if REJECTS not in sides and job.outcomes.counts()["rows_rejected"]:
        job.work.screen.say("refused rows are kept by --rejects FILE")
    if report is not None:
        write = write_json if report.path is not None and report.path.suffix.lower() == ".json" else write_text
        write(job.outcomes, outbox.path_for(report))


def _status(outcomes: Outcomes, *, strict: bool) -> int:
    if outcomes.failed:
        return STATUS_FAILED
    return STATUS_REJECTED if strict and outcomes.counts()["rows_rejected"] else 0
