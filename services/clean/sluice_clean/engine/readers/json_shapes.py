"""Tables that a JSON object is as a whole, without an array of objects: labelled rows, or objects side by side.

So pandas writes a frame, and so do many services: ``{"AT": {"name": …}, "BE": {"name": …}, …}``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from sluice_clean.engine.readers.json_digits import kind_of

_FEWEST = 3  # objects side by side that are records; two may be the ends of something
_SHARED = 0.5  # of all keys, those that a record has on average
_YEAR = 4  # figures
_KEY, _INDEX = "key", "index"
_HEADERS = ("columns", "header", "headers", "labels", "fields", "names", "columnnames", "column_names", "cols")

Record = dict[str, Any]
Members = Mapping[str, Record]


@dataclass(frozen=True)
class Shape:
    """A table that an object is.

    Attributes:
        records: One after the other.
        told: How they were found, for a warning.
    """

    records: Iterator[Record]
    told: str


def shape_of(document: Any) -> Shape | None:  # noqa: ANN401 - any JSON value
    """The table that an object is as a whole; None where it is none."""
    if not isinstance(document, dict) or not document:
        return None
    if all(isinstance(value, dict) and value for value in document.values()):
        return _side_by_side(document)
    return _labelled_rows(document)


def _labelled_rows(document: Record) -> Shape | None:
    """``{"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}``, perhaps with an index."""
    widths = {name: width for name, value in document.items() if (width := _width(value))}
    header = next((name for known in _HEADERS for name in document if name.lower() == known), None)
    if len(widths) != 1 or header is None:
        return None
    ((place, width),) = widths.items()
    labels, rows = document[header], document[place]
    if not _are_labels(labels, width):
        return None
    used = {header, place}
    index = document.get(_INDEX)
    if isinstance(index, list) and len(index) == len(rows) and _INDEX not in labels:
        used.add(_INDEX)
        if index != list(range(len(rows))):
            labels, rows = [_INDEX, *labels], [[key, *row] for key, row in zip(index, rows, strict=True)]
    aside = [name for name in document if name not in used]
    told = f"records were taken from {place}, their labels from {header}"
    told += f"; left aside: {', '.join(aside)}" if aside else ""
    return Shape((dict(zip(labels, row, strict=True)) for row in rows), told)


def _width(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """How many cells each row has, if the value is rows of one length; else 0."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return 0
    lengths = {len(row) for row in value}
    return lengths.pop() if len(lengths) == 1 else 0


def _are_labels(value: Any, width: int) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(value, list) or len(value) != width:
        return False
    return all(isinstance(label, str) and label.strip() for label in value) and len(set(value)) == width


def _side_by_side(members: Members) -> Shape | None:
    """Objects that have the same keys: each is a record, under its name, or each is a column."""
    keys = list(dict.fromkeys(key for value in members.values() for key in value))
    if _are_columns(members, keys):
        return Shape(_across(members, keys), "the document's members were read as columns")
    if sum(map(len, members.values())) < _SHARED * len(keys) * len(members):
        return None
    if _count(members):
        return Shape(iter(members.values()), "the document's members were read as records")
    if len(members) < _FEWEST:
        return None
    label = _free(_KEY, keys)
    told = f"the document's members were read as records, with their names as the column {label}"
    return Shape(({label: name} | value for name, value in members.items()), told)


def _are_columns(members: Members, keys: Sequence[str]) -> bool:
    """Whether the members are columns, and their keys an index that all of them have."""
    if len(keys) < 2 or all(map(str.isdecimal, members)) or any(list(value) != keys for value in members.values()):  # noqa: PLR2004 - records
        return False
    if _count(keys):
        return True
    if len(members) < 2:  # noqa: PLR2004 - columns
        return False
    if all(map(str.isdecimal, keys)) and (len(keys) > len(members) or any(len(key) != _YEAR for key in keys)):
        return True  # moments, and names of records; a year may be a column
    of_rows = [[value[key] for value in members.values()] for key in keys]
    return all(_is_even(value.values()) for value in members.values()) and not all(map(_is_even, of_rows))


def _is_even(values: Collection[Any]) -> bool:
    """Whether all values are of one kind."""
    return len({kind_of(value) for value in values if value is not None}) <= 1


def _across(members: Members, keys: Sequence[str]) -> Iterator[Record]:
    """The records of which each member holds a column."""
    index = None if _count(keys) else _free(_INDEX, members)
    for key in keys:
        record = {name: value[key] for name, value in members.items()}
        yield record if index is None else {index: key} | record


def _count(keys: Collection[str]) -> bool:
    """Whether keys are 0, 1, 2, and so on: they only count the records."""
    return all(key == str(number) for number, key in enumerate(keys))


def _free(name: str, taken: Collection[str]) -> str:
    """A name that none of the others has."""
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(one for one in names if one not in taken)
