# ruff: noqa: S608 - SQL is built of generated names
"""Several tables as one: the members of an archive, each with its own reader, dialect and encoding."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sluice_clean.engine.containers import Member
from sluice_clean.engine.errors import (
    BinaryFileError,
    BlankFileError,
    EmptyFileError,
    EncryptedFileError,
    EngineError,
    NoRecordsError,
    UnreadableError,
)
from sluice_clean.engine.model import Source
from sluice_clean.engine.readers.base import Chunk, RawTable
from sluice_clean.engine.readers.gathering import Gathering
from sluice_clean.engine.readers.projected import ProjectedChunk, project
from sluice_clean.engine.work import Workspace

Read = Callable[[Source, Workspace], RawTable]
_NO_TABLE = (BinaryFileError, BlankFileError, EmptyFileError, EncryptedFileError, NoRecordsError, UnreadableError)
# What people put beside data: left aside if it shares no column with the data.
_NOTES = re.compile(
    r"(?:^|/)(?:read[ _-]?me|licen[cs]e|copying|notice|change(?:log|s)|manifest)\b[^/]*$", re.IGNORECASE
)
_EXPLAINED = 3
_UNITED = 16  # samples in one query
_SMALL = 64 << 10  # bytes of a member whose records are copied rather than a chunk


def read_members(members: Sequence[Member], work: Workspace, read: Read) -> RawTable:
    """The table that the files of an object make up; files that are no table are told in its warnings.

    Args:
        members: What `unpack` found.
        work: The run.
        read: Reads one of them; it gets a folder of its own.

    Raises:
        EngineError: A file can't be read, or none is a table.
    """
    if len(members) == 1:
        return _named(members[0], work, read)
    tables: list[Named] = []
    refused: list[str] = []
    for number, member in enumerate(members):
        try:
            table = _named(member, work.part(number), read)
            tables.append(Named(member.name, table, is_small=member.source.size <= _SMALL))
        except _NO_TABLE as error:
            refused.append(str(error))
    if not tables:
        more = f"; and {len(refused) - _EXPLAINED:,} more" if len(refused) > _EXPLAINED else ""
        raise UnreadableError(f"no member of the archive is a table: {'; '.join(refused[:_EXPLAINED])}{more}")
    tables, notes = _without_notes(tables)
    combined = combine(tables, work)
    combined.warnings[:0] = [f"left aside: {text}" for text in (*refused, *notes)]
    return combined


def _named(member: Member, work: Workspace, read: Read) -> RawTable:
    """Reads a member; what is raised names it."""
    try:
        return read(member.source, work)
    except EngineError as error:
        if member.name is not None:
            error.args = (f"{member.name}: {error}", *error.args[1:])
        raise


@dataclass(frozen=True)
class Named:
    """A table, the name of the member that it comes from, and whether that is small."""

    name: str | None
    table: RawTable
    is_small: bool


def _without_notes(tables: list[Named]) -> tuple[list[Named], list[str]]:
    """Takes the texts that were written for people away: one column, or a name like README and columns of its own."""
    wide = [one.table for one in tables if len(one.table.labels) > 1]
    if not wide:
        return tables, []
    kept, notes = [], []
    for one in tables:
        name, table = one.name, one.table
        is_text = table.format == "csv" and len(table.labels) == 1 and table.dialect is not None
        others = {key for other in wide if other is not table for key in _keys(other.labels) if isinstance(key[0], str)}
        is_note = bool(_NOTES.search(name or "")) and len(wide) > 1 and others.isdisjoint(_keys(table.labels))
        if is_text or is_note:
            notes.append(f"{name}: a text, not a table")
        else:
            kept.append(one)
    return (kept, notes) if kept else (tables, [])


_Key = tuple[str | int, int]


def _keys(labels: Sequence[str | None]) -> list[_Key]:
    """What tells a column from others: its label and which of that label it is; without a label, its place."""
    seen: dict[str, int] = {}
    keys: list[_Key] = []
    for place, label in enumerate(labels):
        if label is None or not label.strip():
            keys.append((place, 0))
            continue
        name = " ".join(label.split()).casefold()
        seen[name] = seen.get(name, 0) + 1
        keys.append((name, seen[name]))
    return keys


def combine(tables: Sequence[Named], work: Workspace) -> RawTable:
    """One table of several: the records of the first, then those of the second, ….

    Columns with the same label are the same column; those without one are taken by their place. Cells of columns
    that a table doesn't have are null.
    """
    if len(tables) == 1:
        return tables[0].table
    labels, maps = _united([one.table.labels for one in tables])
    readings = [_Reading(one, places, len(labels)) for one, places in zip(tables, maps, strict=True)]
    dialects = [one.table.dialect for one in tables]
    combined = RawTable(
        labels=labels,
        chunks=_chunks(readings, Gathering(work, len(labels))),
        sample=_sample(readings, work, len(labels)),
        sampled_all=all(one.table.sampled_all for one in tables),
        format=_joined(one.table.format for one in tables),
        encoding=_joined(one.table.encoding for one in tables),
        nested=any(one.table.nested for one in tables),
        dialect=dialects[0] if all(dialect == dialects[0] for dialect in dialects) else None,
        warnings=_strangers(readings),
    )
    combined.settle = partial(_settle, combined, readings)
    return combined


def _sample(readings: Sequence["_Reading"], work: Workspace, width: int) -> str:
    """SQL of the samples of all tables: of many it is a copy, since to plan them as one takes seconds."""
    if len(readings) <= _UNITED:
        samples = (f"FROM {project(reading.table.sample, reading.sources)}" for reading in readings)
        return f"({' UNION ALL '.join(samples)})"
    name = work.named("united")
    columns = ", ".join(f"c{place} VARCHAR" for place in range(width))
    work.connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    for reading in readings:
        cells = ", ".join(f"c{index}" for index in range(len(reading.places)))
        places = ", ".join(f"c{place}" for place in reading.places)
        work.connection.execute(f"INSERT INTO {name} ({places}) SELECT {cells} FROM {reading.table.sample}")
    return name


def _joined(values: Iterable[str]) -> str:
    return "+".join(sorted(set(values)))


def _united(tables: Sequence[Sequence[str | None]]) -> tuple[list[str | None], list[list[int]]]:
    """The labels of all tables, and for each table where its columns are among them."""
    labels: list[str | None] = []
    known: dict[_Key, int] = {}
    maps = []
    for table in tables:
        places = []
        keys = _keys(table)
        taken = {known[key] for key in keys if key in known}
        for key, label in zip(keys, table, strict=True):
            place = known.get(key)
            if place is None and isinstance(key[0], int) and key[0] < len(labels) and key[0] not in taken:
                place = key[0]  # a table without labels has the columns of the one before it
            if place is None:
                place = len(labels)
                labels.append(label)
                known[key] = place
            taken.add(place)
            places.append(place)
        maps.append(places)
    return labels, maps


@dataclass(frozen=True)
class _Reading:
    """A table and the places that its columns have in the united one."""

    member: Named
    places: list[int]
    width: int

    @property
    def name(self) -> str | None:
        """The member that it comes from."""
        return self.member.name

    @property
    def table(self) -> RawTable:
        """The table."""
        return self.member.table

    @property
    def sources(self) -> list[int | None]:
        """For each united column the one of the table."""
        own = {place: index for index, place in enumerate(self.places)}
        return [own.get(place) for place in range(self.width)]


def _strangers(readings: Sequence[_Reading]) -> list[str]:
    """Warns of tables that have no column in common with those before them."""
    known = set(readings[0].places)
    warnings = []
    for reading in readings[1:]:
        if known.isdisjoint(reading.places):
            warnings.append(f"{reading.name} has no column in common with {readings[0].name}")
        known |= set(reading.places)
    return warnings


def _chunks(readings: Sequence[_Reading], gathering: Gathering) -> Iterator[Chunk]:
    """The records of all tables in order; those of small ones together."""
    for reading in readings:
        for chunk in reading.table.chunks:
            if reading.member.is_small:
                gathering.take(chunk, reading.sources, reading.name)
                if gathering.is_full:
                    yield from gathering.chunks()
            else:
                yield from gathering.chunks()
                yield ProjectedChunk(chunk, len(reading.places), reading.sources, reading.name)
    yield from gathering.chunks()


def _settle(combined: RawTable, readings: Sequence[_Reading]) -> None:
    """What the tables know only when they are through."""
    for reading in readings:
        reading.table.settle()
    combined.encoding = _joined(reading.table.encoding for reading in readings)
    combined.warnings += [f"{reading.name}: {text}" for reading in readings for text in reading.table.warnings]
