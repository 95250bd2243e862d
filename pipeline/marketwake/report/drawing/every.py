"""Every picture of an event, by name."""

from collections.abc import Callable

import duckdb
import polars as pl

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.report.drawing.basis import basis
from marketwake.report.drawing.breadth import breadth
from marketwake.report.drawing.effects import effects
from marketwake.report.drawing.fund_flows import fund_flows
from marketwake.report.drawing.indices import indices
from marketwake.report.drawing.path import path
from marketwake.report.drawing.precedents import precedents
from marketwake.report.drawing.ratio import ratio
from marketwake.report.drawing.scenario import SCENARIO_EVENT, scenario
from marketwake.report.drawing.specifications import specifications
from marketwake.report.drawing.two_days import two_days
from marketwake.report.drawing.words import listed
from marketwake.report.picture import Picture

NEEDED = {
    "two_days": "hourly prices",
    "effects": "tests by the hour",
    "fund_flows": "flows of US funds",
    "basis": "prices of futures",
    "breadth": "prices of other coins",
    "indices": "closes of share indices",
}
"""What an event has no data for where its picture is missing."""


def makers(
    con: duckdb.DuckDBPyConnection,
    event: str,
    anchors: pl.DataFrame,
    confounders: pl.DataFrame,
    language: Language = "en",
) -> dict[str, Callable[[], Picture | None]]:
    """What draws each picture, in the order of a page; a picture is None where nothing is held.

    Args:
        con: a warehouse after the study; a reader will do.
        anchors: rows of seed.anchor of the event.
        confounders: letter, name, happened_at of other news.
    """
    return {
        "two_days": lambda: two_days(con, anchors, confounders, language),
        "effects": lambda: effects(con, event, language),
        "path": lambda: path(con, event, language),
        "fund_flows": lambda: fund_flows(con, anchors, language),
        "basis": lambda: basis(con, anchors, language),
        "ratio": lambda: ratio(con, anchors, language),
        "breadth": lambda: breadth(con, anchors, language),
        "indices": lambda: indices(con, anchors, language),
        "precedents": lambda: precedents(con, language) if event == SCENARIO_EVENT else None,
        "specifications": lambda: specifications(con, event, language),
        "scenario": lambda: scenario(con, language) if event == SCENARIO_EVENT else None,
    }


def missing(held: set[str], language: Language = "en") -> str | None:
    """What an event has no data for, in one sentence, by the names of the pictures that it has;
    None where nothing is missing.
    """
    lacking = [translated(what, language) for name, what in NEEDED.items() if name not in held]
    if not lacking:
        return None
    return said("No data around this event: {what}.", language, what=listed(lacking, language))
