"""``python -m sluice_cli``."""

from sluice_cli.app import run

run()
