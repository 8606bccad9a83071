# ruff: noqa: S608 - SQL is built of generated column names and of literals quoted by sql.py
"""Types every row once, into an intermediate Parquet file: values, key, what the row is refused for."""

from sluice_clean.engine.contract import Violation, check_usable, violations
from sluice_clean.engine.plan import ColumnPlan, Plan
from sluice_clean.engine.sql import literal
from sluice_clean.engine.work import Workspace

MAX_KEY_BYTES = 1024
_ROW_GROUP = 20_480  # small groups: a part of the output is read by all threads, and only what it needs


def stage(work: Workspace, plan: Plan) -> None:
    """The view ``staged`` (_row, _line, _key, _bad, v0, v1, …); refused rows go to ``rejects`` and have _bad set."""
    found = [] if work.settings.as_text else violations(plan)
    check_usable(work, found, plan)
    values = ", ".join(f"{column.value} AS v{index}" for index, column in enumerate(plan.columns))
    path = literal(str(work.folder / "staged.parquet"))
    cases = " ".join(f"WHEN {violation.condition} THEN {number}" for number, violation in enumerate(found, 1))
    bad = f"(CASE {cases} END)::INTEGER" if found else "NULL::INTEGER"
    work.connection.execute(f"""COPY (
        SELECT *, {key_sql(plan)} AS _key FROM (
            SELECT _row, _line, {bad} AS _bad, {values} FROM raw))
        TO {path} (COMPRESSION lz4_raw, ROW_GROUP_SIZE {_ROW_GROUP})""")
    work.connection.execute(f"CREATE OR REPLACE TEMP VIEW staged AS FROM read_parquet({path})")
    _refuse(work, found)


def key_sql(plan: Plan) -> str:
    """SQL: the record's key: the primary key's values, else a hash that tells null from "" and 1 from "1"."""
    if not plan.key:
        cells = ", ".join(f"v{index}" for index in range(len(plan.columns)))
        return f"md5(json_array({cells})::VARCHAR)"
    parts = [_key_part(column, plan) for column in plan.key]
    if len(parts) > 1:
        parts = [f"replace(replace({part}, '~', '~7E'), ',', '~2C')" for part in parts]
    key = " || ',' || ".join(parts)
    return f"(CASE WHEN strlen({key}) > {MAX_KEY_BYTES} THEN md5({key}) ELSE {key} END)"


def _key_part(column: ColumnPlan, plan: Plan) -> str:
    value = f"v{plan.columns.index(column)}::VARCHAR"
    return f"replace({value}, ' ', 'T')" if column.sql_type == "TIMESTAMP" else value


def _refuse(work: Workspace, found: list[Violation]) -> None:
    if not found:
        return
    (refused,) = work.row("SELECT count(_bad) FROM staged")
    if refused == 0:
        return
    rows = ", ".join(
        f"({number}, {literal(v.code)}, {literal(v.reason)}, {literal(v.column) if v.column else 'NULL'})"
        for number, v in enumerate(found, 1)
    )
    work.connection.execute(f"""INSERT INTO rejects
        SELECT s._row, s._line, v.code, v.reason, v.col, r._text
        FROM (SELECT _row, _line, _bad FROM staged WHERE _bad IS NOT NULL) s
        JOIN raw r ON r._row = s._row
        JOIN (VALUES {rows}) v(number, code, reason, col) ON v.number = s._bad""")
