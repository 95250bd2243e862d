"""A month of nights in simulated time, with what a month brings: every hole repaired, everybody
told once, and in the end the truth.

The venues have the habits of today's: Yahoo lacks months, closes far ones at zero, has bars of
weekends and an odd consent; Farside shuts its door for a week, and has a fund that nobody knows. No
night fails by that, each says what it lacks. The hours of CME are those since May 2026, on figures
of August 2025.

Twelve nights by default; `MARKETWAKE_LONG=1` takes the whole month.
"""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import MarketwakeError
from marketwake.base.resources import SAMPLE
from marketwake.calendars import sessions
from marketwake.calendars.stamps import stamp_frame
from marketwake.coverage.status import read_status
from marketwake.runs import selection, steps
from marketwake.runs.nightly import nightly
from marketwake.runs.run import Hooks
from marketwake.sources import retry
from marketwake.sources.coingecko import source as coingecko
from marketwake.sources.files.sample import Sample
from marketwake.sources.yahoo import bars
from marketwake.sources.yahoo.source import Yahoo
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from tests.support.receiver import Receiver, receiving
from tests.support.servers import Misbehaviour, Running, Seen, serve, settings

# Limits count seconds of the wall clock; here a day passes in a few.
pytestmark = [
    pytest.mark.usefixtures("without_pace", "some_series", "round_the_clock", "brief_study"),
    pytest.mark.timeout(1200),
]

LAST = datetime(2025, 8, 21, 6, 15, tzinfo=UTC)
NIGHTS = 31 if "MARKETWAKE_LONG" in os.environ else 12
"""Nights are counted from the end, the last is 0: so both lengths hold the same incidents."""
HISTORY_FROM = date(2025, 6, 25)
FIRST = NIGHTS - 1
"""Coinbase gives one page in the middle of bitcoin's history to nobody: 300 hours from the 7th of
July at noon, the second page.
"""
LATE = {5, 1}
"""Nights that begin at 23:30 of the day before, when half of the funds have reported that day's
flows.
"""
CHANGED = 10
"""Farside has renamed a column."""
RESTATED = 9
"""Coinbase sends one bar otherwise than it stands the night after."""
OUTAGE = 9
"""Farside answers 502 to everything."""
SHUT = range(2, 9)
"""For a week Farside lets in nobody."""
BLOCKED = 6
"""Coinbase answers 451 to everything; Bitstamp stands in."""
FULL = 5
"""No space is left to publish in."""
DOWN = {4, 3, 2}
"""This machine is off."""
HABITS = frozenset({"no ether months", "zero closes", "weekend bars", "half a consent"})
"""Of Yahoo's."""
SERIES = ("MBTQ25.CME", "MBTU25.CME", "MBTV25.CME", "METQ25.CME", "ETH=F", "ZQQ25.CBT")
"""Futures that are asked for, beside the first index and the first fund."""
ROUND_THE_CLOCK = date(2025, 8, 1)
Rows = dict[str, list[tuple[Any, ...]]]
"""By raw table."""


@pytest.fixture
def some_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of Yahoo's hundred series those that its habits are about, and one of each other kind."""
    every = Yahoo._series

    def some(yahoo: Yahoo) -> Iterator[Any]:
        others = dict[str, Any]()
        for series in every(yahoo):
            if series.symbol in SERIES:
                yield series
            elif series.dataset in ("index_bar", "etf_bar"):
                others.setdefault(series.dataset, series)
        yield from others.values()

    monkeypatch.setattr(Yahoo, "_series", some)


@pytest.fixture
def round_the_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """CME's hours of 2026, a year before."""
    usual = sessions._hours
    (first, _, before), (_, last, since) = usual("CME_CRYPTO")
    moved = [(first, ROUND_THE_CLOCK - timedelta(days=1), before), (ROUND_THE_CLOCK, last, since)]
    caches = (
        sessions.cme_sessions,
        sessions.session_frame,
        sessions._sessions,
        stamp_frame,
        bars._ends,
    )
    monkeypatch.setattr(
        sessions, "_hours", lambda calendar: moved if calendar == "CME_CRYPTO" else usual(calendar)
    )
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def venues(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The venues; no waiting, and no study or pages, which every other test of a run has. The
    reference figures are those that speak of days before the first night.
    """
    name = "reference_figure"
    folder = tmp_path_factory.mktemp(name)
    figures = pl.read_csv(SAMPLE / f"{name}.csv", infer_schema=False)
    figures.filter(pl.col("as_of") <= str(HISTORY_FROM)).write_csv(folder / f"{name}.csv")
    monkeypatch.setattr(selection, "REFERENCE", Sample(frozenset({name}), folder))
    monkeypatch.setattr(coingecko, "SECONDS_BETWEEN_REQUESTS", 0.0)
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    monkeypatch.setattr(steps, "study", lambda _con: [])
    with serve(now=LAST) as running:
        yield running


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Somebody to be told."""
    with receiving() as made:
        monkeypatch.setenv("MARKETWAKE_ALERT_WEBHOOK", made.address)
        yield made


def _instant(back: int) -> datetime:
    return (
        LAST
        - timedelta(days=back)
        - (timedelta(hours=6, minutes=45) if back in LATE else timedelta())
    )


def _misbehave(venues: Running, back: int) -> None:
    venues.habits["yahoo"] = HABITS
    venues.habits["farside"] = frozenset({"shut"} if back in SHUT else {"new fund", "dashes"})
    if back == FIRST:
        # Bitcoin comes first, and is asked three times.
        venues.misbehave(
            "coinbase", Misbehaviour("status", times=3, status=502, match="start=2025-07-07")
        )
    if back == RESTATED:
        venues.misbehave("coinbase", Misbehaviour("restated", times=1))
    if back == CHANGED:
        venues.misbehave("farside", Misbehaviour("renamed_column", times=99))
    if back == OUTAGE:
        venues.misbehave("farside", Misbehaviour("status", times=99, status=502))
    if back == BLOCKED:
        venues.misbehave("coinbase", Misbehaviour("status", times=99, status=451))


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _night(
    venues: Running, root: Path, back: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[str | None, tuple[str, ...]]:
    """One night with its incidents; what it complained of, and what it lacks."""
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(root.parent / "marketwake.toml"))
    venues.now = _instant(back)
    text = settings(
        venues,
        spot_venues=["Coinbase", "Binance", "Bitstamp"],
        history_from=HISTORY_FROM,
        coins=3,
        timeout_seconds=5,
    )
    (root.parent / "marketwake.toml").write_text(text)
    _misbehave(venues, back)
    with monkeypatch.context() as patch:
        if back == FULL:
            patch.setattr("marketwake.warehouse.publishing.copy_with_digest", _no_space)
        try:
            return None, nightly(root, hooks=Hooks(report=lambda _: ([], []))).lacks
        except MarketwakeError as error:
            return error.what, ()
        finally:
            venues.behave()


def _problems(root: Path, now: datetime) -> list[str]:
    """What `marketwake status` would tell; without the figures of which the bundled sample, which
    the venues serve, ends before August.
    """
    with Warehouse(root).reader() as con:
        problems = read_status(con, root, now)["problems"]
    return [
        problem
        for problem in problems
        if not problem.startswith(("index_bar", "coin_snapshot", "fed_funds_price"))
    ]


def _rows(root: Path, query: str) -> Rows:
    """Rows of every raw table without the columns of versions; `{}` in the query stands for the
    table's name.
    """
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return {
            name: con.execute(f"{query.format(f'raw.{name}')} order by all").fetchall()
            for name in read_contracts("raw")
        }


def _lasting(rows: Rows, at_once: Rows) -> Rows:
    """Without what a load of the last night cannot hold: bars of the venue that stood in, quoted
    counts of shares and lists of coins and markets of earlier nights, and contracts that have
    expired in between and are gone from Yahoo.
    """
    futures, rates = (
        {row[column] for row in at_once[table]}
        for table, column in (("futures_price", 2), ("fed_funds_price", 0))
    )
    gone = {row[2] for row in rows["futures_price"]} - futures | {
        row[0] for row in rows["fed_funds_price"]
    } - rates
    assert all(contract.endswith("N5") for contract in gone), gone  # N: July
    return rows | {
        "spot_bar": [row for row in rows["spot_bar"] if row[0] != "Bitstamp"],
        "etf_shares": [
            row for row in rows["etf_shares"] if row[1] == "history" or row[2] == LAST.date()
        ],
        "coin_rank": [row for row in rows["coin_rank"] if row[1] == LAST.date()],
        "spot_listing": [row for row in rows["spot_listing"] if row[2] == LAST.date()],
        "futures_price": [row for row in rows["futures_price"] if row[2] in futures],
        "fed_funds_price": [row for row in rows["fed_funds_price"] if row[0] in rates],
    }


KEPT = "select * exclude (recorded_at, superseded_at, payload_sha256) from {} where "
CURRENT = KEPT + "superseded_at is null"


@dataclass
class _Month:
    """What the nights were like, by night."""

    rows: dict[int, Rows] = field(default_factory=dict)
    complaints: dict[int, str] = field(default_factory=dict)
    lacks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    problems: dict[int, list[str]] = field(default_factory=dict)
    asked: dict[int, list[Seen]] = field(default_factory=dict)

    def newest_bar(self, back: int, venue: str) -> datetime:
        """Open of the newest bar of bitcoin that a venue had given by a night."""
        newest: datetime = max(
            row[3] for row in self.rows[back]["spot_bar"] if row[:2] == (venue, "BTC/USD")
        )
        return newest


def _month(venues: Running, root: Path, monkeypatch: pytest.MonkeyPatch) -> _Month:
    month = _Month()
    for back in range(FIRST, -1, -1):
        if back in DOWN:
            month.problems[back] = _problems(root, _instant(back))
            continue
        before = len(venues.requests)
        complaint, month.lacks[back] = _night(venues, root, back, monkeypatch)
        if complaint:
            month.complaints[back] = complaint
        month.rows[back] = _rows(root, CURRENT)
        month.problems[back] = _problems(root, _instant(back))
        month.asked[back] = venues.requests[before:]
    return month


def _check_repair(month: _Month) -> None:
    """What nobody got is asked for by the next night, alone and once; a night without incident asks
    for three markets, a page each.
    """
    hours = {
        back: [seen for seen in asked if seen.query.get("granularity") == "3600"]
        for back, asked in month.asked.items()
    }
    pages = {back: [seen.query["start"] for seen in asked] for back, asked in hours.items()}
    hole = {back: starts.count("2025-07-07T12:00:00Z") for back, starts in pages.items()}
    # Three attempts for bitcoin, one for each of the other two markets; then bitcoin's once more.
    assert {back: count for back, count in hole.items() if count} == {FIRST: 5, FIRST - 1: 1}
    del pages[FIRST]
    assert {back: len(starts) for back, starts in pages.items()} == dict.fromkeys(pages, 3) | {
        FIRST - 1: 4,
        BLOCKED: 1,
    }
    stood_in = {
        back
        for back, asked in month.asked.items()
        if any(seen.venue == "bitstamp" for seen in asked)
    }
    assert stood_in == {FIRST, BLOCKED}
    # The bar of 05:00 is the last that had ended at 06:15; the night after, at 23:30, it is that of
    # 22:00.
    night = datetime(2025, 8, 15, tzinfo=UTC)
    assert month.newest_bar(BLOCKED, "Coinbase") == night - timedelta(hours=19)
    assert month.newest_bar(BLOCKED, "Bitstamp") == night + timedelta(hours=5)
    assert month.newest_bar(FULL, "Coinbase") == night + timedelta(hours=22)


def _check_status(month: _Month) -> None:
    """But for ether's months all is well, save in the nights with an incident, and then the status
    says what is not.
    """
    coinbase, farside = (
        "the last run failed: spot-coinbase: ",
        "the last run failed: farside: 2 of 2 requests failed",
    )
    expected: dict[int, list[str]] = {
        FIRST: [f"{coinbase}1 of "],
        # Flows of a session are promised for 06:00 of the next day, a quarter of an hour before the
        # night.
        CHANGED: [farside],  # Monday morning: Friday's are due, and are there
        OUTAGE: ["etf_flow of Farside is stale: last 2025-08-08, due 2025-08-11", farside],
        8: ["etf_flow of Farside is stale: last 2025-08-08, due 2025-08-12"],
        7: ["etf_flow of Farside is stale: last 2025-08-08, due 2025-08-13"],
        # The bar that ended at 05:00 was due from 06:00 on, that of the day before from 01:00 on.
        # Three markets, and the list of them.
        BLOCKED: [
            "etf_flow of Farside is stale: last 2025-08-08, due 2025-08-14",
            "spot_bar 1h of Coinbase is stale: last 2025-08-14 05:00, due 2025-08-15 04:00",
            "spot_bar 1d of Coinbase is stale: last 2025-08-13, due 2025-08-14",
            f"{coinbase}4 of 4 requests failed",
        ],
        # Readers keep the file of the morning, in which Coinbase is missing; at 23:30 the bar that
        # ended at 22:00 is due.
        FULL: [
            "etf_flow of Farside is stale: last 2025-08-08, due 2025-08-14",
            "spot_bar 1h of Binance is stale: last 2025-08-15 05:00, due 2025-08-15 21:00",
            "spot_bar 1h of Bitstamp is stale: last 2025-08-15 05:00, due 2025-08-15 21:00",
            "spot_bar 1h of Coinbase is stale: last 2025-08-14 05:00, due 2025-08-15 21:00",
            "spot_bar 1d of Coinbase is stale: last 2025-08-13, due 2025-08-14",
            "run 20250815T233000Z-",
            f"{coinbase}4 of 4 requests failed",
        ],
    }
    # From 23:30 on the 15th to 06:15 on the 17th: a day and 6.75 hours; then two days more.
    for back, hours in ((4, 31), (3, 55), (2, 79)):
        expected[back] = [
            f"no run for {hours} hours: the newest began 2025-08-15 23:30",
            *expected[FULL],
        ]
    for back, told in month.problems.items():
        ether, problems = [
            [one for one in told if one.endswith("no contract month of ETH") is is_of_ether]
            for is_of_ether in (True, False)
        ]
        assert len(ether) == 1, (back, told)
        wanted = expected.get(back, [])
        assert len(problems) == len(wanted), (back, problems)
        assert all(map(str.startswith, problems, wanted)), (back, problems)


def _check_lacks(month: _Month, root: Path) -> None:
    """What is ordinary is said and is no complaint."""
    shut = {back for back, lacks in month.lacks.items() if lacks}
    # In the other nights of that week there was something to complain of.
    assert shut == {8, 7}
    (lack,) = month.lacks[7]
    assert lack.startswith("farside: 2 of 2 requests failed, first http://127.0.0.1:")
    assert "drop the files into the warehouse's folder inbox" in lack
    said = (root / "logs" / "marketwake.log").read_text()
    nights = NIGHTS - len(DOWN)
    assert said.count("1 symbol of ETH not at Yahoo: METQ25.CME; there are ETH=F") == nights
    # The last night asks from the 16th on, in which there is one Wednesday.
    (line,) = [
        line for line in said.splitlines() if "20250821T061500Z" in line and "close of 0.00" in line
    ]
    assert line.endswith(
        "1 day without a trade (a close of 0.00 and no volume) gave no row: MBTU25.CME"
    )
    # It began on the 18th, behind the shut door; then once a night.
    assert said.count("1 fund unknown to seed.fund: MSSE (ETH)") == 2
    for asked in month.asked.values():
        paths = [seen.path for seen in asked if seen.venue == "yahoo"]
        assert [paths.count(path) for path in ("/", "/v1/test/getcrumb")] == [1, 1]


def _check_weekends(root: Path) -> None:
    """Saturdays and Sundays of August have their bars, no hole is made of them or of what lies
    between them, and far months have no row where nobody traded.
    """
    with duckdb.connect(root / "writer.duckdb", read_only=True) as con:
        days = con.execute(
            "select contract, list(day(day) order by day) from raw.futures_price "
            "where superseded_at is null and price_kind = 'last_trade' group by all order by all"
        ).fetchall()
        holes = con.execute(
            "select symbol, count(*), sum(missing), bool_or(dayofweek(first_at) in (0, 6)) "
            "from ops.hole where dataset = 'futures_price' and symbol in ('METQ5', 'MBTQ5') "
            "and reason <> 'not yet published' group by all order by all"
        ).fetchall()
    weekends = [2, 3, 9, 10, 16, 17]
    # The sample's figures of October end on the 12th.
    assert days == [("MBTQ5", weekends), ("MBTU5", weekends), ("MBTV5", weekends[:4])]
    # Nobody traded MBTQ5 on the Wednesdays 30 days and more before its end on 29 August: 25 June to
    # 30 July. Of METQ5 all is missing, in one stretch: 41 weekdays to 20 August.
    assert holes == [("MBTQ5", 6, 6, False), ("METQ5", 1, 41, False)]


def _check_told(receiver: Receiver) -> None:
    """Every alert that should have been sent was, once, and no other."""
    expected = [
        (FIRST, "source_failed", "spot-coinbase"),
        # One bad spell until the door opens again.
        (CHANGED, "source_failed", "farside"),
        (FIRST - 1, "source_recovered", "spot-coinbase"),
        (BLOCKED, "source_failed", "spot-coinbase"),
        (FULL, "run_failed", "nightly"),
        (FULL, "source_recovered", "spot-coinbase"),
        # From the 15th at 23:30 to the 19th at 23:30: four days.
        (1, "run_late", "nightly"),
        (1, "run_recovered", "nightly"),
        (1, "source_recovered", "farside"),
    ]
    nights = {f"{_instant(back):%Y%m%dT%H%M%SZ}": back for back in range(NIGHTS)}
    told = [
        (nights[body["run_id"][:16]], body["kind"], body["subject"]) for _, body in receiver.seen
    ]
    assert told == sorted(expected, key=lambda alert: -alert[0])
    details = {body["kind"]: body["detail"] for _, body in receiver.seen}
    assert details["run_late"] == "no run for 96 hours"
    assert details["run_failed"] == "nothing was published: [Errno 28] No space left on device"


def test_a_month_of_nights_ends_where_one_load_of_the_final_truth_does(
    venues: Running, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "nights" / "warehouse"
    root.parent.mkdir()
    month = _month(venues, root, monkeypatch)
    assert month.complaints.keys() == {FIRST, CHANGED, OUTAGE, BLOCKED, FULL}
    # One bar was sent otherwise once: its version and the false one are both closed, and the true
    # one stands.
    assert len(_rows(root, "select * from {} where superseded_at is not null")["spot_bar"]) == 2
    for back, rows in month.rows.items():
        # All that a night has landed carries its instant, to microseconds.
        known = _instant(back) + timedelta(seconds=1)
        then = f"recorded_at <= '{known}' and (superseded_at is null or superseded_at > '{known}')"
        assert _rows(root, KEPT + then) == rows, back
    _check_repair(month)
    _check_status(month)
    _check_told(receiver)
    _check_lacks(month, root)
    _check_weekends(root)
    at_once = tmp_path / "at_once" / "warehouse"
    at_once.parent.mkdir()
    assert _night(venues, at_once, 0, monkeypatch) == (None, ())
    truth = _rows(at_once, CURRENT)
    assert _lasting(_rows(root, CURRENT), truth) == truth
