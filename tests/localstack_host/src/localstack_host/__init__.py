"""LocalStack plugins for a machine without Docker: see README.md."""
