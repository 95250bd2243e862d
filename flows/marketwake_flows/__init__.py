"""The flows: wiring of the steps of pipeline/marketwake/ with Prefect."""

import atexit

from marketwake_flows.shutdown import end_loops

atexit.register(end_loops)
