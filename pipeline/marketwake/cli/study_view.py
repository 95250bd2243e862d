"""What is asked of a study, and what is told of it on the terminal and to machines."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from marketwake.base.errors import BadInputError
from marketwake.base.text import closest
from marketwake.cli.show_claims import tally
from marketwake.event_study import day_path, story
from marketwake.event_study.design import MODELS, Design
from marketwake.event_study.run import EventStudy, published, study_event
from marketwake.fact_check.reading import read_claims
from marketwake.fact_check.specifications import read_specifications
from marketwake.report.headline import headline

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
                f"there is no model '{self.model}'",
                f"{closest(self.model, MODELS)}Choose one of {', '.join(MODELS)}.",
            )
        if not 1 <= self.hours <= 24 * 30:
            raise BadInputError(
                f"a window of {self.hours} hours is not studied", "Choose 1 to 720 hours."
            )
        model = next(model for model in MODELS if model == self.model)
        if self.hours in default.hours:
            return Design(model=model)
        return Design(model=model, hours=tuple(sorted({*default.hours, self.hours})))


@dataclass(frozen=True)
class View:
    """What is shown of a study."""

    estimation: pl.DataFrame
    """Of the anchors that are shown, in their order in time."""
    tests: pl.DataFrame
    """At these anchors."""
    venue: str
    """Of the hourly bars; empty where there are none."""
    lines: list[story.Line]
    unfilled: str | None
    """That the hourly window is filled at no anchor, and the longest one that is."""

    @property
    def anchors(self) -> list[str]:
        """Their names."""
        return self.estimation["anchor"].to_list()


def studied(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> EventStudy:
    """The study: from its tables where they hold it, else computed.

    Raises:
        BadInputError: an event, instant, model or instrument that is not there, or an instant
            beside the name of an event that has its own.
    """
    known = con.execute("select 1 from seed.event where event = ?", [request.event]).fetchall()
    if known and request.at is not None:
        raise BadInputError(
            f"--at: '{request.event}' is an event with instants of its own",
            "Leave --at away to study the event, or give another name, or none, to study the "
            "instant.",
        )
    result = _studied(con, request)
    instruments = set(result.test["instrument"]) | set(result.response["instrument"])
    if request.instrument and request.instrument not in instruments:
        held = ", ".join(sorted(instruments)) or "none"
        raise BadInputError(
            f"there is no '{request.instrument}' in this study",
            f"{closest(request.instrument, instruments)}Instruments: {held}; or a market that is "
            "held, such as SOL/USD.",
        )
    return result


def _studied(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> EventStudy:
    design = request.design()
    symbols = [request.instrument] if request.instrument and "/" in request.instrument else []
    if request.at is None and request.as_known_at is None and design == Design() and not symbols:
        return published(con, request.event)
    return study_event(con, request.event, request.at, design, symbols)


def view(con: duckdb.DuckDBPyConnection, request: StudyRequest, result: EventStudy) -> View:
    """What is shown of a study. Raises BadInputError: no hourly bars of the venue asked for."""
    estimation = result.estimation.sort("nominal_at")
    if estimation["is_candidate"].any() and not request.every_anchor:
        estimation = estimation.filter("is_candidate")
    tests = result.test.join(estimation.select("anchor"), on="anchor", how="semi")
    order = [
        row[0] for row in con.execute("select venue from seed.venue order by rowid").fetchall()
    ]
    held = story.venues(tests, order)
    if request.venue and request.venue not in held:
        raise BadInputError(
            f"there are no hourly bars of '{request.venue}' around this event",
            f"{closest(request.venue, held)}Venues that have some: {', '.join(held) or 'none'}.",
        )
    venue = request.venue or next(iter(held), "")
    lines = story.lines(tests, venue, request.hours, result.design.model, request.instrument)
    return View(estimation, tests, venue, lines, _unfilled(tests, venue, request))


def of_event(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> list[str]:
    """The answer about a catalogued event, by the default design."""
    return headline(con, request.event) if _is_of_event(request) else []


def of_tests(shown: View, request: StudyRequest, design: Design) -> list[str]:
    """What the tests say: the time before, the family, what came before the anchor, and a window
    that cannot be filled.
    """
    told = []
    if shown.unfilled:
        told.append(shown.unfilled)
    if shown.lines:
        before = story.conditions(shown.tests, shown.venue, request.hours, design.model)
        told.append(" ".join([*before, story.errors(shown.lines)]))
        told.append(story.surprises(shown.tests, design))
        told += _anticipation(shown.tests, shown.venue, request.instrument)
    return told


def of_day(
    con: duckdb.DuckDBPyConnection, request: StudyRequest, shown: View
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """The hours of the day of a catalogued event, as `day_path.read_path` gives them, and what is
    to be said before and after them.
    """
    tests = shown.tests.filter(venue=shown.venue)
    path = day_path.read_path(con, request.event, shown.venue)
    if request.instrument:
        tests, path = (frame.filter(instrument=request.instrument) for frame in (tests, path))
    chosen = [
        name for name in day_path.read_chosen_by_price(con, request.event) if name in shown.anchors
    ]
    before = day_path.one_hour(tests, chosen) if request.hours == 1 else []
    return path, before, day_path.sentences(path, chosen) if path.height else []


def of_answers(con: duckdb.DuckDBPyConnection, request: StudyRequest) -> list[str]:
    """Of a catalogued event: in how many ways to ask the answers are yes, and what was written."""
    if not _is_of_event(request):
        return []
    specifications = read_specifications(con, request.event).items()
    told = [f"{question}: {answer}." for question, answer in specifications]
    verdicts = [claim["verdict"] for claim in read_claims(con) if claim["event"] == request.event]
    if verdicts:
        told.append(f"What was written about it: {tally(verdicts)} (marketwake claims).")
    return told


def _is_of_event(request: StudyRequest) -> bool:
    """Whether all that is published of an event belongs to what was asked for."""
    return request.at is None and request.as_known_at is None


def _unfilled(tests: pl.DataFrame, venue: str, request: StudyRequest) -> str | None:
    hourly = tests.filter(
        pl.col("value").is_not_null(),
        venue=venue,
        window_unit="hour",
        measure="abnormal_log_return",
    )
    if request.instrument:
        hourly = hourly.filter(instrument=request.instrument)
    filled = hourly["window_length"].to_list()
    if not filled or request.hours in filled:
        return None
    return (
        f"The {request.hours} hours afterwards are not all held; the longest window that is filled "
        f"has {max(filled)}: --hours {max(filled)}."
    )


def _anticipation(tests: pl.DataFrame, venue: str, only: str | None) -> list[str]:
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
            least, most = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
            told.append(f"{instrument} {least if least == most else f'{least} to {most}'} %")
        p = own.filter(measure="run_up")["p_two_sided"].min()
        if isinstance(p, float):
            together.append(f"{instrument} {p:.2g}")
    sentences = [
        f"Of the move from {PRE // 24} days before to {PRE // 24} days after, came before the "
        f"anchor: {', '.join(told)}."
        if told
        else "",
        f"The {PRE // 24} days before as one, least p: {', '.join(together)}." if together else "",
    ]
    return [" ".join(filter(None, sentences))] if any(sentences) else []
