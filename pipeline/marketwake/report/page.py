"""The report: one self-contained HTML page per event and language, from a built warehouse. The same
warehouse gives the same bytes.
"""

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.base.figure_text import Language
from marketwake.event_study.design import Design
from marketwake.report import claims, study, tables, text
from marketwake.report.drawing.every import makers, missing
from marketwake.report.files import write_pages
from marketwake.report.headline import headline
from marketwake.report.rendering import rendered

METHOD = (
    "Each figure is measured over the same hours or sessions after each instant at which the event "
    "may have become known.",
    "Returns are measured against their mean in the six weeks before; what bitcoin explains of "
    "ether is shown beside it.",
    "How large a move was to be expected is forecast from the volatility before it, with the "
    "week's rhythm.",
    "The p-value ranks the move so measured among other dates, on both sides of the event; the "
    "rank among earlier dates alone stands beside it.",
    "Dates around other events in the catalogue are left out of the ordinary ones.",
    "A hole in the data is counted, never filled, and a window with a hole has no figure.",
    "A figure counts from the instant at which the public could know it: the flow of a session "
    "from the next morning.",
    "A statement is right when nine tenths of the comparisons bear it out, those of its main "
    "figure and all together; mostly right from two thirds of the main ones and half of all; "
    "wrong and mostly wrong are the mirror of that; else it is mixed. What is unclear counts half.",
    "Definitions and thresholds stand in files that anybody can read; what was settled after "
    "figures had been seen is said there.",
)
"""How it is done, for readers."""


def write_report(con: duckdb.DuckDBPyConnection, event: str, target_dir: Path) -> Path:
    """Write the page of an event in every language, each whole or not at all, and return the path
    of the English one, `<target_dir>/<event>.html`, which is written last.

    Args:
        con: a warehouse after build, study and claims, session time zone UTC; a reader will do.
        event: an event of seed.event.
        target_dir: made where it is missing.

    Raises:
        BadInputError: the event is not known.
        WarehouseError: the folder or a file cannot be written.
    """
    return write_pages(target_dir, event, partial(render, con, event))


def render(con: duckdb.DuckDBPyConnection, event: str, language: Language = "en") -> str:
    """The page as text.

    Raises:
        BadInputError: the event is not known.
    """
    known = {
        row["event"]: row for row in tables.rows(con, "select * from seed.event order by event")
    }
    if event not in known:
        raise BadInputError(f"there is no event '{event}'", f"Known events: {', '.join(known)}.")
    anchors = tables.frame(
        con,
        "select * from seed.anchor where event = $event order by nominal_at, anchor",
        event=event,
    )
    confounders = tables.confounders(con, event)
    of_event = claims.claims(con, event, language)
    drawn = {
        name: make() for name, make in makers(con, event, anchors, confounders, language).items()
    }
    return rendered(
        "event.html.j2",
        language,
        file=event,
        event=known[event],
        when=_when(anchors, language),
        headline=headline(con, event, language),
        tally=claims.tally(of_event, language),
        themes=claims.themes(of_event, language),
        redefined=any(part["first"] for claim in of_event for part in claim["parts"]),
        articles=tables.articles(con, {claim["article"] for claim in of_event}, language),
        anchors=anchors.to_dicts(),
        confounders=confounders.to_dicts(),
        pictures=drawn,
        windows=_windows(con, event, language),
        tests=study.tests(con, event, language),
        anticipation=study.anticipation(con, event),
        models=study.models(con, event),
        precedents=study.precedents(con, event),
        levels=tables.levels(con, event, language),
        day=study.day(con, event, language),
        coverage=tables.coverage(con),
        provenance=tables.provenance(con),
        design=Design().described(),
        level_days=Design().level_horizon.days,
        method=METHOD,
        lacking=missing({name for name, picture in drawn.items() if picture}, language),
    )


def _when(anchors: pl.DataFrame, language: Language) -> str:
    """Day or year of the first anchor that can be meant, or of the first."""
    first = anchors.sort(~pl.col("is_candidate"), "nominal_at").row(0, named=True)
    precision = "year" if first["precision"] == "year" else "day"
    return text.known_text(first["nominal_at"], precision, language)


def _windows(con: duckdb.DuckDBPyConnection, event: str, language: Language) -> dict[str, Any]:
    shown = {
        "returns": "return",
        "volume": "volume_ratio",
        "flows": "net_flow_usd",
        "basis": "annualised_basis_change",
        "indices": "index_return",
    }
    signed = {measure: measure != "volume_ratio" for measure in shown.values()}
    found = tables.windows(con, event, signed, language)
    return {name: found[measure] for name, measure in shown.items()}
