"""The state of a warehouse on the terminal."""

from typing import Any

from rich.markup import escape

from marketwake.base.errors import counted
from marketwake.cli.console import Terminal, say
from marketwake.cli.show import listing, own_addresses
from marketwake.coverage.status import figures

Row = dict[str, Any]
_COLOURS = {"fresh": "green", "stale": "red", "ended": "bright_black"}


def show_status(status: dict[str, Any]) -> None:
    """Whether all is well, then freshness, gaps by reason, tables, data checks and runs; instants
    in UTC. A narrow terminal has less.
    """
    wide = Terminal().is_wide
    problems = status["problems"]
    told = counted(len(problems), "problem") if problems else "all is well."
    say(f"As of {_instant(status['now'])} UTC: {told}")
    _published(status["published"])
    for problem in problems:
        say(f"  {problem}")
    own_addresses(status["own_addresses"])
    _freshness(status["freshness"], _instant(status["judged_at"]), wide=wide)
    _gaps(_by_reason(status["gaps"]), wide=wide)
    _tables(status["tables"])
    _checks(status["checks"], status["held_back"])
    _vacuums(status["vacuums"])
    _runs(status["runs"])


def _published(cost: Row | None) -> None:
    """When readers got what they have."""
    if cost:
        snapshot = cost.get("snapshot")
        what = f"snapshot {snapshot}" if snapshot else f"{cost['bytes'] / 1e6:,.1f} MB"
        say(f"Published {_instant(cost['at'])} UTC: {what} in {cost['seconds']:.1f} s.")


def _tables(tables: dict[str, Row]) -> None:
    rows = [
        (
            name,
            f"{table['current_rows']:,}",
            f"{table['versions']:,}",
            f"{table['rejects']:,}",
            _instant(table["newest_recorded_at"]),
        )
        for name, table in tables.items()
        if table["versions"] or table["rejects"]
    ]
    names = ("table", "rows", "versions", "rejects", "newest stored")
    listing("Tables", names, rows, longest=len(rows))
    empty = [name for name, table in tables.items() if not table["versions"] + table["rejects"]]
    if empty:
        say(f"Nothing yet in {', '.join(empty)}.")


def _checks(checks: list[Row], held_back: Row | None) -> None:
    rows = [
        (
            check["check_name"],
            check["severity"],
            str(check["offenders"]),
            str(check["accepted"]),
            escape(check["one_of_them"]),
        )
        for check in checks
    ]
    names = ("check", "severity", "offenders", "accepted", "one of them")
    listing("Data checks of the last run", names, rows)
    if held_back and held_back["offenders"]:
        offenders = [
            (escape(row["check"]), escape(row["object"]), escape(row["detail"]))
            for row in held_back["offenders"]
        ]
        listing("What held the publishing back", ("check", "object", "detail"), offenders)


def _vacuums(vacuums: list[Row]) -> None:
    rows = [(row["dataset"], f"{row['removed']:,}", _instant(row["horizon"])) for row in vacuums]
    if rows:
        names = ("table", "versions", "superseded before")
        listing("Old versions that were removed", names, rows)


def _runs(runs: list[Row]) -> None:
    rows = [
        (
            _instant(run["started_at"]),
            run["flow"],
            run["source"],
            run["state"],
            escape(run["message"] or ""),
        )
        for run in runs
    ]
    listing("Last runs", ("started", "flow", "source", "state", "message"), rows)


def _freshness(sources: list[Row], judged_at: str, *, wide: bool) -> None:
    names: tuple[str, ...] = ("figures", "venue", "series", "newest held", "due by then", "state")
    rows: list[tuple[str, ...]] = [
        (
            figures(source),
            source["venue"],
            f"{source['series']:,}",
            _stamp(source["newest_at"]),
            _stamp(source["due_at"]),
            _state(source),
        )
        for source in sources
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
    for hole in gaps:
        groups.setdefault(
            (hole["dataset"], hole["venue"], hole["reason"], hole["next_step"]), []
        ).append(hole)
    rows = [
        {
            "dataset": dataset,
            "venue": venue,
            "reason": reason,
            "next_step": next_step,
            "missing": sum(hole["missing"] for hole in group),
            "series": len({(hole["symbol"], hole["interval"]) for hole in group}),
            "first_at": min(hole["first_at"] for hole in group),
            "last_at": max(hole["last_at"] for hole in group),
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
                row["dataset"],
                row["venue"],
                f"{row['missing']:,}",
                f"{row['series']:,}",
                _between(row),
                row["reason"],
                escape(row["next_step"]),
            )
            for row in rows
        ]
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


def _state(source: Row) -> str:
    state, behind = source["state"], source["behind"]
    names = f": {', '.join(behind[:3])}{' ...' if len(behind) > 3 else ''}" if behind else ""
    return f"[{_COLOURS[state]}]{state}[/]{escape(names)}"


def _stamp(text: str | None) -> str:
    """A stamp of figures; the midnight of a day or session is that day."""
    return _instant(text).removesuffix(" 00:00")


def _instant(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else "-"
