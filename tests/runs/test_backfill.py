"""The backfill against loopback venues: what is asked, what a death costs, who may come in between,
what is left.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from marketwake.base.errors import BadInputError, DefinitionError, WarehouseError
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import VENDORS, Order
from marketwake.runs.backfill.plan import Plan
from marketwake.runs.backfill.run import BackfillResult
from marketwake.runs.backfill.text import plan_lines
from marketwake.runs.load import Loaded
from marketwake.runs.pending import load_one
from marketwake.runs.result import RunFailedError
from marketwake.runs.run import Hooks
from marketwake.sources import retry
from marketwake.sources.source import Request
from marketwake.sources.spot.client import Spot
from marketwake.warehouse.files import Warehouse
from tests.support.servers import Misbehaviour, Running, serve

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
FIRST = date(2025, 6, 25)
"""The bundled sample, which the loopback venues serve, is whole from here on."""
HOURS = 58 * 24 + 9
"""Finished hours from FIRST to NOW: five pages of Coinbase's 300."""
BTC = Order("spot_bar", first=FIRST, venues=("Coinbase",), symbols=("BTC/USD",))
AT_ONCE = Hooks(derive=lambda _: [], check=lambda _, _clock, _run_id: [], report=lambda _: ([], []))
"""No build: what is loaded and published is looked at in the raw tables."""


@dataclass
class _Seen:
    """A watch that remembers."""

    plans: list[Plan] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    batches: list[tuple[str, int]] = field(default_factory=list)

    def planned(self, plan: Plan) -> None:
        self.plans.append(plan)

    def answered(self, source: str) -> None:
        self.answers.append(source)

    def settled(self, source: str, done: int) -> None:
        self.batches.append((source, done))

    def concluding(self) -> None:
        pass


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with serve("coinbase", "kraken", "bitstamp", now=NOW) as running:
        monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
        yield running


@pytest.fixture
def settings(venues: Running, tmp_path: Path) -> Settings:
    return Settings(
        addresses=venues.addresses, now=NOW, timeout_seconds=5, state_folder=tmp_path / "state"
    )


def _run(
    root: Path, settings: Settings, order: Order, watch: _Seen | None = None
) -> BackfillResult:
    return backfill.backfill(root, settings, order, watch or _Seen(), AT_ONCE)


def _days(first: int, last: int) -> Order:
    return replace(BTC, first=date(2025, 8, first), last=date(2025, 8, last))


def _asked(venues: Running) -> list[tuple[str, str]]:
    return [(seen.query["start"], seen.query["end"]) for seen in venues.seen("coinbase")]


def _bars(root: Path) -> int:
    with Warehouse(root).reader() as con:
        count: int = con.execute("select count(*) from raw.spot_bar").fetchall()[0][0]
    return count


def test_a_hole_in_the_middle_is_asked_for_alone_and_once(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    root = tmp_path / "w"
    _run(root, settings, _days(1, 3))
    _run(root, settings, _days(8, 10))
    before = len(venues.requests)
    result = _run(root, settings, _days(1, 10))
    assert _asked(venues)[before:] == [("2025-08-04T00:00:00Z", "2025-08-07T23:00:00Z")]
    assert result.missing == ()
    assert _bars(root) == 10 * 24
    again = _run(root, settings, _days(1, 10))
    assert len(venues.requests) == before + 1
    assert (again.run, again.missing) == (None, ())
    with Warehouse(root).reader() as con:
        runs = con.execute("select flow, source, state, message from ops.run").fetchall()
    assert runs == [("backfill", "live", "completed", None)] * 3


def test_the_issuers_days_are_filled_by_a_workbook_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    order = Order("etf_nav", first=date(2025, 8, 1), last=date(2025, 8, 15))
    with serve("issuers", now=NOW) as running:
        settings = Settings(addresses=running.addresses, now=NOW, timeout_seconds=5)
        running.misbehave("issuers", Misbehaviour("status", status=403, match="portfolioId=337614"))
        failed = _run(tmp_path, settings, order)
        # What was ordered by name and did not come is a problem, unlike in a night.
        assert failed.run
        assert failed.run.problems
        # The 1st to the 15th of August 2025 are eleven sessions.
        assert [(hole.series.symbol, hole.missing) for hole in failed.missing] == [("ETHA", 11)]
        asked = len(running.requests)
        assert _run(tmp_path, settings, order).missing == ()
        assert [seen.query["portfolioId"] for seen in running.requests[asked:]] == ["337614"]
        assert _run(tmp_path, settings, order).run is None


def test_neighbouring_holes_share_a_request_and_distant_ones_do_not(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    for day in (1, 3, 5, 20):
        _run(tmp_path, settings, _days(day, day))
    before = len(venues.requests)
    # Holes: the 2nd, the 4th, and the 6th to the 19th. A page of 300 hours from the 2nd reaches to
    # 11:00 on the 14th.
    watch = _Seen()
    result = _run(tmp_path, settings, _days(1, 20), watch)
    assert _asked(venues)[before:] == [
        ("2025-08-02T00:00:00Z", "2025-08-14T11:00:00Z"),
        ("2025-08-14T12:00:00Z", "2025-08-19T23:00:00Z"),
    ]
    assert len(watch.plans[0].parts[0].holes) == 3
    assert result.missing == ()


def test_hours_that_the_venue_lacks_end_as_confirmed_absent_and_are_asked_for_on_demand_alone(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    venues.misbehave("coinbase", Misbehaviour("gap"))
    result = _run(tmp_path, settings, _days(1, 2))
    # The gap of the loopback venue: three bars from the middle of 48.
    assert [(hole.reason, hole.missing, hole.first) for hole in result.missing] == [
        ("confirmed absent", 3, datetime(2025, 8, 2, tzinfo=UTC))
    ]
    assert _run(tmp_path, settings, _days(1, 2)).run is None
    assert len(venues.requests) == 1
    result = _run(tmp_path, settings, replace(_days(1, 2), again=True))
    assert _asked(venues)[1:] == [("2025-08-01T00:00:00Z", "2025-08-02T23:00:00Z")]
    assert result.missing == ()


def test_what_is_held_is_asked_for_again_on_demand_and_restated_without_a_look(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    _run(tmp_path, settings, _days(1, 2))
    # The loopback venue gives another close for the bar in the middle, three weeks old.
    venues.misbehave("coinbase", Misbehaviour("restated"))
    watch = _Seen()
    result = _run(tmp_path, settings, replace(_days(1, 2), again=True), watch)
    assert len(venues.requests) == 2
    assert result.run is not None
    assert (result.run.new, result.run.restated) == (0, 1)
    assert "what is held is asked for again" in " ".join(plan_lines(watch.plans[0]))
    with Warehouse(tmp_path).reader() as con:
        assert con.execute("select count(*) from ops.held").fetchall() == [(0,)]


def test_after_a_kill_nothing_that_had_landed_is_asked_for_again(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    config = tmp_path / "marketwake.toml"
    config.write_text(
        f'now = {NOW.isoformat()}\n[addresses]\ncoinbase = "{venues.addresses["coinbase"]}"\n'
    )
    root = tmp_path / "w"
    # The fifth payload is never loaded.
    code = (
        "from itertools import count\n"
        "from threading import Event\n"
        "from marketwake.cli.main import app\n"
        "from marketwake.runs import run\n"
        "load_one, numbers = run.load_one, count(1)\n"
        "run.load_one = lambda *given: (next(numbers) > 4 and Event().wait()) or load_one(*given)\n"
        "app(['backfill', 'spot_bar', '--from', '2025-06-25', '--venue', 'Coinbase', "
        "'--warehouse', 'w'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"MARKETWAKE_CONFIG": str(config)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as victim:
        deadline = time.monotonic() + 120
        while len(venues.requests) < 10 and time.monotonic() < deadline:
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)
    landed = {receipt.what for receipt in Landing(root).receipts()}
    assert len(landed) >= 9
    with Warehouse(root).writer() as con:
        ((loaded,),) = con.execute("select count(*) from ops.load").fetchall()
    assert loaded <= 4
    before = len(venues.requests)
    _run(root, settings, replace(BTC, symbols=()))
    whats = [receipt.what for receipt in Landing(root).receipts()]
    # Three markets, five pages each.
    assert len(whats) == len(set(whats)) == 3 * 5
    assert len(venues.requests) - before == 3 * 5 - len(landed)
    assert _bars(root) == 3 * HOURS


def test_a_run_that_waits_gets_the_warehouse_between_two_batches(
    venues: Running, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BATCH_REQUESTS", 1)
    events: list[str] = []

    def night() -> None:
        with Warehouse(tmp_path).exclusive("nightly", 60):
            events.append("night")

    waiting = threading.Thread(target=night)

    class Watch(_Seen):
        def settled(self, source: str, done: int) -> None:
            super().settled(source, done)
            events.append(f"batch {done}")
            if done == 1:
                waiting.start()
                _wait_until_queued(tmp_path)

    watch = Watch()
    assert _run(tmp_path, settings, BTC, watch).missing == ()
    waiting.join()
    assert events == ["batch 1", "night", *(f"batch {number}" for number in range(2, 6))]
    assert venues.violations == 0


def _wait_until_queued(root: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with (root / "queue.lock").open() as queue:
            try:
                fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_a_plan_alone_asks_and_writes_nothing(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    root = tmp_path / "w"
    plan = backfill.plan(root, settings, Order("spot_bar"))
    # Kraken's 720 bars, the running one among them, begin on 2025-07-23 at 10:00: 719 of 1977
    # hours, a page for each market.
    assert {part.source.name: len(part.requests) for part in plan.parts} == {
        "spot-coinbase": 21,
        "spot-kraken": 3,
        "spot-bitstamp": 6,
    }
    assert {(lack.hole.series.symbol, lack.hole.missing) for lack in plan.lacks} == {
        (symbol, 1977 - 719) for symbol in ("BTC/USD", "ETH/USD", "ETH/BTC")
    }
    assert "Kraken serves its last 720 bars alone" in plan.lacks[0].why
    # Three pages of 1.2 units each, of which Kraken allows one a second.
    assert plan.seconds == pytest.approx(3.6)
    assert not root.exists()
    _run(root, settings, _days(1, 2))
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }
    seen = len(venues.requests)
    assert backfill.plan(root, settings, _days(1, 4)).requests == 1
    assert {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    } == before
    assert len(venues.requests) == seen


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        (
            Order(first=date(2025, 8, 3), last=date(2025, 8, 2)),
            "from 2025-08-03 to 2025-08-02 ends before it begins",
        ),
        (Order(last=date(2025, 8, 23)), "2025-08-23 lies in the future"),
        (Order(first=date(2030, 1, 1)), "2030-01-01 lies in the future"),
        (Order("spot_bars"), "unknown dataset 'spot_bars'"),
        (Order(venues=("Coinbse",)), "unknown venue 'Coinbse'"),
        (Order("spot_bar", interval="7m"), "unknown bar interval '7m'"),
        (
            Order("spot_bar", interval="4h", venues=("Kraken", "Coinbase")),
            "no venue of spot_venues has 4h bars",
        ),
        (Order("spot_bar", symbols=("btc/usd",)), "'btc/usd' is no market"),
        (Order("spot_bar", symbols=("NOTHING",)), "no series of 'NOTHING'"),
        (Order("spot_bar", symbols=("BTC/USD", "NOTHING")), "no series of 'NOTHING'"),
        (Order("spot_bar", venues=("Coinbase", "Yahoo")), "no series of 'Yahoo'"),
    ],
)
def test_orders_that_cannot_be_are_refused_before_anything_is_made(
    order: Order, complaint: str, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match=complaint):
        backfill.plan(tmp_path / "w", settings, order)
    assert not (tmp_path / "w").exists()


def test_a_vendor_that_no_source_asks_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VENDORS, "etf_flow", "Nobody")
    with pytest.raises(DefinitionError, match="Nobody is a vendor of"):
        backfill.plan(tmp_path / "w", settings, Order("etf_flow"))


def test_a_venue_that_refuses_us_is_asked_once_and_the_others_are_filled(
    venues: Running, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BATCH_REQUESTS", 2)
    venues.misbehave("coinbase", Misbehaviour("status", times=99, status=451))
    order = replace(BTC, venues=("Coinbase", "Bitstamp"))
    result = _run(tmp_path, settings, order)
    assert result.run is not None
    assert [problem.split(":")[0] for problem in result.run.problems] == ["spot-coinbase"]
    assert len(venues.seen("coinbase")) == 1
    assert _bars(tmp_path) == HOURS
    missing = {(hole.series.venue, hole.reason): hole for hole in result.missing}
    # Of five pages two were in the first batch: both failed, the second without being asked.
    assert missing["Coinbase", "source error"].missing == 600
    assert "451" in str(missing["Coinbase", "source error"].last_error)
    assert missing["Coinbase", "not fetched"].missing == HOURS - 600
    with Warehouse(tmp_path).reader() as con:
        assert con.execute("select flow, state from ops.run").fetchall() == [("backfill", "failed")]
    venues.behave()
    assert _run(tmp_path, settings, order).missing == ()


def test_a_market_that_the_venue_does_not_know_does_not_stop_the_others(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    result = _run(tmp_path, settings, replace(_days(1, 1), symbols=("DOGE/EUR", "ETH/USD")))
    assert result.run is not None
    (problem,) = result.run.problems
    assert "1 of 2 requests failed" in problem
    assert {hole.series.symbol for hole in result.missing} == {"DOGE/EUR"}
    assert len(venues.requests) == 2


def test_when_nothing_comes_at_all_no_warehouse_is_made(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    venues.misbehave("coinbase", Misbehaviour("status", times=99, status=403))
    with pytest.raises(RunFailedError, match="spot-coinbase") as caught:
        _run(tmp_path, settings, BTC)
    assert not caught.value.published
    assert not (tmp_path / "writer.duckdb").exists()


def test_what_a_killed_run_had_landed_is_loaded_first(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    source = Spot("Coinbase", settings, settings.clock(), {})
    request = Request("spot_bar", "Coinbase BTC/USD 1h 2025-08-01T00:00Z..2025-08-02T23:00Z")
    Landing(tmp_path, settings.clock(), settings.own_address).put(
        source.name, request, source.fetch(request), NOW, "killed"
    )
    result = _run(tmp_path, settings, _days(1, 2))
    assert len(venues.requests) == 1
    assert result.run is not None
    assert (result.run.new, result.missing) == (48, ())


def test_what_a_killed_backfill_had_loaded_and_not_published_is_published_by_the_next(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    _run(tmp_path, settings, _days(1, 1))

    def killed(_: Warehouse) -> list[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill.backfill(tmp_path, settings, _days(1, 2), _Seen(), replace(AT_ONCE, derive=killed))
    assert _bars(tmp_path) == 24
    asked = len(venues.requests)
    result = _run(tmp_path, settings, _days(1, 2))
    assert (len(venues.requests), result.missing) == (asked, ())
    assert result.run is not None
    assert _bars(tmp_path) == 48
    assert _run(tmp_path, settings, _days(1, 2)).run is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), WarehouseError("no space is left", "")])
def test_a_backfill_that_is_stopped_or_cannot_load_leaves_no_thread_and_goes_on_where_it_was(
    error: BaseException,
    venues: Running,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = replace(BTC, venues=("Coinbase", "Bitstamp"))
    before, loaded = set(threading.enumerate()), list[Loaded]()

    def stopped(*of: Any) -> Loaded:  # noqa: ANN401 - as load_one
        if len(loaded) == 3:
            raise error
        loaded.append(load_one(*of))
        return loaded[-1]

    with monkeypatch.context() as patch:
        patch.setattr("marketwake.runs.run.load_one", stopped)
        with pytest.raises(type(error)):
            _run(tmp_path, settings, order)
    assert set(threading.enumerate()) == before
    result = _run(tmp_path, settings, order)
    assert result.run
    assert (result.missing, result.run.problems) == ((), ())
    whats = [receipt.what for receipt in Landing(tmp_path).receipts()]
    # 1401 hours: five pages of Coinbase's 300, two of Bitstamp's 1000, each asked for once.
    assert len(whats) == len(set(whats)) == 5 + 2
    assert len(venues.requests) == 5 + 2
    assert _bars(tmp_path) == 2 * HOURS


def test_bars_of_another_length_and_market_are_filled_too(
    settings: Settings, tmp_path: Path
) -> None:
    result = _run(tmp_path, settings, replace(_days(1, 1), symbols=("ETH/BTC",), interval="1d"))
    assert result.missing == ()
    with Warehouse(tmp_path).reader() as con:
        rows = con.execute(
            "select symbol, bar_interval, count(*) from raw.spot_bar group by all"
        ).fetchall()
    assert rows == [("ETH/BTC", "1d", 1)]


def test_a_source_that_breaks_off_in_the_middle_is_continued(
    venues: Running, settings: Settings, tmp_path: Path
) -> None:
    venues.misbehave(
        "coinbase", Misbehaviour("status", times=3, status=502, match="start=2025-07-07")
    )
    first = _run(tmp_path, settings, BTC)
    # One page fails for good after three attempts; the others come.
    assert [(hole.reason, hole.missing) for hole in first.missing] == [("source error", 300)]
    before = len(venues.requests)
    assert _run(tmp_path, settings, BTC).missing == ()
    assert len(venues.requests) == before + 1


def test_the_lock_is_not_waited_for_longer_than_the_patience(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PATIENCE_SECONDS", 0.2)
    with (
        Warehouse(tmp_path).exclusive("nightly"),
        pytest.raises(
            WarehouseError, match=r"is being written by process \d+ since .* \(nightly\)"
        ),
    ):
        _run(tmp_path, settings, BTC)
