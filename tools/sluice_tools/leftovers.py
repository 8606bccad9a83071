"""What is left of a stage in an account: everything whose name carries it, store by store."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import boto3

from sluice_tools.stage import Stage

Client = Callable[[str], Any]


def of(stage: Stage) -> list[str]:
    """Names of all that exists of a stage, each with its kind before it; empty when it is gone.

    Raises:
        botocore.exceptions.ClientError: a store can't be listed.
    """

    def client(service: str) -> Any:  # noqa: ANN401 - one of many kinds
        make: Any = boto3.client
        return make(service, **stage.client_arguments)

    of_stage = re.compile(rf"(?=.*\bsluice\b)(?=.*(^|[-/]){re.escape(stage.name)}($|[-/])).*")
    found = ((kind, name) for kind, names in STORES.items() for name in names(client))
    return [f"{kind} {name}" for kind, name in found if of_stage.fullmatch(name)]


def _pages(client: Any, operation: str, member: str, name: str) -> Iterable[str]:  # noqa: ANN401 - one of many kinds
    for page in client.get_paginator(operation).paginate():
        yield from (item if isinstance(item, str) else item[name] for item in page.get(member, []))


def _last(names: Iterable[str]) -> Iterable[str]:
    """The names at the end of ARNs and queue URLs."""
    return (re.split(r"[:/]", name)[-1] for name in names)


def _stacks(client: Client) -> Iterable[str]:
    for page in client("cloudformation").get_paginator("list_stacks").paginate():
        for stack in page["StackSummaries"]:
            if stack["StackStatus"] != "DELETE_COMPLETE":
                yield stack["StackName"]


STORES: dict[str, Callable[[Client], Iterable[str]]] = {
    "stack": _stacks,
    "bucket": lambda client: (bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]),
    "table": lambda client: _pages(client("dynamodb"), "list_tables", "TableNames", ""),
    "function": lambda client: _pages(client("lambda"), "list_functions", "Functions", "FunctionName"),
    "queue": lambda client: _last(_pages(client("sqs"), "list_queues", "QueueUrls", "")),
    "topic": lambda client: _last(_pages(client("sns"), "list_topics", "Topics", "TopicArn")),
    "alarm": lambda client: _pages(client("cloudwatch"), "describe_alarms", "MetricAlarms", "AlarmName"),
    "rule": lambda client: _pages(client("events"), "list_rules", "Rules", "Name"),
    "dashboard": lambda client: _pages(client("cloudwatch"), "list_dashboards", "DashboardEntries", "DashboardName"),
    "log group": lambda client: _pages(client("logs"), "describe_log_groups", "logGroups", "logGroupName"),
    "role": lambda client: _pages(client("iam"), "list_roles", "Roles", "RoleName"),
    "API": lambda client: _pages(client("apigateway"), "get_rest_apis", "items", "name"),
    "API key": lambda client: _pages(client("apigateway"), "get_api_keys", "items", "name"),
    "usage plan": lambda client: _pages(client("apigateway"), "get_usage_plans", "items", "name"),
}
