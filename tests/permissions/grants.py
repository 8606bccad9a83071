"""What the functions' roles grant, one action on one resource at a time, read from the deployed stage."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_UNDERSTOOD = {"Sid", "Effect", "Action", "Resource", "Condition"}
_PARTS_BEFORE_RESOURCE = 5  # arn:partition:service:region:account:


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource.

    Attributes:
        role: Service and logical id, like `clean/LoadRole`.
        sid: Of the statement that grants it.
        action: Like `s3:GetObject`.
        resource: What follows the account in the ARN, with the names of `shared/API`: `clean_bucket/data/*`.
    """

    role: str
    sid: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.role} {self.sid} {self.action} {self.resource}"


@dataclass(frozen=True)
class _Rule:
    """A grant, and the statement that holds it and nothing else."""

    grant: Grant
    policy: str
    statement: dict[str, Any]


class Roles:
    """The roles of a stage's functions, whose policies can be put on grant by grant.

    Args:
        iam: boto3's client.
        profile: The stage's.
    """

    def __init__(self, iam: Any, profile: Mapping[str, str]) -> None:
        self._iam = iam
        self._names = {value: name for name, value in profile.items() if name.endswith(("_bucket", "_table"))}
        self._stage = profile["stage"]
        self._deployed = {role: self._policies(role) for role in self._roles()}
        self._rules = {
            role: [rule for name, policy in policies.items() for rule in self._split(role, name, policy)]
            for role, policies in self._deployed.items()
        }

    @property
    def grants(self) -> list[Grant]:
        """All grants of all roles."""
        return sorted(rule.grant for rules in self._rules.values() for rule in rules)

    def attached(self) -> dict[str, list[Any]]:
        """Managed policies by role: whatever they grant is not among the grants."""
        ask = self._iam.list_attached_role_policies
        return {self._label(role): ask(RoleName=role)["AttachedPolicies"] for role in self._deployed}

    @contextmanager
    def one_by_one(self) -> Iterator[None]:
        """Meanwhile the same grants stand as a statement each; then the deployed policies are back."""
        try:
            for role in self._deployed:
                self._put(role)
            yield
        finally:
            for role, policies in self._deployed.items():
                for name, document in policies.items():
                    self._iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    @contextmanager
    def without(self, *missing: Grant) -> Iterator[None]:
        """Meanwhile these grants are missing; it takes hold at once."""
        known = set(self.grants)
        assert known.issuperset(missing), f"not granted: {', '.join(map(str, set(missing) - known))}"
        changed = [role for role in self._deployed if any(self._label(role) == grant.role for grant in missing)]
        try:
            for role in changed:
                self._put(role, missing)
            yield
        finally:
            for role in changed:
                self._put(role)

    def _put(self, role: str, missing: Collection[Grant] = ()) -> None:
        for name, document in self._deployed[role].items():
            rules = [rule for rule in self._rules[role] if rule.policy == name and rule.grant not in missing]
            left = {**document, "Statement": [rule.statement for rule in rules]}
            self._iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(left))

    def _roles(self) -> list[str]:
        pages = self._iam.get_paginator("list_roles").paginate()
        names = [role["RoleName"] for page in pages for role in page["Roles"]]
        return [name for name in names if name.startswith("sluice-") and f"-{self._stage}-" in name]

    def _policies(self, role: str) -> dict[str, Any]:
        names = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        return {name: self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}

    def _split(self, role: str, name: str, policy: Mapping[str, Any]) -> Iterator[_Rule]:
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow", statement
            assert set(statement) <= _UNDERSTOOD, statement
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    grant = Grant(self._label(role), statement["Sid"], action, self._short(resource))
                    # A Sid must be unique in a policy, and isn't needed there.
                    kept = {key: value for key, value in statement.items() if key != "Sid"}
                    yield _Rule(grant, name, {**kept, "Action": action, "Resource": resource})

    def _label(self, role: str) -> str:
        service, _, rest = role.removeprefix("sluice-").partition(f"-{self._stage}-")
        return f"{service}/{rest.partition('-')[0]}"

    def _short(self, resource: str) -> str:
        short = resource.split(":", _PARTS_BEFORE_RESOURCE)[-1]
        for physical, name in self._names.items():
            short = short.replace(physical, name)
        # A stream's name is the moment at which it was made.
        return re.sub(r"(?<=/stream/).+", "*", short).replace(f"-{self._stage}-", "-")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
