"""What a command ends with when it can't do what was asked, and how that is told."""

import click

STATUS_REJECTED = 1
STATUS_FAILED = 2
_LONGEST = 2_000  # characters of a message


class CliError(click.ClickException):
    """Bad input or a bad wish: one line that names what is wrong and where. The process exits with status 2."""

    exit_code = STATUS_FAILED


def printable(text: str) -> str:
    """``text`` as one line that can't move a terminal's cursor: control characters are written as escapes."""
    shown = "".join(char if char.isprintable() else _escaped(char) for char in text.strip())
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def _escaped(char: str) -> str:
    return " " if char.isspace() else char.encode("unicode_escape").decode("ascii")


def tell(message: str) -> None:
    """Says on stderr why something wasn't done."""
    click.echo(f"sluice: {printable(message)}", err=True)


def reason(error: OSError) -> str:
    """An operating system's error in its own words, with the file that it is about."""
    said = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {said}" if error.filename else said


def first_line(error: Exception) -> str:
    """What an error says, without the hints that follow."""
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__
