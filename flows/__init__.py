"""Flows: wiring of pipeline/ with retries, concurrency and artifacts."""
