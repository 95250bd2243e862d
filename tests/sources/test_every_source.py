"""What every live source must do, run over each of them: a new one joins by a line in SOURCES and a
server in tests/servers.

Each misbehaviour of its venue is ordered once; what then reaches the contract is compared with what
an undisturbed run brings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs import fetch as fetching
from marketwake.sources import retry
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.farside.source import Farside
from marketwake.sources.issuers.source import Issuers
from marketwake.sources.registry import PARSERS, read
from marketwake.sources.source import Clock, Request, Source
from marketwake.sources.spot.client import Spot
from marketwake.sources.yahoo.source import Yahoo
from marketwake.warehouse.contracts import read_contracts
from tests.support.servers import FAULTS, VENUES, Misbehaviour, Running, serve

pytestmark = pytest.mark.usefixtures("without_pace")

NIGHT = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)
HISTORY_FROM, LONG_BEFORE = date(2025, 8, 6), date(2025, 7, 20)

SOURCES: Mapping[str, Callable[[Settings, Clock], Source]] = {
    "binance": lambda configured, clock: Spot("Binance", configured, clock, {}),
    "bitstamp": lambda configured, clock: Spot("Bitstamp", configured, clock, {}),
    "coinbase": lambda configured, clock: Spot("Coinbase", configured, clock, {}),
    "coingecko": lambda configured, clock: CoinGecko(configured, clock, {}, sleep=lambda _: None),
    "farside": lambda configured, _: Farside(
        configured, with_history=configured.history_from == LONG_BEFORE
    ),
    "issuers": lambda configured, _: Issuers(configured),
    "kraken": lambda configured, clock: Spot("Kraken", configured, clock, {}),
    "yahoo": lambda configured, clock: Yahoo(
        configured, clock, dict.fromkeys(("^GSPC", "^DJI"), date(2025, 8, 23))
    ),
}
PASSING = [
    Misbehaviour("status", status=429),
    Misbehaviour("status", status=429, retry_after=7),
    Misbehaviour("status", status=418, retry_after=7),
    Misbehaviour("status", status=500),
    Misbehaviour("status", status=502),
    Misbehaviour("hang"),
    Misbehaviour("reset"),
    Misbehaviour("truncated"),
]
"""Faults that asking again mends."""
FOR_GOOD = [
    Misbehaviour("status", status=403),
    Misbehaviour("status", status=451),
    Misbehaviour("html"),
    Misbehaviour("challenge"),
]
"""Faults that must be told: refused by the venue, or something else in place of the answer."""
UNTOLD = {
    "duplicate",
    "overlapping",
    "out_of_order",
    "short_page",
    "unfinished",
    "gap",
    "restated",
    "empty",
}
"""Content that is sound row by row, so that nothing needs to be refused."""

DATA = {"yahoo": "/v8/finance/chart", "coingecko": "market_chart"}
"""Part of the address of the answers that hold figures, where a venue is asked for other things
too.
"""

Rows = dict[str, set[tuple[Any, ...]]]


@dataclass(frozen=True)
class Brought:
    """What a run brought: accepted rows and their keys by table, and what was told: failures,
    refusals, rejects.
    """

    rows: Rows
    keys: Rows
    told: list[str]
    waits: list[float]


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a generator fixture
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    with serve(request.getfixturevalue("venue"), now=NIGHT) as running:
        yield running


def _source(
    venue: str, running: Running, history_from: date = HISTORY_FROM, patience_seconds: float = 30
) -> Source:
    configured = Settings(
        history_from=history_from,
        coins=2,
        spot_symbols=("BTC/USD", "ETH/USD"),
        timeout_seconds=patience_seconds,
        addresses=running.addresses,
    )
    return SOURCES[venue](configured, lambda: running.now)


def _bring(
    venue: str,
    running: Running,
    folder: Path,
    history_from: date = HISTORY_FROM,
    patience_seconds: float = 30,
) -> Brought:
    source, landing, waits = (
        _source(venue, running, history_from, patience_seconds),
        Landing(folder, lambda: running.now),
        list[float](),
    )
    fetched = fetching.fetch(landing, source, "run", waits.append)
    told = [error.what for _, error in fetched.failures]
    rows: Rows = {}
    keys: Rows = {}
    for receipt in landing.receipts():
        try:
            frames = PARSERS[source.name](
                receipt.request, landing.read(receipt), receipt.requested_at
            )
        except SourceChangedError as error:
            told.append(error.what)
            continue
        for table, frame in frames.items():
            contract = read_contracts("raw")[table]
            validated = contract.validate(frame)
            told += validated.rejected["reason"].to_list()
            rows.setdefault(table, set()).update(validated.accepted.rows())
            keys.setdefault(table, set()).update(validated.accepted.select(contract.key).rows())
    return Brought(rows, keys, told, waits)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Brought]:
    """What a venue brings when nothing goes wrong, fetched once."""
    known: dict[tuple[str, date], Brought] = {}

    def bring(venue: str, history_from: date = HISTORY_FROM) -> Brought:
        if (venue, history_from) not in known:
            with serve(venue, now=NIGHT) as running:
                known[venue, history_from] = _bring(
                    venue, running, tmp_path_factory.mktemp(venue), history_from
                )
        return known[venue, history_from]

    return bring


def test_every_venue_that_has_a_server_has_its_source_here() -> None:
    # The archive of months is a second way to Binance: tests/runs/test_backfill_months.py.
    assert set(SOURCES) == set(VENUES) - {"binance-archive"}


@pytest.mark.parametrize("venue", SOURCES)
def test_an_undisturbed_run_brings_rows_and_tells_of_nothing(
    venue: str, undisturbed: Callable[..., Brought]
) -> None:
    brought = undisturbed(venue)
    assert brought.told == []
    assert brought.waits == []
    assert all(brought.rows.values())


@pytest.mark.parametrize("venue", SOURCES)
def test_requests_are_stable_unique_and_name_no_secret(venue: str, venues: Running) -> None:
    first, second = (_source(venue, venues).requests() for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first)
    assert not any("key" in request.what or "127.0.0.1" in request.what for request in first)


@pytest.mark.parametrize(
    "fault", PASSING, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.retry_after}"
)
@pytest.mark.parametrize("venue", SOURCES)
def test_a_passing_fault_costs_a_second_request_and_nothing_else(
    venue: str,
    venues: Running,
    fault: Misbehaviour,
    undisturbed: Callable[..., Brought],
    tmp_path: Path,
) -> None:
    venues.misbehave(venue, replace(fault, match=DATA.get(venue, "")))
    # What does not hang has time: the machine may be busy.
    patience = 2.0 if fault.kind == "hang" else 30.0
    brought = _bring(venue, venues, tmp_path, patience_seconds=patience)
    assert (brought.rows, brought.told) == (undisturbed(venue).rows, [])
    assert len(brought.waits) == 1
    assert brought.waits[0] >= float(fault.retry_after or 0)


@pytest.mark.parametrize("fault", FOR_GOOD, ids=lambda fault: f"{fault.kind}-{fault.status}")
@pytest.mark.parametrize("venue", SOURCES)
def test_what_is_no_answer_is_told_and_brings_no_row(
    venue: str,
    venues: Running,
    fault: Misbehaviour,
    undisturbed: Callable[..., Brought],
    tmp_path: Path,
) -> None:
    # Farside is asked in two ways.
    times = 2 if venue == "farside" else 1
    venues.misbehave(venue, replace(fault, match=DATA.get(venue, ""), times=times))
    brought = _bring(venue, venues, tmp_path)
    assert brought.told
    for table, rows in brought.rows.items():
        assert rows <= undisturbed(venue).rows[table]


BENT = [(venue, kind) for venue in sorted(SOURCES) for kind in sorted(VENUES[venue].bends)]


@pytest.mark.parametrize(("venue", "kind"), BENT)
def test_bent_content_never_brings_a_wrong_row(
    venue: str, kind: str, venues: Running, undisturbed: Callable[..., Brought], tmp_path: Path
) -> None:
    venues.misbehave(venue, Misbehaviour(kind, match=DATA.get(venue, "")))
    brought = _bring(venue, venues, tmp_path)
    # A page that overlaps may bring true bars from before the window.
    good = undisturbed(venue, LONG_BEFORE)
    for table, keys in brought.keys.items():
        assert keys <= good.keys[table]
        if kind != "restated":
            assert brought.rows[table] <= good.rows[table]
    # Bars of Coinbase and Binance have no names, only their lists of markets do. Kraken names the
    # list of bars after the market; whatever the name, it is the one list there is.
    if kind not in UNTOLD and (
        kind != "renamed_column" or venue not in {"binance", "coinbase", "kraken"}
    ):
        assert brought.told


@pytest.mark.parametrize("venue", SOURCES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [b"", b"null", b"[]", b"{}", b"[[]]", b"[1]", b'{"result":{}}', b"<html></html>"]
        ),
    )
)
def test_any_bytes_are_refused_or_hold_no_row(venue: str, venues: Running, body: bytes) -> None:
    source = _source(venue, venues)
    asked = [Request("farside", "/btc/")] if venue == "farside" else source.requests()
    try:
        frames = read(source.name, asked[-1], body, NIGHT)
    except SourceChangedError:
        return
    for table, frame in frames.items():
        assert read_contracts("raw")[table].validate(frame).accepted.is_empty()


# What broke parsers of this kind: nesting without an end, and a stamp beyond all calendars.
_FAR = b"%d" % -(10**18)
POISON = [
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"chart":{"result":[{"meta":{"symbol":"^GSPC","dataGranularity":"1d",'
    b'"exchangeTimezoneName":"America/New_York"},"timestamp":[' + _FAR + b"],"
    b'"indicators":{"quote":[{"open":[1],"high":[1],"low":[1],"close":[1],"volume":[1]}]}}]}}',
    b'{"prices":[[' + _FAR + b',1]],"market_caps":[],"total_volumes":[]}',
    b"[[" + _FAR + b",1,1,1,1,1]]",
]


@pytest.mark.parametrize("body", POISON, ids=lambda body: body[:12].decode())
@pytest.mark.parametrize("venue", SOURCES)
def test_poison_is_refused_alone(venue: str, venues: Running, body: bytes) -> None:
    source = _source(venue, venues)
    for asked in source.requests():
        with pytest.raises(SourceChangedError):
            read(source.name, asked, body, NIGHT)


def test_the_faults_above_are_all_there_are() -> None:
    assert {fault.kind for fault in PASSING + FOR_GOOD} == FAULTS
