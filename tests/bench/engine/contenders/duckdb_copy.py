"""DuckDB's bare COPY: the dialect given, every column text, broken rows set aside. No types, no cleaning, no report."""

import sys

import duckdb

source, target, threads = sys.argv[1], sys.argv[2], sys.argv[3]
columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(12))
connection = duckdb.connect()
connection.execute(f"SET threads = {int(threads)}")
connection.execute(
    f"""COPY (FROM read_csv('{source}', delim=',', quote='"', escape='"', header=true, auto_detect=false,
    columns={{{columns}}}, store_rejects=true)) TO '{target}' (FORMAT parquet)"""
)
