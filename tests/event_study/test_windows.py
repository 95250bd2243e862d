from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from marketwake.event_study import returns, windows
from marketwake.event_study.design import Design

Frames = Callable[..., pl.DataFrame]
DESIGN = Design(hours=(1, 3))


def utc(day: int, hour: int = 0, minute: int = 0, month: int = 8) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


def window_at(
    frame: pl.DataFrame, measure: str, length: int, at: datetime
) -> tuple[float | None, int, int]:
    row = frame.filter(measure=measure, window_length=length, at=at).row(0, named=True)
    return row["value"], row["observations"], row["missing"]


def test_an_uncertain_anchor_has_a_row_for_every_other_close_of_its_range(
    anchor: Frames,
) -> None:
    points = windows.instants(anchor("report", utc(7, 13), utc(7, 10), utc(7, 15)))
    assert points.select("anchor_at", "is_nominal").rows() == [
        (utc(7, hour), hour == 13) for hour in range(10, 16)
    ]


def test_a_window_starts_at_the_last_close_at_or_before_its_instant(anchor: Frames) -> None:
    assert windows.instants(anchor("release", utc(1, 12, 30), precision="minute"))[
        "anchor_at"
    ].to_list() == [utc(1, 12, 30)]
    uneven = windows.instants(anchor("report", utc(7, 13, 30), utc(7, 12, 20), utc(7, 14, 40)))
    # The close of 13:00 is that of the nominal instant.
    assert uneven.select("anchor_at", "is_nominal").rows() == [
        (utc(7, 12), False),
        (utc(7, 13, 30), True),
        (utc(7, 14), False),
    ]


def test_an_anchor_known_to_the_year_has_a_row_for_every_month(anchor: Frames) -> None:
    first, last = datetime(1950, 1, 1, tzinfo=UTC), datetime(1950, 12, 31, tzinfo=UTC)
    points = windows.instants(anchor("year", first, first, last, precision="year"))
    assert points.select("anchor_at", "is_nominal").rows() == [
        (datetime(1950, month, 1, tzinfo=UTC), month == 1) for month in range(1, 13)
    ]


def test_candidates_share_the_estimation_window_before_the_first_of_them_and_a_leak_has_its_own(
    anchor: Frames,
) -> None:
    anchors = pl.concat(
        [
            anchor(
                "leak", utc(18, month=7), utc(17, month=7), utc(18, 2, 49, 7), is_candidate=False
            ),
            anchor("day", utc(7)),
            anchor("signing", utc(7, 16), utc(7, 16), utc(7, 19, 44)),
            anchor("publication", utc(12), utc(12), utc(13), is_candidate=False),
            anchor("rumour", utc(1), is_candidate=False, event="other"),
        ]
    )
    spans = {
        row["anchor"]: (row["estimation_from"], row["estimation_to"])
        for row in windows.with_estimation(anchors, Design()).to_dicts()
    }
    # 24 hours before 2025-08-07 00:00, the earliest instant of a candidate; six weeks are 42 days.
    assert spans["day"] == spans["signing"] == spans["publication"] == (utc(25, month=6), utc(6))
    assert spans["leak"] == (utc(4, month=6), utc(16, month=7))
    assert spans["rumour"] == (utc(19, month=6), utc(31, month=7))


def test_the_grid_holds_every_hour_with_nulls_in_holes_and_beyond_the_end(hourly: Frames) -> None:
    grid = windows.hourly_grid(hourly([100.0, None, 110.0]), DESIGN)
    assert grid["close"].to_list() == [100.0, None, 110.0, None, None, None]
    assert grid["log_return"].to_list() == [None] * 6
    assert grid["at"].diff().drop_nulls().unique().to_list() == [timedelta(hours=1)]


def test_a_missing_bar_leaves_the_window_incomplete_with_its_counts(hourly: Frames) -> None:
    frame = returns.returns(
        windows.hourly_grid(hourly([100.0, 101.0, None, 103.0, 104.0, 105.0, 106.0]), DESIGN),
        DESIGN,
    )
    start = datetime(2025, 6, 2, tzinfo=UTC)
    # Three bars from 00:00: those that end at 01:00 and 03:00 are there, the one that ends at 02:00
    # is not, though both ends have a price.
    assert window_at(frame, "return", 3, start) == (None, 2, 1)
    # From 02:00 the three bars are there, but not the price at the start.
    assert window_at(frame, "return", 3, start + timedelta(hours=2)) == (None, 3, 0)
    value, observations, missing = window_at(frame, "return", 3, start + timedelta(hours=3))
    assert value == pytest.approx(106 / 103 - 1, rel=1e-15)
    assert (observations, missing) == (3, 0)


def test_a_window_beyond_the_end_of_the_data_is_marked_and_not_shortened(
    hourly: Frames, anchor: Frames
) -> None:
    grid = windows.hourly_grid(hourly([100.0, 101.0, 102.0]), DESIGN)
    frame = returns.returns(grid, DESIGN)
    last = datetime(2025, 6, 2, 2, tzinfo=UTC)
    assert window_at(frame, "return", 3, last - timedelta(hours=1)) == (None, 1, 2)
    assert window_at(frame, "return", 3, last) == (None, 0, 3)
    long_after = windows.place(windows.instants(anchor("day", utc(7))), grid, "at").with_columns(
        at="anchor_at"
    )
    rows = windows.at_anchors(long_after, frame)
    assert rows.filter(measure="return").select(
        "window_length", "value", "observations", "missing"
    ).rows() == [
        (1, None, 0, 1),
        (3, None, 0, 3),
    ]


def test_a_market_that_had_not_begun_has_no_row(hourly: Frames, anchor: Frames) -> None:
    points = windows.instants(
        pl.concat([anchor("day", datetime(1935, 8, 14, tzinfo=UTC)), anchor("later", utc(7))])
    )
    assert windows.place(points, hourly([100.0]), "closed_at")["anchor"].to_list() == ["later"]
