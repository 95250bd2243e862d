"""Macros over views and marts: bars of any length, hours around an event, the basis at a tenor."""

from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketwake.warehouse.dictionary import render
from tests.conftest import Insert
from tests.support.rows import at, bar, bar_closing, future, marts

Con = duckdb.DuckDBPyConnection
NOON = at("2025-08-07 12:00")


def _bar(
    opened_at: datetime,
    prices: tuple[float, float, float, float],
    volume: float,
    bar_interval: str = "1h",
) -> dict[str, Any]:
    names = dict(zip(("open", "high", "low", "close"), prices, strict=True))
    return {**bar(opened_at, 1.0, volume_base=volume, bar_interval=bar_interval), **names}


def _bars(con: Con, bar_interval: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        con.sql(f"from bars('Coinbase', 'ETH/USD', '{bar_interval}')").pl().to_dicts()
    )
    return rows


def test_bars_resample_by_first_highest_lowest_last_and_sum(con: Con, insert: Insert) -> None:
    hours = [
        (10.0, 12.0, 9.0, 11.0),
        (11.0, 15.0, 11.0, 14.0),
        (14.0, 14.0, 8.0, 9.0),
        (9.0, 10.0, 9.0, 10.0),
    ]
    insert(
        con,
        "spot_bar",
        [_bar(NOON + timedelta(hours=i), prices, volume=i + 1.0) for i, prices in enumerate(hours)],
    )
    (made,) = _bars(con, "4h")
    assert (made["opened_at"], made["closed_at"], made["made_of"], made["bars"]) == (
        NOON,
        at("2025-08-07 16:00"),
        "1h",
        4,
    )
    assert [made[name] for name in ("open", "high", "low", "close", "volume_base")] == [
        10.0,
        15.0,
        8.0,
        10.0,
        10.0,
    ]
    # 1 * 11 + 2 * 14 + 3 * 9 + 4 * 10
    assert made["volume_quote"] == 106.0


def test_a_bar_of_which_anything_is_missing_has_no_row(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar(NOON + timedelta(hours=i), 10.0) for i in (0, 1, 2, 3, 4, 5, 7)])
    assert [made["opened_at"] for made in _bars(con, "4h")] == [NOON]
    assert [made["opened_at"] for made in _bars(con, "2h")] == [
        NOON,
        at("2025-08-07 14:00"),
        at("2025-08-07 16:00"),
    ]


def test_each_bar_is_made_of_the_finest_length_that_covers_it(con: Con, insert: Insert) -> None:
    coarse = [
        _bar(NOON, (10, 12, 9, 11), 4.0),
        _bar(NOON + timedelta(hours=1), (11, 13, 10, 12), 4.0),
    ]
    fine = [_bar(NOON + timedelta(minutes=15 * i), (10, 12, 9, 11), 1.0, "15m") for i in range(4)]
    insert(con, "spot_bar", [*coarse, *fine])
    assert [(made["made_of"], made["bars"]) for made in _bars(con, "1h")] == [("15m", 4), ("1h", 1)]
    # The fine bars cover half of it only.
    assert [(made["made_of"], made["bars"]) for made in _bars(con, "2h")] == [("1h", 2)]
    assert [made["made_of"] for made in _bars(con, "30m")] == ["15m", "15m"]


def test_bars_are_of_the_current_version(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar(NOON, 10.0)])
    con.execute("update raw.spot_bar set superseded_at = recorded_at + interval 1 day")
    insert(con, "spot_bar", [bar(NOON, 11.0)], recorded_at=datetime(2025, 9, 2, tzinfo=UTC))
    assert [made["close"] for made in _bars(con, "1h")] == [11.0]


def test_weeks_begin_on_monday_and_months_have_their_own_length(con: Con, insert: Insert) -> None:
    days = [
        bar(at("2025-02-01 00:00") + timedelta(days=i), 10.0, bar_interval="1d") for i in range(31)
    ]
    insert(con, "spot_bar", days)
    # Whole weeks from Saturday 1 February to Monday 3 March: those of 3, 10, 17 and 24 February.
    # February has 28 days.
    assert [made["opened_at"].day for made in _bars(con, "7d")] == [3, 10, 17, 24]
    assert [(made["opened_at"], made["bars"]) for made in _bars(con, "1 month")] == [
        (at("2025-02-01 00:00"), 28)
    ]


@pytest.mark.parametrize(
    ("bar_interval", "complaint"),
    [("0h", "longer than nothing"), ("-4h", "longer than nothing"), ("soon", "INTERVAL")],
)
def test_a_length_that_is_none_is_an_error(
    con: Con, insert: Insert, bar_interval: str, complaint: str
) -> None:
    insert(con, "spot_bar", [bar(NOON, 10.0)])
    with pytest.raises(duckdb.Error, match=complaint):
        _bars(con, bar_interval)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    present=st.sets(st.integers(0, 71), min_size=1),
    prices=st.lists(st.integers(1, 50), min_size=72, max_size=72),
    hours=st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24]),
)
def test_bars_agree_with_polars(
    con: Con, insert: Insert, present: set[int], prices: list[int], hours: int
) -> None:
    con.execute("delete from raw.spot_bar")
    start = at("2025-08-04 00:00")
    rows = [
        _bar(
            start + timedelta(hours=i),
            (prices[i], prices[i] + i, prices[i] / 2, prices[i]),
            1.0 + i,
        )
        for i in sorted(present)
    ]
    insert(con, "spot_bar", rows)
    expected = (
        pl.DataFrame(rows)
        .group_by_dynamic("opened_at", every=f"{hours}h")
        .agg(
            pl.first("open"),
            pl.max("high"),
            pl.min("low"),
            pl.last("close"),
            pl.sum("volume_base"),
            pl.len().alias("bars"),
        )
        .filter(pl.col("bars") == hours)
        .sort("opened_at")
    )
    made = con.sql(f"from bars('Coinbase', 'ETH/USD', '{hours}h')").pl().select(expected.columns)
    assert made.rows() == expected.rows()


def test_event_window_counts_from_the_close_at_the_anchor(con: Con, insert: Insert) -> None:
    closes = {"15:00": 3820.79, "16:00": 3838.76, "17:00": 3816.90, "19:00": 3830.85}
    insert(
        con,
        "spot_bar",
        [bar_closing(f"2025-08-07 {clock}", close) for clock, close in closes.items()],
    )
    rows = marts(
        con, "from event_window('eo-401k', 'Coinbase', 'ETH/USD', 1, 3) where anchor = 'signing'"
    )
    # Signed at 16:00; the hour to 18:00 is missing and stays so.
    assert [(row["hour"], row["close"]) for row in rows] == [
        (-1, 3820.79),
        (0, 3838.76),
        (1, 3816.90),
        (3, 3830.85),
    ]
    assert [row["log_return_since"] for row in rows] == pytest.approx(
        [log(close / 3838.76) for close in closes.values()]
    )
    # ln(3816.90 / 3838.76) by hand: -21.86 / 3838.76 = -0.0056945, less half its square 0.0000162,
    # is -0.0057107.
    assert rows[2]["log_return_since"] == pytest.approx(-0.0057107, abs=1e-6)
    assert rows[3]["log_return"] is None


def test_event_window_has_no_return_without_a_price_at_the_anchor_and_only_candidates(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "spot_bar",
        [bar_closing("2025-08-07 17:00", 3816.90), bar_closing("2025-07-18 01:00", 3500.0)],
    )
    rows = marts(con, "from event_window('eo-401k', 'Coinbase', 'ETH/USD', 1, 3)")
    # The leak of 18 July is no candidate.
    assert [(row["anchor"], row["hour"], row["log_return_since"]) for row in rows] == [
        ("signing", 1, None)
    ]


def test_an_anchor_within_an_hour_counts_from_the_last_bar_before_it(
    con: Con, insert: Insert
) -> None:
    insert(
        con,
        "spot_bar",
        [bar_closing("2025-08-01 12:00", 100.0), bar_closing("2025-08-01 13:00", 110.0)],
    )
    # Payrolls came at 12:30: the bar that ended at 12:00 is hour 0, the one that holds the release
    # hour 1.
    rows = marts(con, "from event_window('payrolls-2025-07', 'Coinbase', 'ETH/USD', 0, 1)")
    assert [(row["hour"], row["log_return_since"]) for row in rows] == [
        (0, 0.0),
        (1, pytest.approx(log(1.1))),
    ]


def test_a_window_starts_at_the_last_close_at_or_before_the_instant(con: Con) -> None:
    # Payrolls came at 12:30, within the hour that closed at 13:00.
    assert marts(con, "select hour_at, is_nominal from anchor_hours('payrolls-2025-07')") == [
        {"hour_at": at("2025-08-01 12:00"), "is_nominal": True}
    ]
    order = marts(con, "select anchor, hour_at, is_nominal from anchor_hours('eo-401k')")
    hours = {
        name: [(row["hour_at"].hour, row["is_nominal"]) for row in order if row["anchor"] == name]
        for name in ("report", "signing", "confirmed", "text")
    }
    # From 16:00 to 19:44; at 19:44:39; at 21:01:02.
    assert hours == {
        "report": [(10, True), (11, False)],
        "signing": [(16, True), (17, False), (18, False), (19, False)],
        "confirmed": [(19, True)],
        "text": [(21, True)],
    }
    leak = [(row["hour_at"], row["is_nominal"]) for row in order if row["anchor"] == "leak"]
    # From 17 July 00:00 to 18 July 02:49: 24 closes of the 17th and those of 00, 01 and 02.
    assert (len(leak), leak[0][0], leak[-1][0]) == (
        27,
        at("2025-07-17 00:00"),
        at("2025-07-18 02:00"),
    )
    assert [instant for instant, is_nominal in leak if is_nominal] == [at("2025-07-18 00:00")]


def test_other_events_of_the_catalogue_are_confounders(con: Con) -> None:
    def named(event: str) -> dict[str, tuple[datetime, datetime, datetime]]:
        return {
            row["name"]: (row["earliest_at"], row["happened_at"], row["latest_at"])
            for row in marts(con, f"from confounders('{event}')")
        }

    of_order, of_payrolls = named("eo-401k"), named("payrolls-2025-07")
    release = at("2025-08-01 12:30")
    assert of_order["US payrolls of July 2025 far below expectation"] == (release,) * 3
    assert of_order["S. Miran nominated to the Federal Reserve Board"] == (
        at("2025-08-07 16:00"),
        at("2025-08-07 20:04"),
        at("2025-08-07 20:04"),
    )
    # The order came six days after the payrolls; its leak, two weeks before them, is no candidate.
    (order,) = (name for name in of_payrolls if name.startswith("US order asks"))
    confirmed = at("2025-08-07 19:44") + timedelta(seconds=39)
    assert of_payrolls[order] == (at("2025-08-07 00:00"), confirmed, confirmed)
    assert named("erisa-1974") == {}


def _day_of_the_order(day: datetime, closes: dict[int, float]) -> list[dict[str, Any]]:
    return [bar(day + timedelta(hours=hour - 1), close) for hour, close in closes.items()]


def test_the_path_ranks_an_hour_among_the_same_hour_of_the_days_before(
    con: Con, insert: Insert
) -> None:
    rows = _day_of_the_order(
        at("2025-08-07 00:00"),
        {0: 100.0, 10: 100.0, 11: 101.0, 12: 102.0, 19: 102.0, 20: 101.0, 21: 101.5},
    )
    # Sixty days to 16 July: from 10 to 11 one of -2 %, one of +1 %, the others of half a percent;
    # from 11 to 12 a day less.
    for number in range(60):
        after = {0: 98.0, 1: 101.0}.get(number, 100.5)
        day = at("2025-07-16 00:00") - timedelta(days=number)
        later = {12: 100.0} if number else {}
        rows += _day_of_the_order(day, {10: 100.0, 11: after, **later})
    # No day before the leak, whose range begins on the 17th.
    rows += _day_of_the_order(at("2025-07-17 00:00"), {10: 100.0, 11: 110.0})
    insert(con, "spot_bar", rows)
    path = {row["opened_at"].hour: row for row in marts(con, "from event_path('eo-401k')")}
    assert sorted(path) == [9, 10, 11, 18, 19, 20]
    ten, eleven, seven_pm, eight_pm = path[10], path[11], path[19], path[20]
    assert (ten["return"], ten["cumulative_return"]) == (pytest.approx(0.01),) * 2
    assert (ten["days_as_large"], ten["days"], ten["size_rank"]) == (2, 60, 1)
    # (2 + 1) / (60 + 1), and 24 times as much is more than one.
    assert (ten["p"], ten["p_of_day"]) == (pytest.approx(3 / 61), 1)
    assert (eleven["days"], eleven["p"], eleven["p_of_day"]) == (59, None, None)
    assert eleven["cumulative_return"] == pytest.approx(0.02)
    # The bar from 18 to 19 is there, the one before it is not.
    assert path[18]["return"] is None
    assert (ten["anchors"], ten["others"]) == (["report", "report_late"], [])
    # The report came by 11:00 at the latest.
    assert eleven["anchors"] == ["report_late"]
    assert seven_pm["anchors"] == ["signing", "confirmed"]
    assert seven_pm["others"] == [
        "Debanking order signed the same day",
        "S. Miran nominated to the Federal Reserve Board",
    ]
    # By 20:04 at the latest.
    assert (eight_pm["anchors"], eight_pm["others"]) == ([], seven_pm["others"][1:])


def test_the_path_of_an_event_without_hourly_bars_is_empty(con: Con) -> None:
    assert marts(con, "from event_path('crash-1929')") == []


def test_basis_is_that_of_the_front_month_or_of_a_tenor(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", [bar_closing("2025-08-07 20:00", 3800.0)])
    # To 29 August 15:00 UTC 21.7917 days, to 26 September 49.7917: 3823 and 3850 are 10.138 % and
    # 9.646 % a year.
    insert(
        con,
        "futures_price",
        [future("METQ5", "2025-08-07 20:00", 3823.0), future("METU5", "2025-08-07 20:00", 3850.0)],
    )
    front = marts(con, "from basis('ETH', 0)")
    assert [(row["near_contract"], row["far_contract"], row["root"]) for row in front] == [
        ("METQ5", None, "MET")
    ]
    assert front[0]["annualised_basis"] == pytest.approx(
        (3823 / 3800 - 1) * 365 / 21.791667, rel=1e-6
    )
    (tenor,) = marts(con, "from basis('MET', 30)")
    near, far = 3823 / 3800 - 1, 3850 / 3800 - 1
    earned = near + (far - near) / 28 * (30 - 21.791667)
    assert tenor["annualised_basis"] == pytest.approx(earned * 365 / 30, rel=1e-6)
    assert not tenor["is_extrapolated"]
    assert marts(con, "from basis('BTC', 0)") == []
    with pytest.raises(duckdb.InvalidInputException, match="30, 60 or 90 days"):
        con.sql("from basis('MET', 31)").fetchall()


def test_every_macro_is_described_with_an_example_that_runs(con: Con) -> None:
    comments = dict(
        con.execute(
            "select distinct function_name, comment from duckdb_functions() where not internal"
        ).fetchall()
    )
    assert {"as_known_at", "bars", "basis", "event_response", "event_window"} <= set(comments)
    text = render(con)
    for name, comment in comments.items():
        assert " Example: " in (comment or ""), name
        example = comment.partition(" Example: ")[2]
        assert f"{name}(" in example
        con.execute(example).fetchall()
        assert f"```sql\n{example}\n```" in text
