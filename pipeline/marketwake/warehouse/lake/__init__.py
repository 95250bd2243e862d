"""A warehouse in a DuckLake: tables as Parquet files, their catalogue, locks and the published
snapshot in PostgreSQL.
"""
