"""Deploying with the real Serverless CLI: all services through the composer, or one by itself."""

import json
import os
import subprocess
import time
from pathlib import Path

import boto3

from sluice_tools import fingerprint, leftovers
from sluice_tools.errors import ToolError
from sluice_tools.stage import Stage
from sluice_tools.workspace import LOCAL, SERVICES, emulator_environment, without_aws, write_env_files


def everything(stage: Stage) -> None:
    """Deploy all services through serverless-compose, and write the stage's profile."""
    _remember(stage, {})
    prints = {service: fingerprint.of_service(stage.workspace, service) for service in SERVICES}
    _serverless(stage, stage.workspace.root, ["deploy"])
    _remember(stage, prints)
    stage.write_profile()


def one(stage: Stage, service: str) -> None:
    """Deploy a single service from its own folder."""
    folder = stage.workspace.service(service)
    print_before = fingerprint.of_service(stage.workspace, service)  # a file may change while it deploys
    _serverless(stage, folder, ["deploy"])
    _remember(stage, _remembered(stage) | {service: print_before})


def what_changed(stage: Stage) -> list[str]:
    """Deploy the services whose inputs changed since they were deployed, or whose stacks are gone.

    Returns:
        The services that were deployed.
    """
    deployed, there = _remembered(stage), stage.standing()
    changed = [
        service
        for service in SERVICES
        if service not in there or deployed.get(service) != fingerprint.of_service(stage.workspace, service)
    ]
    if set(changed) == set(SERVICES):
        everything(stage)
        return changed
    for service in changed:
        one(stage, service)
    stage.write_profile()
    return changed


def remove(stage: Stage) -> None:
    """Remove a stage with its data.

    Raises:
        ToolError: The stage is protected, or something of it couldn't be removed.
    """
    if stage.name == "prod":
        raise ToolError("prod's tables and buckets are protected: it isn't removed by a make target")
    if "clean" in stage.standing():
        profile = stage.write_profile()
        s3 = boto3.resource("s3", **stage.client_arguments)
        for bucket in (profile["raw_bucket"], profile["clean_bucket"]):
            # each deletion is an event, and nobody is to act on these
            s3.BucketNotification(bucket).put(NotificationConfiguration={})
            # CloudFormation deletes no bucket that holds something
            s3.Bucket(bucket).object_versions.delete()
    _serverless(stage, stage.workspace.root, ["remove"])
    if left := leftovers.of(stage):
        raise ToolError(f"stage {stage.name} is not wholly removed; left are: {', '.join(left)}")
    stage.workspace.profile_path(stage.name).unlink(missing_ok=True)
    _remember(stage, {})


def prepare(stage: Stage) -> None:
    """Let `npx sls deploy --stage local` find the emulator without any variable set."""
    if stage.endpoint_url is not None:
        write_env_files(stage.workspace, stage.endpoint_url)


def _serverless(stage: Stage, folder: Path, arguments: list[str]) -> None:
    """Run the CLI.

    What it says is shown for AWS; for the emulator it goes to a log file, and is shown if it failed.

    Raises:
        ToolError: It ended with another status than 0.
    """
    command = ["npx", "--no-install", "sls", *arguments, "--stage", stage.name]
    quiet = stage.endpoint_url is not None
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(stage),
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if quiet:
        with (stage.workspace.state / "deploy.log").open("a") as log:
            log.write(f"== {time.strftime('%F %T')} {folder}: {' '.join(command)}\n{done.stdout}\n")
    if done.returncode != 0:
        raise ToolError(f"`{' '.join(command)}` failed in {folder}\n{done.stdout or ''}".rstrip())


def _environment(stage: Stage) -> dict[str, str]:
    if stage.endpoint_url is None:
        return {**os.environ, "AWS_REGION": stage.region, "NODE_NO_WARNINGS": "1"}
    local = without_aws(os.environ) | emulator_environment(stage.endpoint_url)
    return {**local, **stage.deployment, "NODE_NO_WARNINGS": "1"}


def _remembered(stage: Stage) -> dict[str, str]:
    path = _memory(stage)
    read: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return read


def _remember(stage: Stage, prints: dict[str, str]) -> None:
    if stage.name == LOCAL:  # a stage on AWS may be deployed from elsewhere too: nothing here can know
        _memory(stage).write_text(json.dumps(prints))


def _memory(stage: Stage) -> Path:
    return stage.workspace.state / f"deployed-{stage.name}.json"
