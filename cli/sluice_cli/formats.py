"""Output formats: how a file's extension names them, how DuckDB writes them, how values look in them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath

from sluice_cli.columns import Column
from sluice_cli.errors import CliError

_EXACT_IN_JSON = 2**53
_GZIP = ".gz"
_SMALL_GROUP = 30_720  # rows; halves what writing takes, for files that are read a little less in parallel


@dataclass(frozen=True)
class Format:
    """One output format.

    Attributes:
        name: What ``--format`` calls it, and its usual extension.
        suffixes: The extensions that mean it.
        options: DuckDB's options for COPY.
        value: SQL of a column as this format shows it.
        gzipped: Whether the file is compressed as a whole.
    """

    name: str
    suffixes: tuple[str, ...]
    options: str
    value: Callable[[Column], str]
    gzipped: bool = False

    @property
    def extension(self) -> str:
        """The extension of a file that Sluice names."""
        return f".{self.name}{_GZIP if self.gzipped else ''}"

    @property
    def copy_options(self) -> str:
        """The options of COPY, compression included."""
        return f"{self.options}, COMPRESSION gzip" if self.gzipped else self.options


def frugal(form: Format) -> Format:
    """The format for little memory: Parquet in smaller groups of rows, of which each thread holds some."""
    return replace(form, options=f"{form.options}, ROW_GROUP_SIZE {_SMALL_GROUP}") if form is PARQUET else form


def _stored(column: Column) -> str:
    return column.sql


def _shown(column: Column) -> str:
    return column.shown


def _json(column: Column) -> str:
    """As the API writes JSON: numbers that JSON's readers may round are text, documents are nested."""
    if column.document:
        return f"{column.sql}::JSON"
    if column.sql_type == "BIGINT":
        exact = f"{column.sql} BETWEEN -{_EXACT_IN_JSON} AND {_EXACT_IN_JSON}"
        return f"CASE WHEN {exact} THEN to_json({column.sql}) ELSE to_json({column.sql}::VARCHAR) END"
    if column.sql_type.startswith("DECIMAL"):
        return f"{column.sql}::VARCHAR"
    return column.shown


CSV = Format("csv", (".csv",), "FORMAT csv, HEADER", _shown)
PARQUET = Format("parquet", (".parquet",), "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1", _stored)
FORMATS = {
    form.name: form
    for form in (
        PARQUET,
        CSV,
        Format("tsv", (".tsv",), "FORMAT csv, HEADER, DELIMITER '\t'", _shown),
        Format("ndjson", (".ndjson", ".jsonl"), "FORMAT json", _json),
        Format("json", (".json",), "FORMAT json, ARRAY true", _json),
    )
}


def format_of(path: PurePath) -> Format:
    """The format that a file's extension names; ``.gz`` may follow any but Parquet's.

    Raises:
        CliError: It names none.
    """
    gzipped = path.suffix.lower() == _GZIP
    suffix = PurePath(path.stem).suffix.lower() if gzipped else path.suffix.lower()
    for form in FORMATS.values():
        if suffix in form.suffixes and not (gzipped and form is PARQUET):
            return replace(form, gzipped=True) if gzipped else form
    known = ", ".join(suffix for form in FORMATS.values() for suffix in form.suffixes)
    raise CliError(f"{path}: its extension names no format that is written here: {known} (and .csv.gz, …)")
