"""Saved queries: each begins with its question and runs on a built warehouse; some are worked by
hand.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketwake.base.errors import BadInputError
from marketwake.base.resources import SQL
from marketwake.cli.sql.parameters import defaults, parameters, why_no_rows
from marketwake.warehouse.build import run_folder
from tests.conftest import Insert
from tests.support.rows import at, bar, bar_closing, flow, future, marts, nav, ranked

Con = duckdb.DuckDBPyConnection
QUERIES = sorted((SQL / "queries").glob("*.sql"))


def _text(name: str) -> str:
    return (SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def _rows(con: Con, name: str, **values: str) -> list[dict[str, Any]]:
    run_folder(con, "marts")
    rows: list[dict[str, Any]] = con.sql(_text(name), params=values).pl().to_dicts()
    return rows


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_states_question_and_grain_and_runs(con: Con, path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"-- [A-Z].*\?", lines[0])
    assert lines[1].startswith("-- One row per ")
    text = "\n".join(lines)
    assert con.execute(text, defaults(text)).fetchall() == []


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("hours_with_flows", {"event": "eo-401"}, "no such event.*Did you mean 'eo-401k'"),
        ("hours_with_flows", {"asset": "btc"}, "no such asset.*There are BTC, all"),
        ("move_after_event", {"event": ""}, "no such event"),
        ("known_at", {"at": "noon"}, "at=noon is no day or instant.*As here: 2025-08-09T06:00Z"),
        ("coin_panel", {"day": "x"}, "day=x is no day or instant.*As here: 2025-08-07"),
        ("hours_with_flows", {"days_before": "-3"}, "days_before=-3 is no number from 0 to 36500"),
        ("hours_with_flows", {"days_after": "9" * 5000}, "is no number from 0 to 36500"),
        ("hours_with_flows", {"days_befor": "3"}, "Did you mean 'days_before'?"),
        (
            "fund_trading",
            {"first": "2025-08-02", "last": "2025-08-01"},
            "last is 2025-08-01, which is before first, 2025-08-02",
        ),
        ("issuer_flows", {"last_session": "2025-07-01"}, "is before first_session, 2025-08-01"),
    ],
)
def test_a_value_that_has_no_answer_is_refused(
    con: Con, insert: Insert, name: str, given: dict[str, str], told: str
) -> None:
    insert(con, "spot_bar", [bar_closing("2025-08-07 00:00", 115_000.0, asset="BTC")])
    run_folder(con, "marts")
    own = defaults(_text(name))
    assert parameters(con, _text(name), own, set(own)) == own
    with pytest.raises(BadInputError) as refused:
        parameters(con, _text(name), given, set(own))
    assert re.search(told, str(refused.value), re.DOTALL)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        (
            "hours_with_flows",
            {"event": "crash-1929", "days_before": "2"},
            "hourly bars of BTC are held from 2025-08-06 to 2025-08-06, none from 2 days before "
            "crash-1929 (1929-10-24) to 7 after",
        ),
        (
            "move_after_event",
            {"event": "crash-1929"},
            "hourly bars of BTC and ETH are held from 2025-08-06 to 2025-08-06, none in the 72 "
            "hours after crash-1929 (1929-10-24)",
        ),
        (
            "known_at",
            {"at": "2010-01-01"},
            "fund flows are held from 2025-08-07 to 2025-08-07, none in the week before "
            "2010-01-01 or the two days after",
        ),
        ("coin_panel", {}, "no list of coins is held"),
        ("fund_trading", {}, "no bars of funds are held"),
        ("issuer_flows", {}, "no flows of issuers are held"),
        ("futures_products", {}, "no prices of futures are held"),
    ],
)
def test_a_query_says_why_it_has_no_rows(
    con: Con, insert: Insert, name: str, given: dict[str, str], told: str
) -> None:
    # The hour from 23:00 to midnight of the 6th.
    insert(con, "spot_bar", [bar_closing("2025-08-07 00:00", 115_000.0, asset="BTC")])
    insert(con, "etf_flow", [flow("2025-08-07", "ETHA", 103.5)])
    run_folder(con, "marts")
    text = _text(name)
    values = {**defaults(text), **given}
    assert con.execute(text, values).fetchall() == []
    assert why_no_rows(con, text, values) == told


def test_move_after_event_starts_at_the_close_of_the_bar_that_ends_at_the_anchor(
    con: Con, insert: Insert
) -> None:
    # 3,683.80 at midnight to 3,911.28 a day later is +6.1751 %; nothing is known 72 hours later
    # here.
    insert(
        con,
        "spot_bar",
        [bar_closing("2025-08-07 00:00", 3683.80), bar_closing("2025-08-08 00:00", 3911.28)],
    )
    (row,) = [
        row for row in _rows(con, "move_after_event", event="eo-401k") if row["anchor"] == "day"
    ]
    assert row["return_24h"] == pytest.approx(0.061751, abs=5e-7)
    assert row["return_1h"] is row["return_72h"] is None


def test_the_hours_of_an_asset_have_the_flow_that_was_public_as_the_macro_has_it(
    con: Con, insert: Insert
) -> None:
    hours = [at("2025-08-07 00:00") + timedelta(hours=number) for number in range(48)]
    insert(con, "spot_bar", [bar(hour, 3900.0 + hour.hour) for hour in hours])
    insert(con, "etf_flow", [flow("2025-08-06", "ETHA", 35.1), flow("2025-08-07", "ETHA", 103.5)])
    rows = _rows(
        con, "hours_with_flows", event="eo-401k", asset="ETH", days_before="7", days_after="7"
    )
    # Public at 05:00 on the 8th: the hours that end then and at the nineteen full hours after it.
    assert [row["session"] for row in rows].count(date(2025, 8, 7)) == 20
    assert rows[27]["net_flow_usd"] == 35.1e6
    assert (rows[28]["net_flow_usd"], rows[28]["hours_since_flow"]) == (103.5e6, 0)
    names = ("closed_at", "close", "log_return", "session", "flow_public_at", "net_flow_usd")
    macro = con.execute(
        "select closed_at, close, log_return, session, available_at, net_flow_usd "
        "from hours_with_flows('ETH', 'Coinbase')"
    ).fetchall()
    assert [tuple(row[name] for name in names) for row in rows] == macro


def test_issuer_flows_are_shares_times_nav_beside_farsides(con: Con, insert: Insert) -> None:
    insert(
        con,
        "etf_nav",
        [nav("2025-08-07", "ETHA", 3e8, 29.5), nav("2025-08-08", "ETHA", 3.035e8, 31)],
    )
    insert(con, "etf_flow", [flow("2025-08-07", "ETHA", 103.5)])
    # 3.5 million shares at 29.50 are 103.25 million; Farside has 103.5.
    first, second = _rows(
        con, "issuer_flows", first_session="2025-08-07", last_session="2025-08-22"
    )
    assert first["shares_change"] == 3_500_000
    assert first["issuer_million_usd"] == pytest.approx(103.25)
    assert first["difference_million_usd"] == pytest.approx(-0.25)
    assert (second["step"], second["issuer_million_usd"]) == ("not yet published", None)


def test_first_touch_is_the_first_bar_whose_high_reaches_the_level(
    con: Con, insert: Insert
) -> None:
    before = bar(at("2025-08-06 23:00"), 4000.0)  # before the day of the order: does not count
    touched = bar(at("2025-08-08 13:00"), 3990.0, high=4000.0)
    insert(
        con,
        "spot_bar",
        [
            before,
            bar(at("2025-08-07 00:00"), 3950.0),
            touched,
            bar(at("2025-08-08 14:00"), 4100.0),
            # Bars that begin later may have missed the first time.
            bar(at("2025-10-21 00:00"), 4200.0, venue="Binance"),
        ],
    )
    rows = {
        row["level_usd"]: row for row in marts(con, _text("first_touch")) if row["asset"] == "ETH"
    }
    assert rows[4000]["first_touched_at"] == at("2025-08-08 13:00")
    assert rows[4300]["first_touched_at"] is None
    assert (rows[4300]["price_at_start"], rows[4300]["searched_until"]) == (
        3950.0,
        at("2025-08-08 15:00"),
    )
    broken = con.execute(
        "select venue, value, note from level_break('eo-401k', 'ETH', 4000) "
        "where definition = 'trade' order by venue"
    ).fetchall()
    assert broken == [
        ("Binance", None, "no bars of the days after the event"),
        ("Coinbase", 20250808.0, "in the hour of 13:00 UTC"),
    ]


def test_restated_shows_both_values_and_when_the_second_came(con: Con, insert: Insert) -> None:
    learned = datetime(2025, 8, 9, 5, tzinfo=UTC)
    insert(
        con,
        "etf_flow",
        [flow("2025-08-08", "ETHA", 250.0)],
        recorded_at=learned - timedelta(hours=7),
    )
    con.execute("update raw.etf_flow set superseded_at = ?", [learned])
    insert(con, "etf_flow", [flow("2025-08-08", "ETHA", 254.7)], recorded_at=learned)
    ((dataset, key, before, after, change, learned_at),) = con.sql(_text("restated")).fetchall()
    assert (dataset, key, before, after, learned_at) == (
        "etf_flow",
        "ETH ETHA 2025-08-08",
        250.0e6,
        254.7e6,
        learned,
    )
    assert change == pytest.approx(4.7e6)


def test_known_at_tells_what_was_public_from_what_was_held(con: Con, insert: Insert) -> None:
    insert(
        con,
        "etf_flow",
        [flow("2025-08-07", "ETHA", 103.5)],
        recorded_at=datetime(2025, 8, 8, 6, tzinfo=UTC),
    )
    insert(
        con,
        "etf_flow",
        [flow("2025-08-08", "ETHA", 254.7)],
        recorded_at=datetime(2025, 8, 10, 6, tzinfo=UTC),
    )
    # Friday's figure was public on Saturday at 05:00 UTC; this warehouse stored it on Sunday.
    asked = {
        at_text: _rows(con, "known_at", at=at_text)
        for at_text in ("2025-08-08T22:00Z", "2025-08-09T06:00Z", "2025-08-10T06:00Z")
    }
    assert [[(row["was_public"], row["was_held"]) for row in rows] for rows in asked.values()] == [
        [(True, True), (False, False)],
        [(True, True), (True, False)],
        [(True, True), (True, True)],
    ]


def test_holes_are_runs_of_missing_hours(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar(at(f"2025-10-25 {hour}:00"), 3900.0) for hour in (14, 15, 21, 22)])
    (row,) = marts(con, _text("holes"))
    assert (row["missing_from"], row["missing_until"], row["missing_hours"]) == (
        at("2025-10-25 16:00"),
        at("2025-10-25 21:00"),
        5,
    )


def test_coin_panel_shows_the_list_of_the_day_and_the_last_close_by_then(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-06", 1, "bitcoin", "BTC"), ranked("2025-08-06", 2, "ripple", "XRP")],
    )
    insert(
        con,
        "coin_rank",
        [ranked("2025-08-08", 1, "bitcoin", "BTC"), ranked("2025-08-08", 2, "ethereum", "ETH")],
    )
    closes = [
        ("Coinbase", 5, 114.0),
        ("Coinbase", 6, 115.0),
        ("Coinbase", 8, 116.0),
        ("Binance", 7, 117.0),
    ]
    insert(
        con,
        "spot_bar",
        [
            bar(at(f"2025-08-0{day}"), close, asset="BTC", venue=venue, bar_interval="1d")
            for venue, day, close in closes
        ],
    )

    def shown(day: str) -> list[tuple[object, ...]]:
        return [
            (row["rank"], row["coin"], row["venue"], row["last_close"])
            for row in _rows(con, "coin_panel", day=day)
        ]

    # On the 7th the newest list is that of the 6th.
    assert shown("2025-08-07") == [
        (1, "bitcoin", "Binance", 117.0),
        (1, "bitcoin", "Coinbase", 115.0),
        (2, "ripple", None, None),
    ]
    assert shown("infinity") == [
        (1, "bitcoin", "Binance", 117.0),
        (1, "bitcoin", "Coinbase", 116.0),
        (2, "ethereum", None, None),
    ]
    assert shown("2025-08-05") == []


def test_the_products_of_an_asset_stand_beside_each_other_with_premium_and_share(
    con: Con, insert: Insert
) -> None:
    # Both front months stand 0.6 % above spot, 22 days of 365 before their expiry: 9.95 % a year.
    insert(con, "spot_bar", [bar_closing("2025-08-07 15:00", 100_000.0, asset="BTC")])
    prices = [
        future("BTCQ5", "2025-08-07 15:00", 100_600.0, root="BTC", volume_contracts=60),
        future("MBTQ5", "2025-08-07 15:00", 100_600.0, volume_contracts=1_000),
    ]
    insert(con, "futures_price", prices)
    rows = _rows(con, "futures_products", first="2025-08-07", last="2025-08-07")
    assert [(row["root"], row["venue"], row["product_percent_of_asset"]) for row in rows] == [
        ("BTC", "Coinbase", 75.0),  # 300 of 400 bitcoin
        ("MBT", "Coinbase", 25.0),
    ]
    assert {round(row["annualised_basis"], 4) for row in rows} == {0.0995}
    assert _rows(con, "futures_products", first="2025-08-08", last="infinity") == []


def test_trading_of_the_funds_stands_beside_their_flow(con: Con, insert: Insert) -> None:
    # 2 m shares at 50 and 1 m at 40 are 140 m USD; a flow of -35 m is a quarter of it.
    day = date(2025, 8, 7)
    bars = [
        {"ticker": "ETHA", "session": day, "close_usd": 50.0, "volume_shares": 2_000_000},
        {"ticker": "FETH", "session": day, "close_usd": 40.0, "volume_shares": 1_000_000},
    ]
    insert(con, "etf_bar", bars)
    insert(con, "etf_flow", [flow("2025-08-07", "ETHA", -35.0)])
    (row,) = _rows(con, "fund_trading", first="2025-08-07", last="2025-08-07")
    assert (row["asset"], row["funds"], row["volume_usd"]) == ("ETH", 2, 140_000_000.0)
    assert (row["net_flow_usd"], row["flow_percent_of_volume"]) == (-35_000_000.0, 25.0)
    assert row["available_at"] == at("2025-08-08 05:00")  # when the flow is known


def test_assets_are_the_newest_count_at_the_close_of_its_day(con: Con, insert: Insert) -> None:
    def count(kind: str, day: int, shares: int) -> dict[str, Any]:
        return {
            "ticker": "ETHA",
            "kind": kind,
            "observed_on": date(2025, 8, day),
            "shares_outstanding": shares,
        }

    insert(
        con,
        "etf_shares",
        [count("history", 1, 5), count("quote", 9, 4_000_000), count("history", 9, 3_000_000)],
    )
    closes = {7: 20.0, 8: 30.0, 14: 99.0}
    insert(
        con,
        "etf_bar",
        [
            {"ticker": "ETHA", "session": date(2025, 8, d), "close_usd": c, "volume_shares": 1}
            for d, c in closes.items()
        ],
    )
    (row,) = _rows(con, "fund_assets")
    # Saturday's count at Friday's close; five days before the newest close.
    assert (row["kind"], row["session"], row["assets_usd"]) == (
        "history",
        date(2025, 8, 8),
        90_000_000.0,
    )
    assert row["days_old"] == 5
    # Asked for on the 15th, after the close of the 14th: the newest count that there can be.
    insert(con, "etf_shares", [count("quote", 15, 2_000_000)])
    (row,) = _rows(con, "fund_assets")
    assert (row["kind"], row["assets_usd"], row["days_old"]) == ("quote", 198_000_000.0, 0)
