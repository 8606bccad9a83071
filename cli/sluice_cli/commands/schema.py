"""``sluice schema``: what a table is, as a Table Schema to keep, to edit and to give to ``sluice clean --schema``."""

import json
from pathlib import Path

import click

from sluice_cli.cleaning import workshop
from sluice_cli.errors import CliError
from sluice_cli.layout import STREAM
from sluice_cli.options import EngineOptions, engine_options, output_option
from sluice_cli.origins import find_origins
from sluice_cli.outbox import Outbox, Place
from sluice_cli.screen import Screen


class SchemaOptions(EngineOptions):
    """The command's options."""

    source: str
    output: Path | None
    examine: bool = False


@click.command()
@click.argument("source", metavar="FILE|URL|-")
@output_option("-o", "--output", text="Where the schema goes. [default: standard output]")
@engine_options
def command(**given: object) -> None:
    """Infer a table's schema, from all of its rows, as JSON (Frictionless Table Schema)."""
    options = SchemaOptions.model_validate(given)
    origins = find_origins((options.source,))
    if len(origins) > 1:
        raise CliError(f"{options.source}: {len(origins):,} files match; a schema is inferred from one")
    place = Place(options.output if options.output and str(options.output) != STREAM else None)
    place.check()
    screen = Screen(quiet=options.quiet)
    with workshop(options.settings(), options.limits(), screen) as work, Outbox(work.folder) as outbox:
        report = work.clean(work.fetch(origins[0]), None).report
        document = json.dumps(report.table_schema.to_json(), indent=2, ensure_ascii=False)
        outbox.path_for(place).write_text(document + "\n", encoding="utf-8")
        outbox.publish()
