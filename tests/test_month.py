"""A month of nights in simulated time: late flows, restated bars, an outage, three days of downtime, a changed page.

Twelve nights by default; `MARKETWAKE_LONG=1` takes the whole month.
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import nightly as flow
from pipeline import retry, steps
from pipeline.contracts import read_contracts
from pipeline.errors import MarketwakeError
from pipeline.sources import coingecko
from tests.servers import VENUES, Limit, Misbehaviour, Running, serve

pytestmark = pytest.mark.usefixtures("prefect_server")

LAST = datetime(2025, 8, 21, 6, 15, tzinfo=UTC)
NIGHTS = 31 if "MARKETWAKE_LONG" in os.environ else 12
"""The night counts from the end: 0 is the last one, so that both lengths hold the same incidents."""
LATE = {10, 5}
"""Nights that begin at 23:30 of the day before, when half of the funds have reported that day's flows."""
RESTATED = {9}
"""Coinbase sends one bar otherwise than it stands the night after."""
CHANGED = {8}
"""Farside has renamed a column."""
OUTAGE = {7}
"""Farside answers 502 to everything."""
DOWN = {4, 3, 2}
"""This machine is off."""


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The venues; no waiting, and no study or pages, which every other test of a run has."""
    monkeypatch.setattr(coingecko, "SECONDS_BETWEEN_REQUESTS", 0.0)
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    monkeypatch.setattr(steps, "study", lambda _con: None)
    monkeypatch.setattr(flow, "report", lambda *_, **__: [])
    for name in VENUES:
        # Their limits count seconds of the wall clock; here a day passes in a few.
        monkeypatch.setattr(VENUES[name], "limit", Limit(per_second=1e6, burst=1e6))
    with serve(now=LAST) as running:
        yield running


def _settings(venues: Running, folder: Path) -> None:
    lines = [
        'spot_venues = ["Coinbase", "Binance"]',
        f"now = {venues.now.isoformat()}",
        f"history_from = {date(2025, 7, 15)}",
        "coins = 3",
        "timeout_seconds = 5",
        "[addresses]",
        *(f'{name} = "{address}"' for name, address in venues.addresses.items()),
    ]
    (folder / "marketwake.toml").write_text("\n".join(lines) + "\n")


def _night(venues: Running, root: Path, back: int, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """One night with its incidents; what it complained of."""
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(root.parent / "marketwake.toml"))
    venues.now = LAST - timedelta(days=back) - (timedelta(hours=6, minutes=45) if back in LATE else timedelta())
    _settings(venues, root.parent)
    if back in RESTATED:
        venues.misbehave("coinbase", Misbehaviour("restated", times=1))
    if back in CHANGED:
        venues.misbehave("farside", Misbehaviour("renamed_column", times=99))
    if back in OUTAGE:
        venues.misbehave("farside", Misbehaviour("status", times=99, status=502))
    try:
        flow.nightly("live", root)
    except MarketwakeError as error:
        return error.what
    finally:
        venues.behave()
    return None


def _rows(root: Path, query: str) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every raw table without the columns of versions; `{}` in the query stands for the table's name."""
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return {name: con.execute(f"{query.format(f'raw.{name}')} order by all").fetchall() for name in read_contracts("raw")}


KEPT = "select * exclude (recorded_at, superseded_at, payload_sha256) from {} where "
CURRENT = KEPT + "superseded_at is null"


def test_a_month_of_nights_ends_where_one_load_of_the_final_truth_does(
    venues: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "nights" / "warehouse"
    root.parent.mkdir()
    seen, complaints = {}, {}
    for back in range(NIGHTS - 1, -1, -1):
        if back in DOWN:
            continue
        complaint = _night(venues, root, back, monkeypatch)
        if complaint:
            complaints[back] = complaint
        seen[venues.now] = _rows(root, CURRENT)
    assert complaints.keys() == CHANGED | OUTAGE
    # One bar was sent otherwise once: its version and the false one are both closed, and the true one stands.
    assert len(_rows(root, "select * from {} where superseded_at is not null")["spot_bar"]) == 2
    at_once = tmp_path / "at_once" / "warehouse"
    at_once.parent.mkdir()
    assert _night(venues, at_once, 0, monkeypatch) is None
    assert _rows(root, CURRENT) == _rows(at_once, CURRENT)
    for instant, rows in seen.items():
        # All that a night has landed carries its instant, to microseconds.
        known = instant + timedelta(seconds=1)
        then = f"recorded_at <= '{known}' and (superseded_at is null or superseded_at > '{known}')"
        assert _rows(root, KEPT + then) == rows, instant
