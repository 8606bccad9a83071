"""What can end a cleaning run. All of it is terminal: the same bytes would fail again.

EngineError
 ├── EmptyFileError · BlankFileError · NoRecordsError          nothing to clean
 ├── BinaryFileError · UnreadableError                    not a table in a format that is read here
 ├── CorruptGzipError · CorruptArchiveError · CorruptFileError · MalformedJsonError · MalformedXmlError
 │   TooLargeError                                         a format that is read, but broken or beyond the limits
 ├── EncryptedFileError                                   read only with a password
 ├── TooManyColumnsError
 ├── BadSchemaError · UnknownReferenceError               the contract is unusable
 ├── SchemaMismatchError                                  the file is not what the contract describes
 └── CountMismatchError · EngineFaultError                a fault of the engine itself
"""

from collections.abc import Sequence
from typing import ClassVar


class EngineError(Exception):
    """A run can't be completed; ``str(error)`` is one line fit for whoever sent the file."""

    code: ClassVar[str] = "engine-error"


class EmptyFileError(EngineError):
    """The object has no bytes."""

    code = "empty-file"


class BlankFileError(EngineError):
    """The object holds nothing but white space."""

    code = "blank-file"


class NoRecordsError(EngineError):
    """There is a header, or an empty array, and no record.

    ``format`` and ``labels`` (those of the header, if any) are told where the file certainly is an empty table.
    """

    code = "no-records"

    def __init__(self, message: str, *, format: str | None = None, labels: Sequence[str] = ()) -> None:  # noqa: A002
        super().__init__(message)
        self.format = format
        self.labels = tuple(labels)


class BinaryFileError(EngineError):
    """The bytes are no text: an image, an executable, an archive."""

    code = "binary-file"


class UnreadableError(EngineError):
    """Text, but no table that any reader here understands."""

    code = "unreadable"


class CorruptGzipError(EngineError):
    """The gzip stream ends early or fails its checksum."""

    code = "corrupt-gzip"


class CorruptArchiveError(EngineError):
    """An archive, or a stream compressed in another way than gzip, is cut off or damaged."""

    code = "corrupt-archive"


class CorruptFileError(EngineError):
    """A workbook, Parquet or Avro file is cut off or damaged."""

    code = "corrupt-file"


class EncryptedFileError(EngineError):
    """The file, or all that the archive holds, is protected by a password."""

    code = "encrypted-file"


class MalformedJsonError(EngineError):
    """The JSON document breaks its grammar; line and column are 1-based."""

    code = "malformed-json"

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class MalformedXmlError(EngineError):
    """The XML document is not well-formed, or declares entities; line and column are 1-based."""

    code = "malformed-xml"

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class TooLargeError(EngineError):
    """A limit of the settings is exceeded: expanded size, document or record."""

    code = "too-large"


class TooManyColumnsError(EngineError):
    """More columns than ``CleanSettings.max_columns``."""

    code = "too-many-columns"


class BadSchemaError(EngineError):
    """The contract can't be applied: a broken pattern, a limit that is no value of the field's type."""

    code = "bad-schema"


class UnknownReferenceError(EngineError):
    """A foreign key of the contract refers to a dataset that is not there."""

    code = "unknown-reference"

    def __init__(self, message: str, dataset: str) -> None:
        super().__init__(message)
        self.dataset = dataset


class SchemaMismatchError(EngineError):
    """The file is not what the contract describes: a breaking change, so that most or all rows would be refused."""

    code = "schema-mismatch"

    def __init__(self, message: str, *, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing


class CountMismatchError(EngineError):
    """Rows in are not rows out + rejected + duplicate: a fault of the engine, never to be papered over."""

    code = "count-mismatch"


class EngineFaultError(EngineError):
    """DuckDB failed where it should not have, or memory didn't suffice."""

    code = "engine-fault"
