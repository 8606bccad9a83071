"""A module for each command, named like it, with the click command as ``command``: adding one is adding a file."""
