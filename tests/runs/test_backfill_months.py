"""Whole months of Binance come from its archive, the rest from its API: the same rows as by the API
alone, also where the archive lacks a month or sends another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.backfill.plan import Plan
from marketwake.runs.backfill.run import BackfillResult
from marketwake.runs.backfill.text import plan_lines
from marketwake.runs.run import Hooks
from marketwake.sources import retry
from marketwake.sources.registry import read
from marketwake.warehouse.files import Warehouse
from tests.support.servers import Misbehaviour, Running, serve

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
# The loopback venues serve figures from 25 June 2025 on: July is whole. 2,976 bars in a month.
ORDER = Order("spot_bar", first=date(2025, 6, 25), venues=("Binance",), symbols=("BTC/USD",),
              interval="15m")  # fmt: skip
MONTH = "Binance BTC/USDT 15m 2025-07"
AT_ONCE = Hooks(derive=lambda _: [], check=lambda _, _clock, _run_id: [], report=lambda _: ([], []))
ROWS = "select * exclude (recorded_at, payload_sha256) from raw.spot_bar order by all"


@dataclass
class _Seen:
    plans: list[Plan] = field(default_factory=list)

    def planned(self, plan: Plan) -> None:
        self.plans.append(plan)

    def answered(self, source: str) -> None:
        pass

    def settled(self, source: str, done: int) -> None:
        pass

    def concluding(self) -> None:
        pass


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with serve("binance", "binance-archive", now=NOW) as running:
        monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
        yield running


@pytest.fixture
def settings(venues: Running, tmp_path: Path) -> Settings:
    return Settings(
        addresses=venues.addresses, now=NOW, timeout_seconds=5, state_folder=tmp_path / "state"
    )


def _run(root: Path, settings: Settings, order: Order = ORDER) -> tuple[BackfillResult, list[Plan]]:
    seen = _Seen()
    return backfill.backfill(root, settings, order, seen, AT_ONCE), seen.plans


def _rows(root: Path) -> list[tuple[object, ...]]:
    with Warehouse(root).reader() as con:
        return con.execute(ROWS).fetchall()


@pytest.fixture(scope="module")
def by_pages(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The rows of the API alone."""
    root = tmp_path_factory.mktemp("pages")
    with serve("binance", now=NOW) as running:
        result, plans = _run(root, Settings(addresses=running.addresses, now=NOW))
    assert result.missing == ()
    assert [request.dataset for request in plans[0].parts[0].requests] == ["spot_bar"] * 6
    return _rows(root)


def test_a_whole_month_comes_from_the_archive_and_gives_the_same_rows(
    venues: Running, settings: Settings, by_pages: list[tuple[object, ...]], tmp_path: Path
) -> None:
    root, before = tmp_path / "months", len(venues.seen("binance"))
    result, plans = _run(root, settings)
    assert result.missing == ()
    assert result.run is not None
    assert result.run.problems == ()
    (part,) = plans[0].parts
    assert [(r.dataset, r.what) for r in part.requests] == [
        ("spot_month", MONTH),
        ("spot_bar", "Binance BTC/USDT 15m 2025-06-25T00:00Z..2025-06-30T23:45Z"),
        ("spot_bar", "Binance BTC/USDT 15m 2025-08-01T00:00Z..2025-08-11T09:45Z"),
        ("spot_bar", "Binance BTC/USDT 15m 2025-08-11T10:00Z..2025-08-21T19:45Z"),
        ("spot_bar", "Binance BTC/USDT 15m 2025-08-21T20:00Z..2025-08-22T09:15Z"),
    ]
    assert any(line.startswith("1 whole month of Binance") for line in plan_lines(plans[0]))
    assert len(venues.seen("binance")) - before == 4
    assert _rows(root) == by_pages
    # What landed is the ZIP; alone it gives the month's rows.
    (zipped,) = (r for r in Landing(root).receipts() if r.dataset == "spot_month")
    body = Landing(root).read(zipped)
    assert body.startswith(b"PK")
    month = read("spot-binance", zipped.request, body, zipped.requested_at)["spot_bar"]
    assert month.height == 31 * 96
    # Nothing is left to ask for.
    assert _run(root, settings)[1][0].parts == ()


@pytest.mark.parametrize(
    "fault",
    [
        Misbehaviour("checksum"),
        Misbehaviour("status", times=9, status=404),
        Misbehaviour("reset", times=9),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_what_the_archive_does_not_give_comes_from_the_api(
    fault: Misbehaviour,
    venues: Running,
    settings: Settings,
    by_pages: list[tuple[object, ...]],
    tmp_path: Path,
) -> None:
    venues.misbehave("binance-archive", fault)
    result, plans = _run(tmp_path / "months", settings)
    assert result.missing == ()
    assert result.run is not None
    assert result.run.problems == ()
    assert [[r.what.split(" ")[-1] for r in plan.parts[0].requests][:1] for plan in plans] == [
        ["2025-07"], ["2025-07-01T00:00Z..2025-07-11T09:45Z"],
    ]  # fmt: skip
    assert _rows(tmp_path / "months") == by_pages


def test_months_that_save_no_page_or_are_too_young_are_not_asked_for(
    settings: Settings, tmp_path: Path
) -> None:
    young = replace(settings, now=datetime(2025, 8, 9, 12, tzinfo=UTC))
    for chosen, order in ((young, ORDER), (settings, replace(ORDER, interval="1h"))):
        plan = backfill.plan(tmp_path, chosen, order)
        assert {r.dataset for part in plan.parts for r in part.requests} == {"spot_bar"}
