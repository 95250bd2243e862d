"""The index of the pages: events with their answer in a few sentences, newest figures by source,
and what the last run changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from marketwake.base.figure_text import Language
from marketwake.report import claims, tables, text
from marketwake.report.files import INDEX, write_pages
from marketwake.report.headline import headline
from marketwake.report.rendering import rendered
from marketwake.warehouse.changes import changes

WIDTH, HEIGHT = 150, 34
"""Of a sparkline, in pixels."""


def write_index(
    con: duckdb.DuckDBPyConnection,
    target_dir: Path,
    events: Sequence[str],
    freshness: Sequence[Mapping[str, Any]],
) -> Path:
    """Write the index in every language, each whole or not at all, and return the English one.

    Args:
        con: a warehouse after build, study and claims, session time zone UTC; a reader will do.
        target_dir: the folder of the pages; made where it is missing.
        events: those that have a page.
        freshness: a row per source: part, venue, interval, series, newest_at (ISO 8601), state.

    Raises:
        WarehouseError: a file cannot be written.
    """
    return write_pages(target_dir, INDEX, partial(render, con, events, freshness))


def render(
    con: duckdb.DuckDBPyConnection,
    events: Sequence[str],
    freshness: Sequence[Mapping[str, Any]],
    language: Language = "en",
) -> str:
    """The index as text."""
    judged = tables.rows(con, "select event, claim, verdict from mart.claim order by claim")
    has_run = con.execute("select 1 from ops.run limit 1").fetchall()
    changed = changes(con, limit=_SHOWN) if has_run else None
    return rendered(
        "index.html.j2",
        language,
        file=INDEX,
        provenance=tables.provenance(con),
        events=[
            {
                **row,
                "day": text.known_text(row["at"], _precision(row["precision"]), language),
                "headline": headline(con, row["event"], language),
                "tally": claims.tally(
                    (claim for claim in judged if claim["event"] == row["event"]), language
                ),
                "spark": _spark(con, row["at"]),
            }
            for row in tables.rows(con, _EVENTS, events=list(events))
        ],
        freshness=[{**row, "newest": _newest(row["newest_at"], language)} for row in freshness],
        changes=changed.tables if changed else (),
        restated=changed.restated if changed else (),
    )


_SHOWN = 10

_EVENTS = """
select event.event, event.name, first.at, first.precision
from seed.event as event
inner join (
    select
        event,
        min_by(nominal_at, (not is_candidate, nominal_at)) as at,
        min_by(precision, (not is_candidate, nominal_at)) as precision
    from seed.anchor
    group by event
) as first using (event)
where list_contains($events, event.event)
order by first.at desc, event.event
"""


def _precision(precision: str) -> str:
    return "year" if precision == "year" else "day"


def _newest(stamp: str | None, language: Language) -> str:
    return text.MISSING if stamp is None else text.day_text(datetime.fromisoformat(stamp), language)


def _spark(con: duckdb.DuckDBPyConnection, at: datetime) -> Markup | None:
    """The price of ether, or of an index where there is none, around the event, as a small line
    with the event marked; None where nothing is held.
    """
    path = tables.rows(con, _HOURS, at=at) or tables.rows(con, _MONTHS, at=at)
    if len(path) < 2:
        return None
    values = [row["close"] for row in path]
    least, spread = min(values), (max(values) - min(values)) or 1.0
    step = WIDTH / (len(values) - 1)
    points = " ".join(
        f"{step * place:.1f},{HEIGHT - 2 - (HEIGHT - 4) * (value - least) / spread:.1f}"
        for place, value in enumerate(values)
    )
    mark = step * sum(row["before"] for row in path)
    return Markup(  # noqa: S704
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true"><line x1="{mark:.1f}" x2="{mark:.1f}" y1="0" y2="{HEIGHT}"/>'
        f'<polyline points="{points}"/></svg>'
    )


_HOURS = """
select close, closed_at <= $at as before
from mart.spot_hourly
where asset = 'ETH' and closed_at between $at - interval 3 day and $at + interval 5 day
    and venue = (
        select venue.venue from seed.venue as venue
        semi join mart.spot_hourly as bar on bar.venue = venue.venue and bar.quote = venue.quote
            and bar.closed_at between $at - interval 3 day and $at + interval 5 day
        order by venue.rowid limit 1
    )
    and quote = (select seed.venue.quote from seed.venue where seed.venue.venue = spot_hourly.venue)
order by closed_at
"""

_MONTHS = """
select close, session < cast($at as date) as before
from stg.index_bar
where symbol = 'SHILLER' and bar_interval = '1mo'
    and session between cast($at as date) - 730 and cast($at as date) + 1825
order by session
"""
