"""Problems: what every error answer looks like (RFC 9457, `application/problem+json`)."""

from pydantic import BaseModel, Field

from sluice.errors import SluiceError

TYPE_PREFIX = "urn:sluice:problem:"
MEDIA_TYPE = "application/problem+json"


class ProblemItem(BaseModel):
    """One fault of a request with several: a JSON pointer into the body, or a parameter's name."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error answer; `type` ends in a slug of the closed list in docs/api.md."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str
    errors: list[ProblemItem] | None = None

    @classmethod
    def of(cls, error: SluiceError, instance: str) -> "Problem":
        """The problem that tells of an error at an address (`instance`: path and request id)."""
        items = [ProblemItem(pointer=item.pointer, detail=item.detail) for item in error.errors]
        return cls(
            type=TYPE_PREFIX + error.slug,
            title=error.title,
            status=error.status,
            detail=error.detail,
            instance=instance,
            errors=items or None,
        )
