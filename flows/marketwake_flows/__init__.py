"""The flows: the steps of `marketwake.runs` as flows and tasks of Prefect, and their server."""
