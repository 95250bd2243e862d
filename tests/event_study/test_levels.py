from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from marketwake.event_study.design import Design
from marketwake.event_study.levels import levels

Frames = Callable[..., pl.DataFrame]
START = datetime(2025, 8, 7, tzinfo=UTC)
DESIGN = Design(level_steps=(("ETH", 100.0),), level_horizon=timedelta(hours=5))


def bars(
    venue: str, highs: list[float], closes: list[float], start: datetime = START
) -> pl.DataFrame:
    opened = [start + timedelta(hours=hour - 1) for hour in range(len(highs))]
    return pl.DataFrame(
        {
            "venue": venue,
            "instrument": "ETH",
            "opened_at": opened,
            "closed_at": [at + timedelta(hours=1) for at in opened],
            "high": highs,
            "close": closes,
        }
    ).cast(
        {
            "high": pl.Float64,
            "close": pl.Float64,
            "opened_at": pl.Datetime("us", "UTC"),
            "closed_at": pl.Datetime("us", "UTC"),
        }
    )


def touches(frame: pl.DataFrame, venue: str) -> dict[float, int | None]:
    rows = frame.filter(venue=venue).select("level", "first_touched_at").rows()
    return {
        level: None if at is None else int((at - START) / timedelta(hours=1)) for level, at in rows
    }


def test_a_level_is_touched_by_the_first_bar_whose_high_reaches_it(anchor: Frames) -> None:
    # The bar before the start had been at 3950; after it highs are 3720, 3800, 3790, 4010; the
    # search ends before the last.
    frame = levels(
        bars(
            "Coinbase",
            [3950, 3720, 3800, 3790, 4010, 3700, 4500],
            [3680, 3710, 3790, 3750, 3990, 3650, 4400],
        ),
        anchor("day", START),
        DESIGN,
    )
    assert touches(frame, "Coinbase") == {3700.0: 0, 3800.0: 1, 3900.0: 3, 4000.0: 3, 4100.0: None}
    assert frame["price_before"].unique().to_list() == [3680.0]
    assert frame["searched_until"].unique().to_list() == [START + timedelta(hours=5)]


def test_every_venue_has_the_same_levels_all_above_its_price(anchor: Frames) -> None:
    both = pl.concat(
        [
            bars("Binance", [3690, 3710, 3815], [3690, 3700, 3800]),
            bars("Coinbase", [3701, 3720, 3799], [3701, 3710, 3790]),
        ]
    )
    frame = levels(both, anchor("day", START), DESIGN)
    assert touches(frame, "Binance") == {3800.0: 1, 3900.0: None}
    assert touches(frame, "Coinbase") == {3800.0: None, 3900.0: None}


def test_the_search_starts_at_the_earliest_candidate(anchor: Frames) -> None:
    anchors = pl.concat(
        [
            anchor("leak", START, is_candidate=False),
            anchor("day", START + timedelta(hours=2)),
            anchor("signing", START + timedelta(hours=3)),
        ]
    )
    frame = levels(
        bars("Coinbase", [3650, 3810, 3660, 3720], [3650, 3700, 3660, 3710]), anchors, DESIGN
    )
    assert touches(frame, "Coinbase") == {3700.0: 2, 3800.0: None}


def test_an_event_outside_the_bars_has_no_level(anchor: Frames) -> None:
    assert levels(
        bars("Coinbase", [3650, 3810], [3650, 3700]),
        anchor("day", datetime(1935, 8, 14, tzinfo=UTC)),
        DESIGN,
    ).is_empty()
