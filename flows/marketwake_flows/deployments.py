"""The flows as deployments."""

from pathlib import Path

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from marketwake.sources.registry import Kind
from marketwake_flows.backfill import backfill
from marketwake_flows.nightly import nightly
from marketwake_flows.study import study

ONE_AT_A_TIME = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
)
"""A night that begins while another still runs is dropped: the one that runs fetches up to its own
present, and the next one the rest.
"""


def deployments(warehouse: Path, cron: str, source: Kind) -> list[RunnerDeployment]:
    """The flows as deployments: `nightly` by cron in UTC, the others when they are triggered. The
    flows are found by their module.
    """
    where = str(warehouse)
    return [
        RunnerDeployment.from_flow(
            nightly,
            "nightly",
            schedule=Cron(cron, timezone="UTC"),
            parameters={"source": source, "warehouse": where},
            concurrency_limit=ONE_AT_A_TIME,
            description=nightly.description,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        RunnerDeployment.from_flow(
            backfill,
            "backfill",
            parameters={"warehouse": where},
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE
            ),
            description=backfill.description,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
        RunnerDeployment.from_flow(
            study,
            "study",
            parameters={"warehouse": where},
            description=study.description,
            entrypoint_type=EntrypointType.MODULE_PATH,
        ),
    ]
