"""A study of many events on the terminal, within 80 columns."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from rich.markup import escape
from rich.table import Table

from marketwake.cli.show import LONGEST_LIST, out, say

if TYPE_CHECKING:
    from marketwake.panel_study.study import PanelResult


def panel(result: "PanelResult") -> None:
    """Design, tests by window with the reasons of refusals below, what became of every event."""
    for name, value in result.design.described().items():
        say(f"{name}: {value}")
    for about in result.clustering.to_dicts():
        _tests(about, result.tests.filter(window=about["window"]).to_dicts())
    _differences(result.differences.to_dicts())
    _outcome(result.outcome.to_dicts())


def as_json(result: "PanelResult") -> dict[str, Any]:
    """The same for machines, with the cumulative abnormal returns; instants as ISO text."""
    outcome = [
        {**row, "event_at": row["event_at"] and row["event_at"].isoformat()}
        for row in result.outcome.to_dicts()
    ]
    frames = {
        name: getattr(result, name).to_dicts()
        for name in ("tests", "clustering", "cumulative", "differences")
    }
    return {"design": result.design.described(), "outcome": outcome, **frames}


def _tests(about: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    mean, correlation = (
        "-" if value is None else form.format(value)
        for value, form in ((rows[1]["mean_car"], "{:.2%}"), (about["correlation"], "{:.3f}"))
    )
    say(
        f"\nWindow {about['window']}: events {about['n']}, mean CAR {mean}, "
        f"average correlation {correlation}"
    )
    table = Table()
    for name in ("test", "statistic", "p-value", "mean at 95 %"):
        table.add_column(name, justify="left" if name == "test" else "right", no_wrap=True)
    table.add_column("valid", no_wrap=True)
    reasons = list(dict.fromkeys(row["reason"] for row in rows if row["reason"]))
    for row in rows:
        statistic, p_value = (
            "-" if row[name] is None else form.format(row[name])
            for name, form in (("statistic", "{:.3f}"), ("p_value", "{:.3g}"))
        )
        table.add_row(
            row["test"].replace("_", " "),
            statistic,
            p_value,
            "-" if row["ci_low"] is None else f"{row['ci_low']:.2%} to {row['ci_high']:.2%}",
            "yes" if row["valid"] else f"no ({reasons.index(row['reason']) + 1})",
        )
    out.print(table)
    for number, reason in enumerate(reasons, 1):
        out.print(f"({number}) {escape(reason)}", highlight=False)
    if rows[0]["detectable"] is not None:
        say(f"Four times in five the permutation test would find {rows[0]['detectable']:.2%}.")


def _differences(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    judged = {"p": "p_value", "Holm": "holm", "permuted": "p_permutation"}
    if all(row["holm"] == row["p_value"] for row in rows):
        del judged["Holm"]
    table = Table(title="Mean CAR of a group less that of another", title_justify="left")
    for name in ("window", "groups", "difference", "at 95 %", *judged, "days"):
        justify: Literal["left", "right"] = "left" if name in {"window", "groups"} else "right"
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        difference, low, high = (
            "-" if row[name] is None else f"{row[name]:.2%}"
            for name in ("difference", "ci_low", "ci_high")
        )
        table.add_row(
            row["window"],
            escape(f"{row['group']} ({row['n']}) -\n{row['other']} ({row['n_other']})"),
            difference,
            "-" if row["ci_low"] is None else f"{low} to {high}",
            *("-" if row[name] is None else f"{row[name]:.3g}" for name in judged.values()),
            str(row["days"]),
        )
    out.print(table)
    for reason in dict.fromkeys(row["reason"] for row in rows if row["reason"]):
        out.print(escape(reason), highlight=False)


def _outcome(rows: list[dict[str, Any]]) -> None:
    counts = Counter(row["code"] for row in rows)
    say(
        f"{len(rows)} events: "
        + ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in counts.most_common())
    )
    left = [row for row in rows if row["code"] != "ok"]
    if not left:
        return
    table = Table(title="Events that lack something", title_justify="left")
    for name in ("event", "series", "outcome", "its period", "estimation", "windows"):
        table.add_column(
            name, justify="right" if name in {"estimation", "windows"} else "left", overflow="fold"
        )
    for row in left[:LONGEST_LIST]:
        at = (
            "-"
            if row["event_at"] is None
            else f"{row['event_at']:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        )
        counts_of = (str(row["estimation_count"]), str(row["complete_windows"]))
        table.add_row(
            escape(row["event"]),
            escape(row["series"]),
            row["code"].replace("_", " "),
            at,
            *counts_of,
        )
    out.print(table)
    if len(left) > LONGEST_LIST:
        say(f"... and {len(left) - LONGEST_LIST} more: --json has them all")
