"""The report's section on how sure the study is: tests, specifications, anticipation."""

from typing import Any

import duckdb
import polars as pl

from marketwake.event_study import day_path, story
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import read_frame
from marketwake.report.charts_study import path, specification
from marketwake.report.pictures import drawn
from marketwake.report.tables import Section, frame, rows

HOURS = 24
"""Window of the hourly tests that the page shows; it is that of the family."""


def tests(con: duckdb.DuckDBPyConnection, event: str) -> Section | None:
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
        "conditions": [
            *story.conditions(tested, held[0], HOURS, design.model),
            story.errors(lines),
        ],
        "family": story.surprises(tested, design),
        "path": _path(tested, held[0], design),
    }


def _path(tested: pl.DataFrame, venue: str, design: Design) -> Section | None:
    """The move after the first anchor that can be meant, window by window with its interval."""
    points = tested.filter(
        pl.col("ci_low").is_not_null(),
        measure="abnormal_log_return",
        model=design.model,
        window_unit="hour",
        venue=venue,
    ).sort("anchor_at", "anchor", "instrument", "window_length")
    if points.is_empty():
        return None
    anchor = points["anchor"][0]
    shown = points.filter(anchor=anchor).rename({"window_length": "hours"})
    ends = "; ".join(
        f"{name} {story.shown(value, 'fraction')} after {hours} hours, interval "
        f"{story.interval(low, high, 'fraction')}"
        for name, value, hours, low, high in shown.group_by("instrument", maintain_order=True)
        .last()
        .select("instrument", "value", "hours", "ci_low", "ci_high")
        .rows()
    )
    title = f"Abnormal return from the anchor {anchor} on: {ends}"
    return drawn("path", title, lambda width: path(shown, width))


def day(con: duckdb.DuckDBPyConnection, event: str) -> Section | None:
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
                "sentences": day_path.sentences(path, day_path.read_chosen_by_price(con, event)),
            }
    return None


def precedents(con: duckdb.DuckDBPyConnection, event: str) -> str | None:
    """What the index returns after an event are worth as evidence."""
    return story.precedent_caveat(
        frame(
            con,
            "select * from mart.event_inference where event = $event and is_candidate",
            event=event,
        )
    )


def specifications(con: duckdb.DuckDBPyConnection, event: str) -> Section | None:
    """The specification curve with what each answer turns on; None where there are too few."""
    answers = rows(con, _ANSWERS, event=event)
    if not answers:
        return None
    told = "; ".join(
        f"{answer['question']}: yes in {answer['share']:.0%} of {answer['specifications']}"
        for answer in answers
    )
    points = frame(con, _POINTS, event=event).filter(
        pl.col("question").is_in([answer["question"] for answer in answers])
    )
    return {
        **drawn(
            "specifications",
            f"Every way to ask: {told}",
            lambda width: specification(points, width),
        ),
        "answers": answers,
    }


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


_ANSWERS = """
select
    question, any_value(specifications) as specifications, any_value(agreeing_share) as share,
    max(variance_share) as most, arg_max(choice, variance_share) as choice
from mart.specification_choice
where event = $event and specifications > 20
group by question
order by question
"""

_POINTS = """
select question, value, p_two_sided <= 0.05 as is_rare
from mart.specification
where event = $event
order by all
"""

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
