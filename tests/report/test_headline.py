"""The answer on an event in two sentences, on figures of the sample and on inserted ones."""

import csv
from pathlib import Path

import duckdb
import pytest

from marketwake.report.headline import headline
from marketwake.warehouse.files import Warehouse

SAMPLE = Path(__file__).parents[2] / "warehouse" / "sample"
Move = tuple[str, int, float, float | None]
"""Instrument, hours, return as a fraction, p."""


def put(con: duckdb.DuckDBPyConnection, moves: list[Move]) -> None:
    """Figures of the payrolls, which were released at 12:30 UTC on 1 August 2025."""
    for instrument, hours, value, p in moves:
        con.execute(
            "insert into mart.event_response by name select 'payrolls-2025-07' as event, "
            "'release' as anchor, timestamptz '2025-08-01 12:30Z' as anchor_at, true as "
            "is_nominal, 'Coinbase' as venue, ? as instrument, 'return' as measure, ? as "
            "window_length, 'hour' as window_unit, ? as value, 'fraction' as unit, 9 as "
            "baseline_count, 1 as observations, 0 as missing, true as is_complete, 'x' as "
            "design_hash",
            [instrument, hours, value],
        )
        con.execute(
            "insert into mart.event_inference by name select 'payrolls-2025-07' as event, "
            "'release' as anchor, timestamptz '2025-08-01 12:30Z' as anchor_at, true as "
            "is_candidate, 'Coinbase' as venue, ? as instrument, 'abnormal_log_return' as measure, "
            "'constant_mean' as model, ? as window_length, 'hour' as window_unit, timestamptz "
            "'2025-08-01 12:30Z' as starts_at, 'log' as unit, ? as p_two_sided, false as "
            "is_standardised, 9 as placebo_count, 9 as independent_count, 9 as effective_count, "
            "9 as effective_earlier, true as is_in_family, 'not unusual' as verdict, "
            "'not unusual' as verdict_earlier, 'x' as design_hash",
            [instrument, hours, p],
        )


def close(asset: str, opened_at: str) -> float:
    """Coinbase's close of an hour, as published."""
    with (SAMPLE / "spot_bar.csv").open(encoding="utf-8") as file:
        (row,) = (
            row
            for row in csv.DictReader(file)
            if (row["venue"], row["symbol"], row["bar_interval"])
            == ("Coinbase", f"{asset}/USD", "1h")
            and row["opened_at"].startswith(opened_at)
        )
    return float(row["close"])


def test_the_order_is_told_with_the_hour_of_the_news_and_the_whole_day(sample_root: Path) -> None:
    ether, bitcoin = (
        100 * (close(asset, "2025-08-07T10:00") / close(asset, "2025-08-07T09:00") - 1)
        for asset in ("ETH", "BTC")
    )
    with Warehouse(sample_root).reader() as con:
        first, second, third = headline(con, "eo-401k")
        (days,) = con.execute(
            "select list(round(1 / p_two_sided) order by instrument desc) "
            "from mart.event_inference where event = 'eo-401k' and anchor = 'day' "
            "and venue = 'Coinbase' and measure = 'abnormal_log_return' "
            "and model = 'constant_mean' and window_length = 24 and window_unit = 'hour' "
            "and instrument in ('BTC', 'ETH')"
        ).fetchall()[0]
    assert first == (
        f"Ether jumped {ether:.1f} % and bitcoin {bitcoin:.1f} % from 10:00 to 11:00 UTC, "
        "when the news probably came out."
    )
    assert days == [10.0, 7.0]
    ether, bitcoin = (
        100 * (close(asset, "2025-08-07T23:00") / close(asset, "2025-08-06T23:00") - 1)
        for asset in ("ETH", "BTC")
    )
    assert second == f"Ether rose {ether:.1f} % and bitcoin {bitcoin:.1f} % over the whole day."
    assert third == (
        "Of the moves of the day neither is unusual: as large a one comes on one day in ten for "
        "ether, on one day in seven for bitcoin."
    )


RELEASE = "from 12:00 to 13:00 UTC, the hour of the release."


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        (
            [("BTC", 1, -0.031, 0.01), ("ETH", 1, -0.012, 0.3)],
            [f"Bitcoin dropped 3.1 % and ether 1.2 % {RELEASE}"],
        ),
        (
            [("BTC", 1, 0.011, 0.2), ("ETH", 1, -0.004, 0.6)],
            [f"Bitcoin rose 1.1 % and ether fell 0.4 % {RELEASE}"],
        ),
        (
            [("BTC", 1, 0.0004, 0.9), ("ETH", 1, 0.0003, 0.9)],
            [f"Bitcoin did not move and ether did not move {RELEASE}"],
        ),
        (
            [("BTC", 24, 0.06, 0.02), ("ETH", 24, 0.05, 0.4)],
            [
                "Bitcoin rose 6.0 % and ether 5.0 % over 24 hours.",
                "Of the moves of 24 hours only that of bitcoin is unusual: as large a one comes on "
                "one day in 50 for bitcoin, on one day in two for ether.",
            ],
        ),
        (
            [("BTC", 24, 0.06, 0.04), ("ETH", 24, 0.09, 0.001)],
            [
                "Ether rose 9.0 % and bitcoin 6.0 % over 24 hours.",
                "Of the moves of 24 hours both are unusual: as large a one comes on one day in "
                "1,000 for ether, on one day in 25 for bitcoin.",
            ],
        ),
        (
            [("BTC", 24, 0.006, 0.8)],
            [
                "Bitcoin rose 0.6 % over 24 hours.",
                "That is not unusual: as large a one comes on more than half of all days for "
                "bitcoin.",
            ],
        ),
        ([("BTC", 24, 0.006, None)], ["Bitcoin rose 0.6 % over 24 hours."]),
        ([], []),
    ],
)
def test_sentences_say_what_moved_and_how_unusual_that_was(
    con: duckdb.DuckDBPyConnection, moves: list[Move], told: list[str]
) -> None:
    put(con, moves)
    assert headline(con, "payrolls-2025-07") == told
