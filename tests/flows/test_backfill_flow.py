"""The backfill as a flow: the same run with parameters that Prefect has checked, and what its UI
then shows.
"""

import logging
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.context import FlowRunContext
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ParameterTypeError, PrefectHTTPStatusError

from marketwake.base.errors import BadInputError
from marketwake.runs.result import RunFailedError
from marketwake.warehouse.files import Warehouse
from marketwake_flows.backfill import backfill
from tests.support.servers import Misbehaviour, serve

pytestmark = pytest.mark.usefixtures("prefect_server")
NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)


def _artifact(key: str) -> str:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        )
    assert found
    return str(found[0].data)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"dataset": "spot_bars"}, "'spot_bars' is not one of ['spot_bar', "),
        ({"venues": ["Coinbase", "Bittrex"]}, "'Bittrex' is not one of ['Coinbase', "),
        ({"interval": "7h"}, "'7h' is not one of ['1m', "),
        ({"first": "2025-13-01"}, "'2025-13-01' does not match "),
        ({"symbols": "BTC/USD"}, "'BTC/USD' is not valid"),
        (
            {
                "dataset": "etf_flow",
                "first": "2025-08-01",
                "venues": ["Farside"],
                "interval": "1h",
                "symbols": ["IBIT"],
                "again": True,
            },
            None,
        ),
    ],
)
def test_the_server_refuses_wrong_parameters_before_it_makes_a_run(
    given: dict[str, Any], complaint: str | None
) -> None:
    deployment = RunnerDeployment.from_flow(backfill, "probe").apply()
    assert isinstance(deployment, UUID)
    with get_client(sync_client=True) as client:
        if complaint:
            with pytest.raises(PrefectHTTPStatusError) as refused:
                client.create_flow_run_from_deployment(deployment, parameters=given)
            assert refused.value.response.status_code == 409
            assert complaint in refused.value.response.text
        else:
            made = client.create_flow_run_from_deployment(deployment, parameters=given)
            assert made.parameters["dataset"] == given["dataset"]


def test_the_names_it_takes_are_those_that_the_command_line_takes() -> None:
    offered = {
        name: set(alternative["enum"])
        for name in ("dataset", "interval")
        for alternative in backfill.parameters.properties[name]["anyOf"]
        if "enum" in alternative
    }
    futures = {"futures_price", "fed_funds_price"}
    funds = {"etf_flow", "etf_nav", "etf_bar"}
    others = {"spot_bar", "index_bar", "coin_snapshot", "fed_probability"}
    assert offered["dataset"] == futures | funds | others
    assert offered["interval"] >= {"1m", "1h", "4h", "1d"}
    assert "1w" not in offered["interval"]
    (venues, _) = backfill.parameters.properties["venues"]["anyOf"]
    exchanges = {"Coinbase", "Kraken", "Bitstamp", "Binance"}
    assert set(venues["items"]["enum"]) == exchanges | {"CoinGecko", "Farside", "Issuers", "Yahoo"}


def test_it_fills_publishes_and_shows_plan_and_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: dict[str, Any] = {
        "dataset": "spot_bar",
        "first": date(2025, 8, 1),
        "last": "2025-08-02",
        "venues": ["Coinbase"],
    }
    root = tmp_path / "w"
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(tmp_path / "marketwake.toml"))
    with serve("coinbase", now=NOW) as venues:
        (tmp_path / "marketwake.toml").write_text(
            f'now = {NOW.isoformat()}\n[addresses]\ncoinbase = "{venues.addresses["coinbase"]}"\n'
        )
        with pytest.raises(ParameterTypeError):
            backfill(root, **wanted | {"first": "the day before yesterday"})
        with pytest.raises(BadInputError, match="lies in the future"):
            backfill(root, first=date(2099, 1, 1))
        assert backfill(root, **wanted, dry_run=True) is None
        assert "3 requests" in _artifact("backfill-plan")
        assert not root.exists()
        assert not venues.requests
        venues.misbehave("coinbase", Misbehaviour("gap", match="ETH-USD"))
        result = backfill(root, **wanted)
        assert result is not None
        assert result.new == 3 * 48 - 3
        assert len(venues.requests) == 3
        assert "confirmed absent" in _artifact("still-missing")
        venues.misbehave("coinbase", Misbehaviour("status", times=9, status=451))
        with pytest.raises(RunFailedError, match="spot-coinbase: 3 of 3 requests failed"):
            backfill(root, **wanted, again=True)
    with Warehouse(root).reader() as con:
        assert con.execute("select count(*) from stg.spot_bar").fetchall() == [(3 * 48 - 3,)]
        assert con.execute("select state from ops.run order by finished_at, state").fetchall() == [
            ("completed",),
            ("failed",),
        ]


def test_what_a_source_logs_is_in_the_log_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs: dict[str, UUID | None] = {}

    class Listener(logging.Handler):
        """Notes to which flow run a line belongs, as Prefect's own handler does."""

        def emit(self, record: logging.LogRecord) -> None:
            context = FlowRunContext.get()
            runs[record.getMessage().partition(":")[0]] = (
                context.flow_run.id if context and context.flow_run else None
            )

    monkeypatch.setenv("MARKETWAKE_CONFIG", str(tmp_path / "marketwake.toml"))
    caplog.set_level(logging.INFO, "marketwake.base.log")
    listener = Listener()
    logging.getLogger("marketwake.base.log").addHandler(listener)
    try:
        with serve("coinbase", now=NOW) as venues:
            address = venues.addresses["coinbase"]
            settings = f'now = {NOW.isoformat()}\n[addresses]\ncoinbase = "{address}"\n'
            (tmp_path / "marketwake.toml").write_text(settings)
            backfill(
                tmp_path / "w",
                dataset="spot_bar",
                first=date(2025, 8, 1),
                last=date(2025, 8, 1),
                venues=["Coinbase"],
            )
    finally:
        logging.getLogger("marketwake.base.log").removeHandler(listener)
    assert runs["load"] is not None
    assert runs["spot-coinbase"] == runs["load"]
