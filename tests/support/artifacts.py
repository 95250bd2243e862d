"""Artifacts of a run: tests share a server, and all their runs leave artifacts of the same keys."""

from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State


def of_run(state: State[Any]) -> dict[str, Any]:
    """What a run has left, by key; `state` is that in which it ended (`return_state=True`)."""
    assert state.state_details.flow_run_id is not None
    wanted = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[state.state_details.flow_run_id])
    )
    with get_client(sync_client=True) as client:
        return {
            artifact.key: artifact.data
            for artifact in client.read_artifacts(artifact_filter=wanted)
            if artifact.key
        }
