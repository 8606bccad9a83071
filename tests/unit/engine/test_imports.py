"""What a run imports before it has seen a file: every start pays for it."""

import codecs
import subprocess
import sys

from sluice_clean.engine.stream import replaces_strays

# Of formats that few files have, and what only a person's terminal needs.
RARE = {"fastavro", "selectolax", "openpyxl", "python_calamine", "rich", "httpx", "boto3", "numpy", "encodings.cp1257"}


def _imported_by(statement: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(told.stdout.split())


def test_the_engine_imports_no_library_of_a_rare_format() -> None:
    assert not RARE & _imported_by("import sluice_clean.engine")


def test_the_command_imports_neither_a_rare_formats_library_nor_a_screen() -> None:
    assert not RARE & _imported_by("import sluice_cli.commands.clean")


def test_codes_of_several_bytes_are_told_by_any_of_their_names() -> None:
    for name in ("utf-16", "UTF-32-LE", "sjis", "shift-jis", "cp932", "euc-jp", "iso-2022-jp", "gb2312", "gbk"):
        assert replaces_strays(name), codecs.lookup(name).name
    for name in ("gb18030", "hz", "big5", "big5-hkscs", "cp950", "uhc", "euc-kr", "johab"):
        assert replaces_strays(name), codecs.lookup(name).name
    for name in ("utf-8", "cp1252", "koi8-r", "mac_roman", "latin-1"):
        assert not replaces_strays(name), codecs.lookup(name).name
