"""The report's section on how sure the study is: tests, specifications, anticipation."""

from datetime import timedelta
from functools import partial
from typing import Any

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.event_study import day_path, story
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import read_frame
from marketwake.report.drawing.clock import after_clock
from marketwake.report.drawing.words import NAMES
from marketwake.report.tables import Section, frame, rows

HOURS = 24
"""Window of the hourly tests that the page shows; it is that of the family."""


def tests(con: duckdb.DuckDBPyConnection, event: str, language: Language) -> Section | None:
    """What moved after the anchors that can be meant, with p-values; None without a test."""
    tested = frame(
        con,
        "select * from mart.event_inference where event = $event and is_candidate order by all",
        event=event,
    )
    order = [row["venue"] for row in rows(con, "select venue from seed.venue order by rowid")]
    held = story.venues(tested, order)
    if not held:
        return None
    design = Design()
    lines = story.lines(tested, held[0], HOURS, design.model)
    return {
        "venue": held[0],
        "hours": HOURS,
        "anchors": tested.select("anchor", "anchor_at")
        .unique()
        .sort("anchor_at", "anchor")["anchor"]
        .to_list(),
        "lines": lines,
        "one_hour": day_path.one_hour(
            tested.filter(venue=held[0]),
            day_path.read_chosen_by_price(con, event),
            language,
            partial(after_clock, language=language),
        ),
    }


def day(con: duckdb.DuckDBPyConnection, event: str, language: Language) -> Section | None:
    """The day of the event hour by hour on the first venue that has it; None without bars."""
    # Of all venues at once: most of what it takes is to plan the query.
    every = read_frame(con, "from event_path($event) order by all", {"event": event})
    for row in rows(con, "select venue from seed.venue order by rowid"):
        path = every.filter(venue=row["venue"])
        if path.height:
            anchors = rows(
                con,
                "select anchor from seed.anchor where event = $event and is_candidate "
                "order by nominal_at, anchor",
                event=event,
            )
            return {
                "day": path["opened_at"][0],
                "venue": row["venue"],
                "instruments": sorted(set(path["instrument"])),
                "stretches": day_path.stretches(path, [anchor["anchor"] for anchor in anchors]),
                # What the price chose is told above, with its p.
                "sentences": day_path.sentences(
                    path, [], language, partial(after_clock, language=language)
                ),
                "title": _title(path, language),
            }
    return None


def _title(path: pl.DataFrame, language: Language) -> str:
    """When the instruments moved most, if that is one hour for all; else a question."""
    hours = (
        path.filter(pl.col("size_rank") == 1, pl.col("return").is_not_null())["opened_at"]
        .unique()
        .to_list()
    )
    if len(hours) != 1:
        return translated("When did it move?", language)
    form = "It moved most from {first:%H:%M} to {last:%H:%M} UTC"
    return said(form, language, first=hours[0], last=hours[0] + timedelta(hours=1))


def precedents(con: duckdb.DuckDBPyConnection, event: str) -> str | None:
    """What the index returns after an event are worth as evidence."""
    tests = frame(
        con,
        "select * from mart.event_inference where event = $event and is_candidate",
        event=event,
    )
    return story.precedent_caveat(tests.with_columns(pl.col("instrument").replace(NAMES)))


def anticipation(con: duckdb.DuckDBPyConnection, event: str) -> list[dict[str, Any]]:
    """Moves of five days before and after every anchor, on the first venue that has them; "-" where
    a window has a hole.
    """
    moves = rows(con, _ANTICIPATION, event=event)
    return [{**row, "before": _move(row["before"]), "after": _move(row["after"])} for row in moves]


def models(con: duckdb.DuckDBPyConnection, event: str) -> list[dict[str, Any]]:
    """The expected-return models of the anchors that can be meant and what their residuals are
    like, on the first venue that has them.
    """
    return rows(con, _MODELS, event=event)


def _move(value: float | None) -> str:
    return "-" if value is None else story.shown(value, "log")


_MODELS = """
select distinct
    instrument, model, observations, beta, r_squared, residual_sd, autocorrelation,
    ljung_box_p, arch_lm_p, skewness, excess_kurtosis
from mart.event_model
where event = $event and is_candidate
qualify dense_rank() over (order by venue desc) = 1
order by all
"""

_ANTICIPATION = """
select anchor, instrument, before, after, share_before, p_before, p_after
from mart.anticipation
where event = $event and hours = 120
qualify dense_rank() over (order by venue desc) = 1
order by anchor_at, anchor, instrument
"""
