"""What a run shows in the Prefect UI, and where its links lead."""

import json
import os
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect import flow

from marketwake.warehouse.changes import Changes, Restated
from marketwake.warehouse.files import Warehouse
from marketwake_flows import pages
from marketwake_flows import tasks as shared
from marketwake_flows.api import Api
from tests.support.artifacts import of_run
from tests.support.killed import draw_nothing


@flow
def _reporting(root: Path) -> None:
    shared.report(Warehouse(root))


@pytest.fixture(scope="module")
def artifacts(
    sample_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: Api,  # noqa: ARG001 - it must be there
) -> dict[str, Any]:
    """The artifacts of the report of a run on the sample, with an address for the pages."""
    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        patch.setenv("MARKETWAKE_REPORTS_URL", "https://reports.example.org/")
        root = shutil.copytree(
            sample_root, tmp_path_factory.mktemp("reported") / "warehouse", symlinks=True
        )
        return of_run(_reporting(root, return_state=True))


def _table(artifacts: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(artifacts[key])
    return {
        next(value for name, value in row.items() if name in {"id", "series"}): row for row in rows
    }


def test_claims_show_the_stated_figure_as_people_write_it(artifacts: dict[str, Any]) -> None:
    claims = _table(artifacts, "claims")
    # The articles: about 2 %, 122,000 USD, over 6.7 billion USD.
    assert {one: claims[one]["stated"] for one in ("a01", "a04", "a14")} == {
        "a01": "2.0 %",
        "a04": "122,000 USD",
        "a14": "6.7 B USD",
    }


def test_coverage_shows_holes_first_with_their_reasons(artifacts: dict[str, Any]) -> None:
    coverage = list(_table(artifacts, "coverage").values())
    missing = [row["missing"] for row in coverage]
    assert missing == sorted(missing, reverse=True)
    assert all(
        bool(row["why"]) == (row["missing"] > 0) == (row["expected"] > row["present"])
        for row in coverage
    )
    # Farside has no figure of the fund for 2024-11-20 (seed.accepted_offender).
    assert {row["series"]: (row["missing"], row["why"]) for row in coverage}[
        "Farside BTC BTC 1d"
    ] == (
        1,
        "not fetched: the next run asks for it",
    )


def test_a_restated_figure_is_one_line_of_plain_cells() -> None:
    at = datetime(2025, 8, 9, 5, tzinfo=UTC)
    figure = Restated(
        "etf_flow",
        {"ticker": "ETHA", "session": "2025-08-08"},
        "net_flow_usd",
        "250000000.0",
        "254700000.0",
        at,
    )
    (row,) = shared._restated(Changes("run", (), 1, (figure,)).as_dict())
    assert row == {
        "table": "etf_flow",
        "key": "ETHA 2025-08-08",
        "column": "net_flow_usd",
        "old": "250000000.0",
        "new": "254700000.0",
        "recorded_at": "2025-08-09T05:00:00+00:00",
    }


def test_reports_are_links_where_there_is_an_address(artifacts: dict[str, Any]) -> None:
    assert (
        artifacts["reports"].splitlines()[0]
        == "- [eo-401k](https://reports.example.org/eo-401k.html)"
    )
    assert shared._links([Path("/srv/w/reports/x.html")], "") == "- `/srv/w/reports/x.html`"


def test_pages_are_served_while_the_runs_are_and_the_runs_know_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(pages.VARIABLE, raising=False)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "one.html").write_text("<p>a page</p>")
    (tmp_path / "secret").write_text("not a page")
    with pages.shown(tmp_path / "reports", 0) as address:
        assert address is not None
        assert os.environ[pages.VARIABLE] == address
        assert httpx.get(f"{address}/one.html").text == "<p>a page</p>"
        assert httpx.get(f"{address}/%2e%2e/secret").status_code == httpx.codes.NOT_FOUND
    assert pages.VARIABLE not in os.environ
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/one.html")


def test_where_the_port_is_taken_nothing_is_linked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pages.shown(tmp_path, taken.getsockname()[1]) as address:
            assert address is None
    assert "artifacts do not link to the reports" in caplog.text
