"""Sizes of the packages, and seconds to make them from installed third-party packages."""

from sluice_tools import sizes
from sluice_tools.workspace import Workspace


def test_sizes() -> None:
    sizes.measure(Workspace.here(), (sizes.AWS_STAGE,))  # installs what isn't yet
    measured = sizes.measure(Workspace.here())
    print("\n" + sizes.table(measured))
    assert len(measured) == 6
