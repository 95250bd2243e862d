"""Bars of dated futures: instants by hand from CME's hours, London's and Chicago's summer time."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from marketwake.base.errors import SourceChangedError
from marketwake.sources.files.archive import Archive, parse
from marketwake.sources.source import Request
from marketwake.warehouse.contracts import read_contracts

MBT = Request("futures_price", "cme/contracts/MBT_2025-06_2025-09.csv")
MET = Request("futures_price", "cme/contracts/MET_2025-06_2025-09.csv")
HEADER = "utc_day,contract,open,high,low,close,volume"
LATER = "2025-09-30,MBTZ5,1,1,1,1,1"


def read(*rows: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = parse(MBT, ("\n".join([HEADER, *rows, LATER]) + "\n").encode())["futures_price"]
    validated = read_contracts("raw")["futures_price"].validate(frame)
    return validated.accepted, validated.rejected


def test_a_row_is_the_last_trade_of_its_utc_day() -> None:
    accepted, rejected = read("2025-08-07,METQ5,3700.0,3930.0,3690.5,3925.5,150000")
    assert rejected.is_empty()
    assert accepted.rows() == [
        (
            "recorded contract bars",
            "MET",
            "METQ5",
            "last_trade",
            date(2025, 8, 7),
            datetime(2025, 8, 8, tzinfo=UTC),
            3925.5,
            150000,
            None,
        )
    ]


@pytest.mark.parametrize(
    ("row", "instant"),
    [
        (
            "2025-08-08,MBTQ5",
            datetime(2025, 8, 8, 21, tzinfo=UTC),
        ),  # Friday: the session ends 16:00 Chicago, summer time
        ("2025-01-10,MBTF5", datetime(2025, 1, 10, 22, tzinfo=UTC)),  # Friday in winter
        (
            "2025-08-10,MBTQ5",
            datetime(2025, 8, 11, tzinfo=UTC),
        ),  # Sunday: trading from 22:00 UTC to midnight and beyond
        (
            "2025-08-29,MBTQ5",
            datetime(2025, 8, 29, 15, tzinfo=UTC),
        ),  # last Friday of August: expires 16:00 London, summer time
        (
            "2025-08-29,MBTU5",
            datetime(2025, 8, 29, 21, tzinfo=UTC),
        ),  # the same day, a contract that goes on
        (
            "2025-01-31,MBTF5",
            datetime(2025, 1, 31, 16, tzinfo=UTC),
        ),  # last Friday of January: expires 16:00 London
    ],
)
def test_a_price_is_observed_when_its_last_trade_can_have_been(row: str, instant: datetime) -> None:
    accepted, _ = read(f"{row},1,1,1,1,1")
    assert accepted["observed_at"].to_list() == [instant]


def test_the_newest_day_is_left_out_for_every_contract() -> None:
    accepted, rejected = read("2025-09-29,MBTV5,1,1,1,1,1", "2025-09-30,MBTV5,1,1,1,1,1")
    assert accepted["day"].to_list() == [date(2025, 9, 29)]
    assert rejected.is_empty()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2025-08-07,XYZ,1,1,1,1,1", "root: missing; observed_at: missing"),
        ("2025-08-07,,1,1,1,1,1", "root: missing; contract: missing; observed_at: missing"),
        (
            "2025-08-09,MBTQ5,1,1,1,1,1",
            "root: missing; observed_at: missing",
        ),  # a Saturday: CME was closed
        (
            "2025-02-31,MBTG5,1,1,1,1,1",
            "root: missing; day: '2025-02-31' is not a DATE; observed_at: missing",
        ),
        ("2025-08-07,MBTQ5,1,1,1,abc,1", "price_usd: 'abc' is not a DOUBLE"),
        ("2025-08-07,MBTQ5,1,1,1,1,1.5", "volume_contracts: '1.5' is not a BIGINT"),
    ],
)
def test_an_impossible_cell_costs_its_row_alone(row: str, reason: str) -> None:
    accepted, rejected = read(row, "2025-08-06,MBTQ5,1,1,1,1,1")
    assert accepted.height == 1
    assert rejected["reason"].to_list() == [reason]


def test_another_layout_is_refused() -> None:
    with pytest.raises(
        SourceChangedError,
        match="expected the columns utc_day, contract, close, volume, found day, contract",
    ):
        parse(MBT, b"day,contract\n")


@pytest.mark.parametrize(("request_", "rows"), [(MBT, 420 - 4), (MET, 315 - 3)])
def test_recorded_contracts_trade_to_the_instant_they_expire(
    shared: Path, request_: Request, rows: int
) -> None:
    frame = parse(request_, Archive(shared).fetch(request_))["futures_price"]
    validated = read_contracts("raw")["futures_price"].validate(frame)
    assert (validated.accepted.height, validated.rejected.height) == (rows, 0)
    # August 2025 ended on the 29th at 15:00 UTC.
    august = validated.accepted.filter(pl.col("contract").str.ends_with("Q5"))
    assert august["observed_at"].max() == datetime(2025, 8, 29, 15, tzinfo=UTC)
