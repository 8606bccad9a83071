"""Brings what lies in a stage's failure queues in again."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sluice.redrive import LAMBDA_CONFIG, Outcome
from sluice.redrive import redrive as redriven
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
    done = stay = 0
    try:
        for name in (name for name in profile if name.endswith("_failure_queue")):
            for outcome in redriven(sqs, functions, profile[name]):
                print(_line(outcome), flush=True)
                done, stay = done + (outcome.error is None), stay + (outcome.error is not None)
    except (ClientError, BotoCoreError) as error:
        raise ToolError(f"the failure queues of {stage.name} can't be read: {error}") from error
    print(f"{done} done, {stay} stay in the failure queue" + ("" if done or stay else ": nothing had failed"))
    return 1 if stay else 0


def _line(outcome: Outcome) -> str:
    what = f"{outcome.function or '?'}: {outcome.subject}"
    return f"stays  {what} (try {outcome.tries}): {outcome.error}" if outcome.error else f"done   {what}"
