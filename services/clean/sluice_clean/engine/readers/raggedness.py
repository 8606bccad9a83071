"""Whether the records of a chunk lack so many fields, or have so many too many, that DuckDB had better not read it.

It keeps an error for each single field, with the record's text where fields are too many: a record of 100,000 fields
took it 40 s. Few blocks of a chunk tell that it has nothing of the kind; only where they don't is more looked at.
"""

from sluice_clean.engine.records import Form

_STEP, _BLOCK = 32 << 10, 2 << 10
_SUSPICIOUS = 150  # fields that a block has too many
_PREFIX = 1 << 20  # bytes that are looked at for fields that are lacking
# Microseconds: of DuckDB 1.5.5 for a field that is lacking, and for each byte of a record that has one too many; of
# `RecordReader` for a record, and for whatever else it takes to do without DuckDB.
_LACKING, _TOO_MANY, _RECORD, _ONCE = 4.5, 0.002, 11, 50_000


def is_ragged(data: bytes | bytearray, end: int, form: Form, width: int) -> bool:
    """Whether `RecordReader` reads faster what is wrong in a chunk.

    Args:
        data: The chunk begins with it.
        end: Where the chunk ends.
        form: The dialect; others than common ones are not DuckDB's anyway.
        width: Fields in a record.
    """
    if not form.common or form.delimiter is None:
        return False
    mark, found, lines, many = form.delimiter.encode(), 0, 0, False
    for start in range(0, end, _STEP):
        stop = min(start + _BLOCK, end)
        here, ends = data.count(mark, start, stop), data.count(b"\n", start, stop)
        many = many or here - (ends + 1) * (width - 1) > _SUSPICIOUS
        found, lines = found + here, lines + ends
    least = width - 1 - form.optional
    if many:
        return _is_dear(data[:end], form, width)
    return (lines * least - found) * _LACKING > lines * _RECORD and _is_dear(data[: min(end, _PREFIX)], form, width)


def _is_dear(data: bytes | bytearray, form: Form, width: int) -> bool:
    """Whether DuckDB takes longer for the faults than `RecordReader` for all; data begins where no quote is open."""
    mark = (form.delimiter or "").encode()
    outside = b"".join(data.split(form.quote.encode())[::2]) if form.quote else data
    lines = outside.split(b"\n")
    cost = 0.0
    for line in lines:
        fields = line.count(mark) + 1
        if fields > width:
            cost += (fields - width) * len(line) * _TOO_MANY
        elif line:
            cost += max(0, width - form.optional - fields) * _LACKING
    return cost > len(lines) * _RECORD + _ONCE
