"""Ids that are derived, not drawn: the same input always has the same id."""

import base64
import hashlib
import json
from typing import Any


def _digest(parts: list[str]) -> str:
    # JSON keeps the parts apart: no two lists of parts share an encoding.
    encoded = json.dumps(parts, ensure_ascii=True).encode()
    return base64.b32encode(hashlib.sha256(encoded).digest()[:16]).decode().rstrip("=").lower()


def contract_fingerprint(schema: dict[str, Any] | None, settings: dict[str, Any]) -> str:
    """Identify what decides a cleaning besides the bytes: the contract and the dataset's settings."""
    return _digest([json.dumps([schema, settings], sort_keys=True, ensure_ascii=True)])


def run_id(bucket: str, key: str, version_id: str, contract: str) -> str:
    """The id of the run that cleans one version of one object under one contract: 26 characters, a-z2-7."""
    return _digest([bucket, key, version_id, contract])


def replay_id(dataset: str, request_id: str) -> str:
    """The id of the replay that a request orders: 26 characters, a-z2-7."""
    return _digest(["replay", dataset, request_id])


def event_id(dataset: str, *identity: str) -> str:
    """The id of an event of the change feed: 26 characters, a-z2-7."""
    return _digest(["event", dataset, *identity])
