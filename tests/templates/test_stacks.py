"""The stacks of dev and prod: what protects data, bounds cost and makes failures visible."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.templates.conftest import Packages, Stack

from sluice_tools.workspace import LOCAL, SERVICES

NAME_PROPERTIES = frozenset(
    {
        "AlarmName",
        "BucketName",
        "DashboardName",
        "FunctionName",
        "LogGroupName",
        "QueueName",
        "TableName",
        "TopicName",
        "UsagePlanName",
    }
)
OUTPUTS = {
    "clean": {
        "RawBucket",
        "CleanBucket",
        "CatalogTable",
        "RecordsTable",
        "FailureQueueUrl",
        "LoadFailureQueueUrl",
        "ChangeTopicArn",
    },
    "ingest": {"ApiId", "ApiKeyId", "ServiceEndpoint"},
    "query": {"ApiId", "ApiKeyId", "ServiceEndpoint"},
}
GATEWAY_GIVES_UP_SECONDS = 29
FUNCTION, BUCKET, TABLE = "AWS::Lambda::Function", "AWS::S3::Bucket", "AWS::DynamoDB::Table"


def test_every_name_carries_the_stage(stack: Stack) -> None:
    names = [
        (logical_id, value)
        for logical_id, resource in stack.resources.items()
        for name, value in resource.get("Properties", {}).items()
        if name in NAME_PROPERTIES and isinstance(value, str)
    ]
    assert names
    assert [(logical_id, name) for logical_id, name in names if f"-{stack.stage}" not in name] == []


def test_functions_and_apis_are_tagged_and_so_is_the_stack(stack: Stack, packaged: Packages) -> None:
    expected = {"project": "sluice", "stage": stack.stage, "service": f"sluice-{stack.service}"}
    tagged = [*stack.properties(FUNCTION), *stack.properties("AWS::ApiGateway::RestApi")]
    assert [{tag["Key"]: tag["Value"] for tag in properties["Tags"]} for properties in tagged] == [expected] * len(
        tagged
    )
    # CloudFormation hands the stack's tags on to tables, queues and buckets
    assert packaged[stack.service, stack.stage].state["service"]["provider"]["stackTags"] == expected


def test_clients_and_other_services_find_what_they_need(stack: Stack) -> None:
    assert set(stack.template["Outputs"]) >= OUTPUTS[stack.service]


def test_buckets_are_encrypted_and_closed_to_the_public(stack: Stack) -> None:
    for bucket in stack.properties(BUCKET):
        rules = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert [rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules] == ["AES256"]
        block = bucket["PublicAccessBlockConfiguration"]
        assert block == dict.fromkeys(block, True)
        assert len(block) == 4


def test_buckets_speak_tls_only(stack: Stack) -> None:
    closed = {
        policy["Bucket"]["Ref"]
        for policy in stack.properties("AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Action"] == "s3:*"
        and statement["Principal"] == "*"
        and len(statement["Resource"]) == 2
        and _text(statement["Condition"]["Bool"]["aws:SecureTransport"]).lower() == "false"
        and policy["Bucket"]["Ref"] in json.dumps(statement["Resource"])
    }
    assert closed == set(stack.of_type(BUCKET))


def _text(value: object) -> str:
    return str(value)


def test_half_done_uploads_expire(stack: Stack) -> None:
    for bucket in stack.properties(BUCKET):
        rules = bucket["LifecycleConfiguration"]["Rules"]
        aborts = [rule["AbortIncompleteMultipartUpload"] for rule in rules if "AbortIncompleteMultipartUpload" in rule]
        assert aborts == [{"DaysAfterInitiation": 7}]


@pytest.mark.parametrize("bucket", ["S3BucketRaw", "S3BucketClean"])
def test_data_is_versioned_and_old_versions_expire(clean: Stack, bucket: str) -> None:
    properties = clean.resources[bucket]["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = [rule for rule in properties["LifecycleConfiguration"]["Rules"] if rule["Id"] == "old-versions"]
    days = {"dev": 7, "prod": 90}[clean.stage]
    assert rule == {
        "Id": "old-versions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        "ExpiredObjectDeleteMarker": True,
    }


def test_tasks_and_pieces_expire_with_their_old_versions(clean: Stack) -> None:
    rules = clean.resources["S3BucketClean"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule.get("Prefix"): rule for rule in rules if "ExpirationInDays" in rule}
    days = {prefix: rule["ExpirationInDays"] for prefix, rule in expiring.items()}
    assert days == {"loads/": 7, "replays/": 7, "ranges/": 7, "pieces/": 2}
    for rule in expiring.values():
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_prod_keeps_its_data_whatever_happens_to_the_stack(clean: Stack) -> None:
    protected = clean.stage == "prod"
    tables = clean.of_type(TABLE)
    assert set(tables) == {"CatalogTable", "RecordsTable"}
    for table in tables.values():
        properties = table["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["DeletionProtectionEnabled"] is protected
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": protected}
    for name in (*tables, "S3BucketRaw", "S3BucketClean"):
        assert clean.resources[name]["DeletionPolicy"] == ("Retain" if protected else "Delete")
        assert clean.resources[name]["UpdateReplacePolicy"] == "Retain"


def test_logs_expire_and_every_function_has_its_group(stack: Stack) -> None:
    groups = {group["LogGroupName"]: group["RetentionInDays"] for group in stack.properties("AWS::Logs::LogGroup")}
    days = {"dev": 30, "prod": 365}[stack.stage]
    assert groups == {f"/aws/lambda/{function['FunctionName']}": days for function in stack.properties(FUNCTION)}


def test_functions_run_as_packaged_and_are_traced(stack: Stack) -> None:
    for function in stack.properties(FUNCTION):
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_apis_are_traced_too(api: Stack, packaged: Packages) -> None:
    # set on the stage after the deployment: API Gateway's stages aren't part of the template
    assert packaged[api.service, api.stage].state["service"]["provider"]["tracing"] == {
        "lambda": True,
        "apiGateway": True,
    }


def test_nothing_is_traced_where_nothing_listens(packaged: Packages) -> None:
    local = Stack("clean", LOCAL, packaged["clean", LOCAL].template)
    assert not [function for function in local.properties(FUNCTION) if "TracingConfig" in function]


def test_prod_reserves_concurrency_within_what_an_account_may(packaged: Packages) -> None:
    reserved = {
        function["FunctionName"]: function.get("ReservedConcurrentExecutions")
        for service in SERVICES
        for function in Stack(service, "prod", packaged[service, "prod"].template).properties(FUNCTION)
    }
    amounts = [amount for amount in reserved.values() if amount]
    assert len(amounts) == len(reserved)
    assert sum(amounts) <= 1000 - 100  # an account's default limit, less what AWS keeps unreserved


@pytest.mark.parametrize("service", SERVICES)
def test_dev_reserves_nothing(packaged: Packages, service: str) -> None:
    dev = Stack(service, "dev", packaged[service, "dev"].template)
    assert not [function for function in dev.properties(FUNCTION) if "ReservedConcurrentExecutions" in function]


def test_functions_behind_the_gateway_answer_before_it_gives_up(api: Stack) -> None:
    timeouts = [function["Timeout"] for function in api.properties(FUNCTION)]
    assert timeouts
    assert max(timeouts) < GATEWAY_GIVES_UP_SECONDS


def test_events_that_keep_failing_end_in_a_queue(clean: Stack) -> None:
    queues = {"CleanLambdaFunction": "FailureQueue", "LoadLambdaFunction": "LoadFailureQueue"}
    queues["ReplayLambdaFunction"] = "FailureQueue"
    for queue in clean.properties("AWS::SQS::Queue"):
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    destinations = {
        config["FunctionName"]["Ref"]: (config["MaximumRetryAttempts"], config.get("DestinationConfig") or None)
        for config in clean.properties("AWS::Lambda::EventInvokeConfig")
    }
    to_its_queue = {
        function: (2, {"OnFailure": {"Destination": {"Fn::GetAtt": [queue, "Arn"]}}})
        for function, queue in queues.items()
    }
    # What a schedule starts is started again by it.
    scheduled = {"SweepLambdaFunction": (0, None), "MergeLambdaFunction": (0, None)}
    assert destinations == to_its_queue | scheduled


def test_only_the_stacks_own_buckets_apis_and_schedules_start_functions(stack: Stack) -> None:
    permissions = stack.properties("AWS::Lambda::Permission")
    assert permissions
    for permission in permissions:
        assert permission["Principal"] in ("s3.amazonaws.com", "apigateway.amazonaws.com", "events.amazonaws.com")
        assert permission["SourceArn"]
        assert permission["Principal"] != "s3.amazonaws.com" or permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def _statements(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in stack.of_type("AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def test_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in stack.properties(FUNCTION)]
    assert sorted(roles) == sorted(stack.of_type("AWS::IAM::Role"))
    for role in stack.properties("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role
        (assume,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert assume["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_no_role_may_do_anything_unnamed(stack: Stack) -> None:
    for name, statement in _statements(stack):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & set(statement), name
        actions = statement["Action"]
        assert isinstance(actions, list), (name, statement)
        assert not [action for action in actions if "*" in action], (name, statement)


def test_no_role_reaches_beyond_this_stage(stack: Stack) -> None:
    for name, statement in _statements(stack):
        if statement["Sid"] == "Trace":
            # X-Ray's two writing actions know no resource: the only `*` there is
            assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
            continue
        given = statement["Resource"]
        for resource in given if isinstance(given, list) else [given]:
            assert _is_named(resource, stack), (name, resource)


def _is_named(resource: dict[str, Any], stack: Stack) -> bool:
    """Whether it is something of this stack, or an ARN with the stage's name and at most a wildcard at its end."""
    if "Fn::GetAtt" in resource:
        return resource["Fn::GetAtt"][0] in stack.resources
    arn = resource["Fn::Sub"]
    return arn.startswith("arn:") and f"-{stack.stage}" in arn and "*" not in arn.removesuffix("*")
