"""The backfill as a flow: the same run with parameters that Prefect has checked, and what its UI then shows."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.exceptions import ParameterTypeError

from flows.backfill import backfill
from pipeline.errors import BadInputError
from pipeline.outcome import RunFailedError
from pipeline.warehouse import reader
from tests.servers import Misbehaviour, serve

pytestmark = pytest.mark.usefixtures("prefect_server")
NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)


def _artifact(key: str) -> str:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
    assert found
    return str(found[0].data)


def test_it_fills_publishes_and_shows_plan_and_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: dict[str, Any] = {"dataset": "spot_bar", "first": date(2025, 8, 1), "last": "2025-08-02", "venues": ["Coinbase"]}
    root = tmp_path / "w"
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(tmp_path / "marketwake.toml"))
    with serve("coinbase", now=NOW) as venues:
        (tmp_path / "marketwake.toml").write_text(f'now = {NOW.isoformat()}\n[addresses]\ncoinbase = "{venues.addresses["coinbase"]}"\n')
        with pytest.raises(ParameterTypeError):
            backfill(root, **wanted | {"first": "the day before yesterday"})
        with pytest.raises(BadInputError, match="lies in the future"):
            backfill(root, first=date(2099, 1, 1))
        assert backfill(root, **wanted, dry_run=True) is None
        assert "3 requests" in _artifact("backfill-plan")
        assert not root.exists()
        assert not venues.requests
        venues.misbehave("coinbase", Misbehaviour("gap", match="ETH-USD"))
        outcome = backfill(root, **wanted)
        assert outcome is not None
        assert outcome.new == 3 * 48 - 3
        assert len(venues.requests) == 3
        assert "confirmed absent" in _artifact("still-missing")
        venues.misbehave("coinbase", Misbehaviour("status", times=9, status=451))
        with pytest.raises(RunFailedError, match="spot-coinbase: 1 of 1 requests failed"):
            backfill(root, **wanted, again=True)
    with reader(root) as con:
        assert con.execute("select count(*) from stg.spot_bar").fetchall() == [(3 * 48 - 3,)]
        assert con.execute("select state from ops.run order by finished_at, state").fetchall() == [("completed",), ("failed",)]
