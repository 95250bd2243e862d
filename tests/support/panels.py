"""Small panels: closes whose returns are known, on days and hours of January 2024."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from marketwake.panel_study.study import PanelDesign, PanelResult

MONDAY = date(2024, 1, 1)
WOBBLE = [0.01, -0.02, 0.015, -0.01, 0.02, -0.015]
Level = float | None


def closes(count: int) -> list[float]:
    """Closes of 100, then six returns that repeat."""
    levels = [100.0]
    for place in range(count - 1):
        levels.append(levels[-1] * (1 + WOBBLE[place % 6]))
    return levels


def prices(
    series: str, at: Sequence[date] | Sequence[datetime], levels: Sequence[Level]
) -> pl.DataFrame:
    return pl.DataFrame(
        {"series": [series] * len(at), "at": list(at), "close": list(levels)},
        schema_overrides={"close": pl.Float64},
    )


def days(count: int, *, without: Sequence[int] = ()) -> list[date]:
    return [MONDAY + timedelta(days=day) for day in range(count) if day not in without]


def hours(count: int, *, without: Sequence[int] = ()) -> list[datetime]:
    return [
        datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        for hour in range(count)
        if hour not in without
    ]


def events(*rows: tuple[str, str, date | datetime]) -> pl.DataFrame:
    return pl.DataFrame(rows, ["event", "series", "day"], orient="row")


def small(**changes: object) -> PanelDesign:
    choices: dict[str, Any] = {"windows": ((0, 0),), "estimation": 6, "gap": 0}
    choices |= {"minimum_estimation": 6, "kind": "simple"} | changes
    return PanelDesign(**choices)


def code(result: PanelResult) -> list[str]:
    return result.outcome["code"].to_list()
