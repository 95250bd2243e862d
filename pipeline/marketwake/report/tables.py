"""Tables of the report: queries on the warehouse, handed to the page as rows with their figures as
text.
"""

from collections.abc import Collection, Mapping
from datetime import UTC
from itertools import groupby
from typing import Any

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said
from marketwake.base.own_addresses import own_addresses, told
from marketwake.report import text
from marketwake.report.text import figure_text, range_text, share_text

Row = dict[str, Any]
Section = dict[str, Any]

UNUSUAL = 0.05
"""Rank share below which, or above 1 less which, a figure is set in bold."""


def rows(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> list[Row]:
    """The result of a query as a list of rows."""
    return frame(con, query, **values).to_dicts()


def frame(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> pl.DataFrame:
    """The result of a query as a frame."""
    result: pl.DataFrame = con.sql(query, params=values).pl()
    return result


def articles(
    con: duckdb.DuckDBPyConnection, names: Collection[str], language: Language
) -> list[str]:
    """Title, publisher and day of articles by their names in claims, in the order of those; the
    name alone where nothing is known of it.
    """
    told = {
        row["article"]: said(
            "{title} ({publisher}, {day})",
            language,
            title=(row["title_en"] if language == "en" else None) or row["title"],
            publisher=row["publisher"],
            day=text.day_text(row["published_on"], language),
        )
        for row in rows(con, "select * from seed.article")
    }
    return [told.get(name, name) for name in sorted(names)]


def windows(
    con: duckdb.DuckDBPyConnection, event: str, signed: Mapping[str, bool], language: Language
) -> dict[str, Section | None]:
    """Figures of measures at the nominal instants, by measure: a group per anchor, a row per
    instrument and venue, a column per window.

    Anchors that follow each other and give the same figures throughout (they fall into one session)
    share a group. A row without any figure is left out, and without any row there is no table; a
    window without any figure is only named.

    Args:
        con: a warehouse after the study.
        event: an event of seed.event.
        signed: of each measure whether its figures carry a sign.
    """
    figures = rows(con, _WINDOWS, event=event, measures=list(signed))
    found = {
        measure: _windows(list(group), signed[measure], language)
        for measure, group in groupby(figures, key=lambda row: row["measure"])
    }
    return {measure: found.get(measure) for measure in signed}


def _windows(figures: list[Row], signed: bool, language: Language) -> Section:
    unit = figures[0]["window_unit"]
    columns = sorted({row["window_length"] for row in figures if row["value"] is not None})
    unheld = sorted({row["window_length"] for row in figures} - set(columns))
    groups: list[Section] = []
    for anchor, members in groupby(figures, key=lambda row: row["anchor"]):
        lines = []
        for (instrument, venue), cells in groupby(
            members, key=lambda row: (row["instrument"], row["venue"])
        ):
            known = {row["window_length"]: _cell(row, signed, language) for row in cells}
            lines.append(
                {
                    "instrument": instrument,
                    "venue": venue,
                    "cells": [known.get(length) for length in columns],
                }
            )
        if groups and groups[-1]["lines"] == lines:
            groups[-1]["anchors"].append(anchor)
        else:
            groups.append({"anchors": [anchor], "lines": lines})
    return {"columns": columns, "unheld": unheld, "unit": unit, "groups": groups}


def _cell(row: Row, signed: bool, language: Language) -> Row:
    share = row["rank_share"]
    spread = range_text((row["low"], row["high"]), row["unit"], signed, language)
    alone = figure_text(row["low"], row["unit"], signed, language)
    return {
        "value": figure_text(row["value"], row["unit"], signed, language),
        "range": "" if spread in (alone, text.MISSING) else spread,
        "rank": None if share is None else share_text(share, language),
        "unusual": share is not None and not UNUSUAL < share < 1 - UNUSUAL,
        "missing": row["missing"] if row["value"] is None else 0,
    }


_WINDOWS = """
select
    measure, anchor, instrument, venue, window_length, window_unit, value, low, high, unit,
    rank_share, missing
from event_response($event)
where list_contains($measures, measure)
qualify count(value) over (partition by measure, anchor, instrument, venue) > 0
order by measure, is_candidate desc, anchor_at, anchor, instrument, venue, window_length
"""


def confounders(con: duckdb.DuckDBPyConnection, event: str) -> pl.DataFrame:
    """Other news near the event in order of time, with the letter that stands for each in the
    charts.
    """
    return frame(con, _CONFOUNDERS, event=event)


_CONFOUNDERS = """
select
    chr(96 + cast(row_number() over (order by happened_at, name) as integer)) as letter, *
from confounders($event)
order by happened_at, name
"""


def levels(con: duckdb.DuckDBPyConnection, event: str, language: Language) -> list[Row]:
    """First touch of each round price level, the venues beside each other."""
    touched = rows(
        con,
        "select * from mart.event_level where event = $event order by instrument, level, venue",
        event=event,
    )
    return [
        {
            "instrument": instrument,
            "level": figure_text(level, "usd", False, language),
            "touches": list(group),
        }
        for (instrument, level), group in groupby(
            touched, key=lambda row: (row["instrument"], row["level"])
        )
    ]


def coverage(con: duckdb.DuckDBPyConnection) -> Section:
    """Per dataset what is expected, present and missing, and the series with holes."""
    datasets = rows(con, _DATASETS)
    holes = rows(
        con, "select * from mart.coverage where missing > 0 order by dataset, missing desc, series"
    )
    rejects = rows(
        con,
        "select table_name, count(*) as rejected from ops.reject "
        "group by table_name order by table_name",
    )
    restated = con.execute("select coalesce(sum(rows_restated), 0) from ops.load").fetchall()[0][0]
    return {
        "datasets": datasets,
        "holes": holes,
        "rejects": rejects,
        "rejected": sum(row["rejected"] for row in rejects),
        "restated": restated,
        "expected": sum(row["expected"] for row in datasets),
        "missing": sum(row["missing"] for row in datasets),
    }


_DATASETS = """
select
    dataset, count(*) as series, min(first_at) as first_at, max(last_at) as last_at,
    sum(expected) as expected, sum(present) as present, sum(missing) as missing
from mart.coverage
group by dataset
order by dataset
"""


def provenance(con: duckdb.DuckDBPyConnection) -> Section:
    """Where the figures come from, and the instant as of which the warehouse stands."""
    tables = rows(
        con, "select table_name from duckdb_tables() where schema_name = 'raw' order by table_name"
    )
    stamps = " union all ".join(
        f"select max(recorded_at) as recorded_at from raw.{row['table_name']}" for row in tables
    )
    (as_of,) = con.execute(f"select max(recorded_at) from ({stamps})").fetchall()[0]
    sources = [
        row["source"]
        for row in rows(
            con,
            "select distinct source from ops.load "
            "where status = 'loaded' and source <> 'decision' order by source",
        )
    ]
    venues = rows(con, "select venue, kind, quote, source from seed.venue order by venue")
    instruments = rows(
        con, "select instrument, kind, source from seed.instrument order by kind, instrument"
    )
    return {
        "as_of": as_of and as_of.astimezone(UTC),
        "sources": sources,
        "is_sample": sources == ["sample"],
        "has_bundled": "sample" in sources,
        "own_addresses": told(own_addresses(con)),
        "published": [
            (row["venue"], f"{row['kind']}, quoted in {row['quote']}", row["source"])
            for row in venues
        ]
        + [(row["instrument"], row["kind"], row["source"]) for row in instruments],
    }
