"""The study of an event on one screen."""

import duckdb
from rich.markup import escape

from marketwake.base.errors import counted
from marketwake.base.own_addresses import own_addresses as places
from marketwake.cli.console import plain, put, say
from marketwake.cli.show import own_addresses, progress
from marketwake.cli.show_study_day import show_day
from marketwake.cli.show_study_full import show_tables
from marketwake.cli.study_view import (
    StudyRequest,
    View,
    of_answers,
    of_day,
    of_event,
    of_tests,
    studied,
    view,
)
from marketwake.event_study import story
from marketwake.event_study.design import Design
from marketwake.event_study.known import as_known
from marketwake.event_study.run import EventStudy


def show_study(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> None:
    """Print what moved after an event, or after any instant, against what is normal, and how sure
    that is.

    Raises:
        BadInputError: an event, instant, model, venue or instrument that is not there.
    """
    if request.as_known_at:
        with as_known(con, request.as_known_at) as known:
            _study(known, request)
    else:
        _study(con, request)


def _study(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> None:
    with progress("studying"):
        result = studied(con, request)
        shown = view(con, request, result)
    own_addresses(places(con))
    _show(con, request, result, shown)


def _show(
    con: duckdb.DuckDBPyConnection, request: StudyRequest, result: EventStudy, shown: View
) -> None:
    _heading(con, request, shown)
    for line in of_event(con, request):
        say(line)
    if shown.lines:
        _screen(shown, request, result.design)
    elif not result.response["value"].count():
        say("Nothing in the warehouse can be measured around this instant.")
    elif not (request.full or shown.unfilled):
        say(
            "No hourly, session or daily window of the crypto markets can be filled here; "
            "the table of indices follows."
        )
    for line in of_tests(shown, request, result.design):
        say(line)
    if shown.lines and request.at is None:
        path, before, after = of_day(con, request, shown)
        for line in before:
            say(line)
        if path.height:
            show_day(path, shown.anchors)
        for line in after:
            say(line)
    for line in of_answers(con, request):
        say(line)
    if request.full or not (shown.lines or shown.unfilled):
        show_tables(result, shown.anchors)
    say(
        f"Design {result.design.digest}; {'' if request.full else '--full shows every table; '}"
        "docs/study.md says how it is done."
    )


def _heading(con: duckdb.DuckDBPyConnection, request: StudyRequest, shown: View) -> None:
    names = con.execute("select name from seed.event where event = ?", [request.event]).fetchall()
    name = f": {escape(names[0][0])}" if names and request.at is None else ""
    put(f"[bold]{escape(request.event)}[/]{name}")
    for anchor, nominal, first, last in shown.estimation.select(
        "anchor", "nominal_at", "earliest_at", "latest_at"
    ).rows():
        spread = (
            f", may have been {first:%m-%d %H:%M} to {last:%m-%d %H:%M}" if first < last else ""
        )
        at = f"{nominal:%Y-%m-%d %H:%M}" + (f":{nominal:%S}" if nominal.second else "")
        say(f"  {anchor}: {at} UTC{spread}")
    near = shown.estimation["nominal_at"].to_list()
    others = con.execute(
        """
        select name, happened_at
        from confounders(?)
        where happened_at
            between ?::timestamptz - to_hours(120) and ?::timestamptz + to_hours(120)
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


def _screen(shown: View, request: StudyRequest, design: Design) -> None:
    lines, anchors = shown.lines, shown.anchors
    say(
        f"After {counted(request.hours, 'hour')}, {story.SESSIONS} sessions, {story.DAYS} day; "
        f"{shown.venue}; {design.model.replace('_', ' ')}"
    )
    numbers = ("effect", "95 % interval", "p", "past", "plain", "storm")
    table = plain("", "after", *numbers, right=numbers, gap=1)
    for line in lines:
        mark = "*" if line.rare else "" if line.is_decidable else "?"
        table.add_row(
            line.label,
            line.anchor,
            line.effect,
            line.interval,
            f"[yellow]{line.p}*[/]" if line.rare else f"{line.p}{mark}",
            line.p_earlier + ("!" if line.is_disputed else ""),
            f"[dim]{line.p_plain}[/]",
            line.calm,
        )
    put(table)
    least = f"The least p of {len(anchors)} anchors, which is small more often than it says. "
    say(
        f"{least if len(anchors) > 1 else ''}p: rank among all dates; past: among earlier ones "
        "alone (!: they disagree); plain: without a forecast; *: unusual; ?: too few dates; storm: "
        "fifth of calm (1) to storm (5) before; interval: effects that are not unusual."
    )
    moves = [line for line in lines if line.label.endswith((" return", design.market))]
    # Eighty columns hold six anchors. What one alone has stands above.
    many = range(0, len(anchors), 6) if len(anchors) > 1 and moves else ()
    if many:
        say(
            "From each anchor, the move less what is usual; the effect above takes off the mean of "
            "the other dates, too:"
        )
    for some in (anchors[start : start + 6] for start in many):
        table = plain("", *some, right=tuple(some))
        for line in moves:
            table.add_row(line.label, *_moves(line, some))
        put(table)


def _moves(line: story.Line, anchors: list[str]) -> list[str]:
    return [
        line.values.get(anchor, "-") + ("*" if anchor in line.rare else "") for anchor in anchors
    ]
