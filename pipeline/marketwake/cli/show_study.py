"""The study of an event on one screen."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl
from rich.markup import escape
from rich.table import Table

from marketwake.base.errors import BadInputError
from marketwake.base.own_addresses import own_addresses as places
from marketwake.cli.show import out, own_addresses, say
from marketwake.cli.show_study_full import show_tables
from marketwake.event_study import story
from marketwake.event_study.design import MODELS, Design
from marketwake.event_study.known import as_known
from marketwake.event_study.run import EventStudy, published, study_event
from marketwake.fact_check.evaluation import read_claims
from marketwake.fact_check.specifications import read_specifications
from marketwake.fact_check.verdict import format_value
from marketwake.report.page import ARTICLES_EVENT

PRE = 120
"""Hours before and after an anchor over which anticipation is told."""


@dataclass(frozen=True)
class StudyRequest:
    """What the reader asked for."""

    event: str
    at: datetime | None = None
    as_known_at: datetime | None = None
    model: str = Design().model
    venue: str | None = None
    instrument: str | None = None
    hours: int = 24
    every_anchor: bool = False
    full: bool = False

    def design(self) -> Design:
        """The default design, with the model and window asked for. Raises BadInputError."""
        default = Design()
        if self.model not in MODELS:
            raise BadInputError(
                f"there is no model '{self.model}'", f"Choose one of {', '.join(MODELS)}."
            )
        if not 1 <= self.hours <= 24 * 30:
            raise BadInputError(
                f"a window of {self.hours} hours is not studied", "Choose 1 to 720 hours."
            )
        model = next(model for model in MODELS if model == self.model)
        if self.hours in default.hours:
            return Design(model=model)
        return Design(model=model, hours=tuple(sorted({*default.hours, self.hours})))


def show_study(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> None:
    """Print what moved after an event, or after any instant, against what is normal, and how sure
    that is.

    Raises:
        BadInputError: an event, instant, model, venue or instrument that is not there.
    """
    own_addresses(places(con))
    if request.as_known_at:
        with as_known(con, request.as_known_at) as known:
            _show(known, request, studied(known, request))
    else:
        _show(con, request, studied(con, request))


def studied(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> EventStudy:
    """The study: from its tables where they hold it, else computed. Raises BadInputError."""
    design = request.design()
    symbols = [request.instrument] if request.instrument and "/" in request.instrument else []
    if request.at is None and request.as_known_at is None and design == Design() and not symbols:
        return published(con, request.event)
    return study_event(con, request.event, request.at, design, symbols)


def _show(con: duckdb.DuckDBPyConnection, request: StudyRequest, result: EventStudy) -> None:
    estimation = result.estimation
    if estimation["is_candidate"].any() and not request.every_anchor:
        estimation = estimation.filter("is_candidate")
    anchors = estimation.sort("nominal_at")["anchor"].to_list()
    _heading(con, request, estimation)
    tests = result.test.filter(pl.col("anchor").is_in(anchors))
    order = [
        row[0] for row in con.execute("select venue from seed.venue order by rowid").fetchall()
    ]
    held = story.venues(tests, order)
    if request.venue and request.venue not in held:
        raise BadInputError(
            f"there are no hourly bars of '{request.venue}' around this event",
            f"Venues that have some: {', '.join(held) or 'none'}.",
        )
    venue = request.venue or next(iter(held), "")
    lines = story.lines(tests, venue, request.hours, result.design.model, request.instrument)
    if lines:
        _screen(lines, anchors, venue, request, result.design)
        say(story.surprises(tests, result.design))
        _anticipation(tests, venue, request.instrument)
    elif not request.full and result.response["value"].count():
        say(
            "No hourly, session or daily window of the crypto markets can be filled here; "
            "the table of indices follows."
        )
    else:
        say("Nothing in the warehouse can be measured around this instant.")
    if request.at is None and request.as_known_at is None:
        _specifications(con, request.event)
        _written(con, request.event)
    if request.full or not lines:
        show_tables(result, anchors)
    say(
        f"Design {result.design.digest}; {'' if request.full else '--full shows every table; '}"
        "docs/study.md says how it is done."
    )


def _heading(
    con: duckdb.DuckDBPyConnection, request: StudyRequest, estimation: pl.DataFrame
) -> None:
    names = con.execute("select name from seed.event where event = ?", [request.event]).fetchall()
    name = f": {escape(names[0][0])}" if names and request.at is None else ""
    out.print(f"[bold]{escape(request.event)}[/]{name}", highlight=False)
    for anchor, nominal, first, last in (
        estimation.sort("nominal_at")
        .select("anchor", "nominal_at", "earliest_at", "latest_at")
        .rows()
    ):
        spread = (
            f", may have been {first:%m-%d %H:%M} to {last:%m-%d %H:%M}" if first < last else ""
        )
        say(f"  {anchor}: {nominal:%Y-%m-%d %H:%M} UTC{spread}")
    near = estimation["nominal_at"].to_list()
    others = con.execute(
        """
        select name, happened_at
        from seed.confounder
        where event = ? and happened_at
            between ?::timestamptz - interval 5 days and ?::timestamptz + interval 5 days
        order by happened_at, name
        """,
        [request.event, min(near), max(near)],
    ).fetchall()
    if others:
        news = "; ".join(f"{name} ({at:%m-%d})" for name, at in others)
        say(f"  other news within five days: {news}")
    if request.as_known_at:
        say(
            f"  as known at {request.as_known_at:%Y-%m-%d %H:%M %Z}: "
            "no later figure and no later version of one"
        )


def _screen(
    lines: list[story.Line], anchors: list[str], venue: str, request: StudyRequest, design: Design
) -> None:
    title = (
        f"After {request.hours} hours, {story.SESSIONS} sessions, {story.DAYS} day; "
        f"{venue}; {design.model.replace('_', ' ')}"
    )
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in (*anchors, "least p", "floor", "would show"):
        table.add_column(escape(name), justify="right", no_wrap=True)
    table.add_column("rare?", no_wrap=True)
    for line in lines:
        values = (line.values.get(anchor, "-") for anchor in anchors)
        colour = "yellow" if line.unusual.startswith("yes") else "default"
        table.add_row(
            line.label,
            *values,
            line.p,
            line.resolution,
            line.detectable,
            f"[{colour}]{escape(line.unusual)}[/]",
        )
    out.print(table)
    say("least p: rank among other dates; floor: the least they allow; would show:")
    say("the smallest move that would be found in four cases of five")


def _anticipation(tests: pl.DataFrame, venue: str, only: str | None) -> None:
    kept = tests.filter(venue=venue, window_unit="hour", window_length=PRE, model="constant_mean")
    told = []
    for instrument in sorted(
        set(kept["instrument"]) if only is None else {only} & set(kept["instrument"])
    ):
        own = kept.filter(instrument=instrument)
        before, after = (
            dict(own.filter(measure=measure).select("anchor", "value").drop_nulls().rows())
            for measure in ("abnormal_log_return_before", "abnormal_log_return")
        )
        shares = [
            before[name] / (before[name] + after[name])
            for name in before
            if name in after and before[name] * after[name] > 0
        ]
        if shares:
            told.append(
                f"{instrument} {min(shares):.0%}"
                + (f" to {max(shares):.0%}" if len(shares) > 1 else "")
            )
    if told:
        say(
            f"Of the move from {PRE // 24} days before to {PRE // 24} days after, "
            f"came before the anchor: {', '.join(told)}."
        )


def _specifications(con: duckdb.DuckDBPyConnection, event: str) -> None:
    for question, told in read_specifications(con, event).items():
        say(f"{question}: {told}.")


def _written(con: duckdb.DuckDBPyConnection, event: str) -> None:
    if event != ARTICLES_EVENT:
        return
    verdicts: dict[str, list[str]] = {}
    for claim in read_claims(con):
        verdicts.setdefault(claim["verdict"], []).append(claim["id"])
    if verdicts:
        say("What was written:")
    for verdict in ("supported", "contradicted", "depends", "not_testable"):
        if verdict in verdicts:
            named = verdicts[verdict]
            say(f"  {len(named):2} {verdict.replace('_', ' ')}: {' '.join(named)}")


def show_scenario(con: duckdb.DuckDBPyConnection) -> None:
    """Print mart.scenario: a share of plan assets at a pace, beside the size of the market and its
    flows.
    """
    rows = con.execute(
        "select share, years, amount_usd, scale, scale_usd, multiple "
        "from mart.scenario order by scale, share, years"
    ).fetchall()
    table = Table(
        title="A share of 401(k) assets in bitcoin and ether: "
        "arithmetic on assumptions, no forecast",
        title_justify="left",
    )
    for name in ("held against", "share", "in all", "over years", "is"):
        table.add_column(name, justify="left" if name == "held against" else "right")
    for share, years, amount, scale, scale_usd, multiple in rows:
        size = (
            f"{scale} ({format_value(scale_usd, 'usd')})"
            if scale_usd
            else f"{scale} (not covered here)"
        )
        table.add_row(
            size,
            f"{share:.0%}",
            format_value(amount, "usd"),
            f"{years:.0f}",
            "-" if multiple is None else f"{multiple:.2f} times",
        )
    out.print(table)
    say(
        "The share and the years are assumptions (seed.scenario); "
        "the amount is of the 401(k) assets that article A states."
    )
