"""The DuckDB files and their form: DDL, contracts, migrations, the build from raw tables to marts,
what changed, the export.
"""
