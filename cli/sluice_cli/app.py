"""The command's entry: finds commands, and turns whatever ends them into one line and an exit status."""

import gc
import importlib
import os
import pkgutil
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from sluice_cli import commands
from sluice_cli.errors import STATUS_FAILED, CliError, reason, tell

# As shells count them: 128 and the signal's number.
_INTERRUPTED = 128 + signal.SIGINT
_PIPE_CLOSED = 128 + 13
_STDOUT = 1


class SignalledError(KeyboardInterrupt):
    """The process was asked to end by another signal than SIGINT; everything is cleared away as for that one."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


class App(click.Group):
    """A group whose commands are the modules of `sluice_cli.commands`, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands' names."""
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        gc.freeze()  # what was imported stays: no collection is to look through it, nor the end to clear it away
        command: click.Command = module.command
        return command

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override] # noqa: ANN401 - passed on to click, which never returns here
        """Runs a command line and exits: 0 done, 1 rejected under --strict, 2 bad input or usage."""
        try:
            extra["standalone_mode"] = False
            status = super().main(args, prog_name or "sluice", **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            status = error.exit_code
        except click.UsageError as error:
            hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
            tell(error.format_message() + hint)
            status = error.exit_code
        except click.ClickException as error:
            tell(error.format_message())
            status = error.exit_code
        except click.Abort as error:
            status = error.__cause__.status if isinstance(error.__cause__, SignalledError) else _INTERRUPTED
        try:
            sys.stdout.flush()
        except OSError:
            _forget_stdout()
            status = status or STATUS_FAILED
        sys.exit(status)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Runs the command that was found.

        Raises:
            CliError: Whatever else went wrong.
        """
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            _forget_stdout()
            return _PIPE_CLOSED
        except OSError as error:
            raise CliError(reason(error)) from error
        except Exception as error:
            # DuckDB makes a RuntimeError of what a signal's handler raised during a query.
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise error.__cause__ from None
            if ctx.params["debug"]:
                raise
            text = f"{type(error).__name__}: {error}"
            raise CliError(f"an error that should not happen ({text}); sluice --debug … shows where") from error
        return result


def _forget_stdout() -> None:
    """Our output can't be written any more: what is still buffered must not fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)


@click.group("sluice", cls=App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="sluice-cli", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show where an error came from that should not happen.")
def app(debug: bool) -> None:
    """Sluice makes clean, typed, explained tables of raw ones."""


def run() -> NoReturn:
    """The console script."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    app.main()


def _end(number: int, _frame: object) -> NoReturn:
    raise SignalledError(number)
