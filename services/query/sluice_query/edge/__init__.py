"""What talks to AWS and to DuckDB; nothing else does."""
