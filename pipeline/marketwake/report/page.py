"""The report: one self-contained HTML page per event, from a built warehouse. The same warehouse
gives the same bytes.
"""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.base.text import printable
from marketwake.event_study.design import Design
from marketwake.fact_check.verdict import VERDICTS
from marketwake.report import pictures, study, tables, text
from marketwake.report.chart_marks import PALETTE
from marketwake.report.scenario import SCENARIO_EVENT, scenario


def write_report(con: duckdb.DuckDBPyConnection, event: str, target_dir: Path) -> Path:
    """Write `<target_dir>/<event>.html`, whole or not at all, and return its path.

    Args:
        con: a warehouse after build, study and claims, session time zone UTC; a reader will do.
        event: an event of seed.event.
        target_dir: made where it is missing.

    Raises:
        BadInputError: the event is not known.
        WarehouseError: the folder or the file cannot be written.
    """
    page = render(con, event)
    path = target_dir / f"{event}.html"
    try:
        write_atomically(path, page.encode())
    except OSError as error:
        raise WarehouseError(
            f"the report {path} cannot be written: {error.strerror}",
            "Check space and rights of the folder.",
        ) from error
    return path


def render(con: duckdb.DuckDBPyConnection, event: str) -> str:
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
    every = tables.claims(con)
    claims = [claim for claim in every if claim["event"] == event]
    return template().render(
        event=known[event],
        anchors=anchors.to_dicts(),
        spread=bool((anchors["earliest_at"] < anchors["latest_at"]).any()),
        confounders=confounders.to_dicts(),
        claims=claims,
        counts=Counter(claim["verdict"] for claim in claims),
        verdicts=VERDICTS,
        elsewhere=sorted({claim["event"] for claim in every} & (known.keys() - {event})),
        articles=tables.articles(con),
        spot=pictures.spot(con, anchors, confounders),
        flows=pictures.flows(con, anchors),
        basis=pictures.basis(con, anchors),
        indices=pictures.indices(con, anchors),
        windows=_windows(con, event),
        tests=study.tests(con, event),
        specifications=study.specifications(con, event),
        anticipation=study.anticipation(con, event),
        models=study.models(con, event),
        precedents=study.precedents(con, event),
        scenario=scenario(con) if event == SCENARIO_EVENT else None,
        levels=tables.levels(con, event),
        day=study.day(con, event),
        coverage=tables.coverage(con),
        provenance=tables.provenance(con),
        design=Design().described(),
        unusual=tables.UNUSUAL,
        palette=PALETTE,
    )


def _windows(con: duckdb.DuckDBPyConnection, event: str) -> dict[str, Any]:
    shown = {
        "returns": "return",
        "volume": "volume_ratio",
        "flows": "net_flow_usd",
        "basis": "annualised_basis_change",
        "indices": "index_return",
    }
    signed = {measure: measure != "volume_ratio" for measure in shown.values()}
    found = tables.windows(con, event, signed)
    return {name: found[measure] for name, measure in shown.items()}


def _printable(value: object) -> object:
    """A text of somebody's file without what would steer or reorder what is near."""
    return printable(value) if type(value) is str else value


@cache
def template() -> jinja2.Template:
    """What pages are made from; compiled once in a process."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("marketwake.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        instant=text.instant_text,
        known=text.known_text,
        day=text.day_text,
        span=text.span_text,
        joined=text.joined,
    )
    return environment.get_template("report.html.j2")
