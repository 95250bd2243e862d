"""The answer in a few sentences: what moved after an event, and how unusual that was."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import polars as pl

from marketwake.base.figure_text import Language, format_range
from marketwake.base.languages import said, translated
from marketwake.event_study.design import Design
from marketwake.report.drawing import words
from marketwake.report.tables import frame

HOURS, MONTHS = 24, 12
CHOSEN = ("minute", "second", "hour")
"""An anchor known as well as this has a first hour."""
LARGE = 0.02
"""A move of an hour for which people use a stronger word."""
WHEN = {
    "report": "from {first} to {last} UTC, when the news probably came out",
    "release": "from {first} to {last} UTC, the hour of the release",
}
"""The hour of an anchor, by its name; it begins with the last close before it."""


@dataclass(frozen=True)
class _Move:
    """Of one instrument over a window: its return as a fraction, and p among other dates."""

    name: str
    value: float
    p: float | None


def headline(con: duckdb.DuckDBPyConnection, event: str, language: Language = "en") -> list[str]:
    """Sentences on an event, as many as its figures allow; none where nothing is held around it.

    Args:
        con: a warehouse after the study; a reader will do.
        event: an event of seed.event.
        language: of the sentences.
    """
    moves = frame(con, _MOVES, event=event, model=Design().model)
    hourly = moves.filter(window_unit="hour")
    if hourly.is_empty():
        return _of_years(moves.filter(window_unit="month", window_length=MONTHS), language)
    hourly = hourly.filter(venue=hourly["venue"][0])
    told = []
    exact = hourly.filter(pl.col("precision").is_in(CHOSEN), window_length=1)
    if not exact.is_empty():
        anchor, at = exact.select("anchor", "nominal_at").row(0)
        when = WHEN.get(anchor, "from {first} to {last} UTC, the hour of the event")
        first = at.replace(minute=0)
        hour = {"first": f"{first:%H:%M}", "last": f"{first + timedelta(hours=1):%H:%M}"}
        when = said(when, language, **hour)
        told.append(_moved(_of(exact.filter(anchor=anchor)), when, language, LARGE))
    daily = hourly.filter(window_length=HOURS)
    if not daily.is_empty():
        of_day = daily.filter(anchor=daily["anchor"][0])
        is_day = of_day["precision"][0] == "day"
        over = translated("over the whole day" if is_day else f"over {HOURS} hours", language)
        of = "of the moves of the day" if is_day else "of the moves of 24 hours"
        told.append(_moved(_of(of_day), over, language))
        told += _unusual(_of(of_day), translated(of, language), language)
    return told


_MOVES = """
select
    test.anchor, anchor.nominal_at, anchor.precision, test.venue, test.instrument, test.window_unit,
    test.window_length, response.value, response.low, response.high, test.p_two_sided as p
from mart.event_inference as test
inner join event_response($event) as response
    using (event, anchor, venue, instrument, window_unit, window_length)
inner join seed.anchor as anchor using (event, anchor)
left join (select venue, rowid as place from seed.venue) as listed on test.venue = listed.venue
where test.event = $event and test.is_candidate and response.is_nominal
    and response.value is not null
    and (
        (test.measure = 'abnormal_log_return' and test.model = $model
            and response.measure = 'return' and test.instrument in ('BTC', 'ETH'))
        or (test.measure = 'log_index_return' and response.measure = 'index_return')
    )
order by listed.place, anchor.nominal_at, test.anchor, test.instrument, test.window_length
"""


def _of(rows: pl.DataFrame) -> list[_Move]:
    """The largest move first."""
    moves = [_Move(*row) for row in rows.select("instrument", "value", "p").rows()]
    return sorted(moves, key=lambda move: -abs(move.value))


def _moved(moves: Sequence[_Move], when: str, language: Language, large: float = math.inf) -> str:
    """Ether jumped 2.4 % and bitcoin 1.1 % from 10:00 to 11:00 UTC, when the news came out."""
    changes = {move.name: move.value for move in moves}
    return _sentence(words.move(changes, when, language, large), language)


def _unusual(moves: Sequence[_Move], of: str, language: Language) -> list[str]:
    """Of the moves of the day neither is unusual: as large a one comes on one day in ten ..."""
    known = [(move, move.p) for move in moves if move.p is not None]
    if not known:
        return []
    rare = [move for move, p in known if p <= Design().significance]
    if len(known) == 1:
        form = "that is unusual" if rare else "that is not unusual"
    elif not rare:
        form = "{of} neither is unusual"
    elif len(rare) == len(known):
        form = "{of} both are unusual"
    else:
        form = "{of} only that of {name} is unusual"
    told = said(form, language, of=of, name=words.named((rare or moves)[0].name, language))
    for number, (move, p) in enumerate(known):
        form = (
            ", on {share} for {name}" if number else ": as large a one comes on {share} for {name}"
        )
        share = _one_in(p, "one day in {n}", "more than half of all days", language)
        told += said(form, language, share=share, name=words.named(move.name, language))
    return [_sentence(told, language)]


def _of_years(moves: pl.DataFrame, language: Language) -> list[str]:
    """Where there are no hours: the year of an index after the event."""
    told = _of(moves.drop_nulls("p").unique("instrument", keep="first", maintain_order=True))[:1]
    if not told:
        return []
    when = translated("in the twelve months after", language)
    low, high = moves.filter(instrument=told[0].name).select("low", "high").row(0)
    if low < high:  # of an event of which the year alone is known
        form = "{name} moved by {range} {when}, depending on the day, which is not known"
        spread = format_range(low, high, "fraction", signed=True, language=language)
        name = words.named(told[0].name, language)
        return [_sentence(said(form, language, name=name, range=spread, when=when), language)]
    p = told[0].p or 1.0
    share = _one_in(p, "one month in {n}", "more than half of all months", language)
    form = (
        "that is unusual: as large a move followed only {share}"
        if p <= Design().significance
        else "that is not unusual: as large a move followed {share}"
    )
    return [_moved(told, when, language), _sentence(said(form, language, share=share), language)]


def _one_in(p: float, form: str, most: str, language: Language) -> str:
    """A share of dates in words, e.g. one day in ten; numbers up to ten are spelled out."""
    times = round(1 / p)
    if times < 2:
        return translated(most, language)
    numbers = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    word = numbers[times - 2] if times - 2 < len(numbers) and language == "en" else f"{times:,}"
    return said(form, language, n=word)


def _sentence(text: str, language: Language) -> str:
    return f"{text[0].upper()}{text[1:]}{translated('.', language)}"
