"""The study of one event in a few lines: what moved, against what is normal, how sure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from marketwake.base.errors import counted
from marketwake.base.figure_text import format_p, format_value
from marketwake.event_study.design import Design, Model
from marketwake.event_study.family import ONE_TEST

SESSIONS, DAYS = 2, 1
"""Windows of flows and basis, and of the panel of coins; hours are the reader's choice."""


@dataclass(frozen=True)
class Line:
    """A quantity: its value after each anchor, and how sure the one is that stands out most; text
    for people, "-" where there is none.
    """

    label: str
    values: dict[str, str]
    """By anchor; "-" where the window lacks data."""
    anchor: str = "-"
    """The one with the least p; what follows is of it."""
    effect: str = "-"
    """Its value less what the run-up promised, where that is forecast, and less what is usual on
    other dates: the middle of the interval."""
    interval: str = "-"
    """Effects that the test would not call unusual."""
    p: str = "-"
    p_earlier: str = "-"
    p_plain: str = "-"
    resolution: str = "-"
    """The largest floor of p among the anchors."""
    detectable: str = "-"
    """The largest of them."""
    calm: str = "-"
    """Fifth of calm (1) to storm (5) before it, e.g. 3/5."""
    rare: list[str] = field(default_factory=list)
    """Anchors at which it is unusual."""
    is_decidable: bool = False
    """Whether the placebo dates allow any verdict."""
    is_disputed: bool = False
    """Whether all dates and the earlier ones alone say different things of it."""
    errs: str | None = None
    """How often such a test calls ordinary dates unusual then, where that leaves 3 to 7 %."""

    @property
    def unusual(self) -> str:
        """no, yes with the anchors, or a question mark: too few placebo dates for any verdict."""
        return f"yes: {', '.join(self.rare)}" if self.rare else "no" if self.is_decidable else "?"


def lines(
    tests: pl.DataFrame, venue: str, hours: int, model: Model, only: str | None = None
) -> list[Line]:
    """The quantities of the screen.

    Args:
        tests: rows of mart.event_inference of the anchors that are shown.
        venue: spot venue.
        hours: window of hourly measures.
        model: of returns, where an instrument has it.
        only: a single instrument.
    """
    told = []
    hourly = tests.filter(window_unit="hour", window_length=hours, venue=venue)
    for instrument in sorted(set(hourly["instrument"])):
        own = hourly.filter(instrument=instrument)
        returns = own.filter(measure="abnormal_log_return")
        chosen = model if model in own["model"] else "constant_mean"
        told += _line(f"{instrument} return", returns.filter(model=chosen))
        if chosen != "market_model":
            beyond = returns.filter(model="market_model")
            told += _line(f"{instrument} beyond {_market(own)}", beyond)
        told += _line(f"{instrument} volume", own.filter(measure="log_volume_ratio"))
        told += _line(f"{instrument} volatility", own.filter(measure="log_volatility_ratio"))
    sessions = tests.filter(window_unit="session", window_length=SESSIONS)
    flows = sessions.filter(measure="abnormal_net_flow_usd")
    for instrument in sorted(set(flows["instrument"])):
        told += _line(f"{instrument} flow", flows.filter(instrument=instrument))
    basis = sessions.filter(measure="annualised_basis_change", venue=venue)
    for instrument in sorted(name for name in set(basis["instrument"]) if " " not in name):
        told += _line(f"{instrument} basis", basis.filter(instrument=instrument))
    coins = tests.filter(window_unit="day", window_length=DAYS)
    told += _line("altcoins risen", coins.filter(measure="share_of_coins_up"))
    told += _line("altcoin value", coins.filter(measure="log_market_value_change"))
    return [line for line in told if only is None or line.label.startswith(f"{only} ")]


def venues(tests: pl.DataFrame, order: Sequence[str]) -> list[str]:
    """Spot venues that have a test, in the given order."""
    held = set(
        tests.filter(pl.col("window_unit") == "hour", pl.col("value").is_not_null())["venue"]
    )
    return [venue for venue in order if venue in held]


def family(tests: pl.DataFrame, design: Design) -> dict[str, float | None]:
    """The family in figures: tests, significance, unusual (tests with p up to that), by_chance (so
    many would be), unusual_after_holm, smallest_after_holm (null without a test).
    """
    members = tests.filter("is_in_family").unique(ONE_TEST)
    nominal, held = (
        members.filter(pl.col(name) <= design.significance).height
        for name in ("p_two_sided", "holm")
    )
    smallest = members["holm"].min()
    return {
        "tests": members.height,
        "significance": design.significance,
        "unusual": nominal,
        "by_chance": members.height * design.significance,
        "unusual_after_holm": held,
        "smallest_after_holm": None if smallest is None else float(str(smallest)),
    }


def surprises(tests: pl.DataFrame, design: Design) -> str:
    """What is left of the family after adjustment, in a sentence."""
    found = family(tests, design)
    if not found["tests"]:
        return "No test of the family could be made."
    return (
        f"{found['tests']} tests in the family (returns by the {design.model.replace('_', ' ')} "
        f"alone), {found['unusual']} with p up to {design.significance:g} "
        f"({found['by_chance']:.1f} by chance); after Holm "
        f"{found['unusual_after_holm'] or 'none'}, smallest {_p(found['smallest_after_holm'])}."
    )


def precedent_caveat(tests: pl.DataFrame) -> str | None:
    """What an index return over months is worth as evidence; None where there is none.

    `tests` are rows of mart.event_inference.
    """
    months = tests.filter(pl.col("window_unit") == "month", pl.col("p_two_sided").is_not_null())
    if months.is_empty():
        return None
    longest = (
        months.filter(pl.col("window_length") == pl.col("window_length").max())
        .unique("instrument")
        .sort("instrument")
    )
    told = ", ".join(
        f"{apart} of {dates:,} for {name}"
        for name, apart, dates in longest.select(
            "instrument", "independent_count", "placebo_count"
        ).rows()
    )
    return (
        f"Start months overlap: of the windows of {counted(longest['window_length'][0], 'month')} "
        f"only {told} share no month, so that p is at least {_p(longest['p_resolution'].max())}. "
        "They span wars, monetary regimes and tax laws that the event's own time did not know, and "
        "returns hold no dividends."
    )


def _market(rows: pl.DataFrame) -> str:
    return next(iter(rows.filter(model="market_model")["market"]), "")


def _line(label: str, rows: pl.DataFrame) -> list[Line]:
    known = rows.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return []
    unit = known["unit"][0]
    values = {
        anchor: shown(value, unit) if value is not None else "-"
        for anchor, value in rows.select("anchor", "value").rows()
    }
    ranked = known.filter(pl.col("p_two_sided").is_not_null()).sort("p_two_sided", "anchor")
    if ranked.is_empty():
        return [Line(label, values)]
    row = ranked.row(0, named=True)
    p, earlier, plain, resolution = (
        "-" if number is None else _p(number)
        for number in (
            *(row[name] for name in ("p_two_sided", "p_earlier", "p_plain")),
            ranked["p_resolution"].max(),
        )
    )
    detectable = ranked["mde"].max()
    return [
        Line(
            label,
            values,
            row["anchor"],
            _move(row["effect"], unit),
            interval(row["ci_low"], row["ci_high"], unit),
            p,
            earlier + ("" if row["verdict_earlier"] != "not decidable" else "?"),
            plain,
            resolution,
            _move(float(str(detectable)), unit) if detectable is not None else "-",
            f"{row['condition_fifth']}/5" if row["condition_fifth"] else "-",
            ranked.filter(verdict="unusual")["anchor"].to_list(),
            bool(ranked.filter(pl.col("verdict") != "not decidable").height),
            row["schemes_agree"] is False,
            None
            if row["measured_size"] is None
            else format_value(row["measured_size"], "fraction"),
        )
    ]


def interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval of an effect, its unit once: -3.6 to +2.4 %."""
    if low is None or high is None:
        return "-"
    ends = [_move(end, unit) for end in (low, high)]
    first, _, of_first = ends[0].partition(" ")
    same = of_first == ends[1].partition(" ")[2]
    return f"{first if same else ends[0]} to {ends[1]}"


def conditions(tests: pl.DataFrame, venue: str, hours: int, model: Model) -> list[str]:
    """How the time before was, and what volume it promised, in sentences.

    Args:
        tests: rows of mart.event_inference of the anchors that are shown, of the returns.
    """
    hourly = tests.filter(venue=venue, window_unit="hour", window_length=hours)
    own = hourly.filter(
        pl.col("condition_fifth").is_not_null(), measure="abnormal_log_return"
    ).filter(pl.col("model").is_in([model, "constant_mean"]))
    told = []
    for (instrument,), rows in own.group_by("instrument", maintain_order=True):
        row = rows.sort((pl.col("model") != model), "anchor_at").row(0, named=True)
        told.append(
            f"{instrument} {row['condition_ratio']:.2f} times the variance of six weeks, in the "
            f"{_NTH[row['condition_fifth']]} fifth of dates from calm to storm (these six weeks: "
            f"{_NTH[row['level_fifth']]})"
        )
    sentences = [f"Before {_called(row['anchor'])}: {'; '.join(told)}."] if told else []
    promised = [
        f"{instrument} {shown(value, 'log')} after {_called(anchor)}, "
        f"promised {shown(expected, 'log')}"
        for instrument, anchor, value, expected in hourly.filter(measure="log_volume_ratio")
        .drop_nulls(["value", "expected"])
        .sort("instrument", "p_two_sided", "anchor")
        .unique("instrument", keep="first", maintain_order=True)
        .select("instrument", "anchor", "value", "expected")
        .rows()
    ]
    if promised:
        sentences.append(f"Volume against usual: {'; '.join(promised)}.")
    return sentences


def _called(anchor: str) -> str:
    """An anchor in a sentence; that of a bare instant has no name of its own."""
    return "the instant" if anchor == "at" else anchor


def errors(lines: Sequence[Line]) -> str:
    """How often tests as those shown call ordinary dates unusual, in a sentence."""
    rows = [f"{line.label} {line.errs}" for line in lines if line.errs]
    most = "In such times such tests call 3 to 7 % of ordinary dates unusual"
    return f"{most}, but {', '.join(rows)}." if rows else f"{most}, where that was measured."


_NTH = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th"}


def shown(value: float, unit: str) -> str:
    """A value with its sign (a share without); log returns and rates in per cent.

    Logs of ratios are shown as the per cent they stand for, from a doubling on in whole ones.
    """
    if unit == "log":
        if value >= math.log(100):
            return f"x{math.exp(value):,.0f}"
        growth = math.expm1(value)
        return f"{growth:+,.0%}".replace("%", " %") if growth >= 1 else shown(growth, "fraction")
    if unit == "share":
        return format_value(value, "fraction")
    if unit == "usd":
        return f"{value / 1e6:+,.0f} M"
    text = format_value(value, "fraction", signed=True) if unit == "fraction" else f"{value:+.2f}"
    return text.lstrip("+-") if not text.strip("+-0. %") else text


def _move(value: float, unit: str) -> str:
    """A change: of a share in percentage points, for its level is another thing."""
    return f"{100 * value:+.1f} pts" if unit == "share" else shown(value, unit)


def _p(value: object) -> str:
    return format_p(float(str(value)))
