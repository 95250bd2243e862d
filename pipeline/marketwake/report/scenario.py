"""The report's section on the scenario: a share of plan money beside the market and its flows."""

from itertools import groupby
from operator import itemgetter

import duckdb

from marketwake.base.figure_text import format_value
from marketwake.report.charts_study import multiples
from marketwake.report.pictures import drawn
from marketwake.report.tables import Section, frame, rows

SCENARIO_EVENT = "eo-401k"
"""The event that opened the plans whose money the scenario is about."""


def scenario(con: duckdb.DuckDBPyConnection) -> Section | None:
    """The chart, and a line per scale and pace with a multiple for each share; None where the data
    cover no scale.
    """
    scales = frame(con, _MULTIPLES)
    known = scales.drop_nulls("multiple")
    if known.is_empty():
        return None
    lines = []
    for (label, size), cells in groupby(
        scales.iter_rows(named=True), itemgetter("label", "scale_usd")
    ):
        sized = format_value(size, "usd") if size else "not covered here"
        lines.append(
            {"label": label, "size": sized, "cells": [_times(cell["multiple"]) for cell in cells]}
        )
    shares = rows(con, "select distinct share, amount_usd from mart.scenario order by share")
    least, most = _times(known["multiple"].min()), _times(known["multiple"].max())
    title = f"Plan money as a multiple of what it is held against: {least} to {most}"
    return {
        **drawn("scenario", title, lambda width: multiples(known, width)),
        "shares": [
            f"{row['share']:.0%} ({format_value(row['amount_usd'], 'usd')})" for row in shares
        ],
        "lines": lines,
    }


def _times(multiple: object) -> str:
    return "-" if multiple is None else f"{float(str(multiple)):.2g}"


_MULTIPLES = """
select
    scale || if(is_yearly, ', over ' || cast(years as integer) || ' y', '') as label,
    scale_usd, share, multiple
from mart.scenario
where is_yearly or years = (select min(years) from mart.scenario)
order by is_yearly, scale, years, share
"""
