"""The coverage ledger: every missing stamp has a reason. August 2025: the 1st is a Friday, the 4th
a Monday.
"""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketwake.coverage import counts, ledger
from marketwake.coverage.ledger import Series, Window, find_holes
from marketwake.runs import steps
from marketwake.warehouse.build import reference
from marketwake.warehouse.files import Warehouse
from tests.conftest import Insert
from tests.support.rows import at, bar, flow, future, snapshot

Con = duckdb.DuckDBPyConnection
HOURS = Series("spot_bar", "Coinbase", "ETH/USD", "1h")
FLOWS = Series("etf_flow", "Farside", "ETH ETHA", "1d")


@pytest.fixture(scope="module")
def ops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Con]:
    """A warehouse with reference data and no row, for tests that roll back."""
    with Warehouse(tmp_path_factory.mktemp("ledger")).writer() as con:
        reference(con)
        yield con


def _ask(
    con: Con, series: Series, first: str, last: str, requested_at: str, error: str | None = None
) -> None:
    con.execute(
        "insert into ops.request values ('receipt', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *astuple(series),
            at(first),
            at(last),
            at(requested_at),
            "fetch_failed" if error else "loaded",
            error,
        ],
    )


def _told(
    con: Con, series: Series, first: str, last: str, now: str
) -> list[tuple[str, str, int, str]]:
    return [
        (f"{one.first:%m-%d %H}", f"{one.last:%m-%d %H}", one.missing, one.reason)
        for one in find_holes(con, [Window(series, at(first), at(last))], at(now))
    ]


def _bars(*hours: int, day: str = "2025-08-01") -> list[dict[str, object]]:
    return [bar(at(f"{day} 00:00") + timedelta(hours=hour), 100.0) for hour in hours]


def test_a_hole_nobody_asked_for_is_not_fetched_and_one_that_an_answer_lacks_is_absent(
    con: Con, insert: Insert
) -> None:
    insert(con, "spot_bar", _bars(0, 1, 4, 5, 8, 9))
    _ask(con, HOURS, "2025-08-01 00:00", "2025-08-01 05:00", "2025-08-01 12:00")
    assert _told(con, HOURS, "2025-08-01 00:00", "2025-08-01 09:00", "2025-08-02 00:00") == [
        ("08-01 02", "08-01 03", 2, "confirmed absent"),
        ("08-01 06", "08-01 07", 2, "not fetched"),
    ]


def test_a_run_is_cut_where_its_reason_changes(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", _bars(0))
    _ask(con, HOURS, "2025-08-01 00:00", "2025-08-01 02:00", "2025-08-01 05:30")
    _ask(con, HOURS, "2025-08-01 03:00", "2025-08-01 04:00", "2025-08-01 05:30", "503")
    # At 08:30 the hour that opened at 07:00 is finished, and the one at 08:00 is not.
    assert _told(con, HOURS, "2025-08-01 00:00", "2025-08-01 09:00", "2025-08-01 08:30") == [
        ("08-01 01", "08-01 02", 2, "confirmed absent"),
        ("08-01 03", "08-01 04", 2, "source error"),
        ("08-01 05", "08-01 07", 3, "not fetched"),
        ("08-01 08", "08-01 09", 2, "not yet published"),
    ]


def test_an_answer_denies_nothing_that_was_not_public_when_it_was_asked_for(con: Con) -> None:
    # Asked at 02:30 for a day of hours: 00:00 and 01:00 had finished.
    _ask(con, HOURS, "2025-08-01 00:00", "2025-08-01 23:00", "2025-08-01 02:30")
    assert _told(con, HOURS, "2025-08-01 00:00", "2025-08-01 03:00", "2025-08-02 00:00") == [
        ("08-01 00", "08-01 01", 2, "confirmed absent"),
        ("08-01 02", "08-01 03", 2, "not fetched"),
    ]


def test_a_flow_is_absent_only_when_asked_for_after_the_morning_it_is_due(
    con: Con, insert: Insert
) -> None:
    insert(con, "etf_flow", [flow("2025-08-01", "ETHA", 1.0)])
    # The flow of Monday the 4th is due on the 5th at 05:00 UTC (seed.dataset: 29 hours).
    _ask(con, FLOWS, "2025-08-01 00:00", "2025-08-05 00:00", "2025-08-05 04:59")
    window = ("2025-08-01 00:00", "2025-08-05 00:00")
    assert _told(con, FLOWS, *window, "2025-08-05 04:59") == [
        ("08-04 00", "08-05 00", 2, "not yet published")
    ]
    assert _told(con, FLOWS, *window, "2025-08-05 05:00") == [
        ("08-04 00", "08-04 00", 1, "not fetched"),
        ("08-05 00", "08-05 00", 1, "not yet published"),
    ]
    _ask(con, FLOWS, "2025-08-01 00:00", "2025-08-05 00:00", "2025-08-05 05:00")
    assert _told(con, FLOWS, *window, "2025-08-05 05:00")[0] == (
        "08-04 00",
        "08-04 00",
        1,
        "confirmed absent",
    )


def test_before_its_listing_a_series_is_not_listed_yet(con: Con) -> None:
    # Bitstamp opened ether on 2017-08-17; ETHA's first session was 2024-07-23, a Tuesday.
    series = Series("spot_bar", "Bitstamp", "ETH/USD", "1d")
    assert _told(con, series, "2017-08-15 00:00", "2017-08-18 00:00", "2018-01-01 00:00") == [
        ("08-15 00", "08-16 00", 2, "not listed yet"),
        ("08-17 00", "08-18 00", 2, "not fetched"),
    ]
    assert _told(con, FLOWS, "2024-07-19 00:00", "2024-07-23 00:00", "2025-01-01 00:00") == [
        ("07-19 00", "07-22 00", 2, "not listed yet"),
        ("07-23 00", "07-23 00", 1, "not fetched"),
    ]


def test_a_hole_goes_on_over_the_end_of_a_month_and_a_weekend(con: Con, insert: Insert) -> None:
    insert(con, "spot_bar", _bars(22, day="2025-07-31") + _bars(2))
    assert _told(con, HOURS, "2025-07-31 22:00", "2025-08-01 02:00", "2025-09-01 00:00") == [
        ("07-31 23", "08-01 01", 3, "not fetched")
    ]
    # Thursday the 31st, Friday the 1st and Monday the 4th are sessions.
    assert _told(con, FLOWS, "2025-07-31 00:00", "2025-08-04 00:00", "2025-09-01 00:00") == [
        ("07-31 00", "08-04 00", 3, "not fetched")
    ]


def test_years_that_the_calendar_does_not_know_make_no_hole(con: Con, insert: Insert) -> None:
    # The calendar of New York begins with 1970, whose first sessions are Friday the 2nd and Monday
    # the 5th to Friday the 9th of January.
    held = [
        "1969-11-28",
        "1969-12-31",
        "1970-01-02",
        "1970-01-05",
        "1970-01-06",
        "1970-01-08",
        "1970-01-09",
    ]
    insert(
        con,
        "index_bar",
        [{"symbol": "^GSPC", "bar_interval": "1d", "session": day, "close": 100.0} for day in held],
    )
    index = Window(
        Series("index_bar", "Yahoo", "^GSPC", "1d"), at("1969-11-03 00:00"), at("1970-01-09 00:00")
    )
    ledger.write(con, [index], at("2025-09-01 00:00"))
    assert con.execute("select expected, present, missing from ops.series").fetchall() == [
        (6, 5, 1)
    ]
    assert con.execute("select first_at, last_at from ops.hole").fetchall() == [
        (at("1970-01-07 00:00"), at("1970-01-07 00:00"))
    ]


def test_rows_of_a_month_outside_the_window_do_not_count_for_it(con: Con, insert: Insert) -> None:
    # Three bars in the month, and three stamps wanted: yet one of the three is missing.
    insert(con, "spot_bar", _bars(0, 5, 7))
    assert _told(con, HOURS, "2025-08-01 05:00", "2025-08-01 07:00", "2025-09-01 00:00") == [
        ("08-01 06", "08-01 06", 1, "not fetched")
    ]


def test_attempts_and_the_newest_error_are_told(con: Con) -> None:
    for hour, error in (
        (3, "502"),
        (4, "503"),
        (5, "not asked, because spot-coinbase had failed before: 503"),
    ):
        _ask(con, HOURS, "2025-08-01 00:00", "2025-08-01 01:00", f"2025-08-01 0{hour}:00", error)
    (hole,) = find_holes(
        con, [Window(HOURS, at("2025-08-01 00:00"), at("2025-08-01 01:00"))], at("2025-08-02 00:00")
    )
    assert (hole.reason, hole.attempts) == ("source error", 2)
    assert hole.last_error == "not asked, because spot-coinbase had failed before: 503"
    assert hole.next_step == "the next run asks for it"


@pytest.mark.parametrize(
    ("series", "last", "said"),
    [
        (Series("spot_bar", "Kraken", "BTC/USD", "1h"), "2025-07-01 00:00", "last 720 bars only"),
        (
            Series("futures_price", "Yahoo", "METM5", "1d"),
            "2025-06-27 00:00",
            "expired contracts are gone",
        ),
        (
            Series("fed_probability", "CME", "2025-09-17", "1d"),
            "2025-08-01 00:00",
            "drop a file into the inbox",
        ),
    ],
)
def test_what_no_source_can_give_any_more_is_said(
    con: Con, series: Series, last: str, said: str
) -> None:
    (hole,) = find_holes(con, [Window(series, at(last), at(last))], at("2025-08-22 00:00"))
    assert hole.reason == "not fetched"
    assert said in hole.next_step


def test_a_last_trade_follows_the_days_with_trading_and_a_settlement_the_sessions(
    con: Con, insert: Insert
) -> None:
    # Saturday the 9th has no trading; Sunday the 10th opens Monday's session.
    insert(
        con,
        "futures_price",
        [future("METQ5", stamp, 4000.0) for stamp in ("2025-08-08 21:00", "2025-08-12 00:00")],
    )
    series = Series("futures_price", "Vendor", "METQ5 last_trade", "1d")
    assert _told(con, series, "2025-08-08 00:00", "2025-08-11 00:00", "2025-09-01 00:00") == [
        ("08-10 00", "08-10 00", 1, "not fetched")
    ]
    settlements = Series("futures_price", "Vendor", "METQ5", "1d")
    assert _told(con, settlements, "2025-08-08 00:00", "2025-08-11 00:00", "2025-09-01 00:00") == [
        ("08-08 00", "08-11 00", 2, "not fetched")
    ]


def test_a_weekends_last_trade_of_yahoos_says_nothing_of_the_settlement_before_it(
    con: Con, insert: Insert
) -> None:
    # August 2026: the 13th is a Thursday, whose settlement is there; Friday's is not, Saturday has
    # a last trade.
    thursday, saturday = "2026-08-13 20:00", "2026-08-15 21:00"
    insert(
        con,
        "futures_price",
        [
            future("BTCU6", thursday, 70_000.0, "settlement", vendor="Yahoo"),
            future("BTCU6", saturday, 70_000.0, vendor="Yahoo"),
        ],
    )
    series = Series("futures_price", "Yahoo", "BTCU6", "1d")
    wanted = Window(series, at("2026-08-13 00:00"), at("2026-08-16 00:00"))
    ledger.write(con, [wanted], at("2026-08-16 06:15"))
    assert con.execute(
        "select symbol, expected, present, last_at, settled_to from ops.series"
    ).fetchall() == [("BTCU6", 2, 1, at("2026-08-13 00:00"), at("2026-08-13 00:00"))]


@settings(max_examples=30, deadline=None)
@given(
    held=st.sets(st.integers(0, 40)),
    asks=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(0, 45), st.booleans()),
        max_size=6,
    ),
    span=st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted),
    now=st.integers(0, 50),
)
def test_every_missing_hour_is_in_exactly_one_hole_with_the_reason_that_its_requests_give(
    ops: Con, held: set[int], asks: list[tuple[int, int, int, bool]], span: list[int], now: int
) -> None:
    # Two nights over the end of a month.
    start = at("2025-07-31 04:00")

    def stamp(hour: int) -> datetime:
        return start + timedelta(hours=hour)

    def reason(hour: int) -> str:
        # A bar is public an hour after its open.
        if hour + 1 > now:
            return "not yet published"
        spoken = [
            answered
            for first, length, asked, answered in asks
            if first <= hour <= first + length and hour + 1 <= asked
        ]
        return "confirmed absent" if any(spoken) else "source error" if spoken else "not fetched"

    ops.begin()
    try:
        if held:
            ops.execute(
                "insert into raw.spot_bar select 'Coinbase', 'ETH/USD', '1h', "
                "unnest(?::timestamptz[]), 1, 1, 1, 1, 1, ?, null, 'test'",
                [[stamp(hour) for hour in held], at("2025-09-01 00:00")],
            )
        for first, length, asked, answered in asks:
            start_text, end_text, asked_text = (
                f"{stamp(hour):%Y-%m-%d %H:%M}" for hour in (first, first + length, asked)
            )
            _ask(ops, HOURS, start_text, end_text, asked_text, None if answered else "503")
        holes = find_holes(ops, [Window(HOURS, stamp(span[0]), stamp(span[1]))], stamp(now))
    finally:
        ops.rollback()
    told = {
        (one.first + timedelta(hours=number) - start) // timedelta(hours=1): one.reason
        for one in holes
        for number in range(one.missing)
    }
    assert sum(one.missing for one in holes) == len(told)
    assert told == {hour: reason(hour) for hour in range(span[0], span[1] + 1) if hour not in held}
    for earlier, later in pairwise(holes):
        assert (earlier.last + timedelta(hours=1), earlier.reason) != (later.first, later.reason)


def test_the_counts_follow_what_is_recorded_and_a_vacuum(con: Con, insert: Insert) -> None:
    def counted() -> list[tuple[object, ...]]:
        counts.keep(con)
        return con.execute(
            'select "month", current_rows, present, outside_calendar from ops.coverage_month '
            "order by all"
        ).fetchall()

    insert(con, "spot_bar", _bars(0, 1), recorded_at=at("2025-09-01 00:00"))
    assert counted() == [(date(2025, 8, 1), 2, 2, 0)]
    # A bar of another month, an hour restated, and a bar that opened off the hour.
    con.execute(
        "update raw.spot_bar set superseded_at = '2025-09-02' where opened_at = '2025-08-01 01:00'"
    )
    restated = [*_bars(1), *_bars(0, day="2025-07-31"), bar(at("2025-08-01 02:30"), 100.0)]
    insert(con, "spot_bar", restated, recorded_at=at("2025-09-02 00:00"))
    after = [(date(2025, 7, 1), 1, 1, 0), (date(2025, 8, 1), 3, 2, 1)]
    assert counted() == after
    con.execute("delete from raw.spot_bar where superseded_at is not null")
    assert counted() == after


def test_only_months_that_new_versions_touch_are_counted_again(con: Con, insert: Insert) -> None:
    insert(
        con, "spot_bar", _bars(0, day="2025-07-31") + _bars(0), recorded_at=at("2025-09-01 00:00")
    )
    counts.keep(con)
    insert(con, "spot_bar", _bars(1), recorded_at=at("2025-09-02 00:00"))
    counts.count(con)
    assert con.execute('select "month", present from coverage_recounted').fetchall() == [
        (date(2025, 8, 1), 2)
    ]


def test_the_ledger_is_kept_for_what_is_wanted_and_for_what_else_is_held(
    con: Con, insert: Insert
) -> None:
    insert(con, "spot_bar", _bars(0, 2))
    insert(con, "coin_snapshot", [snapshot(day) for day in ("2025-08-01", "2025-08-03")])
    ripple = Series("coin_snapshot", "CoinGecko", "ripple", "1d")
    _ask(con, ripple, "2025-08-01 00:00", "2025-08-04 00:00", "2025-08-04 06:00")
    ledger.write(
        con, [Window(HOURS, at("2025-07-31 22:00"), at("2025-08-04 05:00"))], at("2025-08-04 06:00")
    )
    kept = (
        "select symbol, expected, present, missing, is_running, settled_to from ops.series order "
        "by symbol"
    )
    assert con.execute(kept).fetchall() == [
        # From 22:00 on the 31st to 05:00 on the 4th: 2 + 3 x 24 + 6 hours.
        ("ETH/USD", 80, 2, 78, True, at("2025-08-01 02:00")),
        ("bitcoin", 3, 2, 1, False, at("2025-08-03 00:00")),
        ("ripple", 4, 0, 4, True, at("2025-08-04 00:00")),
    ]
    holes = con.execute(
        "select symbol, first_at, missing, reason from ops.hole order by symbol, first_at"
    ).fetchall()
    assert holes == [
        ("ETH/USD", at("2025-07-31 22:00"), 2, "not fetched"),
        ("ETH/USD", at("2025-08-01 01:00"), 1, "not fetched"),
        ("ETH/USD", at("2025-08-01 03:00"), 75, "not fetched"),
        ("bitcoin", at("2025-08-02 00:00"), 1, "not fetched"),
        ("ripple", at("2025-08-01 00:00"), 4, "confirmed absent"),
    ]
    # Written again, it says the same.
    ledger.write(
        con, [Window(HOURS, at("2025-07-31 22:00"), at("2025-08-04 05:00"))], at("2025-08-04 06:00")
    )
    assert con.execute("select count(*) from ops.hole").fetchall() == [(5,)]


def test_counts_and_gaps_are_kept_together_or_not_at_all(
    con: Con, insert: Insert, tmp_path: Path
) -> None:
    insert(con, "spot_bar", _bars(0, 1, 4))
    # A column that nobody fills breaks the run off where the counts are kept and the gaps are not.
    con.execute("alter table ops.coverage_gap add column kept boolean")
    con.execute("alter table ops.coverage_gap alter kept set not null")
    con.close()
    with pytest.raises(duckdb.ConstraintException):
        steps.derive(Warehouse(tmp_path))
    with Warehouse(tmp_path).writer() as again:
        assert again.execute("select count(*) from ops.coverage_month").fetchall() == [(0,)]
