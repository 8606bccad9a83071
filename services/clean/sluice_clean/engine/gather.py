"""Asks all values what each column is, in rounds, the cheap questions first.

A sample tells which candidates are out (it alone holds more misfits than the whole column may have) and which one
is likely. All rows are then asked about the likely one, and about the others only where it doesn't explain every
value. What is decided in the end rests on all rows.
"""

from sluice.models.table_schema import FieldType, SchemaField
from sluice_clean.engine.evidence import Candidates, Evidence, count_fits, count_hints, look_over
from sluice_clean.engine.hygiene import NullTexts
from sluice_clean.engine.infer import decide, likely, settles
from sluice_clean.engine.readers import RawTable
from sluice_clean.engine.work import Workspace

_SAMPLE = 500  # rows that are asked about every type, at least
_INFERRED = ("boolean", "integer", "number", "date_dmy", "date_mdy", "datetime_dmy", "datetime_mdy", "time")
_NESTED = ("object", "array")
_DECLARED: dict[FieldType, tuple[str, ...]] = {
    "boolean": ("boolean",),
    "integer": ("integer",),
    "number": ("integer", "number"),
    "date": ("date_dmy", "date_mdy"),
    "datetime": ("datetime_dmy", "datetime_mdy"),
    "time": ("time",),
    "object": ("object",),
    "array": ("array",),
    "duration": ("duration",),
}


def gather(work: Workspace, raw: RawTable, nulls: NullTexts, declared: dict[str, SchemaField]) -> list[Evidence]:
    """Counts everything that decisions need.

    Args:
        work: The run.
        raw: The staged file.
        nulls: Which texts are null.
        declared: The contract's fields, by the cell that they take their values from.
    """
    found = look_over(work, raw.columns, nulls)
    told = [evidence for evidence in found if evidence.cell in declared]
    kinds = {evidence.cell: list(_DECLARED.get(declared[evidence.cell].type, ())) for evidence in told}
    count_fits(work, told, kinds, nulls, "")
    _infer(work, raw, nulls, [evidence for evidence in found if evidence.cell not in declared and evidence.valued > 0])
    return found


def _infer(work: Workspace, raw: RawTable, nulls: NullTexts, found: list[Evidence]) -> None:
    names = [*_INFERRED, *_NESTED] if raw.nested else _INFERRED
    candidates: Candidates = {evidence.cell: list(names) for evidence in found}
    (rows,) = work.row("SELECT coalesce(max(_row), 0) FROM raw")
    sample = max(_SAMPLE, int(2 * work.settings.type_tolerance * rows))
    sampled = rows > 2 * sample
    where = f"WHERE _row <= {sample}" if sampled else ""
    for count in (count_hints, count_fits):
        for evidence in found:
            evidence.forget()
        count(work, found, candidates, nulls, where)
        for evidence in found:
            candidates[evidence.cell] = [name for name in candidates[evidence.cell] if _may_be(evidence, name, work)]
    if sampled:
        _ask_all(work, nulls, found, candidates)


def _ask_all(work: Workspace, nulls: NullTexts, found: list[Evidence], candidates: Candidates) -> None:
    """Asks all rows: about the likely type first, about all that are left where it is not the whole answer."""
    tolerance, day_first = work.settings.type_tolerance, work.settings.day_first
    first: Candidates = {}
    for evidence in found:
        decision = decide(evidence, tolerance, day_first=day_first)
        first[evidence.cell] = likely(evidence, decision, candidates[evidence.cell])
        evidence.forget()
    count_fits(work, found, first, nulls, "")
    rest: Candidates = {}
    for evidence in found:
        settled = settles(evidence, decide(evidence, tolerance, day_first=day_first))
        rest[evidence.cell] = [] if settled else candidates[evidence.cell]
    count_fits(work, found, rest, nulls, "")


def _may_be(evidence: Evidence, candidate: str, work: Workspace) -> bool:
    """Whether the rows that were asked leave room for the candidate: their misfits are not yet too many for all."""
    misfits = evidence.asked - evidence.fits[candidate]
    return misfits <= work.settings.type_tolerance * evidence.valued
