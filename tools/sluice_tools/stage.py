"""A deployed stage as AWS (or the emulator) tells it: which stacks stand, and the profile for clients."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sluice_tools.errors import ToolError
from sluice_tools.workspace import LOCAL, REGION, SERVICES, Workspace, write_private

DEFAULT_REGION = "eu-central-1"  # of stages on AWS: the same default as in serverless.yml


class ClientArguments(TypedDict, total=False):
    """What boto3's clients of a stage are made with."""

    region_name: str
    endpoint_url: str
    aws_access_key_id: str
    aws_secret_access_key: str


@dataclass(frozen=True)
class Stage:
    """One deployment of the three services.

    Attributes:
        workspace: The files that are deployed, and where the stage's profile is kept.
        name: Such as `local`, `dev`, `prod`.
        endpoint_url: The emulator's address; None for AWS, with the user's own credentials.
        deployment: Variables that a deployment onto that emulator needs besides.
    """

    workspace: Workspace
    name: str
    endpoint_url: str | None = None
    deployment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def known(cls, workspace: Workspace, name: str) -> "Stage":
        """The stage of that name: `local` is where `make run` put it, any other is on AWS.

        Raises:
            ToolError: The local stage hasn't been run.
        """
        return cls(workspace, name, workspace.profile(name)["endpoint_url"] if name == LOCAL else None)

    @property
    def region(self) -> str:
        """The region it is deployed to."""
        if self.endpoint_url is not None:
            return REGION
        return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION

    @property
    def client_arguments(self) -> ClientArguments:
        """How boto3 reaches it."""
        if self.endpoint_url is None:
            return {"region_name": self.region}
        return {
            "region_name": self.region,
            "endpoint_url": self.endpoint_url,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }

    def standing(self) -> set[str]:
        """The services whose stacks are there and complete."""
        client = boto3.client("cloudformation", **self.client_arguments)
        complete = {
            stack["StackName"]
            for page in client.get_paginator("describe_stacks").paginate()
            for stack in page["Stacks"]
            if stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        }
        return {service for service in SERVICES if f"sluice-{service}-{self.name}" in complete}

    def write_profile(self) -> dict[str, str]:
        """Ask for what clients need, and write it to `.sluice/<stage>.json`, for its owner only.

        Raises:
            ToolError: A stack isn't there, or the account can't be reached.
        """
        try:
            profile = self._profile()
        except (ClientError, BotoCoreError) as error:
            raise ToolError(f"stage {self.name!r} can't be read: {error}") from error
        write_private(self.workspace.profile_path(self.name), profile)
        return profile

    def _profile(self) -> dict[str, str]:
        clean = self._outputs("clean")
        profile = {
            "stage": self.name,
            "region": self.region,
            "raw_bucket": clean["RawBucket"],
            "clean_bucket": clean["CleanBucket"],
            "catalog_table": clean["CatalogTable"],
            "records_table": clean["RecordsTable"],
            "clean_failure_queue": clean["FailureQueueUrl"],
            "change_topic": clean["ChangeTopicArn"],
            "load_failure_queue": clean["LoadFailureQueueUrl"],
        }
        if self.endpoint_url is not None:
            profile["endpoint_url"] = self.endpoint_url
        for service in ("ingest", "query"):
            outputs = self._outputs(service)
            profile[f"{service}_url"] = self._api_url(outputs)
            profile[f"{service}_key"] = self._key(outputs["ApiKeyId"])
        return profile

    def _outputs(self, service: str) -> dict[str, str]:
        client = boto3.client("cloudformation", **self.client_arguments)
        stack = client.describe_stacks(StackName=f"sluice-{service}-{self.name}")["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def _api_url(self, outputs: dict[str, str]) -> str:
        """An API's address up to `/v1`; an emulator serves all APIs under its own address."""
        if self.endpoint_url is None:
            return outputs["ServiceEndpoint"]
        return f"{self.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/{self.name}"

    def _key(self, key_id: str) -> str:
        client = boto3.client("apigateway", **self.client_arguments)
        return client.get_api_key(apiKey=key_id, includeValue=True)["value"]
