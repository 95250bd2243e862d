"""Data checks: silent on good rows, and each names the fault that it is for."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from marketwake.base.resources import SQL
from marketwake.checks.run import OF_EVERY_RAW_TABLE, Offender, run_checks
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert
from tests.support.rows import (
    Row,
    at,
    bar,
    bar_closing,
    flow,
    future,
    index,
    listing,
    marts,
    nav,
    probability,
    ranked,
    snapshot,
    total,
)

Con = duckdb.DuckDBPyConnection
CHECKS = sorted((SQL / "checks").glob("*.sql"), key=lambda path: path.stem)
HOUR = timedelta(hours=1)
MIDNIGHT = at("2025-08-07 00:00")
LATER = datetime(2025, 9, 2, tzinfo=UTC)

GOOD: dict[str, list[Row]] = {
    "spot_bar": [bar(MIDNIGHT + h * HOUR, 3700.0) for h in range(3)]
    + [bar(MIDNIGHT, 3703.0, venue="Binance")],
    "etf_flow": [flow("2025-08-07", "ETHA", 103.5), flow("2025-08-08", "ETHA", 254.7)],
    "etf_flow_total": [total("2025-08-07", 103.5), total("2025-08-08", 254.7)],
    "futures_price": [future("METQ5", "2025-08-07 03:00", 3720.0)],
    "index_bar": [index("2025-08-07", 6340.0), index("2025-08-08", 6389.0)],
    "coin_snapshot": [snapshot("2025-08-07"), snapshot("2025-08-08")],
    "coin_rank": [
        ranked("2025-08-08", 1, "bitcoin", "BTC"),
        ranked("2025-08-08", 2, "ethereum", "ETH"),
    ],
    "spot_listing": [
        listing("2025-08-08", "ETH/USD"),
        listing("2025-08-08", "ETH/USDT", venue="Binance"),
    ],
    "fed_probability": [
        probability("2025-08-08", 400, 0.884),
        probability("2025-08-08", 425, 0.116),
    ],
}


def _load(con: Con, insert: Insert, rows: dict[str, list[Row]]) -> None:
    for table, values in rows.items():
        insert(con, table, values)


def _offenders(con: Con, check: str) -> list[Offender]:
    path = SQL / "checks" / f"{check}.sql"
    query = "" if check in OF_EVERY_RAW_TABLE else path.read_text(encoding="utf-8")
    if "mart." in query:
        marts(con, query)
    return run_checks(con, {check})


def test_good_rows_offend_no_check(con: Con, insert: Insert) -> None:
    _load(con, insert, GOOD)
    marts(con, "select 1")
    assert run_checks(con) == []


def test_a_continuous_series_may_have_weekends_since_trading_never_stops(
    con: Con, insert: Insert
) -> None:
    # Saturdays; CME's hours changed on Friday, 29 May 2026.
    days = ("2026-05-23", "2026-05-30", "2026-08-15")
    prices = [
        future("BTC=F", f"{day} 21:00", 1.0, "continuous", root="BTC", vendor="Yahoo")
        for day in days
    ]
    _load(con, insert, {"futures_price": prices})
    (offender,) = _offenders(con, "not_a_session")
    assert "2026-05-23" in offender.name


@pytest.mark.parametrize(
    ("check", "severity", "faults", "name", "detail"),
    [
        (
            "current_version_unique",
            "error",
            {"etf_flow": [flow("2025-08-08", "ETHA", 250.0)]},
            "raw.etf_flow",
            "ETH ETHA 2025-08-08",
        ),
        (
            "current_version_unique",
            "error",
            {"coin_rank": [ranked("2025-08-08", 2, "tether", "USDT")]},
            "raw.coin_rank",
            "2025-08-08 2",
        ),
        (
            "current_version_unique",
            "error",
            {"spot_listing": [listing("2025-08-08", "ETH/USD")]},
            "raw.spot_listing",
            "ETH/USD 2025-08-08",
        ),
        (
            "current_version_unique",
            "error",
            {"index_bar": [index("2025-08-08", 6388.0)]},
            "raw.index_bar",
            "^GSPC 1d 2025-08-08",
        ),
        (
            "unfinished_bar",
            "error",
            {"spot_bar": [bar(at("2025-08-31 23:30"), 4390.0)]},
            "Coinbase ETH/USD",
            "1 bars",
        ),
        (
            "unlisted_name",
            "warn",
            {"etf_flow": [flow("2025-08-08", "NOPE", 0.0)]},
            "seed.fund",
            "NOPE",
        ),
        (
            "unlisted_name",
            "warn",
            {"coin_snapshot": [snapshot("2025-08-08", "nope")]},
            "seed.coin",
            "nope",
        ),
        (
            "unknown_name",
            "error",
            {"index_bar": [index("2025-08-08", 1.0, "^NOPE")]},
            "seed.instrument",
            "^NOPE",
        ),
        (
            "unknown_name",
            "error",
            {"spot_bar": [bar(MIDNIGHT, 3700.0) | {"venue": "Nope"}]},
            "seed.venue",
            "Nope",
        ),
        (
            "unknown_name",
            "error",
            {"spot_listing": [listing("2025-08-08", "ETH/USD", venue="Nope")]},
            "seed.venue",
            "of raw.spot_listing",
        ),
        (
            "unknown_name",
            "error",
            {"futures_price": [future("XYZQ5", "2025-08-08 21:00", 1.0)]},
            "seed.futures_root",
            "XYZ",
        ),
        (
            "flows_sum_to_total",
            "warn",
            {"etf_flow": [flow("2025-08-08", "FETH", 0.2)]},
            "ETH 2025-08-08",
            "funds 254.9 M USD, published 254.7",
        ),
        # 3738 / 3700 - 1 = 1.027 %
        (
            "venue_agreement",
            "warn",
            {"spot_bar": [bar(MIDNIGHT + HOUR, 3738.0, venue="Binance")]},
            "ETH 2025-08-07 01:00",
            "103 bps",
        ),
        (
            "futures_contract",
            "warn",
            {"futures_price": [future("MET-OLD", "2025-08-08 21:00", 4000.0)]},
            "Vendor MET-OLD",
            "no expiry",
        ),
        # A settlement stamped six hours after the expiry at 15:00.
        (
            "futures_contract",
            "warn",
            {"futures_price": [future("METQ5", "2025-08-29 21:00", 4300.0, "settlement")]},
            "Vendor METQ5",
            "-0.25 to",
        ),
        # On 2025-08-08 15:00 August has 21 days to go: 1.8 % of basis is 1.8 % * 365 / 21 = 31.3 %
        # a year.
        (
            "basis_plausible",
            "warn",
            {
                "spot_bar": [bar_closing("2025-08-08 15:00", 4000.0)],
                "futures_price": [future("METQ5", "2025-08-08 15:00", 4072.0)],
            },
            "Vendor METQ5 last_trade 2025-08-08 Coinbase",
            "31.3 %",
        ),
        # A later month counts as well: constant maturities are made of two. September's expires on
        # the 26th at 15:00 UTC, 49 days later: 5 % of basis is 5 % * 365 / 49 = 37.2 % a year.
        # August's 0.5 % is in order.
        (
            "basis_plausible",
            "warn",
            {
                "spot_bar": [bar_closing("2025-08-08 15:00", 4000.0)],
                "futures_price": [
                    future("METQ5", "2025-08-08 15:00", 4020.0),
                    future("METU5", "2025-08-08 15:00", 4200.0),
                ],
            },
            "Vendor METU5 last_trade 2025-08-08 Coinbase",
            "37.2 %",
        ),
        (
            "coverage_holes",
            "warn",
            {"coin_snapshot": [snapshot("2025-08-10")]},
            "coin_snapshot CoinGecko bitcoin 1d",
            "1 of 4 missing",
        ),
        (
            "probability_sum",
            "warn",
            {"fed_probability": [probability("2025-08-07", 400, 0.9)]},
            "2025-09-17 quoted 2025-08-07",
            "sum 0.9000",
        ),
        # 3850 / 3700 - 1 = 4.05 %
        (
            "spot_open_gap",
            "warn",
            {"spot_bar": [bar(MIDNIGHT + 3 * HOUR, 3850.0)]},
            "Coinbase ETH/USD 2025-08-07 03:00",
            "4.1 % from",
        ),
        # 3700 / 3000 - 1 = 23 % below the other venue's low, though it closed where the other did.
        (
            "spot_range",
            "warn",
            {"spot_bar": [bar(MIDNIGHT + HOUR, 3700.0, venue="Binance", low=3000.0)]},
            "ETH 2025-08-07 01:00",
            "low 3000 on Binance, next 3700",
        ),
        (
            "price_jump",
            "warn",
            {"coin_snapshot": [snapshot("2025-08-09") | {"price_usd": 2.5}]},
            "bitcoin 2025-08-09",
            "2.50 times the one before",
        ),
        # A slipped digit: 4739 / 6389 = 0.742, 4739 / 6373 = 0.744, a quarter below both
        # neighbours.
        (
            "price_jump",
            "warn",
            {"index_bar": [index("2025-08-11", 4739.0), index("2025-08-12", 6373.0)]},
            "^GSPC 2025-08-11",
            "0.74 times the one before, 0.74 times the next",
        ),
        # Five Thursdays of one coin in that hour, then 30 coins while the other venue had its one:
        # 30 times the usual.
        (
            "volume_spike",
            "warn",
            {
                "spot_bar": [
                    bar(MIDNIGHT + timedelta(weeks=w), 3700.0, venue=v)
                    for w in range(1, 5)
                    for v in ("Coinbase", "Binance")
                ]
                + [
                    bar(MIDNIGHT - timedelta(weeks=1), 3700.0, volume_base=30.0),
                    bar(MIDNIGHT - timedelta(weeks=1), 3700.0, venue="Binance"),
                ]
            },
            "Coinbase ETH/USD 2025-07-31 00:00",
            "30, usual for it 1; the other venues had 1 times",
        ),
        # An hour that a venue was out for: a hundredth of its usual.
        (
            "volume_spike",
            "warn",
            {
                "spot_bar": [
                    bar(MIDNIGHT + timedelta(weeks=w), 3700.0, venue=v)
                    for w in range(1, 4)
                    for v in ("Coinbase", "Binance")
                ]
                + [
                    bar(MIDNIGHT - timedelta(weeks=1), 3700.0, volume_base=0.01),
                    bar(MIDNIGHT - timedelta(weeks=1), 3700.0, venue="Binance"),
                ]
            },
            "Coinbase ETH/USD 2025-07-31 00:00",
            "0.01, usual for it 1;",
        ),
        # A coin that is given in another unit from a day on, a hundred times as much of it each.
        (
            "price_jump",
            "warn",
            {
                "spot_bar": [
                    bar(at(f"2025-08-{day:02}"), 0.04 if day < 4 else 4.0, bar_interval="1d")
                    for day in range(1, 8)
                ]
            },
            "Coinbase ETH/USD 1d 2025-08-04",
            "100.00 times the one before",
        ),
        (
            "spot_open_gap",
            "warn",
            {
                "spot_bar": [
                    bar(at("2025-08-01"), 3700.0, bar_interval="1d"),
                    bar(at("2025-08-02"), 3850.0, bar_interval="1d"),
                ]
            },
            "Coinbase ETH/USD 1d 2025-08-02",
            "4.1 % from",
        ),
        (
            "spot_range",
            "warn",
            {
                "spot_bar": [
                    bar(at("2025-08-01"), 3700.0, bar_interval="1d"),
                    bar(at("2025-08-01"), 3700.0, bar_interval="1d", venue="Binance", low=3000.0),
                ]
            },
            "ETH 1d 2025-08-01",
            "low 3000 on Binance, next 3700",
        ),
        # Alone, a volume has to be a thousand times the usual: one in another unit.
        (
            "volume_spike",
            "warn",
            {
                "spot_bar": [
                    bar(
                        at("2025-07-01") + timedelta(weeks=week),
                        3700.0,
                        bar_interval="1d",
                        volume_base=1.0 if week < 4 else 2000.0,
                    )
                    for week in range(5)
                ]
            },
            "Coinbase ETH/USD 1d 2025-07-29",
            "2000, usual for it 1",
        ),
        # Two coins of one ticker: 3.29 on the exchange and 3.00 at CoinGecko are within a tenth
        # (9.7 %), 3.31 is not.
        (
            "coin_price_agreement",
            "warn",
            {
                "spot_bar": [
                    bar(at(f"2025-08-0{day}"), close, bar_interval="1d")
                    for day, close in ((1, 3.0), (2, 3.29), (3, 3.31), (4, 2.7), (5, 3.1))
                ],
                "coin_snapshot": [
                    snapshot(f"2025-08-0{day}", "ethereum") | {"price_usd": 3.0}
                    for day in range(2, 6)
                ],
            },
            "Coinbase ETH/USD ethereum",
            # 3.00 / 2.70 is 11.1 % more. The fifth has no snapshot at its end.
            "2 of 4 days, last 2025-08-04: closed at 2.7, CoinGecko 3",
        ),
        (
            "stale_series",
            "warn",
            {"index_bar": [index("2025-08-01", 43588.0, "^DJI")]},
            "index_bar ^DJI 1d",
            "last 2025-08-01, others 2025-08-08",
        ),
        # A Saturday.
        (
            "not_a_session",
            "warn",
            {"etf_flow": [flow("2025-08-09", "ETHA", 1.0)]},
            "etf_flow ETH 2025-08-09",
            "no session of XNYS",
        ),
    ],
)
def test_each_check_names_its_fault(
    con: Con,
    insert: Insert,
    check: str,
    severity: str,
    faults: dict[str, list[Row]],
    name: str,
    detail: str,
) -> None:
    _load(con, insert, GOOD)
    _load(con, insert, faults)
    (offender,) = _offenders(con, check)
    assert offender.severity == severity
    assert name in offender.name
    assert detail in offender.detail


def test_a_version_closed_before_it_was_opened_is_an_error(con: Con, insert: Insert) -> None:
    insert(con, "etf_flow", GOOD["etf_flow"], recorded_at=LATER)
    con.execute(
        "update raw.etf_flow set superseded_at = ? where session = '2025-08-07'", [LATER - HOUR]
    )
    (offender,) = _offenders(con, "version_order")
    assert (offender.severity, offender.name) == ("error", "raw.etf_flow")
    assert offender.detail.startswith("1 versions")


def test_rounding_of_a_dozen_funds_is_no_fault(con: Con, insert: Insert) -> None:
    _load(con, insert, GOOD)
    insert(con, "etf_flow", [flow("2025-08-08", "FETH", 0.1)])
    assert _offenders(con, "flows_sum_to_total") == []


def test_what_all_venues_did_is_no_fault(con: Con, insert: Insert) -> None:
    # The price halves within an hour, from one bar to the next and on both venues, on fifty times
    # the volume.
    hours = [
        bar(MIDNIGHT + timedelta(weeks=w, hours=h), price, venue=venue, volume_base=volume)
        for venue in ("Coinbase", "Binance")
        for w in range(5)
        for h, price, volume in (
            (0, 3700.0, 1.0),
            (1, 1800.0 if w == 4 else 3700.0, 50.0 if w == 4 else 1.0),
        )
    ]
    insert(con, "spot_bar", hours)
    marts(con, "select 1")
    jumps = {"spot_open_gap", "spot_range", "price_jump", "volume_spike", "venue_agreement"}
    assert run_checks(con, jumps) == []


def test_the_way_back_from_a_spike_is_no_second_fault(con: Con, insert: Insert) -> None:
    insert(
        con,
        "coin_snapshot",
        [
            snapshot(f"2025-08-0{day}") | {"price_usd": 0.2 if day == 5 else 1.0}
            for day in range(3, 8)
        ],
    )
    (offender,) = _offenders(con, "price_jump")
    assert offender.name == "coin_snapshot CoinGecko bitcoin 2025-08-05 00:00:00+00"


def _asked(con: Con, venue: str, interval: str, last: str, status: str) -> None:
    row = [
        "r",
        "spot_bar",
        venue,
        "ETH/USDT",
        interval,
        at("2025-08-01"),
        at(last),
        LATER,
        status,
        None,
    ]
    con.execute("insert into ops.request values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def test_a_venue_that_answers_without_anything_new_is_stale_and_one_that_nobody_asks_is_not(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "spot_bar",
        [bar(MIDNIGHT, 3700.0, venue="Binance"), bar(MIDNIGHT + timedelta(days=6), 3700.0)],
    )
    assert _offenders(con, "stale_series") == []
    # Daily bars, an answer that failed, and hours of long ago say nothing of the newest hours.
    for interval, last, status in (
        ("1d", "08-13", "loaded"),
        ("1h", "08-13", "refused"),
        ("1h", "08-08", "loaded"),
    ):
        _asked(con, "Binance", interval, f"2025-{last}", status)
    assert _offenders(con, "stale_series") == []
    _asked(con, "Binance", "1h", "2025-08-13", "loaded")
    (offender,) = _offenders(con, "stale_series")
    assert (offender.name, offender.detail) == (
        "spot_bar Binance 1h",
        "last 2025-08-07, others 2025-08-13, and it has answered since",
    )


def test_daily_bars_beside_hourly_ones_are_a_series_of_their_own(con: Con, insert: Insert) -> None:
    hours = [bar(MIDNIGHT + h * HOUR, 3700.0) for h in range(10 * 24)]
    days = [bar(MIDNIGHT + timedelta(days=d), 3700.0, bar_interval="1d") for d in (*range(7), 8, 9)]
    # Ten days of hours, and of days all but the eighth, 14 August; another coin's days end on the
    # third.
    other = [
        bar(MIDNIGHT + timedelta(days=d), 0.8, asset="ADA", bar_interval="1d") for d in range(3)
    ]
    insert(con, "spot_bar", hours + days + other)
    (hole,) = _offenders(con, "coverage_holes")
    assert (hole.name, hole.detail) == ("spot_bar Coinbase ETH/USD 1d", "1 of 10 missing")
    (stale,) = _offenders(con, "stale_series")
    assert (stale.name, stale.detail) == (
        "spot_bar Coinbase ADA/USD 1d",
        "last 2025-08-09, others 2025-08-16",
    )


@pytest.mark.parametrize(
    ("newest", "is_stale"),
    [
        ([listing("2025-08-16", "ADA/USD")], True),
        ([listing("2025-08-16", "ADA/USD", is_trading=False)], False),
        ([], False),
    ],
)
def test_daily_bars_of_a_market_that_the_venue_has_ended_are_not_stale(
    con: Con, insert: Insert, newest: list[Row], *, is_stale: bool
) -> None:
    insert(
        con,
        "spot_listing",
        [listing("2025-08-09", "ADA/USD"), listing("2025-08-16", "ETH/USD"), *newest],
    )
    for asset, days in (("ETH", 10), ("ADA", 3)):
        insert(
            con,
            "spot_bar",
            [
                bar(MIDNIGHT + timedelta(days=d), 3700.0, asset=asset, bar_interval="1d")
                for d in range(days)
            ],
        )
        insert(
            con,
            "spot_bar",
            [bar(MIDNIGHT + timedelta(days=d), 3700.0, asset=asset) for d in range(days)],
        )
    found = {offender.name for offender in _offenders(con, "stale_series")}
    # Hours are of markets that somebody chose: that one has ended is told.
    assert found == {"spot_bar Coinbase ADA/USD 1h"} | (
        {"spot_bar Coinbase ADA/USD 1d"} if is_stale else set()
    )


def test_an_expired_contract_is_not_stale_and_one_that_lives_is(con: Con, insert: Insert) -> None:
    insert(
        con,
        "futures_price",
        [future(name, "2025-06-20 21:00", 2400.0, "settlement") for name in ("METM5", "METZ5")],
    )
    insert(con, "futures_price", [future("METQ5", "2025-07-10 21:00", 2950.0, "settlement")])
    (offender,) = _offenders(con, "stale_series")
    assert offender.name == "futures_price Vendor METZ5 settlement 1d"


def test_what_nobody_serves_after_bundled_figures_is_no_hole_and_what_is_missing_later_is(
    con: Con, insert: Insert
) -> None:
    # Bundled are 1 and 2 August 2025 and a session of 1932, which the test's own payload is made
    # to be; what came later is of another. The source's year began in November, Yahoo's Dow in
    # January 1992.
    insert(con, "coin_snapshot", [snapshot("2025-08-01"), snapshot("2025-08-02")])
    insert(con, "index_bar", [index("1932-12-30", 59.93, "^DJI")])
    con.execute(
        "insert into ops.load by name select 'p1' as receipt_id, 'r1' as run_id, "
        "'sample' as source, 'x' as dataset, 'x' as request, 'test' as payload_sha256, "
        "now() as landed_at, 'loaded' as status, 1 as rows_read, 1 as rows_accepted, "
        "0 as rows_rejected, 1 as rows_new, 0 as rows_restated, 0 as rows_unchanged, "
        "0 as rows_held"
    )
    insert(con, "coin_snapshot", [snapshot("2025-11-21"), snapshot("2025-11-22")])
    insert(
        con,
        "index_bar",
        [index(day, 3172.4, "^DJI") for day in ("1992-01-02", "1992-01-03", "1992-01-06")],
    )
    for table, first in (
        ("coin_snapshot", "snapshot_at > '2025-11-01'"),
        ("index_bar", "session > '1990-01-01'"),
    ):
        con.execute(f"update raw.{table} set payload_sha256 = 'live' where {first}")
    assert _offenders(con, "coverage_holes") == []
    insert(con, "coin_snapshot", [snapshot("2025-11-24")])
    con.execute(
        "update raw.coin_snapshot set payload_sha256 = 'live' where snapshot_at > '2025-11-01'"
    )
    (hole,) = _offenders(con, "coverage_holes")
    assert hole.name == "coin_snapshot CoinGecko bitcoin 1d"


def test_all_that_the_checks_find_in_the_sample_is_known(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        found = con.execute(
            "select check_name, object, detail, accepted_reason is not null from ops.offender "
            "order by all"
        ).fetchall()
    assert found == [
        ("coverage_holes", "etf_flow BTC BTC 1d", "1 of 259 missing", True),
        ("coverage_holes", "etf_flow ETH ETH 1d", "1 of 259 missing", True),
        ("coverage_holes", "index_bar ^GSPC 1d", "8991 of 10044 missing", True),
        ("stale_series", "index_bar ^DJI 1d", "last 1932-12-31, others 2009-10-15", True),
        *(
            ("volume_spike", f"Coinbase {name} 2024-10-26 16:00:00+00", detail, True)
            for name, detail in (
                # The medians of that hour of Saturdays from 2024-08-01 to 2024-11-20: of sixteen,
                # and on Binance of ten: 625.330 / 534.065 = 1.2, 11157.1 / 4901.05 = 2.3.
                (
                    "BTC/USD",
                    "2.19571, usual for it 121.291; the other venues had 1.2 times their usual",
                ),
                (
                    "ETH/USD",
                    "10.0013, usual for it 1186.18; the other venues had 2.3 times their usual",
                ),
            )
        ),
    ]


def test_every_threshold_of_a_check_is_read_by_one(unchanged: Con) -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in CHECKS)
    names = {
        row[0]
        for row in unchanged.execute(
            "select threshold from seed.threshold where threshold like 'check@_%' escape '@'"
        ).fetchall()
    }
    assert names == set(re.findall(r"threshold\('(\w+)'\)", texts))


_AUGUST_8 = date(2025, 8, 8)
ONE_ROW_EACH: dict[str, tuple[Row, str]] = {
    "coin_rank": (
        ranked("2025-08-08", 2, "ethereum", "ETH"),
        "CoinGecko 2025-08-08 2",
    ),
    "coin_snapshot": (snapshot("2025-08-08"), "CoinGecko bitcoin 2025-08-08 00:00:00+00"),
    "etf_bar": (
        {"ticker": "ETHA", "session": _AUGUST_8, "close_usd": 30.5, "volume_shares": 7},
        "ETHA 2025-08-08",
    ),
    "etf_flow": (flow("2025-08-08", "ETHA", 254.7), "ETH ETHA 2025-08-08"),
    "etf_flow_total": (total("2025-08-08", 254.7), "ETH 2025-08-08"),
    "etf_nav": (nav("2025-08-08", "ETHA", 4e8, 25.3), "ETHA 2025-08-08"),
    "etf_shares": (
        {
            "ticker": "ETHA",
            "kind": "quote",
            "observed_on": _AUGUST_8,
            "shares_outstanding": 400_000_000,
        },
        "ETHA quote 2025-08-08",
    ),
    "fed_funds_price": (
        {"contract": "ZQU5", "session": _AUGUST_8, "price": 95.83, "volume_contracts": None},
        "ZQU5 2025-08-08",
    ),
    "fed_probability": (probability("2025-08-08", 400, 0.884), "2025-09-17 2025-08-08 400"),
    "futures_price": (
        future("METQ5", "2025-08-08 03:00", 3720.0),
        "Vendor METQ5 last_trade 2025-08-08",
    ),
    "index_bar": (index("2025-08-08", 6389.0), "^GSPC 1d 2025-08-08"),
    "reference_figure": (
        {
            "figure": "plans_401k_usd",
            "as_of": _AUGUST_8,
            "value": 8.7e12,
            "unit": "usd",
            "publisher": "ICI",
            "source": "a page",
        },
        "plans_401k_usd 2025-08-08",
    ),
    "spot_bar": (bar(MIDNIGHT, 3700.0), "Coinbase ETH/USD 1h 2025-08-07 00:00:00+00"),
    "spot_listing": (listing("2025-08-08", "ETH/USD"), "Coinbase ETH/USD 2025-08-08"),
}
"""A row of every raw table, and its key as the checks write it."""


@pytest.mark.parametrize("table", sorted(read_contracts("raw")))
def test_every_raw_table_is_checked_for_second_versions_and_their_order(
    con: Con, insert: Insert, table: str
) -> None:
    row, key = ONE_ROW_EACH[table]
    insert(con, table, [row])
    con.execute(f"insert into raw.{table} from raw.{table}")
    twice = Offender("current_version_unique", "error", f"raw.{table}", key)
    assert run_checks(con, OF_EVERY_RAW_TABLE) == [twice]
    con.execute(f"update raw.{table} set superseded_at = recorded_at where rowid = 1")
    misordered = Offender(
        "version_order",
        "error",
        f"raw.{table}",
        "1 versions superseded at or before they were recorded, "
        "first recorded 2025-09-01 00:00:00+00",
    )
    assert run_checks(con, OF_EVERY_RAW_TABLE) == [misordered]
    con.execute(f"update raw.{table} set superseded_at = '2025-09-02' where rowid = 1")
    assert run_checks(con, OF_EVERY_RAW_TABLE) == []


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_a_check_states_grain_severity_and_what_to_do(unchanged: Con, path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("-- One row per ")
    assert lines[1] in {"-- severity: error", "-- severity: warn"}
    assert lines[2].startswith("-- ")
    by_day = ["stamped_at"] if "-- by day of bars: stamped_at" in lines else []
    assert unchanged.sql("\n".join(lines)).columns == ["object", "detail", *by_day]
