"""What API Gateway answers by itself, and in whose name it asks."""

import json
from pathlib import Path

from tests.templates.conftest import Packages, Stack

from sluice.errors import SluiceError
from sluice_tools import packages
from sluice_tools.workspace import Workspace

GATEWAY_RESPONSE, METHOD = "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Method"
OPEN = {
    "ingest": {"ApiGatewayMethodV1HealthGet", "ApiGatewayMethodV1OpenapijsonGet"},
    "query": {"ApiGatewayMethodV1HealthGet", "ApiGatewayMethodV1OpenapijsonGet", "ApiGatewayMethodV1DocsGet"},
}
SAID_BY_THE_GATEWAY = {
    "DEFAULT_4XX": "forbidden",
    "MISSING_AUTHENTICATION_TOKEN": "not-found",
    "RESOURCE_NOT_FOUND": "not-found",
    "REQUEST_TOO_LARGE": "payload-too-large",
    "THROTTLED": "too-many-requests",
    "QUOTA_EXCEEDED": "too-many-requests",
    "DEFAULT_5XX": "internal-error",
    "INTEGRATION_FAILURE": "unavailable",
    "INTEGRATION_TIMEOUT": "unavailable",
}


def errors(root: type[SluiceError] = SluiceError) -> dict[str, type[SluiceError]]:
    """The closed list, by slug; of a class and those that inherit its slug, the class."""
    found: dict[str, type[SluiceError]] = {}
    for child in root.__subclasses__():
        found = {**errors(child), **found}
    return {**found, root.slug: root}


def test_every_route_but_the_open_ones_wants_a_key(api: Stack) -> None:
    open_routes = {name for name, method in api.of_type(METHOD).items() if not method["Properties"]["ApiKeyRequired"]}
    assert open_routes == OPEN[api.service]


def test_keys_are_throttled(api: Stack) -> None:
    (plan,) = api.properties("AWS::ApiGateway::UsagePlan")
    assert plan["Throttle"] == {"RateLimit": 100, "BurstLimit": 200}


def test_the_gateway_answers_with_problems_of_the_closed_list(api: Stack) -> None:
    said = {}
    for response in api.properties(GATEWAY_RESPONSE):
        problem = json.loads(response["ResponseTemplates"]["application/json"])
        slug = problem["type"].removeprefix("urn:sluice:problem:")
        error = errors()[slug]
        assert (problem["title"], problem["status"]) == (error.title, error.status)
        assert response["StatusCode"] == str(error.status)
        assert response["ResponseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert response["ResponseParameters"]["gatewayresponse.header.x-request-id"] == "context.requestId"
        said[response["ResponseType"]] = slug
    assert said == SAID_BY_THE_GATEWAY


def test_answers_are_there_before_the_api_is_deployed(api: Stack) -> None:
    (deployment,) = api.of_type("AWS::ApiGateway::Deployment").values()
    before = {name for method in deployment["DependsOn"] for name in api.resources[method]["DependsOn"]}
    assert before >= set(api.of_type(GATEWAY_RESPONSE))


def test_a_small_account_reserves_nothing_and_access_logs_can_be_had(packaged: Packages, tmp_path: Path) -> None:
    checkout: Workspace = packaged.checkouts["dev"]
    settings = {"SLUICE_CONCURRENCY": "shared", "SLUICE_API_LOGS": "on"}
    package = packages.make(checkout, "ingest", "prod", tmp_path, settings=settings)
    stack = Stack("ingest", "prod", package.template)
    assert "ReservedConcurrentExecutions" not in stack.resources["ApiLambdaFunction"]["Properties"]
    group = stack.resources["ApiGatewayLogGroup"]["Properties"]
    assert group == {"LogGroupName": "/aws/api-gateway/sluice-ingest-prod", "RetentionInDays": 365}
    logs = package.state["service"]["provider"]["logs"]["restApi"]
    assert json.loads(logs["format"])["requestId"] == "$context.requestId"
    assert logs["executionLogging"] is False
    # the account's role for them is the account's: no stack makes one
    assert set(stack.of_type("AWS::IAM::Role")) == {"ApiRole"}
