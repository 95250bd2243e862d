"""The study of an event on one screen."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl
from rich.markup import escape

from marketwake.base.errors import BadInputError
from marketwake.base.own_addresses import own_addresses as places
from marketwake.cli.show import out, own_addresses, say
from marketwake.cli.show_study_day import plain, show_day
from marketwake.cli.show_study_full import show_tables
from marketwake.event_study import day_path, story
from marketwake.event_study.design import MODELS, Design
from marketwake.event_study.known import as_known
from marketwake.event_study.run import EventStudy, published, study_event
from marketwake.fact_check.reading import read_claims
from marketwake.fact_check.specifications import read_specifications
from marketwake.fact_check.verdict import VERDICTS

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
    result = _studied(con, request)
    instruments = set(result.test["instrument"]) | set(result.response["instrument"])
    if request.instrument and request.instrument not in instruments:
        held = ", ".join(sorted(instruments)) or "none"
        raise BadInputError(
            f"there is no '{request.instrument}' in this study",
            f"Instruments: {held}; or a market that is held, such as SOL/USD.",
        )
    return result


def _studied(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> EventStudy:
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
        before = story.conditions(tests, venue, request.hours, result.design.model)
        say(" ".join([*before, story.errors(lines)]))
        say(story.surprises(tests, result.design))
        _anticipation(tests, venue, request.instrument)
        if request.at is None:
            _day(con, request, tests.filter(venue=venue), venue, anchors)
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
        at = f"{nominal:%Y-%m-%d %H:%M}" + (f":{nominal:%S}" if nominal.second else "")
        say(f"  {anchor}: {at} UTC{spread}")
    near = estimation["nominal_at"].to_list()
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


def _screen(
    lines: list[story.Line], anchors: list[str], venue: str, request: StudyRequest, design: Design
) -> None:
    say(
        f"After {request.hours} hours, {story.SESSIONS} sessions, {story.DAYS} day; "
        f"{venue}; {design.model.replace('_', ' ')}"
    )
    table = plain("", "after", "effect", "95 % interval", "p", "past", "plain", "storm")
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
    out.print(table)
    least = f"The least p of {len(anchors)} anchors, which is small more often than it says. "
    say(
        f"{least if len(anchors) > 1 else ''}p: rank among all dates; past: among earlier ones "
        "alone (!: they disagree); plain: without a forecast; *: rare; ?: too few dates; storm: "
        "fifth of calm (1) to storm (5) before; interval: effects that are not rare."
    )
    moves = [line for line in lines if line.label.endswith((" return", design.market))]
    # Eighty columns hold six anchors. What one alone has stands above.
    many = range(0, len(anchors), 6) if len(anchors) > 1 else ()
    for some in (anchors[start : start + 6] for start in many):
        table = plain("", *some)
        for line in moves:
            table.add_row(line.label, *_moves(line, some))
        out.print(table)


def _moves(line: story.Line, anchors: list[str]) -> list[str]:
    return [
        line.values.get(anchor, "-") + ("*" if anchor in line.rare else "") for anchor in anchors
    ]


def _anticipation(tests: pl.DataFrame, venue: str, only: str | None) -> None:
    kept = tests.filter(venue=venue, window_unit="hour", window_length=PRE, model="constant_mean")
    told, together = [], []
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
        least = own.filter(measure="run_up")["p_two_sided"].min()
        if isinstance(least, float):
            together.append(f"{instrument} {least:.2g}")
    sentences = [
        f"Of the move from {PRE // 24} days before to {PRE // 24} days after, came before the "
        f"anchor: {', '.join(told)}."
        if told
        else "",
        f"The {PRE // 24} days before as one, least p: {', '.join(together)}." if together else "",
    ]
    if any(sentences):
        say(" ".join(filter(None, sentences)))


def _day(
    con: duckdb.DuckDBPyConnection,
    request: StudyRequest,
    tests: pl.DataFrame,
    venue: str,
    anchors: list[str],
) -> None:
    chosen = [name for name in day_path.read_chosen_by_price(con, request.event) if name in anchors]
    path = day_path.read_path(con, request.event, venue)
    if request.instrument:
        tests, path = (frame.filter(instrument=request.instrument) for frame in (tests, path))
    if request.hours == 1:
        for line in day_path.one_hour(tests, chosen):
            say(line)
    if path.height:
        show_day(path, anchors, chosen)


def _specifications(con: duckdb.DuckDBPyConnection, event: str) -> None:
    for question, told in read_specifications(con, event).items():
        say(f"{question}: {told}.")


def _written(con: duckdb.DuckDBPyConnection, event: str) -> None:
    verdicts = Counter(claim["verdict"] for claim in read_claims(con) if claim["event"] == event)
    if verdicts:
        told = ", ".join(f"{verdicts[word]} {word}" for word in VERDICTS if verdicts[word])
        say(f"What was written about it: {told} (marketwake claims).")
