"""Probabilities of the federal funds target after a meeting, by CME's FedWatch method.

They come from 30-day federal funds futures. A contract settles at 100 less the mean effective rate
(EFFR) of its month. The method (CME Group, "Understanding the CME Group FedWatch Tool Methodology",
2023, and "Fed Funds Futures Probability Tree Calculator"):

1. A month without a meeting has one rate, `100 - price`; a month with one has a rate at its start
   and one at its end, with `mean = start * before/days + end * after/days`. The rate moves on the
   day after a meeting, so `before` counts the meeting's last day.
2. The end of a month is the start of the next. Months are solved backwards from the next month
   without a meeting; where the month before a meeting has none, its rate is the start. Only where
   no later such month is quoted is a month solved forwards.
3. The rate moves in steps of 25 basis points. An expected move of n steps is two outcomes, floor(n)
   and floor(n) + 1 steps, the latter with probability n - floor(n). Moves of successive meetings
   are independent: their distributions are convolved.

Which contracts are used was checked against the published probabilities of the meeting of
2025-09-17. Those of August 2025 are whole multiples of 0.01/29, as follows from October solved
backwards from November (29 days up to the meeting, prices in steps of 0.0025).
"""

import math
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import polars as pl

from marketwake.base.definitions import define
from marketwake.base.duck import registered
from marketwake.base.resources import SQL
from marketwake.calendars.futures import rates_month

STEP_BPS = 25
_STEP_PERCENT = STEP_BPS / 100


def start_rate(mean: float, end: float, days: int, before: int) -> float:
    """Rate until a meeting, percent, from the mean of its month and the rate after it.

    `before` of the month's `days` days are before the move.
    """
    return (mean - end * (days - before) / days) * days / before


def end_rate(mean: float, start: float, days: int, before: int) -> float:
    """Rate after a meeting, percent, from the mean of its month and the rate until it.

    `before` of the month's `days` days are before the move.

    Raises:
        ZeroDivisionError: the meeting ends with its month, which then tells nothing of the rate
            after it.
    """
    return (mean - start * before / days) * days / (days - before)


def expected_moves(
    prices: Mapping[date, float], meetings: Sequence[date], on: date
) -> dict[date, float]:
    """Expected move of the target at each meeting on or after a day, in steps of 25 basis points.

    It is negative for cuts.

    Args:
        prices: settlement by first day of the contract month.
        meetings: last days of all meetings from the month of `on` to the last of `prices`, at most
            one a month.
        on: day of the prices.

    Returns:
        The meetings, in order, up to the first that the prices cannot tell.
    """
    meeting_of = {meeting.replace(day=1): meeting for meeting in meetings}
    means = {month: 100 - price for month, price in prices.items() if month >= on.replace(day=1)}
    quiet = {month: mean for month, mean in means.items() if month not in meeting_of}
    starts = _solved_backwards(means, quiet, meeting_of)
    moves: dict[date, float] = {}
    last_end: float | None = None
    for month, meeting in sorted(meeting_of.items()):
        mean = means.get(month)
        if mean is None:
            if meeting >= on:
                break
            continue
        shape = (monthrange(month.year, month.month)[1], meeting.day)
        start = quiet.get(
            _shifted(month, -1), last_end if last_end is not None else starts.get(month)
        )
        end = quiet.get(_shifted(month, 1), starts.get(_shifted(month, 1)))
        if end is None and start is not None and shape[0] > shape[1]:
            end = end_rate(mean, start, *shape)
        if start is None or end is None:
            break
        last_end = end
        if meeting >= on:
            moves[meeting] = (end - start) / _STEP_PERCENT
    return moves


def _solved_backwards(
    means: Mapping[date, float], quiet: Mapping[date, float], meeting_of: Mapping[date, date]
) -> dict[date, float]:
    """Rate at the start of each month with a meeting in an unbroken row before one without."""
    starts: dict[date, float] = {}
    for month in sorted(set(means) & set(meeting_of), reverse=True):
        end = quiet.get(_shifted(month, 1), starts.get(_shifted(month, 1)))
        if end is not None:
            starts[month] = start_rate(
                means[month], end, monthrange(month.year, month.month)[1], meeting_of[month].day
            )
    return starts


def outcomes(moves: Sequence[float]) -> dict[int, float]:
    """Probability of each sum of successive moves, in steps of 25 basis points from the target."""
    total = {0: 1.0}
    for move in moves:
        lower = math.floor(move)
        sums: dict[int, float] = {}
        for steps, probability in total.items():
            for outcome, share in ((lower, 1 - (move - lower)), (lower + 1, move - lower)):
                sums[steps + outcome] = sums.get(steps + outcome, 0.0) + probability * share
        total = sums
    return {steps: probability for steps, probability in sorted(total.items()) if probability > 0}


def probabilities(
    prices: Mapping[date, float], meetings: Sequence[date], on: date
) -> dict[tuple[date, int], float]:
    """Probability by meeting and change, basis points, from the target of the day of the prices.

    Arguments as in `expected_moves`.
    """
    moves = expected_moves(prices, meetings, on)
    return {
        (meeting, steps * STEP_BPS): probability
        for position, meeting in enumerate(moves)
        for steps, probability in outcomes(list(moves.values())[: position + 1]).items()
    }


def write(con: duckdb.DuckDBPyConnection) -> None:
    """Write mart.fed_probability_implied anew, within the caller's transaction if there is one.

    It is made from stg.fed_funds_price and seed.fomc_meeting. Days and contract months outside the
    known schedule are left out: there a month without a meeting cannot be told.
    """
    meetings = [
        row[0]
        for row in con.execute("select meeting from seed.fomc_meeting order by meeting").fetchall()
    ]
    known = range(_number(meetings[0]), _number(meetings[-1]) + 1)
    quotes: dict[date, dict[date, float]] = {}
    for contract, session, price in con.execute(
        "select contract, session, price from stg.fed_funds_price"
    ).fetchall():
        month = rates_month(contract, session)
        if _number(session) in known and _number(month) in known:
            quotes.setdefault(session, {})[month] = price
    rows = [
        (meeting, quoted_on, change, probability)
        for quoted_on, prices in sorted(quotes.items())
        for (meeting, change), probability in probabilities(prices, meetings, quoted_on).items()
    ]
    names = ("meeting", "quoted_on", "change_bps", "probability")
    schema = dict(zip(names, (pl.Date, pl.Date, pl.Int32, pl.Float64), strict=True))
    define(con, (SQL / "study" / "fed_probability_implied.sql").read_text(encoding="utf-8"))
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    with registered(con, "implied", frame.to_arrow()):
        con.execute("insert into mart.fed_probability_implied by name select * from implied")


def _number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _shifted(month: date, months: int) -> date:
    year, index = divmod(_number(month) + months, 12)
    return date(year, index + 1, 1)
