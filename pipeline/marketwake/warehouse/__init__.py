"""The DuckDB files: DDL, contracts, migrations, the build of marts, what changed, the export."""
