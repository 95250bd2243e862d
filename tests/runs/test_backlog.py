"""Asking and loading at once: who asks does not wait for a load, what waits is bounded, and either
half ends the other.
"""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import (
    LandingError,
    RateLimitedError,
    SourceUnavailableError,
    WarehouseError,
)
from marketwake.base.settings import Settings
from marketwake.landing.receipts import Receipt
from marketwake.landing.store import Landing
from marketwake.runs import run as running
from marketwake.runs.backlog import WAITING, Backlog, Came
from marketwake.runs.fetch import Fetched
from marketwake.runs.nightly import side_by_side
from marketwake.runs.pending import load_one
from marketwake.runs.run import PLAIN, Run
from marketwake.sources import registry
from marketwake.sources.source import Parse, Request
from marketwake.warehouse.files import Warehouse

NOW = datetime(2025, 8, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG = 60.0
"""Seconds, for a thread that is stuck: a test that passes waits for none of them."""


class Venue:
    """A venue that is asked for pages of one bar each, as Coinbase writes it; at the request
    `fails_at` it breaks, and those `spoiled` have another answer.

    `ahead`: at each request, how many payloads had been asked for and were not `loaded`, that one
    included. `full` is set once as many wait as may.
    """

    def __init__(
        self, pages: int, fails_at: int | None = None, spoiled: frozenset[int] = frozenset()
    ) -> None:
        self.name = "spot-coinbase"
        self.loaded = 0
        self.ahead = list[int]()
        self.full = threading.Event()
        self._pages = pages
        self._fails_at = fails_at
        self._spoiled = spoiled
        self.asked_twice = threading.Event()

    def requests(self) -> list[Request]:
        begins = (f"{NOW - (number + 2) * HOUR:%Y-%m-%dT%H:%MZ}" for number in range(self._pages))
        return [Request("spot_bar", f"Coinbase BTC/USD 1h {begin}..{begin}") for begin in begins]

    def fetch(self, request: Request) -> bytes:
        if len(self.ahead) == self._fails_at:
            raise ZeroDivisionError("nobody foresaw that")
        self.ahead.append(len(self.ahead) + 1 - self.loaded)
        if len(self.ahead) == WAITING:
            self.full.set()
        if len(self.ahead) == 2:
            self.asked_twice.set()
        if len(self.ahead) - 1 in self._spoiled:
            return b"<html>Just a moment...</html>"
        opened = datetime.fromisoformat(request.what.split("..")[1])
        return f"[[{opened.timestamp():.0f},1,4,2,3,5]]".encode()


class Other(Venue):
    """Another venue, which writes as Binance does."""

    def __init__(self, pages: int) -> None:
        super().__init__(pages)
        self.name = "spot-binance"

    def requests(self) -> list[Request]:
        return [
            Request(request.dataset, request.what.replace("Coinbase BTC/USD", "Binance BTC/USDT"))
            for request in super().requests()
        ]

    def fetch(self, request: Request) -> bytes:
        super().fetch(request)
        opened = datetime.fromisoformat(request.what.split("..")[1])
        return f'[[{opened.timestamp():.0f}000,"2","4","1","3","5",0,"0",0,"0","0","0"]]'.encode()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run that holds a warehouse."""
    held = Run(Warehouse(tmp_path / "w"), "nightly", "live", Settings(now=NOW))
    with held.hold(0):
        yield held


def _landed(run: Run) -> list[str]:
    return [receipt.receipt_id for receipt in Landing(run.warehouse.root).receipts()]


def _loaded(run: Run) -> list[str]:
    with run.warehouse.writer() as con:
        rows = con.execute(
            "select receipt_id from ops.load where status = 'loaded' order by rowid"
        ).fetchall()
    return [receipt_id for (receipt_id,) in rows]


def _bars(run: Run) -> list[tuple[str, int]]:
    with run.warehouse.writer() as con:
        return con.execute(
            "select venue, count(*) from raw.spot_bar group by venue order by venue"
        ).fetchall()


def _ask_and_load(run: Run, *venues: Venue) -> None:
    with closing(side_by_side(run, venues, PLAIN)) as came:
        run.load(came)


def test_a_venue_is_asked_while_a_payload_loads_and_for_no_more_than_may_wait(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = Venue(3 * WAITING)

    def slow(*of: Any) -> object:  # noqa: ANN401 - as load_one
        # The first payload is not loaded before as many wait as may.
        assert venue.full.wait(LONG)
        loaded = load_one(*of)
        venue.loaded += 1
        return loaded

    monkeypatch.setattr(running, "load_one", slow)
    _ask_and_load(run, venue)
    assert max(venue.ahead) == WAITING
    assert _loaded(run) == _landed(run)
    assert _bars(run) == [("Coinbase", 3 * WAITING)]


def test_a_load_that_fails_ends_the_asking_and_the_next_run_loads_what_had_landed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = Venue(3 * WAITING), Other(3 * WAITING)
    before = set(threading.enumerate())

    def failing(*of: Any) -> object:  # noqa: ANN401 - as load_one
        if len(run.loads) == 2:
            assert all(venue.full.wait(LONG) for venue in venues)
            raise WarehouseError("no space is left", "Make some.")
        return load_one(*of)

    monkeypatch.setattr(running, "load_one", failing)
    with pytest.raises(WarehouseError, match="no space is left"):
        _ask_and_load(run, *venues)
    assert set(threading.enumerate()) == before
    landed = _landed(run)
    assert _loaded(run) == landed[:2]
    # Two that are loaded have made room for two more.
    assert 2 * WAITING <= len(landed) <= 2 * WAITING + 2
    monkeypatch.setattr(running, "load_one", load_one)
    following = Run(run.warehouse, "nightly", "live", run.settings)
    following.landing = Landing(run.warehouse.root)
    following.started_at, following.id = NOW, "following"
    following.load([])
    assert _loaded(run) == landed
    assert sum(count for _, count in _bars(run)) == len(landed)


def test_a_venue_that_breaks_ends_its_part_and_the_other_is_asked_everything(run: Run) -> None:
    _ask_and_load(run, Venue(5, fails_at=2), Other(5))
    assert [(part.source, part.landed, part.is_broken) for part in run.fetched] == [
        ("spot-coinbase", 0, True),
        ("spot-binance", 5, False),
    ]
    # What it had landed is loaded all the same.
    assert _bars(run) == [("Binance", 5), ("Coinbase", 2)]


def test_a_landing_that_cannot_be_written_ends_the_run_once_and_nothing_landed_is_lost(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, put = set(threading.enumerate()), run.landing.put

    def full(*of: Any, **more: Any) -> Receipt | None:  # noqa: ANN401 - as put
        if len(run.landing.receipts()) >= 3:
            raise LandingError("landing cannot be written", "Make room.")
        return put(*of, **more)

    monkeypatch.setattr(run.landing, "put", full)
    with pytest.raises(LandingError, match="landing cannot be written"):
        _ask_and_load(run, Venue(5), Other(5))
    assert set(threading.enumerate()) == before
    # The other may have been about to land one, too.
    assert len(_landed(run)) in {3, 4}
    run.load([])
    assert _loaded(run) == _landed(run)


def test_a_venue_is_asked_for_its_next_page_while_the_last_one_is_read(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue, parse = Venue(3), registry.PARSERS["spot-coinbase"]

    def slow(*of: Any) -> Any:  # noqa: ANN401 - as parse
        assert venue.asked_twice.wait(LONG)
        return parse(*of)

    monkeypatch.setitem(cast("dict[str, Parse]", registry.PARSERS), "spot-coinbase", slow)
    _ask_and_load(run, venue)
    assert _bars(run) == [("Coinbase", 3)]


@pytest.mark.parametrize("good", [0, 1, 3])
def test_answers_that_are_none_end_the_asking_where_they_did_without_asking_ahead(
    run: Run, good: int
) -> None:
    # Two in a row, by FAILURES_TO_OPEN of sources/retry.py.
    venue = Venue(9, spoiled=frozenset(range(good, 9)))
    _ask_and_load(run, venue)
    assert len(venue.ahead) == good + 2
    (fetched,) = run.fetched
    assert (fetched.landed, len(fetched.refused), len(fetched.failures)) == (good + 2, 2, 9 - good)
    with run.warehouse.writer() as con:
        states = con.execute("select status, count(*) from ops.load group by all").fetchall()
    assert dict(states) == {"refused": 2, "fetch_failed": 7 - good} | (
        {"loaded": good} if good else {}
    )


def test_a_run_that_ends_waits_for_no_source(run: Run) -> None:
    asked = list[float]()

    def refuse() -> bytes:
        asked.append(1)
        raise RateLimitedError("fewer, please", "Wait.", 429, b"", LONG)

    Backlog(run.landing, 1, run.stop).close()
    with pytest.raises(SourceUnavailableError, match="the run ends"):
        run.circuit(Venue(1)).call(refuse)
    assert len(asked) == 1


def test_files_of_this_machine_are_landed_however_many_there_are(run: Run) -> None:
    backlog = Backlog(run.landing, 1, run.stop)
    for number in range(WAITING + 1):
        assert backlog.has_room("inbox")
        backlog.add(Receipt(str(number), "run", "inbox", "", "", "", NOW, NOW))


@given(st.data())
def test_payloads_are_taken_in_the_order_of_landing_and_what_a_source_brought_after_its_own(
    data: st.DataObject,
) -> None:
    """Sources land in any order, are done with reading in any other, and bring a batch at times."""
    names = ("a", "b", "c")
    landed = [_receipt("left behind", 0)]
    landing = cast("Landing", SimpleNamespace(receipts=lambda first=0: landed[first:]))
    backlog = Backlog(landing, 1, threading.Event())
    unread, expected = list[Receipt](), list[Came]()
    for number, name in enumerate(data.draw(st.lists(st.sampled_from(names), max_size=12)), 1):
        landed.append(_receipt(name, number))
        unread.append(landed[-1])
        expected.append(landed[-1])
        for receipt in data.draw(st.lists(st.sampled_from(unread), unique=True)):
            backlog.add(receipt)
            unread.remove(receipt)
        if name not in {receipt.source for receipt in unread}:
            expected.append(Fetched(name, number, 0, ()))
            backlog.bring(Fetched(name, number, 0, ()))
    for receipt in reversed(unread):
        backlog.add(receipt)
    backlog.work(lambda _: None)
    assert list(backlog) == expected


def _receipt(source: str, number: int) -> Receipt:
    return Receipt(f"{number:02}", "run", source, "spot_bar", "", "", NOW, NOW)
