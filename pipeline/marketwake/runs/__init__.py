"""Runs from fetch to report: night, backfill, replay, vacuum and backup. Needs no Prefect."""
