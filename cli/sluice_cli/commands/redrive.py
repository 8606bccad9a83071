"""``sluice redrive``: events that failed for good are brought in again, once their cause is mended."""

import click

from sluice_cli.errors import STATUS_REJECTED, CliError
from sluice_cli.profiles import LOCAL, read_profile

_EMULATOR_KEY = "test"  # the emulators take any


@click.command()
@click.option(
    "--profile",
    "stage",
    default=LOCAL,
    show_default=True,
    metavar="STAGE",
    help="The stage, by the name of its profile: .sluice/STAGE.json.",
)
def command(stage: str) -> int:
    """Replay a stage's dead-letter queues: call each function with the events that it failed on.

    A message is deleted only after its function is done with it; one that fails again stays. On AWS this takes
    your own credentials.

    Exit status: 0 nothing stays; 1 some messages stay; 2 it could not be done.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise CliError("redrive speaks to AWS and needs boto3: pip install './cli[aws]'") from None
    from sluice.redrive import LAMBDA_CONFIG, QUEUE, redrive_stage, tell

    profile = read_profile(stage)
    if not any(name.endswith(QUEUE) for name in profile):
        raise CliError(f"the profile of {stage} names no failure queue: deploy the stage again")
    endpoint = profile.get("endpoint_url")
    # A profile that names an endpoint is an emulator's; on AWS the user's own credentials are found.
    access_key = _EMULATOR_KEY if endpoint else None
    try:
        session = boto3.Session(access_key, access_key, region_name=profile.get("region"))
        sqs = session.client("sqs", endpoint_url=endpoint)
        functions = session.client("lambda", endpoint_url=endpoint, config=LAMBDA_CONFIG)
        stay = tell(redrive_stage(sqs, functions, profile), click.echo)
    except (ClientError, BotoCoreError) as error:
        raise CliError(f"the failure queues of {stage} can't be read: {error}") from error
    return STATUS_REJECTED if stay else 0
