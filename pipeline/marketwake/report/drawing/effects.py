"""How large the moves after a clock were beside what is usual: by length of window with intervals,
and as a path.
"""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.event_study.day_path import read_chosen_by_price
from marketwake.event_study.design import Design
from marketwake.report.drawing.clock import after_clock, clock_name
from marketwake.report.drawing.grammar import (
    Drawn,
    Sheet,
    Spec,
    at,
    heading,
    hue,
    marks,
    number,
    pixel,
    plain,
    text_width,
)
from marketwake.report.drawing.words import chained, listed, named, per_cent, sentences
from marketwake.report.palette import light
from marketwake.report.picture import Picture, Table, View, view
from marketwake.report.tables import frame
from marketwake.report.text import figure_text, instant_text

_ROW, _APART = 40, 9
"""Height of a window's row, and how far its two marks stand from its middle, pixels."""


def effects(
    con: duckdb.DuckDBPyConnection, event: str, language: Language = "en"
) -> Picture | None:
    """Effects of bitcoin and ether after each clock that can be meant, window by window, with their
    intervals; the first that no price helped to find comes first. None without a test.
    """
    tests = read_tests(con, event)
    if tests.is_empty():
        return None
    by_price, filled = read_chosen_by_price(con, event), translated(_FILLED, language)
    venue, anchor = tests["venue"][0], first_clock(tests, by_price)
    views: list[View] = []
    ordered = tests.sort(
        pl.col("venue") != venue, pl.col("anchor") != anchor, maintain_order=True
    ).filter((pl.col("venue") == venue) | (pl.col("anchor") == anchor))
    for (of_venue, of_anchor), rows in ordered.group_by("venue", "anchor", maintain_order=True):
        views.append(
            view(
                f"effects{len(views)}",
                _finding(rows, str(of_anchor), language),
                _forest(rows, language),
                table(rows, language),
                said(
                    "{clock}, {venue}",
                    language,
                    clock=clock_text(rows, language),
                    venue=of_venue,
                ),
                sentences([note_of(str(of_anchor), by_price, language), filled], language),
            )
        )
    note = sentences([translated(_NOTE, language), filled], language)
    return Picture("effects", note, tuple(views), language)


_NOTE = (
    "Move beyond what is usual (log return, per cent) with its 95 % interval, from comparing it "
    "with all other dates."
)
_FILLED = "Filled dots are unusual: their interval does not hold zero."


_BY_PRICE = (
    "The hour of {clock} was found partly by looking at prices: moves right after it look rarer "
    "than they are."
)


def note_of(anchor: str, by_price: Sequence[str], language: Language) -> str:
    """What is drawn, and of a clock whose hour the prices helped to find, that they did."""
    told = [translated(_NOTE, language)]
    if anchor in by_price:
        told.append(by_price_text(anchor, language))
    return sentences(told, language)


def by_price_text(anchor: str, language: Language) -> str:
    """That the hour of a clock was found by looking at prices, among other things."""
    return said(_BY_PRICE, language, clock=after_clock(anchor, language))


def first_clock(tests: pl.DataFrame, by_price: Sequence[str]) -> str:
    """The first clock whose hour was not found by looking at prices; the first where all were."""
    told = tests.filter(~pl.col("anchor").is_in(by_price))
    return str((tests if told.is_empty() else told)["anchor"][0])


def clock_text(rows: pl.DataFrame, language: Language) -> str:
    name = clock_name(rows["anchor"][0], language)
    instant = instant_text(rows["nominal_at"][0], language)
    return said("{clock} ({instant})", language, clock=name, instant=instant)


def _finding(rows: pl.DataFrame, anchor: str, language: Language) -> str:
    clock = after_clock(anchor, language)
    told = [
        said(
            "{name} over 1 hour"
            if unusual["hours"].to_list() == [1]
            else "{name} over {hours} hours",
            language,
            name=named(str(instrument), language),
            hours=listed([str(hours) for hours in unusual["hours"]], language),
        )
        for (instrument,), unusual in rows.filter("is_unusual")
        .sort("instrument", "hours", descending=[True, False])
        .group_by("instrument", maintain_order=True)
    ]
    if not told:
        return said("No price move after {clock} was unusual", language, clock=clock)
    return said(
        "Unusual price moves after {clock}: {parts}",
        language,
        clock=clock,
        parts=chained(told, language),
    )


def _points(rows: pl.DataFrame, hours: list[int]) -> list[Spec]:
    """A mark for each window and instrument, ether above bitcoin."""
    places = {
        (instrument, length): _ROW * (row + 0.5) + (_APART if instrument == "BTC" else -_APART)
        for row, length in enumerate(hours)
        for instrument in rows["instrument"].unique()
    }
    return [
        {
            "place": places[row["instrument"], row["hours"]],
            "effect": 100 * row["effect"],
            "low": 100 * row["ci_low"],
            "high": 100 * row["ci_high"],
            "colour": light(row["instrument"]),
            "fill": light(row["instrument"] if row["is_unusual"] else "paper"),
            "text": f"{row['instrument']} {per_cent(row['effect'])}",
        }
        for row in rows.iter_rows(named=True)
    ]


def _forest(rows: pl.DataFrame, language: Language) -> Callable[[Sheet], Drawn]:
    hours = rows["hours"].unique().sort().to_list()
    points = _points(rows, hours)
    lengths: list[Spec] = [
        {"name": said("{hours} h", language, hours=length), "place": _ROW * (row + 0.5)}
        for row, length in enumerate(hours)
    ]

    def draw(sheet: Sheet) -> Drawn:
        left, right = max(text_width(row["name"]) for row in lengths) + 16, 86
        width, height = sheet.width - left - right, _ROW * len(hours)
        x = number("effect", axis={"tickCount": 3 if sheet.is_narrow else 9, "grid": True})
        y = pixel("place")
        name = {"align": "right", "baseline": "middle"}
        value = {"align": "left", "baseline": "middle"}
        colour = hue("colour")
        interval = {
            "x": number("low", axis=x["axis"]),
            "x2": {"field": "high"},
            "y": y,
            "color": colour,
        }
        layer = [
            marks([{"effect": 0}], "rule", {"color": light("muted")}, x=x),
            marks(points, "rule", {"strokeWidth": 2}, **interval),
            marks(
                points,
                "point",
                {"size": 55, "opacity": 1, "strokeWidth": 2},
                x=x,
                y=y,
                color=colour,
                fill=hue("fill"),
            ),
            marks(lengths, "text", name, x=at(-10), y=y, text=plain("name")),
            marks(points, "text", value, x=at(width + 8), y=y, text=plain("text"), color=colour),
            heading(translated("move beyond what is usual, %", language), 10),
        ]
        stops = tuple(_ROW * (row + 0.5) for row in range(len(hours)))
        spec = {"width": width, "height": height, "layer": layer}
        return Drawn(spec, left, stops, "y", (-left + 4, width + right - 4))

    return draw


def table(rows: pl.DataFrame, language: Language) -> Table:
    """A line for each window and instrument; a reading for each window."""
    header = ("window", "coin", "effect", "95 % interval", "share of dates as large", "unusual")
    cells = [
        _cells(row, language) for row in rows.sort("hours", "instrument").iter_rows(named=True)
    ]
    told = []
    for (hours,), of_window in rows.sort("hours", "instrument").group_by(
        "hours", maintain_order=True
    ):
        parts = [
            said(
                "{name} {effect} (interval {low} to {high})",
                language,
                name=named(row["instrument"], language),
                effect=figure_text(row["effect"], "fraction", signed=True, language=language),
                low=figure_text(row["ci_low"], "fraction", signed=True, language=language),
                high=figure_text(row["ci_high"], "fraction", signed=True, language=language),
            )
            for row in of_window.iter_rows(named=True)
        ]
        told.append(f"{_length(hours, language)}: " + " · ".join(parts))
    names = ("hours", "instrument", "effect", "ci_low", "ci_high", "p_two_sided", "is_unusual")
    return Table(
        tuple(translated(name, language) for name in header),
        tuple(cells),
        names,
        tuple(rows.sort("hours", "instrument").select(names).rows()),
        tuple(told),
    )


def _cells(row: dict[str, Any], language: Language) -> tuple[str, ...]:
    low, high = (
        figure_text(row[end], "fraction", signed=True, language=language)
        for end in ("ci_low", "ci_high")
    )
    return (
        _length(row["hours"], language),
        named(row["instrument"], language),
        figure_text(row["effect"], "fraction", signed=True, language=language),
        said("{least} to {most}", language, least=low, most=high),
        figure_text(row["p_two_sided"], "fraction", language=language),
        translated("yes" if row["is_unusual"] else "no", language),
    )


def _length(hours: int, language: Language) -> str:
    return said("1 hour" if hours == 1 else "{hours} hours", language, hours=hours)


def read_tests(con: duckdb.DuckDBPyConnection, event: str) -> pl.DataFrame:
    return frame(con, _TESTS, event=event, model=Design().model)


_TESTS = """
select
    test.venue, test.anchor, anchor.nominal_at, test.instrument,
    test.window_length as hours, test.effect, test.ci_low, test.ci_high, test.p_two_sided,
    test.verdict = 'unusual' as is_unusual
from mart.event_inference as test
inner join seed.anchor as anchor using (event, anchor)
left join (select venue, rowid as place from seed.venue) as listed on test.venue = listed.venue
where test.event = $event and test.is_candidate and test.measure = 'abnormal_log_return'
    and test.model = $model and test.window_unit = 'hour' and test.ci_low is not null
    and test.instrument in ('BTC', 'ETH')
order by listed.place, anchor.nominal_at, test.anchor, test.instrument, test.window_length
"""
