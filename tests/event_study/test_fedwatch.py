"""Probabilities of the target: CME's worked examples, its published figures, rates built by day."""

import csv
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.resources import SAMPLE
from marketwake.base.settings import Settings
from marketwake.event_study import fedwatch
from marketwake.sources.yahoo.source import Yahoo, parse
from tests.conftest import Insert
from tests.support.servers import serve

MEETINGS = [
    date(2025, month, day) for month, day in ((6, 18), (7, 30), (9, 17), (10, 29), (12, 10))
]


def months(first: int, last: int) -> list[date]:
    return [date(2025, month, 1) for month in range(first, last + 1)]


def daily_prices(moves: dict[date, float], rate: float = 4.33) -> dict[date, float]:
    """Prices by definition: 100 less the mean of daily rates; they move the day after a meeting."""
    prices = {}
    for month in months(6, 12):
        days = [month + timedelta(days=day) for day in range(monthrange(2025, month.month)[1])]
        rates = [
            rate + sum(steps for meeting, steps in moves.items() if meeting < day) / 4
            for day in days
        ]
        prices[month] = 100 - sum(rates) / len(rates)
    return prices


def test_cmes_example_of_september_2015() -> None:
    # CME, "Fed Funds Futures Probability Tree Calculator": FFQ5 99.8675, FFU5 99.805, 30 days of
    # which 16 before the meeting; FFER(end) = 30/14 * (0.195 - 16/30 * 0.1325) = 0.26643, P(Hike) =
    # (0.26643 - 0.1325) / 0.25 = 53.6 %.
    end = fedwatch.end_rate(100 - 99.805, 100 - 99.8675, 30, 16)
    assert end == pytest.approx(0.26643, abs=5e-6)
    assert fedwatch.outcomes([(end - 0.1325) / 0.25]) == pytest.approx(
        {0: 0.464, 1: 0.536}, abs=5e-4
    )


def test_cmes_sheet_around_a_month_without_a_meeting() -> None:
    # CME, "FedWatch calculation examples": October, without a meeting, at 94.8250. November's
    # meeting is on the 1st (1 of 30 days, mean 94.7050) and ends at 5.2991; September's is on the
    # 20th (20 of 30 days, mean 94.8800) and starts at 5.0925.
    assert fedwatch.end_rate(5.2950, 5.1750, 30, 1) == pytest.approx(5.2991, abs=5e-5)
    assert fedwatch.start_rate(5.1200, 5.1750, 30, 20) == pytest.approx(5.0925, abs=5e-5)
    moves = fedwatch.expected_moves(
        {date(2023, 9, 1): 94.8800, date(2023, 10, 1): 94.8250, date(2023, 11, 1): 94.7050},
        [date(2023, 9, 20), date(2023, 11, 1)],
        date(2023, 9, 12),
    )
    assert moves == pytest.approx(
        {date(2023, 9, 20): 0.0825 / 0.25, date(2023, 11, 1): 0.1241 / 0.25}, abs=2e-4
    )


def test_a_move_of_more_than_a_step_splits_between_its_neighbours() -> None:
    # Published for 2025-08-13: 375-400 at 5.7241 %, 400-425 at 94.2759 %: an expected move of
    # -1.057241 steps from 425-450.
    assert fedwatch.outcomes([-1.057241]) == pytest.approx({-2: 0.057241, -1: 0.942759})


def test_meetings_are_independent() -> None:
    # 0.8 * 0.3 = 0.24; 0.8 * 0.7 + 0.2 * 0.3 = 0.62; 0.2 * 0.7 = 0.14.
    assert fedwatch.outcomes([-0.2, -0.7]) == pytest.approx({-2: 0.14, -1: 0.62, 0: 0.24})


def test_the_price_of_the_meetings_own_month_is_not_needed_between_known_neighbours() -> None:
    # August and November have no meeting: September starts at August's rate, and October, solved
    # back from November, gives its end.
    prices = daily_prices({date(2025, 9, 17): -0.9, date(2025, 10, 29): -0.4})
    moves = fedwatch.expected_moves(prices | {date(2025, 9, 1): 90.0}, MEETINGS, date(2025, 8, 7))
    assert moves[date(2025, 9, 17)] == pytest.approx(-0.9)


def test_without_a_later_month_a_month_is_solved_forwards() -> None:
    prices = {
        month: price
        for month, price in daily_prices({date(2025, 9, 17): -0.9}).items()
        if month.month in (8, 9)
    }
    assert fedwatch.expected_moves(prices, MEETINGS, date(2025, 8, 7)) == pytest.approx(
        {date(2025, 9, 17): -0.9}
    )


def test_what_the_prices_cannot_tell_is_left_out() -> None:
    prices = daily_prices({})
    assert (
        fedwatch.expected_moves(
            {month: prices[month] for month in months(9, 9)}, MEETINGS, date(2025, 9, 1)
        )
        == {}
    )
    # A move in July that nobody can tell would be taken for one of September.
    without_july = {month: price for month, price in prices.items() if month.month != 7}
    assert fedwatch.expected_moves(without_july, MEETINGS, date(2025, 7, 28)) == {}
    # December has no later month: it is told by November, which has no meeting.
    assert list(fedwatch.expected_moves(prices, MEETINGS, date(2025, 11, 3))) == [
        date(2025, 12, 10)
    ]
    # On the day after the July meeting only the later ones are left.
    assert next(iter(fedwatch.expected_moves(prices, MEETINGS, date(2025, 7, 31)))) == date(
        2025, 9, 17
    )


move = st.floats(min_value=-3, max_value=3)


@given(
    st.lists(move, min_size=5, max_size=5),
    st.sampled_from([date(2025, 6, 3), date(2025, 6, 20), date(2025, 8, 7)]),
)
def test_daily_rates_give_back_their_moves(steps: list[float], on: date) -> None:
    moves = dict(zip(MEETINGS, steps, strict=True))
    expected = {meeting: number for meeting, number in moves.items() if meeting >= on}
    assert fedwatch.expected_moves(daily_prices(moves), MEETINGS, on) == pytest.approx(
        expected, abs=1e-8
    )


@given(st.lists(move, max_size=6))
def test_outcomes_are_a_distribution_with_the_expected_moves_as_mean(steps: list[float]) -> None:
    outcomes = fedwatch.outcomes(steps)
    assert sum(outcomes.values()) == pytest.approx(1)
    assert all(0 < probability <= 1 + 1e-9 for probability in outcomes.values())
    mean = sum(moved * probability for moved, probability in outcomes.items())
    assert mean == pytest.approx(sum(steps), abs=1e-9)


def published(path: Path) -> dict[date, dict[int, float]]:
    """Probabilities of September 2025 by day and change from 425-450, quotes of August 2025."""
    quotes: dict[date, dict[int, float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["quoted_on"].startswith("2025-08"):
                quote = quotes.setdefault(date.fromisoformat(row["quoted_on"]), {})
                quote[int(row["lower_bps"]) - 425] = float(row["probability"])
    return quotes


def test_the_published_figures_are_those_of_october_solved_backwards() -> None:
    # Expected steps = 4 * ((31 * October - 2 * November) / 29 - August), prices in steps of 0.0025:
    # multiples of 0.01/29. By September's own contract they would be 4 * 30/13 * (September -
    # August), multiples of 0.3/13.
    for probabilities in published(SAMPLE / "fed_probability.csv").values():
        steps = sum(change / 25 * probability for change, probability in probabilities.items())
        assert steps * 2900 == pytest.approx(round(steps * 2900), abs=0.005)
        assert abs(steps * 13 / 0.3 - round(steps * 13 / 0.3)) > 1e-3


def test_prices_made_from_published_probabilities_give_them_back(
    con: duckdb.DuckDBPyConnection, insert: Insert
) -> None:
    quotes = published(SAMPLE / "fed_probability.csv")
    rows = []
    for day, probabilities in quotes.items():
        steps = sum(change / 25 * probability for change, probability in probabilities.items())
        prices = daily_prices({date(2025, 9, 17): steps, date(2025, 10, 29): -0.5})
        rows += [
            {
                "contract": f"ZQ{'MNQUVXZ'[month.month - 6]}5",
                "session": day,
                "price": price,
                "volume_contracts": None,
            }
            for month, price in prices.items()
        ]
    insert(con, "fed_funds_price", rows)
    fedwatch.write(con)
    implied = con.execute(
        "select quoted_on, change_bps, probability from mart.fed_probability_implied"
        " where meeting = '2025-09-17'"
    ).fetchall()
    assert {(day, change): probability for day, change, probability in implied} == pytest.approx(
        {
            (day, change): probability
            for day, quote in quotes.items()
            for change, probability in quote.items()
        },
        abs=1e-6,
    )


@pytest.mark.parametrize(
    ("now", "first", "last"), [((2025, 7, 31), 28, 30), ((2025, 8, 22), 31, 44)]
)
def test_contracts_from_yahoo_give_the_published_probabilities(
    con: duckdb.DuckDBPyConnection,
    insert: Insert,
    tmp_path: Path,
    now: tuple[int, int, int],
    first: int,
    last: int,
) -> None:
    # The loopback Yahoo builds its prices from the published figures, by code of its own; a month's
    # contract vanishes with the month.
    clock = datetime(*now, 4, 30, tzinfo=UTC)
    with serve("yahoo", now=clock) as running:
        yahoo = Yahoo(
            Settings(addresses=running.addresses, state_folder=tmp_path / "state"),
            lambda: clock,
            {},
        )
        for request in yahoo.requests():
            if request.dataset == "fed_funds_price":
                for frame in parse(request, yahoo.fetch(request), clock).values():
                    insert(con, "fed_funds_price", frame.to_dicts())
    insert(
        con,
        "fed_probability",
        pl.read_csv(SAMPLE / "fed_probability.csv", infer_schema=False).to_dicts(),
    )
    fedwatch.write(con)
    days = [date(2025, 7, 1) + timedelta(days=day - 1) for day in (first, last)]
    compared = con.execute(
        """
        select published.probability, implied.probability
        from stg.fed_probability as published
        left join mart.fed_probability_implied as implied
            on published.meeting = implied.meeting
            and published.quoted_on = implied.quoted_on
            and published.lower_bps = 425 + change_bps
        where published.quoted_on between ? and ?
        """,
        days,
    ).fetchall()
    assert len(compared) == {28: 9, 31: 20}[first]
    assert [implied for _, implied in compared] == pytest.approx(
        [stated for stated, _ in compared], abs=5e-6
    )


def test_days_and_months_outside_the_known_schedule_are_left_out(
    con: duckdb.DuckDBPyConnection, insert: Insert
) -> None:
    insert(
        con,
        "fed_funds_price",
        [{"contract": "ZQU4", "session": date(2024, 8, 7), "price": 94.7, "volume_contracts": 1}],
    )
    fedwatch.write(con)
    assert con.execute("select count(*) from mart.fed_probability_implied").fetchall() == [(0,)]
