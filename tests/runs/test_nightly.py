"""The nightly flow in live mode: the real clients against loopback venues that serve the sample's
figures, and misbehave.
"""

import csv
import gzip
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketwake.base.resources import SAMPLE
from marketwake.base.settings import Settings
from marketwake.coverage.status import read_status
from marketwake.coverage.watermarks import Watermarks
from marketwake.fact_check.reading import read_claims
from marketwake.runs import steps
from marketwake.runs.nightly import nightly
from marketwake.runs.result import RunFailedError
from marketwake.runs.selection import select_sources
from marketwake.sources import retry
from marketwake.sources.coingecko import source as coingecko
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from tests.support.servers import Misbehaviour, Running, serve, settings

pytestmark = pytest.mark.usefixtures("without_pictures")

NIGHT = datetime(2025, 8, 22, 6, 15, tzinfo=UTC)
"""The schedule's hour, on the last day of the bundled sample."""


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """All venues, and no waiting between attempts or for CoinGecko's pace."""
    with serve(now=NIGHT) as running:
        monkeypatch.setattr(coingecko, "SECONDS_BETWEEN_REQUESTS", 0.0)
        monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
        yield running


@pytest.fixture
def root(venues: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty warehouse folder whose settings point at the loopback venues."""
    _settings(venues, tmp_path, monkeypatch)
    return tmp_path / "warehouse"


@pytest.fixture
def unstudied(brief_study: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Nights of which only the raw tables are looked at: study and claims take longer than the
    rest.
    """
    monkeypatch.setattr(steps, "study", lambda _con: [])


def _settings(
    venues: Running,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    history_from: date = date(2025, 6, 24),
    coins: int = 4,
) -> None:
    text = settings(
        venues,
        spot_venues=["Coinbase", "Binance", "Bitstamp", "Kraken"],
        history_from=history_from,
        coins=coins,
        timeout_seconds=5,
    )
    (folder / "marketwake.toml").write_text(text)
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(folder / "marketwake.toml"))


def _ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    with Warehouse(root).reader() as con:
        return con.execute(query).fetchall()


def _loads(root: Path) -> dict[str, tuple[str, str | None, int | None]]:
    rows = _ask(
        root,
        "select distinct source, status, error_class, http_status from ops.load "
        "where status <> 'loaded' and error_message not like 'not asked%'",
    )
    return {row[0]: row[1:] for row in rows}


def _drop_fedwatch(root: Path) -> None:
    """The sample's probabilities of the September meeting as CME's download: a row per day, a
    column per target range.
    """
    with (SAMPLE / "fed_probability.csv").open(encoding="utf-8", newline="") as file:
        quotes = list(csv.DictReader(file))
    ranges = sorted({(int(quote["lower_bps"]), int(quote["upper_bps"])) for quote in quotes})
    cells = {
        (quote["quoted_on"], int(quote["lower_bps"])): quote["probability"] for quote in quotes
    }
    lines = [",".join(["Date", *(f"({lower}-{upper})" for lower, upper in ranges)])]
    for day in sorted({quote["quoted_on"] for quote in quotes}):
        year, month, number = day.split("-")
        shares = (cells.get((day, lower), "") for lower, _ in ranges)
        lines.append(",".join([f"{year}/{int(month)}/{int(number)}", *shares]))
    (root / "inbox").mkdir(parents=True)
    (root / "inbox" / "FedMeeting_20250917.csv").write_text(
        "\n".join(lines) + "\n", encoding="utf-8"
    )


@pytest.mark.usefixtures("made_anew")
def test_a_first_night_fills_every_raw_table_and_the_claims_come_out_as_on_the_sample(
    venues: Running, root: Path, sample_root: Path
) -> None:
    # FedWatch has no open interface: a person drops CME's download. Without it the futures of
    # fed_funds_price imply the probabilities.
    _drop_fedwatch(root)
    result = nightly(root)
    assert result.problems == ()
    assert venues.violations == 0
    with duckdb.connect(root / "market.duckdb", read_only=True) as con:
        filled = {
            name: con.execute(f"select count(*) from raw.{name}").fetchall()[0][0]
            for name in read_contracts("raw")
        }
    assert {name for name, rows in filled.items() if rows} == set(read_contracts("raw"))
    assert (
        filled["fed_probability"]
        == len((SAMPLE / "fed_probability.csv").read_text(encoding="utf-8").splitlines()) - 1
    )
    assert [path.name.split("Z-")[1] for path in (root / "inbox" / "loaded").iterdir()] == [
        "FedMeeting_20250917.csv"
    ]
    assert _ask(
        root, "select distinct source, status from ops.load where dataset = 'fed_probability'"
    ) == [("inbox", "loaded")]
    with Warehouse(root).reader() as live, Warehouse(sample_root).reader() as sample:
        ours, theirs = (
            {claim["id"]: claim for claim in read_claims(con)} for con in (live, sample)
        )
    # Windows that both hold: bars, flows and levels around the order, and the probabilities that
    # FedWatch published.
    for claim in ("a01", "a04", "a06", "a07", "a08", "a09", "a10", "a18", "a22"):
        assert ours[claim]["verdict"] == theirs[claim]["verdict"], claim
        same = [
            figure
            for figure in ours[claim]["figures"]
            if figure["vote"] and figure["venue"] in {None, "Coinbase", "Binance", "US spot ETFs"}
        ]
        wanted = {
            (f["anchor"], f["venue"], f["definition"]): f["value"] for f in theirs[claim]["figures"]
        }
        for figure in same:
            value = wanted[figure["anchor"], figure["venue"], figure["definition"]]
            assert figure["value"] == (
                None if value is None else pytest.approx(value, rel=1e-9, abs=1e-5)
            ), (claim, figure)


def test_the_recorded_data_at_full_length_tell_the_same(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_root: Path
) -> None:
    monkeypatch.setattr(coingecko, "SECONDS_BETWEEN_REQUESTS", 0.0)
    with serve(now=NIGHT, recorded=shared) as running:
        _settings(running, tmp_path, monkeypatch)
        # The recorded Dow has a bar on a Saturday and one on Good Friday; both are rejected by
        # name.
        with pytest.raises(
            RunFailedError, match=r"yahoo: \^DJI .* 2 rows rejected, .*: no session of XNYS"
        ):
            nightly(tmp_path / "warehouse")
        assert running.violations == 0
    with (
        Warehouse(tmp_path / "warehouse").reader() as live,
        Warehouse(sample_root).reader() as sample,
    ):
        ours, theirs = (
            {claim["id"]: claim for claim in read_claims(con)} for con in (live, sample)
        )
    for claim in ("a01", "a04", "a06", "a07", "a08", "a09", "a10", "a14", "a18", "a22"):
        assert ours[claim]["verdict"] == theirs[claim]["verdict"], claim


@pytest.mark.usefixtures("unstudied", "few_series")
def test_the_next_night_asks_for_the_lookback_alone_and_adds_what_is_new(
    venues: Running, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues.now = NIGHT - timedelta(days=1)
    _settings(venues, root.parent, monkeypatch)
    nightly(root)
    first = len(venues.requests)
    held = _ask(root, "select count(*) from raw.spot_bar")[0][0]
    venues.now = NIGHT
    _settings(venues, root.parent, monkeypatch)
    result = nightly(root)
    assert result.problems == ()
    assert venues.violations == 0
    # On two venues three markets by the hour and two coins by the day, one page each, and the list
    # of markets.
    spot = [seen for seen in venues.requests[first:] if seen.venue in {"coinbase", "binance"}]
    assert len(spot) == 2 * (3 + 2 + 1)
    # A day of hours for three markets on two venues, a day for two coins, and no second version of
    # what was there.
    assert _ask(root, "select count(*) from raw.spot_bar")[0][0] == held + 2 * (3 * 24 + 2)
    assert _ask(root, "select count(*) from raw.spot_bar where superseded_at is not null") == [(0,)]


@pytest.mark.usefixtures("brief_study", "few_series")
def test_a_night_with_nothing_new_adds_no_version_builds_nothing_and_writes_no_page(
    venues: Running, root: Path
) -> None:
    first = nightly(root)
    assert first.problems == ()
    asked = len(venues.requests)
    versions = {name: _ask(root, f"from raw.{name} order by all") for name in read_contracts("raw")}
    built = _ask(root, "from ops.build")
    pages = {
        path: path.stat().st_mtime_ns for path in (root / "reports").rglob("*") if path.is_file()
    }
    assert pages
    second = nightly(root)
    assert (second.new, second.restated, second.problems, second.pages) == (0, 0, (), first.pages)
    # What could have changed is asked for all the same.
    assert {seen.venue for seen in venues.requests[asked:]} == {
        "coinbase",
        "binance",
        "farside",
        "issuers",
        "yahoo",
        "coingecko",
    }
    assert {name: _ask(root, f"from raw.{name} order by all") for name in versions} == versions
    assert _ask(root, "from ops.build") == built
    assert {
        path: path.stat().st_mtime_ns for path in (root / "reports").rglob("*") if path.is_file()
    } == pages
    # A line of the log begins with instant, run, level and step.
    lines = [
        line.split(" ")
        for line in (root / "logs" / "marketwake.log").read_text(encoding="utf-8").splitlines()
    ]
    taken = [
        {line[3] for line in lines if line[1] == night.run_id and line[3].endswith(":")}
        for night in (first, second)
    ]
    assert taken[0] - taken[1] == {"study:", "report:"}


@pytest.mark.usefixtures("unstudied", "few_series")
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Misbehaviour("status", times=99, status=451), ("fetch_failed", "BlockedError", 451)),
        (
            Misbehaviour("status", times=99, status=502),
            ("fetch_failed", "SourceUnavailableError", 502),
        ),
        (Misbehaviour("renamed_column", times=99), ("refused", "SourceChangedError", 200)),
    ],
)
def test_a_venue_that_fails_is_named_and_nothing_of_the_others_is_lost(
    venues: Running, root: Path, fault: Misbehaviour, told: tuple[str, str, int | None]
) -> None:
    venues.misbehave("farside", fault)
    with pytest.raises(RunFailedError, match="farside"):
        nightly(root)
    assert _loads(root)["farside"] == told
    assert _ask(root, "select count(*) from raw.etf_flow") == [(0,)]
    for table in ("spot_bar", "futures_price", "index_bar", "coin_snapshot", "etf_bar"):
        assert _ask(root, f"select count(*) > 0 from raw.{table}") == [(True,)], table


@pytest.mark.usefixtures("unstudied", "few_series")
def test_issuers_that_fail_are_named_and_end_no_night_and_their_flows_are_farsides(
    venues: Running, root: Path
) -> None:
    store = Misbehaviour("status", times=99, status=404, match="product-performance")
    venues.misbehave("issuers", store)
    result = nightly(root)
    assert result.problems == ()
    (lack,) = result.lacks
    assert lack.startswith("issuers: 4 of 6 requests failed, first http://127.0.0.1:")
    assert lack.endswith(
        "672e88c7-dac6-4fcd-9069-18eef01a2c73.xlsx: the store says that it does not exist"
    )
    # Twice all attempts, then the store is left alone; the other site is asked all the same.
    assert len(venues.seen("issuers")) == 2 * retry.ATTEMPTS + 2
    assert _ask(root, "select distinct ticker from raw.etf_nav order by all") == [
        ("ETHA",),
        ("IBIT",),
    ]
    assert _ask(root, "select count(*) > 0 from raw.etf_flow") == [(True,)]
    assert _ask(root, "select state, message from ops.run") == [("completed", None)]
    venues.behave()
    assert nightly(root).lacks == ()
    # The loopback issuers move their shares by Farside's flows, and have the row of the 21st at
    # 06:15 on the 22nd: so the flow of the 20th is the last. A share is worth 60 dollars at most.
    assert _ask(
        root,
        "select ticker, max(session), max(abs(difference_usd)) < 30.01 from mart.etf_flow_issuer "
        "where step = 'flow' group by all order by all",
    ) == [
        (ticker, date(2025, 8, 20), True)
        for ticker in ("BTC", "ETH", "ETHA", "ETHE", "GBTC", "IBIT")
    ]
    assert _ask(
        root, "select count(*) from ops.offender where check_name = 'issuer_flow_agreement'"
    ) == [(0,)]
    with Warehouse(root).reader() as con:
        fresh = {row["part"]: row["state"] for row in read_status(con, root, NIGHT)["freshness"]}
    assert fresh["etf_nav"] == "fresh"


@pytest.mark.usefixtures("unstudied", "few_series")
def test_the_next_venue_stands_in_for_one_that_is_blocked(venues: Running, root: Path) -> None:
    venues.misbehave("coinbase", Misbehaviour("status", times=99, status=451))
    with pytest.raises(RunFailedError, match=r"spot-coinbase: \d+ of \d+ requests failed"):
        nightly(root)
    assert {row[0] for row in _ask(root, "select distinct venue from raw.spot_bar")} == {
        "Binance",
        "Bitstamp",
    }
    # One refusal was enough: a banned venue is not hammered.
    assert len(venues.seen("coinbase")) == 1


@pytest.mark.usefixtures("unstudied", "few_series")
def test_the_next_venue_stands_in_for_one_that_answers_a_challenge_page(
    venues: Running, root: Path
) -> None:
    venues.misbehave("coinbase", Misbehaviour("challenge", times=99))
    with pytest.raises(RunFailedError) as caught:
        nightly(root)
    assert {row[0] for row in _ask(root, "select distinct venue from raw.spot_bar")} == {
        "Binance",
        "Bitstamp",
    }
    # 59 days of three markets are 15 pages of 300 bars, and there is the list of markets; after two
    # challenges the rest is not asked for.
    assert len(venues.seen("coinbase")) == 2
    (problem,) = caught.value.result.problems
    assert problem.startswith(
        "spot-coinbase: 16 of 16 requests failed, first Coinbase BTC/USD 1h 2025-06-24T00:00Z.."
    )
    assert "expected a list of bars, found <!DOCTYPE html>" in problem
    # What came is kept: the same page twice, two requests, one payload.
    refused = _ask(
        root,
        "select request, payload_sha256, error_class from ops.load where status = 'refused' "
        "order by request",
    )
    assert [(row[0][:31], row[2]) for row in refused] == [
        ("Coinbase BTC/USD 1h 2025-06-24T", "SourceChangedError"),
        ("Coinbase BTC/USD 1h 2025-07-06T", "SourceChangedError"),
    ]
    (digest,) = {row[1] for row in refused}
    assert b"Just a moment..." in gzip.decompress(
        (root / "landing" / "payloads" / digest[:2] / f"{digest}.gz").read_bytes()
    )
    assert _ask(
        root, "select count(*), count(payload_sha256) from ops.load where source = 'spot-coinbase'"
    ) == [(16, 2)]


@pytest.mark.usefixtures("unstudied", "few_series")
def test_a_page_that_passes_for_an_answer_costs_one_page_and_is_made_up_for(
    venues: Running, root: Path
) -> None:
    venues.misbehave("coinbase", Misbehaviour("html"))
    with pytest.raises(
        RunFailedError, match=r"1 problem in .*\n  spot-coinbase: 1 of 18 requests failed"
    ):
        nightly(root)
    assert {row[0] for row in _ask(root, "select distinct venue from raw.spot_bar")} == {
        "Coinbase",
        "Binance",
        "Bitstamp",
    }
    # 15 pages of hours, the list of markets, a page of days for each of two coins.
    assert len(venues.seen("coinbase")) == 18


@pytest.mark.usefixtures("unstudied", "few_series")
def test_the_next_venue_stands_in_where_a_market_has_no_bar(
    venues: Running, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    venues.misbehave("coinbase", Misbehaviour("empty", times=99, match="ETH-BTC"))
    assert nightly(root).problems == ()
    markets = _ask(
        root,
        "select distinct venue, symbol from raw.spot_bar where symbol in ('ETH/BTC', 'ETH/USD') "
        "order by all",
    )
    assert markets == [
        ("Binance", "ETH/BTC"),
        ("Bitstamp", "ETH/BTC"),
        ("Bitstamp", "ETH/USD"),
        ("Coinbase", "ETH/USD"),
    ]
    assert "spot-coinbase: ETH/BTC: no bar where its history should begin" in caplog.text


@pytest.mark.parametrize(
    ("history_from", "asked"),
    [
        (date(2025, 8, 1), ["spot-coinbase", "spot-kraken"]),
        (date(2025, 6, 24), ["spot-coinbase", "spot-kraken", "spot-bitstamp"]),
    ],
)
def test_the_next_venue_fills_what_one_with_a_short_memory_lacks(
    tmp_path: Path, history_from: date, asked: list[str]
) -> None:
    # Kraken's last 720 hours before 2025-08-22 06:00 begin on 2025-07-23.
    configured = Settings(
        spot_venues=("Coinbase", "Kraken", "Bitstamp", "Binance"), history_from=history_from
    )
    selection = select_sources("live", tmp_path, None, configured, lambda: NIGHT, Watermarks())
    assert [source.name for source in selection.first if source.name.startswith("spot-")] == asked
    assert [source.name for source in selection.reserves] == ["spot-bitstamp", "spot-binance"][
        len(asked) - 2 :
    ]


@pytest.mark.usefixtures("unstudied", "few_series")
def test_a_passing_fault_of_every_venue_costs_nothing(venues: Running, root: Path) -> None:
    for name in venues.addresses:
        venues.misbehave(name, Misbehaviour("status", status=502))
        venues.misbehave(name, Misbehaviour("reset"))
    assert nightly(root).problems == ()


def test_without_any_venue_a_warehouse_keeps_every_figure_and_the_run_asks_for_a_network(
    venues: Running, root: Path, shown_sample_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The venues of this test are those of the world.
    monkeypatch.setattr("marketwake.runs.run.refuse_mixture", lambda *_: None)
    monkeypatch.setattr("marketwake.landing.store.DRIFT", timedelta(days=9999))
    shutil.copytree(shown_sample_root, root, symlinks=True)
    tables = [
        *(f"raw.{name}" for name in read_contracts("raw")),
        "mart.claim",
        "mart.event_response",
    ]
    before = {name: _ask(root, f"from {name} order by all") for name in tables}
    for name in venues.addresses:
        venues.misbehave(name, Misbehaviour("status", times=999, status=503))
    with pytest.raises(RunFailedError, match="farside: 4 of 4 requests failed") as caught:
        nightly(root)
    assert caught.value.fix.startswith("No source brought anything: every figure stays as it was")
    assert "`make demo`" in caught.value.fix
    assert {name: _ask(root, f"from {name} order by all") for name in tables} == before
    failed = _ask(
        root,
        "select count(*) > 0, min(error_class) from ops.load "
        "where status = 'fetch_failed' and http_status = 503",
    )
    assert failed == [(True, "SourceUnavailableError")]


def test_without_any_venue_the_run_ends_soon_names_each_source_and_makes_no_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(now=NIGHT) as running:
        _settings(running, tmp_path, monkeypatch)
        # The addresses stay, the servers go: connections are refused.
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    with pytest.raises(RunFailedError) as caught:
        nightly(tmp_path / "warehouse")
    for name in (
        "spot-coinbase",
        "spot-binance",
        "spot-bitstamp",
        "spot-kraken",
        "farside",
        "issuers",
        "yahoo",
        "coingecko",
    ):
        assert caught.value.what.count(f"\n  {name}: ") == 1, name
    assert "`make demo`" in caught.value.fix
    assert not (tmp_path / "warehouse" / "writer.duckdb").exists()
    assert not (tmp_path / "warehouse" / "market.duckdb").exists()
