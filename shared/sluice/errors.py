"""Every error that Sluice answers with, as one tree.

    SluiceError
    ├── InvalidRequestError      invalid-request         400
    │   ├── InvalidNameError     invalid-name            400
    │   ├── EmptyBodyError       empty-body              400
    │   ├── MalformedJsonError   malformed-json          400
    │   └── InvalidTokenError    invalid-token           400
    ├── ForbiddenError           forbidden               403  (said by API Gateway: services/gateway.yml)
    ├── NotFoundError            not-found               404
    │   ├── DatasetNotFoundError dataset-not-found       404
    │   ├── RunNotFoundError     run-not-found           404
    │   └── RecordNotFoundError  record-not-found        404
    ├── MethodNotAllowedError    method-not-allowed      405
    ├── DatasetDeletingError     dataset-being-deleted   409  (transient)
    ├── NotAcceptableError       not-acceptable          406
    ├── PayloadTooLargeError     payload-too-large       413
    ├── QueryTooHeavyError       query-too-heavy         422
    ├── TooManyRequestsError     too-many-requests       429  (said by API Gateway, transient)
    ├── InternalError            internal-error          500
    └── UnavailableError         unavailable             503  (transient)

The slugs are a closed list: `type` of a problem is `urn:sluice:problem:<slug>` (RFC 9457).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class ErrorItem:
    """One fault inside a request: where (JSON pointer or parameter name) and what."""

    pointer: str
    detail: str


class SluiceError(Exception):
    """Base of all errors that a user may see.

    Args:
        detail: one sentence for the user that names what was wrong and where.
        errors: the single faults, where a request had several.
    """

    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something failed inside Sluice"
    status: ClassVar[int] = 500
    transient: ClassVar[bool] = False

    def __init__(self, detail: str, *, errors: Sequence[ErrorItem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)


class InvalidRequestError(SluiceError):
    """The request holds a value that cannot be used."""

    slug = "invalid-request"
    title = "The request is not valid"
    status = 400


class InvalidNameError(InvalidRequestError):
    """A dataset or object name breaks the naming rules."""

    slug = "invalid-name"
    title = "The name is not valid"


class EmptyBodyError(InvalidRequestError):
    """A body was needed and none came."""

    slug = "empty-body"
    title = "The body is empty"


class MalformedJsonError(InvalidRequestError):
    """The body is not JSON."""

    slug = "malformed-json"
    title = "The body is not valid JSON"


class InvalidTokenError(InvalidRequestError):
    """A page token was altered, or belongs to another query."""

    slug = "invalid-token"
    title = "The page token is not valid"


class ForbiddenError(SluiceError):
    """The key is missing, or doesn't open this API."""

    slug = "forbidden"
    title = "Not allowed"
    status = 403


class NotFoundError(SluiceError):
    """Nothing is at this address."""

    slug = "not-found"
    title = "Not found"
    status = 404


class DatasetNotFoundError(NotFoundError):
    """No dataset of this name exists."""

    slug = "dataset-not-found"
    title = "No such dataset"

    def __init__(self, dataset: str) -> None:
        super().__init__(f"There is no dataset named '{dataset}'.")
        self.dataset = dataset


class RunNotFoundError(NotFoundError):
    """The dataset has no run of this id."""

    slug = "run-not-found"
    title = "No such run"

    def __init__(self, dataset: str, run: str) -> None:
        super().__init__(f"Dataset '{dataset}' has no run '{run}'.")
        self.dataset = dataset
        self.run = run


class RecordNotFoundError(NotFoundError):
    """The dataset has no record under this key."""

    slug = "record-not-found"
    title = "No such record"

    def __init__(self, dataset: str, key: str) -> None:
        super().__init__(f"Dataset '{dataset}' has no record with the key '{key}'.")
        self.dataset = dataset
        self.key = key


class MethodNotAllowedError(SluiceError):
    """The address exists, the method on it does not."""

    slug = "method-not-allowed"
    title = "Method not allowed"
    status = 405


class DatasetDeletingError(SluiceError):
    """The dataset is being deleted; once that is done, its name is free again."""

    slug = "dataset-being-deleted"
    title = "The dataset is being deleted"
    status = 409
    transient = True

    def __init__(self, dataset: str) -> None:
        super().__init__(f"Dataset '{dataset}' is being deleted; try again once it is gone.")
        self.dataset = dataset


class NotAcceptableError(SluiceError):
    """No media type that the client accepts can be given."""

    slug = "not-acceptable"
    title = "Not acceptable"
    status = 406


class PayloadTooLargeError(SluiceError):
    """The body is over the limit of this call."""

    slug = "payload-too-large"
    title = "The body is too large"
    status = 413


class QueryTooHeavyError(SluiceError):
    """The query would take more time or memory, or give a larger answer, than a request may."""

    slug = "query-too-heavy"
    title = "The query is too heavy"
    status = 422


class TooManyRequestsError(SluiceError):
    """The key has used up what it may ask for in a time."""

    slug = "too-many-requests"
    title = "Too many requests"
    status = 429
    transient = True


class InternalError(SluiceError):
    """A fault of ours; the log has the rest under the request id."""


class UnavailableError(SluiceError):
    """Something behind Sluice is overloaded or away; the same call may work later."""

    slug = "unavailable"
    title = "Temporarily unavailable"
    status = 503
    transient = True


def _tree(root: type[SluiceError]) -> list[type[SluiceError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in _tree(child))]


def problem_slugs() -> list[str]:
    """The closed list of problem slugs, sorted."""
    return sorted({error.slug for error in _tree(SluiceError)})
