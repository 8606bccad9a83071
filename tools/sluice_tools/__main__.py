"""The commands behind `make`: `python -m sluice_tools COMMAND`."""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable

from sluice_tools import deploy, emulator
from sluice_tools.errors import ToolError
from sluice_tools.stage import Stage
from sluice_tools.workspace import LOCAL, Workspace


def main() -> int:
    """Run one command.

    Returns:
        0, or 1 after one clear line about what went wrong.
    """
    options = _parser().parse_args()
    command: Callable[[argparse.Namespace], int | None] = options.command
    try:
        return command(options) or 0
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # `make run | head`: whoever reads has seen enough; Python's own flush at exit must not fail on it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sluice_tools", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int | None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=(command.__doc__ or "").splitlines()[0])
        added.set_defaults(command=command)
        return added

    add("run", run).add_argument("--port", type=int, help="the emulator's port")
    add("stop", stop)
    add("sizes", print_sizes)
    for name, command in (("deploy-all", deploy_all), ("remove-all", remove_all)):
        add(name, command).add_argument("--stage", required=True)
    for name, command in (("deploy", deploy_one), ("logs", logs)):
        added = add(name, command)
        added.add_argument("--service", required=True)
        added.add_argument("--stage", default=LOCAL)
    add("redrive", redrive).add_argument("--stage", default=LOCAL)
    add("demo", demo)
    add("env", env).add_argument("--stage", default=LOCAL)
    add("cost", cost)
    tests = {
        "emulator-test": emulator_test,
        "integration-test": integration_test,
        "permissions-test": permissions_test,
    }
    for name, test in tests.items():
        add(name, test).add_argument("arguments", nargs="*", help="for pytest")
    return parser


def run(options: argparse.Namespace) -> None:
    """Start the emulator and deploy onto it what changed."""
    workspace = Workspace.here()
    began = time.monotonic()
    running = emulator.find(workspace)
    port = options.port or int(os.environ.get("SLUICE_PORT") or 0) or (running.port if running else None)
    cloud = emulator.Emulator(workspace, port or emulator.last_port(workspace) or emulator.DEFAULT_PORT)
    started = cloud.start()
    print(f"MiniStack {'started' if started else 'runs'} on {cloud.endpoint_url}", flush=True)
    stage = Stage(workspace, LOCAL, cloud.endpoint_url)
    deploy.prepare(stage)
    changed = deploy.what_changed(stage)
    print(f"deployed {', '.join(changed) or 'nothing: no change'} ({time.monotonic() - began:.0f} s)\n")
    print(_welcome(workspace.profile(LOCAL)))


def _welcome(profile: dict[str, str]) -> str:
    """What to do with a stage that runs."""
    return f"""ingest API  {profile["ingest_url"]}/v1    key {profile["ingest_key"]}
query API   {profile["query_url"]}/v1    key {profile["query_key"]}
raw bucket  s3://{profile["raw_bucket"]}/raw/DATASET/NAME  (endpoint {profile.get("endpoint_url", "AWS")})

Put a small file in, and read what came of it:

  printf 'City, Visits ,First seen\\n Oslo ,1204,May 1 2024\\nLima,N/A,May 2 2024\\n' |
    curl -sS -w '\\n' --data-binary @- -H 'x-api-key: {profile["ingest_key"]}' \\
      '{profile["ingest_url"]}/v1/datasets/cities/objects?name=cities.csv' && sleep 4 &&
    curl -sS -w '\\n' -H 'x-api-key: {profile["query_key"]}' '{profile["query_url"]}/v1/datasets/cities/records'

`make demo` shows more, `make logs SERVICE=clean` what the functions say, `make stop` ends it (data stays)."""


def stop(_options: argparse.Namespace) -> None:
    """Stop the emulator; its state is kept."""
    print("stopped, its state is kept" if emulator.stop(Workspace.here()) else "MiniStack doesn't run")


def print_sizes(_options: argparse.Namespace) -> None:
    """Package every service for AWS and for here, and tell how large the packages are."""
    from sluice_tools import sizes  # not needed by anything else

    print(sizes.table(sizes.measure(Workspace.here())))


def deploy_all(options: argparse.Namespace) -> None:
    """Deploy all services of a stage, and write its profile."""
    stage = Stage.known(Workspace.here(), options.stage)
    deploy.everything(stage)
    print(f"deployed; clients find it by {stage.workspace.profile_path(stage.name)}")


def deploy_one(options: argparse.Namespace) -> None:
    """Deploy one service of a stage."""
    began = time.monotonic()
    stage = Stage.known(Workspace.here(), options.stage)
    deploy.one(stage, options.service)
    print(f"{options.service} deployed to {stage.name} ({time.monotonic() - began:.1f} s)")


def remove_all(options: argparse.Namespace) -> None:
    """Remove all services of a stage, with their data."""
    stage = Stage.known(Workspace.here(), options.stage)
    deploy.remove(stage)
    print(f"stage {stage.name} is removed")


def logs(options: argparse.Namespace) -> None:
    """Print what a service's functions logged in the last hour."""
    from sluice_tools import function_logs  # for this command only

    function_logs.show(Stage.known(Workspace.here(), options.stage), options.service)


def redrive(options: argparse.Namespace) -> int:
    """Bring the events in a stage's failure queues in again; 1 if some of them stay."""
    from sluice_tools import failure_queues  # for this command only

    return failure_queues.redrive(Stage.known(Workspace.here(), options.stage))


def demo(_options: argparse.Namespace) -> None:
    """Send real files through the local stage and show what comes of them."""
    from sluice_tools import demo as shown  # its libraries are for it alone

    shown.run(Workspace.here())


def env(options: argparse.Namespace) -> None:
    """Print a stage's addresses and keys as shell variables: eval "$(make -s env)"."""
    profile = Workspace.here().profile(options.stage)
    for name in ("ingest_url", "ingest_key", "query_url", "query_key"):
        print(f"export SLUICE_{name.upper()}={shlex.quote(profile[name])}")


def cost(_options: argparse.Namespace) -> None:
    """Print what Sluice costs on AWS, from list prices."""
    from sluice_tools import cost as prices  # for this command only

    print(prices.table())


def emulator_test(options: argparse.Namespace) -> int:
    """Run the integration tests against a MiniStack of their own."""
    from sluice_tools import integration  # not needed by anything else

    return integration.on_ministack(Workspace.here(), options.arguments)


def integration_test(options: argparse.Namespace) -> int:
    """Run the integration tests against a LocalStack of their own."""
    from sluice_tools import integration  # not needed by anything else

    return integration.on_localstack(Workspace.here(), options.arguments)


def permissions_test(options: argparse.Namespace) -> int:
    """Run the integration tests where permissions are checked, then take each grant away once."""
    from sluice_tools import integration  # not needed by anything else

    return integration.with_permissions(Workspace.here(), options.arguments)


if __name__ == "__main__":
    sys.exit(main())
