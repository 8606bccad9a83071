"""API plumbing: one way to make an app, to answer errors, and to carry the request id."""

from sluice.api.app import last_as_one_segment, make_app, serve
from sluice.api.body import json_body, raw_body

__all__ = ["json_body", "last_as_one_segment", "make_app", "raw_body", "serve"]
