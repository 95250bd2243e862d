"""Farside's pages over loopback: what a fault leaves behind, and what a night of partial and
restated figures stores.
"""

from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import (
    BlockedError,
    RateLimitedError,
    ShutOutError,
    SourceChangedError,
    SourceUnavailableError,
)
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs import load as batches
from marketwake.runs.fetch import fetch
from marketwake.sources.farside.source import Farside, parse
from marketwake.sources.files import archive
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts
from tests.support.servers import Misbehaviour, serve

BTC = Request("farside", "/btc/")
BTC_HISTORY = Request("farside", "/bitcoin-etf-flow-all-data/")
ASKED = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
Rows = list[tuple[object, ...]]


def rows_of(request: Request, body: bytes) -> tuple[Rows, Rows]:
    frames = parse(request, body, ASKED)
    flows, totals = (
        read_contracts("raw")[table].validate(frames[table]).accepted
        for table in ("etf_flow", "etf_flow_total")
    )
    return flows.sort("session", "ticker").rows(), totals.sort("session").rows()


def farside(addresses: dict[str, str], *, with_history: bool = False) -> Farside:
    return Farside(Settings(addresses=addresses, timeout_seconds=2), with_history=with_history)


def test_history_is_asked_for_only_where_it_is_wanted_and_before_the_recent_pages() -> None:
    with serve("farside") as running:
        for with_history in (False, True):
            source = farside(running.addresses, with_history=with_history)
            for request in source.requests():
                flows, totals = rows_of(request, source.fetch(request))
                # 22 August 2025, 09:30 UTC: the session of the 21st is complete, that of the 22nd
                # has not begun.
                assert {row[0] for row in flows} == {"ETH" if "eth" in request.what else "BTC"}
                assert totals[-1][1] == date(2025, 8, 21)
        assert [seen.path for seen in running.requests] == [
            "/btc/",
            "/eth/",
            "/bitcoin-etf-flow-all-data/",
            "/ethereum-etf-flow-all-data/",
            "/btc/",
            "/eth/",
        ]
        assert running.violations == 0


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (Misbehaviour("status", status=429, retry_after=7), RateLimitedError, 429),
        (Misbehaviour("status", status=429), RateLimitedError, 429),
        (Misbehaviour("status", status=418), RateLimitedError, 418),
        (Misbehaviour("status", times=2, status=403), ShutOutError, 403),
        (Misbehaviour("status", times=2, status=451), BlockedError, 451),
        (Misbehaviour("status", status=500), SourceUnavailableError, 500),
        (Misbehaviour("status", status=502), SourceUnavailableError, 502),
        (Misbehaviour("hang", seconds=10), SourceUnavailableError, None),
        (Misbehaviour("reset"), SourceUnavailableError, 200),
        (Misbehaviour("truncated"), SourceUnavailableError, 200),
    ],
)
def test_a_page_that_does_not_come_says_why(
    fault: Misbehaviour, error: type[SourceUnavailableError], status: int | None
) -> None:
    with serve("farside") as running:
        running.misbehave("farside", fault)
        with pytest.raises(error) as caught:
            farside(running.addresses).fetch(BTC)
        assert type(caught.value) is error
        assert caught.value.status == status
        if fault.retry_after:
            assert isinstance(caught.value, RateLimitedError)
            assert caught.value.retry_after_seconds == fault.retry_after


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("html", "found 0 of them on the page '502 Bad Gateway'"),
        ("renamed_column", "header: expected a ticker, Date or Total, found Net"),
    ],
)
def test_what_comes_in_place_of_the_table_is_kept_and_refused(
    kind: str, found: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    with serve("farside") as running:
        running.misbehave("farside", Misbehaviour(kind, times=2))
        body = farside(running.addresses).fetch(BTC)
        assert len(running.requests) == (1 if kind == "renamed_column" else 2)
    receipt = landing.put("farside", BTC, body, ASKED, "run")
    assert receipt is not None
    loaded = batches.load(con, receipt, landing.read(receipt))
    assert loaded.status == "refused"
    assert found in (loaded.error or "")
    assert con.execute("select count(*) from raw.etf_flow").fetchall() == [(0,)]


@pytest.mark.parametrize("first", [Misbehaviour("challenge"), Misbehaviour("status", status=403)])
def test_a_page_that_asks_to_prove_a_browser_is_a_door_that_is_shut(first: Misbehaviour) -> None:
    with serve("farside") as running:
        running.misbehave("farside", first)
        running.misbehave("farside", Misbehaviour("challenge"))
        with pytest.raises(ShutOutError) as caught:
            farside(running.addresses).fetch(BTC)
        assert len(running.requests) == 2
    assert "drop the files into the warehouse's folder inbox" in caught.value.what


def test_a_page_of_another_layout_is_no_door_even_where_the_other_agent_is_challenged() -> None:
    with serve("farside") as running:
        running.misbehave("farside", Misbehaviour("html"))
        running.misbehave("farside", Misbehaviour("challenge"))
        assert b"502 Bad Gateway" in farside(running.addresses).fetch(BTC)


def test_a_page_is_asked_for_under_our_own_name() -> None:
    with serve("farside") as running:
        source = farside(running.addresses)
        for request in source.requests():
            source.fetch(request)
        agents = [seen.agent for seen in running.requests]
    assert agents == [f"marketwake/{version('marketwake')} (market data warehouse)"] * 2


def test_where_that_is_refused_a_browser_asks_once_and_first_from_then_on() -> None:
    with serve("farside") as running:
        running.habits["farside"] = frozenset({"browsers only"})
        source = farside(running.addresses)
        for request in source.requests():
            assert rows_of(request, source.fetch(request))[0]
        asked = [(seen.path, seen.agent.split("/")[0]) for seen in running.requests]
    assert asked == [("/btc/", "marketwake"), ("/btc/", "Mozilla"), ("/eth/", "Mozilla")]


def test_where_nobody_is_let_in_it_is_left_and_the_error_says_what_helps(tmp_path: Path) -> None:
    with serve("farside") as running:
        running.habits["farside"] = frozenset({"shut"})
        fetched = fetch(Landing(tmp_path), farside(running.addresses, with_history=True), "run")
        assert [seen.path for seen in running.requests] == ["/bitcoin-etf-flow-all-data/"] * 2
    first, *others = [error.what for _, error in fetched.failures]
    assert "HTTP 403, asked under our own name and as a browser" in first
    assert "save them under any name and drop the files into the warehouse's folder inbox" in first
    assert [error.partition(",")[0] for error in others] == ["not asked"] * 3


def test_pages_are_asked_for_apart_from_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = list[float]()
    monkeypatch.setattr("marketwake.sources.farside.source.time.sleep", waits.append)
    monkeypatch.setattr(
        "marketwake.sources.farside.source.get", lambda *_, **__: b"<table class=etf"
    )
    source = Farside(Settings())
    for request in source.requests()[:2]:
        source.fetch(request)
    assert waits[0] == 0
    assert 2 < waits[1] <= 3


def test_a_fund_that_no_seed_knows_is_told_once_with_the_line_to_add() -> None:
    with serve("farside") as running:
        running.habits["farside"] = frozenset({"new fund"})
        source = farside(running.addresses, with_history=True)
        flows: Rows = []
        for page in source.requests():
            body = source.fetch(page)
            source.note(parse(page, body, ASKED))
            flows += rows_of(page, body)[0]
        assert source.remarks() == [
            "1 fund unknown to seed.fund: MSSE (ETH). The flows are loaded; for the marts add to "
            "sql/seeds/fund.csv, with what stands in <> put right: "
            'MSSE,ETH,<ISSUER>,<FIRST-DAY-OF-TRADING>,,"<WHERE-BOTH-ARE-KNOWN-FROM>" '
            "(oldest session on the page: 2025-08-18)"
        ]
        assert source.remarks() == []
    # The 18th to the 21st, on both of ether's pages; the others as ever.
    assert [row[3] for row in flows if row[1] == "MSSE"] == [1_500_000.0] * 8
    assert len({row[1] for row in flows if row[0] == "ETH"}) > 5


def test_dashes_and_minus_signs_of_another_kind_are_read_like_the_usual_ones() -> None:
    with serve("farside") as running:
        source = farside(running.addresses)
        plain = {page: rows_of(page, source.fetch(page)) for page in source.requests()}
        running.habits["farside"] = frozenset({"dashes"})
        for page, rows in plain.items():
            body = source.fetch(page)
            assert "\u2212".encode() in body
            assert "\u2013".encode() in body
            assert rows_of(page, body) == rows


def test_a_page_out_of_order_is_refused() -> None:
    with serve("farside") as running:
        running.misbehave("farside", Misbehaviour("out_of_order"))
        body = farside(running.addresses).fetch(BTC_HISTORY)
        with pytest.raises(SourceChangedError, match="expected days in order"):
            rows_of(BTC_HISTORY, body)


@pytest.mark.parametrize("kind", ["duplicate", "short_page", "gap"])
def test_a_bent_page_brings_no_other_figure(kind: str) -> None:
    with serve("farside") as running:
        source = farside(running.addresses)
        sound = rows_of(BTC_HISTORY, source.fetch(BTC_HISTORY))
        running.misbehave("farside", Misbehaviour(kind))
        bent = rows_of(BTC_HISTORY, source.fetch(BTC_HISTORY))
    assert all(set(some) <= set(every) for some, every in zip(bent, sound, strict=True))
    assert bent[0]
    assert (bent == sound) == (kind == "duplicate")


def test_a_partial_session_is_loaded_and_restated_the_next_morning(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    # Farside: 277.4 for bitcoin's 12 funds together on 2025-08-07 (the sample holds it); half of
    # them have reported at 22:00 UTC.
    landing = Landing(tmp_path)
    evening, morning = (
        datetime(2025, 8, 7, 22, 30, tzinfo=UTC),
        datetime(2025, 8, 8, 5, 30, tzinfo=UTC),
    )
    seen = []
    with serve("farside", now=evening) as running:
        for running.now in (evening, morning, morning + timedelta(hours=1)):
            receipt = landing.put(
                "farside", BTC, farside(running.addresses).fetch(BTC), running.now, "run"
            )
            assert receipt is not None
            loaded = batches.load(con, receipt, landing.read(receipt))
            total = con.execute(
                "select net_flow_usd from raw.etf_flow_total "
                "where session = '2025-08-07' and superseded_at is null"
            ).fetchall()[0][0]
            funds = con.execute(
                "select count(*), sum(net_flow_usd) from raw.etf_flow where session = '2025-08-07'"
            ).fetchall()[0]
            seen.append((loaded.restated, total, *funds))
    assert [entry[0] for entry in seen] == [0, 1, 0]
    assert seen[0][2] < seen[1][2]
    assert seen[1][1] == pytest.approx(277.4e6)
    assert all(total == pytest.approx(funds, abs=0.15e6) for _, total, _, funds in seen)


def test_a_restated_figure_opens_one_version_for_the_fund_and_one_for_the_total(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    with serve("farside") as running:
        source = farside(running.addresses)
        bodies = [source.fetch(BTC)]
        running.misbehave("farside", Misbehaviour("restated"))
        bodies.append(source.fetch(BTC))
    for body in bodies:
        receipt = landing.put("farside", BTC, body, ASKED, "run")
        assert receipt is not None
        loaded = batches.load(con, receipt, landing.read(receipt))
    assert (loaded.new, loaded.restated, loaded.rejected) == (0, 2, 0)
    versions = con.execute(
        """
        select net_flow_usd from raw.etf_flow_total
        where session = (select session from raw.etf_flow_total where superseded_at is not null)
        order by recorded_at
        """
    ).fetchall()
    assert [after[0] - before[0] for before, after in pairwise(versions)] == [pytest.approx(1.5e6)]


@pytest.mark.parametrize("what", ["/bitcoin-etf-flow-all-data/", "/ethereum-etf-flow-all-data/"])
def test_a_served_history_parses_to_the_figures_of_the_recorded_table(
    shared: Path, what: str
) -> None:
    asset = {"/b": "btc", "/e": "eth"}[what[:2]]
    recorded = Request("farside", f"etf/farside_{asset}_flows.csv")
    published = archive.parse(recorded, archive.Archive(shared).fetch(recorded))
    with serve("farside", now=datetime(2026, 8, 23, tzinfo=UTC), recorded=shared) as running:
        request = Request("farside", what)
        frames = parse(
            request, farside(running.addresses).fetch(request), datetime(2026, 8, 23, tzinfo=UTC)
        )
    for table, frame in frames.items():
        assert frame.sort(pl.all()).equals(published[table].sort(pl.all()))
