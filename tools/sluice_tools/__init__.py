"""Development tooling: what `make` calls. No service imports it."""
