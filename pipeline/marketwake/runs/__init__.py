"""Runs from fetch to report: the night, the backfill, replay, vacuum and backup. Needs no Prefect."""
