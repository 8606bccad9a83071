"""How large the functions' packages are, and how long making them takes."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sluice_tools import packages
from sluice_tools.workspace import LOCAL, SERVICES, Workspace

AWS_STAGE = "dev"  # every stage on AWS gets the same bytes (tests/templates)
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Size:
    """One package.

    Attributes:
        service: Such as `clean`.
        stage: `dev` stands for all stages on AWS.
        zipped: Bytes to upload.
        unzipped: Bytes that Lambda unpacks.
        seconds: How long packaging took.
    """

    service: str
    stage: str
    zipped: int
    unzipped: int
    seconds: float


def measure(workspace: Workspace, stages: tuple[str, ...] = (AWS_STAGE, LOCAL)) -> list[Size]:
    """Package every service for each stage, in a copy, so that no deployment is in the way.

    Raises:
        ToolError: A service can't be packaged.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-sizes-") as folder:
        copy = workspace.scratch_copy(Path(folder, "copy"))
        (workspace.root / ".cache").mkdir(exist_ok=True)
        (copy.root / ".cache").symlink_to(workspace.root / ".cache")
        return [_measure(copy, service, stage, Path(folder)) for stage in stages for service in SERVICES]


def _measure(workspace: Workspace, service: str, stage: str, folder: Path) -> Size:
    began = time.monotonic()
    package = packages.make(workspace, service, stage, folder / f"{service}-{stage}")
    seconds = time.monotonic() - began
    return Size(service, stage, package.zip.stat().st_size, package.unzipped_bytes(), seconds)


def table(sizes: list[Size]) -> str:
    """The sizes for people to read."""
    head = f"{'service':<9}{'stage':<8}{'zip MB':>8}{'unzipped MB':>13}{'of the limit':>14}{'packaged in s':>15}"
    rows = [
        f"{size.service:<9}{size.stage:<8}{size.zipped / _MEGABYTE:>8.1f}{size.unzipped / _MEGABYTE:>13.1f}"
        f"{size.unzipped / packages.LAMBDA_UNZIPPED_LIMIT:>14.0%}{size.seconds:>15.1f}"
        for size in sizes
    ]
    return "\n".join([head, *rows])
