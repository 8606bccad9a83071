"""Reads the contract that ``--schema`` names."""

import json
from pathlib import Path

from pydantic import ValidationError

from sluice.models.table_schema import TableSchema
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
