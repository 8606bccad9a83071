"""Avro object container files. Standard: Avro 1.11, "Object Container Files".

Every value becomes text: what is nested JSON, times ISO 8601, bytes base64.
"""

import base64
from datetime import date, datetime, time

import orjson

from sluice_clean.engine.containers.base import SourceFile
from sluice_clean.engine.errors import NoRecordsError
from sluice_clean.engine.probe import Sample
from sluice_clean.engine.readers.base import RawTable
from sluice_clean.engine.readers.growing import GrowingTable
from sluice_clean.engine.work import Workspace


class AvroReader:
    """Takes what the probe says is Avro."""

    def recognises(self, sample: Sample) -> bool:
        """See `Reader`."""
        return sample.kind == "avro"

    def read(self, sample: Sample, work: Workspace) -> RawTable:
        """See `Reader`."""
        # It brings the Avro library, which is slow to import, and few files are Avro.
        from sluice_clean.engine.readers.avro_blocks import (
            LARGEST_BLOCK,
            LARGEST_HEADER,
            blocks_of,
            header_of,
            records_of,
        )

        with work.timed("read"), SourceFile(sample.source, LARGEST_BLOCK) as file:
            header = header_of(sample.source.read(0, LARGEST_HEADER))
            file.seek(header.size)
            growing = GrowingTable(work, len(header.labels), "records")
            texts = _Texts()
            for block in blocks_of(file, header):
                for record in records_of(block, header):
                    values = record.values() if header.is_record else (record,)
                    growing.add([texts.of(value) for value in values])
        if not growing.records:
            raise NoRecordsError("the Avro file has no records")
        return RawTable(
            [*header.labels],
            *growing.finish(range(len(header.labels))),
            "avro",
            "utf-8",
            nested=True,
            warnings=["bytes are given in base64"] if texts.had_bytes else [],
        )


class _Texts:
    """Makes texts of values, and remembers whether bytes were among them."""

    def __init__(self) -> None:
        self.had_bytes = False

    def of(self, value: object) -> str | None:
        """A cell."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, dict | list | tuple):
            return orjson.dumps(value, default=self._scalar, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
        return self._scalar(value)

    def _scalar(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, bytes):
            self.had_bytes = True
            return base64.b64encode(value).decode()
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, date | time):
            return value.isoformat()
        return str(value)  # numbers, decimals, UUIDs
