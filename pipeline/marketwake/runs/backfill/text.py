"""What a backfill says of its plan and of what is left, as plain rows and lines: for the terminal
and for the artifacts of a flow.
"""

from collections.abc import Sequence
from datetime import datetime

from marketwake.coverage.ledger import Hole
from marketwake.runs.backfill.plan import Plan
from marketwake.sources.spot.client import MONTH

TO_COME = frozenset({"not yet published", "not listed yet"})
"""Reasons of holes that are nobody's fault."""


def plan_rows(plan: Plan) -> list[tuple[str, ...]]:
    """Source, holes, missing stamps, requests, seconds between two of them, time at least; the
    slowest source first.
    """
    return [
        (
            part.source.name,
            f"{len(part.holes):,}",
            f"{sum(hole.missing for hole in part.holes):,}",
            f"{len(part.requests):,}",
            f"{part.source.pace_seconds:g} s",
            duration(part.seconds),
        )
        for part in sorted(plan.parts, key=lambda part: -part.seconds)
    ]


def plan_lines(plan: Plan) -> list[str]:
    """The plan in a few sentences."""
    lines = [f"{len(plan.windows):,} series from {plan.first} to {plan.last}"]
    if plan.parts:
        word = "request" if plan.requests == 1 else "requests"
        lines.append(
            f"{plan.requests:,} {word}, {duration(plan.seconds)} at least, "
            "at the pace that the sources ask for"
        )
        months = sum(request.dataset == MONTH for part in plan.parts for request in part.requests)
        if months:
            word = "month" if months == 1 else "months"
            lines.append(
                f"{months:,} whole {word} of Binance from its public archive, with checksum; "
                "what is missing there, and the rest, by its API"
            )
        if any(request.ordered_by for part in plan.parts for request in part.requests):
            lines.append("what is held is asked for again, and restated where the source differs")
    else:
        lines.append("nothing to ask for")
    absent = sum(hole.missing for hole in plan.others if hole.reason == "confirmed absent")
    if absent:
        lines.append(f"{absent:,} stamps are confirmed absent and not asked for; --again asks")
    return lines


def lack_lines(plan: Plan) -> list[str]:
    """What cannot be had, series with the same reason together."""
    groups: dict[tuple[str, str, str], list[Hole]] = {}
    for lack in plan.lacks:
        groups.setdefault((lack.hole.series.dataset, lack.hole.series.venue, lack.why), []).append(
            lack.hole
        )
    lines = []
    for (dataset, venue, why), holes in groups.items():
        between = _between(min(hole.first for hole in holes), max(hole.last for hole in holes))
        missing = f"{sum(hole.missing for hole in holes):,} of {dataset} {venue}"
        lines.append(f"{missing} {_symbols(holes)}, {between}: {why}")
    return [*lines, *plan.notes]


def missing_rows(holes: Sequence[Hole]) -> list[tuple[str, ...]]:
    """Series, missing stamps, first and last of them, why and what happens next; series alike in
    that share a row.
    """
    groups: dict[tuple[str, ...], list[Hole]] = {}
    for hole in holes:
        if hole.reason not in TO_COME:
            series = hole.series
            groups.setdefault(
                (series.dataset, series.venue, series.interval, hole.reason, hole.next_step), []
            ).append(hole)
    return [
        (
            f"{dataset} {venue} {interval}: {_symbols(members)}",
            f"{sum(hole.missing for hole in members):,}",
            _between(min(hole.first for hole in members), max(hole.last for hole in members)),
            f"{reason}: {step}",
        )
        for (dataset, venue, interval, reason, step), members in groups.items()
    ]


def to_come(holes: Sequence[Hole]) -> int:
    """Stamps that nobody can have yet."""
    return sum(hole.missing for hole in holes if hole.reason in TO_COME)


def _symbols(holes: Sequence[Hole]) -> str:
    names = list(dict.fromkeys(hole.series.symbol for hole in holes))
    return (
        ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
    )


def _between(first: datetime, last: datetime) -> str:
    return stamp(first) if first == last else f"{stamp(first)} to {stamp(last)}"


def stamp(instant: datetime) -> str:
    """A stamp as people write it: a day where it is a midnight."""
    return (
        f"{instant:%Y-%m-%d}"
        if instant.hour == instant.minute == 0
        else f"{instant:%Y-%m-%d %H:%M}"
    )


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, rounded up to what can be told apart."""
    if seconds < 1:
        return "< 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
