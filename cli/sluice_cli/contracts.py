"""Reads the contract that ``--schema`` names, and what it refers to."""

import glob
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from sluice.models.table_schema import TableSchema
from sluice_clean.engine import Reference
from sluice_cli.errors import CliError

_MAX_BYTES = 10_000_000


def read_schema(path: Path) -> TableSchema:
    """A Table Schema from a JSON file.

    Raises:
        CliError: It is none; says where it goes wrong.
        OSError: It can't be read.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise CliError(f"{path}: larger than a schema may be ({_MAX_BYTES:,} bytes)")
    try:
        return TableSchema.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CliError(f"{path}: {where + ': ' if where else ''}{first['msg']}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CliError(f"{path}: not JSON: {error}") from error


def read_references(given: Sequence[str]) -> dict[str, Reference]:
    """The tables that ``--reference NAME=FILE`` names, by the name that foreign keys give them.

    Raises:
        CliError: It has another form, or there is no such file.
    """
    found: dict[str, list[str]] = {}
    for one in given:
        name, equals, file = one.partition("=")
        if not (name and equals and file):
            raise CliError(f"--reference {one}: NAME=FILE is expected")
        files = [file] if Path(file).is_file() else sorted(glob.glob(file))  # noqa: PTH207 - absolute patterns too
        if not files:
            raise CliError(f"--reference {one}: no such file")
        found.setdefault(name, []).extend(str(Path(path).absolute()) for path in files)
    return {name: Reference(files) for name, files in found.items()}
