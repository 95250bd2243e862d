from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from marketwake.event_study import day_path

DAY = datetime(2025, 8, 7, tzinfo=UTC)
REPORT, SIGNING = 10, 16


def path_of(growth: dict[int, float], missing: int | None = None, days: int = 99) -> pl.DataFrame:
    """A day of bitcoin that stands still but for the hours that grow by a factor.

    The report may have come from 10 to 12, the signing from 16 to 20, beside other news at 19.
    """
    rows, level = [], 1.0
    moves = {hour: growth.get(hour, 1.0) - 1 for hour in range(24)}
    order = sorted(range(24), key=lambda hour: -abs(moves[hour]))
    for hour in range(24):
        level *= 1 + moves[hour]
        rows.append(
            {
                "venue": "Coinbase",
                "instrument": "BTC",
                "opened_at": DAY + timedelta(hours=hour),
                "return": moves[hour],
                "cumulative_return": level - 1,
                "size_rank": order.index(hour) + 1,
                "days": days,
                "days_as_large": 1,
                "p": 0.02 if days >= 60 else None,
                "p_of_day": 0.48 if days >= 60 else None,
                "anchors": ["report"] * (hour in (REPORT, 11)) + ["signing"] * (16 <= hour < 20),
                "others": ["A speech", "A strike"] if hour == 19 else [],
                "notes": ["A paper named the strike"] if hour == 19 else [],
            }
        )
    return pl.DataFrame([row for hour, row in enumerate(rows) if hour != missing])


def test_stretches_lie_between_the_anchors_and_the_largest_hours_stand_alone() -> None:
    path = path_of({3: 1.001, REPORT: 1.02, 19: 1.01, 20: 0.99})
    told = day_path.stretches(path, ["report", "signing"])
    assert [(one.hours, one.moves["BTC"], one.anchors) for one in told] == [
        ("00-10", "+0.10 %", []),
        ("10-11", "+2.00 %", ["report"]),
        ("11-16", "0.00 %", ["report"]),
        ("16-19", "0.00 %", ["signing"]),
        ("19-20", "+1.00 %", ["signing"]),
        ("20-21", "-1.00 %", []),
        ("21-24", "0.00 %", []),
    ]


def test_an_anchor_that_is_not_shown_divides_nothing() -> None:
    path = path_of({1: 1.03, 2: 1.02, 3: 1.01})
    told = day_path.stretches(path, ["signing"])
    assert [one.hours for one in told] == ["00-01", "01-02", "02-03", "03-04", "04-16", "16-24"]
    assert [one.anchors for one in told] == [[]] * 5 + [["signing"]]


def test_a_stretch_that_begins_or_ends_in_a_hole_has_no_move() -> None:
    path = path_of({REPORT: 1.02, 19: 1.01, 20: 0.99}, missing=9)
    told = {one.hours: one.moves["BTC"] for one in day_path.stretches(path, ["report"])}
    assert (told["00-10"], told["10-11"]) == ("-", "-")
    assert told["11-19"] == "0.00 %"


def test_sentences_tell_the_largest_hours_and_what_cannot_be_told_apart() -> None:
    path = path_of({REPORT: 1.02, 19: 1.015, 22: 0.99})
    assert day_path.sentences(path, ["report"]) == [
        "BTC moved most from 10:00 (+2.00 %, as much at that hour on 1 of 99 days: p 0.02, times "
        "24: 0.48), 19:00 (+1.50 %, 1 of 99: p 0.02, times 24: 0.48), 22:00 (-1.00 %, 1 of 99: "
        "p 0.02, times 24: 0.48).",
        "May have moved the hour from 10:00: the event itself (report).",
        "May have moved the hour from 19:00: 3 items, which hourly bars cannot tell apart: the "
        "event itself "
        "(signing); A speech; A strike. A paper named the strike.",
        "In the hour from 22:00: nothing that is known here.",
        "The hour of report was partly chosen by the price, among 24: read p times 24.",
    ]


def test_hours_without_news_share_a_sentence() -> None:
    told = day_path.sentences(path_of({1: 1.03, 2: 1.02, 3: 1.01}), ["report"])
    assert told[1:] == ["In the hours from 01:00, 02:00, 03:00: nothing that is known here."]


def test_without_enough_days_there_is_no_p() -> None:
    first, *_ = day_path.sentences(path_of({REPORT: 1.02}, days=59), [])
    assert first.startswith("BTC moved most from 10:00 (+2.00 %; only 59 days to compare with), ")


@pytest.mark.parametrize(("p", "times"), [(0.004, "0.096"), (0.05, "1")])
def test_the_p_of_an_hour_that_the_price_chose_is_given_times_24(p: float, times: str) -> None:
    row = {
        "anchor": "report",
        "instrument": "BTC",
        "window_unit": "hour",
        "window_length": 1,
        "measure": "abnormal_log_return",
        "model": "constant_mean",
        "p_two_sided": p,
    }
    others = [row | {"anchor": "signing"}, row | {"window_length": 4}, row | {"p_two_sided": None}]
    assert day_path.one_hour(pl.DataFrame([row, *others]), ["report"]) == [
        "The hour of report was found partly by looking at prices, one hour of 24. What to cite "
        f"for it is p times 24: BTC {times} (not {p:.2g})."
    ]
