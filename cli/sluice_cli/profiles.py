"""Where a deployed stage is: the profile that `make run` and `make deploy-all` write."""

import json
from pathlib import Path

from sluice_cli.errors import CliError, reason

LOCAL = "local"
_FOLDER = ".sluice"


def read_profile(stage: str) -> dict[str, str]:
    """A stage's profile, ``.sluice/<stage>.json`` of this folder or of the nearest one above it that has it.

    Raises:
        CliError: There is none, or it is no profile.
    """
    here = Path.cwd()
    path = next((file for above in (here, *here.parents) if (file := _profile(above, stage)).is_file()), None)
    if path is None:
        makes = "make run" if stage == LOCAL else f"make deploy-all STAGE={stage}"
        raise CliError(f"no {_profile(Path(), stage)} here or above: `{makes}` in the checkout writes it")
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CliError(reason(error)) from error
    except ValueError as error:
        raise CliError(f"{path}: not JSON: {error}") from error
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise CliError(f"{path}: not a profile: an object of texts is expected")
    return read


def _profile(folder: Path, stage: str) -> Path:
    return folder / _FOLDER / f"{stage}.json"
