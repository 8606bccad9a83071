"""A program: reads a workbook with calamine and writes it as lines of JSON. Run by `legacy`, in a process of its own.

calamine holds a sheet as a rectangle of cells, and the process dies if that doesn't fit in memory: a damaged file
can say that it has four thousand million cells. It must not import the engine: it is to start quickly.

Usage: calamine_worker.py FILE MEMORY SECONDS [SHEET]. Without a sheet: a line per sheet (name, hidden, cells, merged
ranges). With one: a line per row that has a value (1-based number, cells). Exit status 2: protected by a password;
3: no workbook, or a damaged one, with a reason on the error stream.
"""

import json
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

PROTECTED, DAMAGED = 2, 3
_MERGES = 10_000


def main(path: str, memory: int, seconds: int, sheet: str | None) -> int:
    """Does it; gives the exit status."""
    _limit(memory, seconds)
    try:
        with CalamineWorkbook.from_path(path) as book:
            if sheet is None:
                _write_sheets(book)
            else:
                _write_rows(book, sheet)
    except PasswordError:
        return PROTECTED
    except (CalamineError, OSError, ValueError) as error:
        sys.stderr.write(str(error))
        return DAMAGED
    return 0


def _limit(memory: int, seconds: int) -> None:
    """Puts limits on this process, where the system has them."""
    try:
        import resource  # not on every system
    except ImportError:
        return
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (limit, limit))
        except (OSError, ValueError):
            continue


def _write(line: object) -> None:
    sys.stdout.write(json.dumps(line, default=_iso) + "\n")


def _iso(value: date | datetime | time | timedelta) -> str:
    if not isinstance(value, timedelta):
        return value.isoformat()
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _write_sheets(book: CalamineWorkbook) -> None:
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        cells = sum(1 for row in sheet.iter_rows() for cell in row if cell != "")
        merges = (sheet.merged_cell_ranges or [])[:_MERGES]
        _write([meta.name, meta.visible != SheetVisibleEnum.Visible, cells, merges])


def _write_rows(book: CalamineWorkbook, name: str) -> None:
    sheet = book.get_sheet_by_name(name)
    first_row, first_column = sheet.start or (0, 0)
    before: list[None] = [None] * first_column
    for number, values in enumerate(sheet.iter_rows(), first_row + 1):
        while values and values[-1] == "":
            values.pop()
        if values:
            _write([number, *before, *(None if value == "" else value for value in values)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else None))  # noqa: PLR2004
