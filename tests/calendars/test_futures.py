"""Names, expiry and settlement against exchange notices and recorded last trades."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake.calendars.futures import (
    contract_code,
    contract_month,
    expiry_at,
    futures_contract_frame,
    last_trade_at,
    observed_at,
    rates_last_day,
    rates_month,
    settlement_at,
)
from marketwake.calendars.sessions import session_frame

OVERRIDES = {
    "root": pl.String(),
    "contract": pl.String(),
    "expires_at": pl.Datetime("us", "UTC"),
}
MONTHS = st.dates(date(2021, 12, 1), date(2028, 12, 31)).map(lambda day: day.replace(day=1))
ROOTS = st.sampled_from(["BTC", "ETH", "MBT", "MET"])


def utc(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2017-12", "2017-12-29 16:00"),
        ("2018-03", "2018-03-29 15:00"),  # Good Friday was 30 March
        ("2020-12", "2020-12-24 16:00"),  # Christmas Day was a Friday
        ("2021-12", "2021-12-31 16:00"),
        # Good Friday was 29 March; London was still on winter time
        ("2024-03", "2024-03-28 16:00"),
        # Chicago on summer time since 9 March, London from 30 March
        ("2025-03", "2025-03-28 16:00"),
        ("2025-08", "2025-08-29 15:00"),
        # London on winter time since 26 October, Chicago from 2 November
        ("2025-10", "2025-10-31 16:00"),
        ("2025-12", "2025-12-26 16:00"),  # Boxing Day, a London holiday, does not move it
        ("2026-12", "2026-12-24 16:00"),
        ("2027-03", "2027-03-25 16:00"),
    ],
)
def test_contract_ends_at_sixteen_london_on_the_last_friday_that_cme_is_open(
    month: str, expected: str
) -> None:
    assert expiry_at("BTC", date.fromisoformat(f"{month}-01")) == utc(expected)


@pytest.mark.parametrize("root", ["MBT", "MET"])
def test_expiry_is_the_last_day_with_trades(shared: Path, root: str) -> None:
    with (shared / "cme" / "contracts" / f"{root}_2025-06_2025-09.csv").open() as file:
        days = [
            (row["contract"], date.fromisoformat(row["utc_day"])) for row in csv.DictReader(file)
        ]
    recorded_to = max(day for _, day in days)
    last = {contract: max(day for name, day in days if name == contract) for contract, _ in days}
    expired = 0
    for contract, day in last.items():
        expiry = expiry_at(*contract_month(contract, day))
        if expiry.date() <= recorded_to:
            assert expiry.date() == day, contract
            expired += 1
    assert expired == 4  # June to September


@given(root=ROOTS, month=MONTHS)
def test_expiry_is_in_the_last_nine_days_at_fifteen_or_sixteen_utc(root: str, month: date) -> None:
    expiry = expiry_at(root, month)
    following = (month + timedelta(days=31)).replace(day=1)
    assert timedelta(0) < following - expiry.date() <= timedelta(days=8)
    assert expiry.weekday() in (3, 4)
    assert expiry.hour in (15, 16)
    assert expiry.minute == 0


@given(root=ROOTS, month=MONTHS, before=st.integers(0, 700))
def test_contract_name_is_read_back(root: str, month: date, before: int) -> None:
    on = expiry_at(root, month).date() - timedelta(days=before)
    assert contract_month(contract_code(root, month), on) == (root, month)


def test_contract_names() -> None:
    assert contract_code("MET", date(2025, 8, 1)) == "METQ5"
    assert contract_month("METQ5", date(2025, 8, 29)) == ("MET", date(2025, 8, 1))
    assert contract_month("METQ5", date(2025, 8, 30)) == ("MET", date(2035, 8, 1))
    assert contract_month("BTCZ7", date(2017, 12, 18)) == ("BTC", date(2017, 12, 1))


@pytest.mark.parametrize("name", ["", "METQ", "XYZQ5", "META5", "METQ²", "METQ25"])
def test_what_is_no_contract_name_is_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="no contract name"):
        contract_month(name, date(2025, 8, 1))


def test_roots_and_months_that_do_not_exist_are_refused() -> None:
    with pytest.raises(BadInputError, match="no futures root"):
        expiry_at("ES", date(2025, 8, 1))
    with pytest.raises(BadInputError, match="no contract for 2021-01"):
        expiry_at("ETH", date(2021, 1, 31))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-01-15", "2025-01-15 21:00"),
        ("2025-03-14", "2025-03-14 20:00"),  # summer time in Chicago alone
        ("2025-07-15", "2025-07-15 20:00"),
        ("2025-10-31", "2025-10-31 20:00"),  # winter time in London alone
        ("2025-11-03", "2025-11-03 21:00"),
    ],
)
def test_daily_settlement_is_at_fifteen_chicago(day: str, expected: str) -> None:
    assert settlement_at(date.fromisoformat(day)) == utc(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-08-06", "2025-08-07 00:00"),  # Wednesday
        ("2025-08-07", "2025-08-08 00:00"),
        ("2025-08-08", "2025-08-08 21:00"),  # Friday: 16:00 Chicago, summer time
        ("2025-08-10", "2025-08-11 00:00"),  # Sunday
        ("2025-01-10", "2025-01-10 22:00"),  # Friday, winter time
        # a holiday on a Thursday: trading goes on in the evening
        ("2025-06-19", "2025-06-20 00:00"),
        ("2025-07-04", "2025-07-04 17:00"),  # a holiday on a Friday: noon in Chicago
        ("2024-03-28", "2024-03-28 21:00"),  # the Thursday before Good Friday
        ("2025-01-09", "2025-01-10 00:00"),  # the day of mourning on which only shares rested
        ("2025-12-25", "2025-12-26 00:00"),  # closed, but the next session opens in the evening
        ("2026-05-29", "2026-05-30 00:00"),  # the announced trading round the clock
        ("2026-05-30", "2026-05-31 00:00"),
    ],
)
def test_last_trade_of_a_utc_day(day: str, expected: str) -> None:
    assert last_trade_at(date.fromisoformat(day)) == utc(expected)
    assert observed_at(date.fromisoformat(day)) == utc(expected)


def test_contract_on_its_last_day_is_observed_at_expiry() -> None:
    expiry = expiry_at("MET", date(2025, 8, 1))
    assert observed_at(date(2025, 8, 29), expiry) == utc("2025-08-29 15:00")
    assert observed_at(date(2025, 8, 28), expiry) == utc("2025-08-29 00:00")
    with pytest.raises(BadInputError, match="expired at 2025-08-29 15:00 UTC"):
        observed_at(date(2025, 8, 31), expiry)


@pytest.mark.parametrize("day", [date(2025, 8, 9), date(2024, 3, 29), date(2017, 12, 16)])
def test_days_without_trading_have_no_last_trade(day: date) -> None:
    assert last_trade_at(day) is None
    with pytest.raises(BadInputError, match="did not trade"):
        observed_at(day)


@given(st.dates(date(2018, 1, 1), date(2028, 12, 30)))
def test_last_trade_lies_within_its_day(day: date) -> None:
    last = last_trade_at(day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert last is None or midnight < last <= midnight + timedelta(days=1)


def test_days_with_recorded_trades_are_days_with_sessions(shared: Path) -> None:
    with (shared / "cme" / "contracts" / "MBT_2025-06_2025-09.csv").open() as file:
        traded = {date.fromisoformat(row["utc_day"]) for row in csv.DictReader(file)}
    days = [min(traded) + timedelta(days=n) for n in range((max(traded) - min(traded)).days + 1)]
    assert {day for day in days if last_trade_at(day)} == traded


def test_contracts_run_from_the_first_of_each_root_to_2028_and_never_expire_on_a_closed_day() -> (
    None
):
    frame = futures_contract_frame(pl.DataFrame(schema=OVERRIDES))
    counts = dict(frame.group_by("root").len().sort("root").iter_rows())
    # Months to December 2028: BTC 1 + 11 * 12; ETH from February 2021, 8 * 12 - 1; MBT from May, -
    # 4; MET from December, 1 + 7 * 12.
    assert counts == {"BTC": 133, "ETH": 95, "MBT": 92, "MET": 85}
    assert frame["expiry_basis"].unique().to_list() == ["rule"]
    sessions = session_frame().filter(calendar="CME_CRYPTO")["session"]
    assert set(frame["last_session"]) <= set(sessions)


def test_override_replaces_the_rule_for_the_month_it_falls_in() -> None:
    moved = pl.DataFrame(
        [("BTC", "BTCZ7", utc("2027-12-30 16:00"))], schema=OVERRIDES, orient="row"
    )
    frame = (
        futures_contract_frame(moved)
        .filter(contract="BTCZ7")
        .select("month", "expires_at", "expiry_basis")
    )
    assert frame.rows() == [
        (date(2017, 12, 1), utc("2017-12-29 16:00"), "rule"),
        (date(2027, 12, 1), utc("2027-12-30 16:00"), "override"),
    ]
    stray = pl.DataFrame(
        [("BTC", "BTCZ7", utc("2026-12-30 16:00"))], schema=OVERRIDES, orient="row"
    )
    with pytest.raises(BadInputError, match="no contract BTCZ7 of 2026-12"):
        futures_contract_frame(stray)


@pytest.mark.parametrize(
    ("contract", "on", "month"),
    [
        ("ZQU5", date(2025, 8, 7), date(2025, 9, 1)),
        ("ZQU5", date(2025, 9, 30), date(2025, 9, 1)),
        ("ZQU5", date(2025, 10, 1), date(2035, 9, 1)),
        ("ZQF0", date(2029, 6, 1), date(2030, 1, 1)),
    ],
)
def test_a_fed_funds_name_means_the_first_month_that_is_not_over(
    contract: str, on: date, month: date
) -> None:
    assert rates_month(contract, on) == month


@pytest.mark.parametrize(
    ("month", "last"),
    [
        (date(2025, 8, 1), date(2025, 8, 29)),  # the 30th and 31st are a weekend
        (date(2026, 5, 15), date(2026, 5, 29)),  # likewise
        (date(2024, 3, 1), date(2024, 3, 28)),  # Good Friday, a weekend
    ],
)
def test_fed_funds_trade_until_the_last_business_day_of_the_month(month: date, last: date) -> None:
    assert rates_last_day(month) == last
