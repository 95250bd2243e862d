"""The state of a warehouse on the terminal."""

from typing import Any

from rich.markup import escape

from marketwake.cli.show import WIDE, listing, out, say
from marketwake.coverage.status import figures

Row = dict[str, Any]
_COLOURS = {"fresh": "green", "stale": "red", "ended": "bright_black"}


def show_status(found: dict[str, Any]) -> None:
    """Whether all is well, then freshness, gaps by reason, tables, data checks and runs; instants
    in UTC. A narrow terminal has less.
    """
    wide = out.width >= WIDE
    problems = len(found["problems"])
    told = (
        f"{problems} {'problem' if problems == 1 else 'problems'}" if problems else "all is well."
    )
    say(f"As of {_instant(found['now'])} UTC: {told}")
    for problem in found["problems"]:
        say(f"  {problem}")
    _freshness(found["freshness"], _instant(found["judged_at"]), wide=wide)
    _gaps(_by_reason(found["gaps"]), wide=wide)
    tables = [
        (
            name,
            f"{one['current_rows']:,}",
            f"{one['versions']:,}",
            f"{one['rejects']:,}",
            _instant(one["newest_recorded_at"]),
        )
        for name, one in found["tables"].items()
    ]
    listing(
        "Tables",
        ("table", "rows", "versions", "rejects", "newest stored"),
        tables,
        longest=len(tables),
    )
    checks = [
        (
            one["check_name"],
            one["severity"],
            str(one["offenders"]),
            str(one["accepted"]),
            escape(one["one_of_them"]),
        )
        for one in found["checks"]
    ]
    listing(
        "Data checks of the last run",
        ("check", "severity", "offenders", "accepted", "one of them"),
        checks,
    )
    if found["held_back"] and found["held_back"]["offenders"]:
        held = [
            (one["check"], one["object"], one["detail"]) for one in found["held_back"]["offenders"]
        ]
        listing(
            "What held the publishing back",
            ("check", "object", "detail"),
            [tuple(map(escape, row)) for row in held],
        )
    vacuums = [
        (one["dataset"], f"{one['removed']:,}", _instant(one["horizon"]))
        for one in found["vacuums"]
    ]
    if vacuums:
        listing(
            "Old versions that were removed", ("table", "versions", "superseded before"), vacuums
        )
    runs = [
        (
            _instant(one["started_at"]),
            one["flow"],
            one["source"],
            one["state"],
            escape(one["message"] or ""),
        )
        for one in found["runs"]
    ]
    listing("Last runs", ("started", "flow", "source", "state", "message"), runs)


def _freshness(sources: list[Row], judged_at: str, *, wide: bool) -> None:
    names: tuple[str, ...] = ("figures", "venue", "series", "newest held", "due by then", "state")
    rows: list[tuple[str, ...]] = [
        (
            figures(one),
            one["venue"],
            f"{one['series']:,}",
            _stamp(one["newest_at"]),
            _stamp(one["due_at"]),
            _state(one),
        )
        for one in sources
    ]
    if not wide:
        names = ("figures", *names[3:])
        rows = [
            (f"{part} {venue}", newest, due, state) for part, venue, _, newest, due, state in rows
        ]
    listing(f"Freshness at {judged_at} UTC", names, rows, longest=len(rows))


def _by_reason(gaps: list[Row]) -> list[Row]:
    """Holes of one source with the same reason and next step as one row, largest first."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for one in gaps:
        groups.setdefault(
            (one["dataset"], one["venue"], one["reason"], one["next_step"]), []
        ).append(one)
    rows = [
        {
            "dataset": dataset,
            "venue": venue,
            "reason": reason,
            "next_step": next_step,
            "missing": sum(one["missing"] for one in group),
            "series": len({(one["symbol"], one["interval"]) for one in group}),
            "first_at": min(one["first_at"] for one in group),
            "last_at": max(one["last_at"] for one in group),
        }
        for (dataset, venue, reason, next_step), group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["missing"], row["dataset"], row["venue"]))


def _gaps(rows: list[Row], *, wide: bool) -> None:
    names: tuple[str, ...]
    cells: list[tuple[str, ...]]
    if wide:
        names = ("figures", "venue", "missing", "series", "between", "reason", "what happens next")
        cells = [
            (
                row["dataset"], row["venue"], f"{row['missing']:,}", f"{row['series']:,}", _between(row), row["reason"],
                escape(row["next_step"]),
            )
            for row in rows
        ]  # fmt: skip
    else:
        names = ("figures", "missing", "reason, and what happens next")
        cells = [
            (
                f"{row['dataset']} {row['venue']}",
                f"{row['missing']:,}",
                f"{row['reason']}, {_between(row)}: {escape(row['next_step'])}",
            )
            for row in rows
        ]
    listing("Missing, by reason", names, cells)


def _between(row: Row) -> str:
    return f"{row['first_at'][:10]} to {row['last_at'][:10]}"


def _state(one: Row) -> str:
    behind = (
        f": {', '.join(one['behind'][:3])}{' ...' if len(one['behind']) > 3 else ''}"
        if one["behind"]
        else ""
    )
    return f"[{_COLOURS[one['state']]}]{one['state']}[/]{escape(behind)}"


def _stamp(text: str | None) -> str:
    """A stamp of figures; the midnight of a day or session is that day."""
    return _instant(text).removesuffix(" 00:00")


def _instant(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else "-"
