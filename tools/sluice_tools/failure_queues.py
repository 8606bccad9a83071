"""Brings what lies in a stage's failure queues in again."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sluice.redrive import LAMBDA_CONFIG, redrive_stage, tell
from sluice_tools.errors import ToolError
from sluice_tools.stage import Stage


def redrive(stage: Stage) -> int:
    """Take up every message of every queue, and print a line for each.

    Returns:
        0, or 1 if messages stay.

    Raises:
        ToolError: A queue can't be read.
    """
    profile = stage.write_profile()
    sqs = boto3.client("sqs", **stage.client_arguments)
    functions = boto3.client("lambda", config=LAMBDA_CONFIG, **stage.client_arguments)
    try:
        stay = tell(redrive_stage(sqs, functions, profile), lambda line: print(line, flush=True))
    except (ClientError, BotoCoreError) as error:
        raise ToolError(f"the failure queues of {stage.name} can't be read: {error}") from error
    return 1 if stay else 0
