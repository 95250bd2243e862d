"""The flows: wiring of the steps of pipeline/marketwake/ with Prefect."""

from marketwake_flows.shutdown import quiet_shutdown

# A run that a worker has started is a process of its own, whose last words belong into no log.
quiet_shutdown()
