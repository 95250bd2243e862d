"""A study of many events on the terminal, within 80 columns."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from marketwake.base.errors import counted
from marketwake.cli.console import plain, put, say
from marketwake.cli.show import LONGEST_LIST, heading

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
    correlation = "-" if about["correlation"] is None else f"{about['correlation']:.3f}"
    say(
        f"\nWindow {about['window']}: {counted(about['n'], 'event')}, "
        f"mean CAR {_percent(rows[1]['mean_car'])}, average correlation {correlation}"
    )
    numbers = ("statistic", "p-value", "mean at 95 %")
    table = plain("test", *numbers, "valid", right=numbers)
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
            _interval(row),
            "yes" if row["valid"] else f"no ({reasons.index(row['reason']) + 1})",
        )
    put(table)
    for number, reason in enumerate(reasons, 1):
        say(f"({number}) {reason}")
    if rows[0]["detectable"] is not None:
        say(
            f"Four times in five the permutation test would find {_percent(rows[0]['detectable'])}."
        )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"


def _interval(row: dict[str, Any]) -> str:
    low, high = row["ci_low"], row["ci_high"]
    return "-" if low is None else f"{100 * low:.2f} to {_percent(high)}"


def _differences(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    judged = {"p": "p_value", "Holm": "holm", "permuted": "p_permutation"}
    if all(row["holm"] == row["p_value"] for row in rows):
        del judged["Holm"]
    heading("Mean CAR of a group less that of another")
    numbers = ("difference", "at 95 %", *judged, "days")
    table = plain("window", "groups", *numbers, right=numbers)
    for row in rows:
        table.add_row(
            row["window"],
            escape(f"{row['group']} ({row['n']}) -\n{row['other']} ({row['n_other']})"),
            _percent(row["difference"]),
            _interval(row),
            *("-" if row[name] is None else f"{row[name]:.3g}" for name in judged.values()),
            str(row["days"]),
        )
    put(table)
    for reason in dict.fromkeys(row["reason"] for row in rows if row["reason"]):
        say(reason)


def _outcome(rows: list[dict[str, Any]]) -> None:
    counts = Counter(row["code"] for row in rows)
    say(
        f"{counted(len(rows), 'event')}: "
        + ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in counts.most_common())
    )
    left = [row for row in rows if row["code"] != "ok"]
    if not left:
        return
    heading("Events that lack something")
    numbers = ("estimation", "windows")
    table = plain("event", "series", "outcome", "its period", *numbers, right=numbers)
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
    put(table)
    if len(left) > LONGEST_LIST:
        say(f"... and {len(left) - LONGEST_LIST} more: --json has them all")
