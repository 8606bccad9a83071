"""Names that users choose: of datasets and of objects. The rules are in docs/api.md."""

import re

from sluice.errors import InvalidNameError

DATASET_PATTERN = r"^[a-z][a-z0-9_-]{0,62}$"
MAX_OBJECT_NAME_BYTES = 900

_DATASET = re.compile(DATASET_PATTERN)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_dataset_name(name: str) -> str:
    """Give the name back if it may name a dataset.

    Raises:
        InvalidNameError: it does not match `DATASET_PATTERN`.
    """
    if not _DATASET.fullmatch(name):
        raise InvalidNameError(
            f"'{name[:80]}' is not a dataset name: it must start with a lower-case letter and hold only "
            "lower-case letters, digits, '_' and '-', 63 characters at most."
        )
    return name


def check_object_name(name: str) -> str:
    """Give the name back if it may name an object of a dataset.

    Raises:
        InvalidNameError: it is empty, too long, starts or ends with '/', or holds a '.', '..' or empty
            segment or a control character.
    """
    fault = _object_name_fault(name)
    if fault:
        raise InvalidNameError(f"'{name[:80]}' is not an object name: {fault}.")
    return name


def _object_name_fault(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name.encode("utf-8", "surrogatepass")) > MAX_OBJECT_NAME_BYTES:
        return f"it is longer than {MAX_OBJECT_NAME_BYTES} bytes"
    if name.startswith("/") or name.endswith("/"):
        return "it must not start or end with '/'"
    if {"", ".", ".."} & set(name.split("/")):
        return "it must not hold empty, '.' or '..' segments"
    if _CONTROL.search(name):
        return "it must not hold control characters"
    return None
