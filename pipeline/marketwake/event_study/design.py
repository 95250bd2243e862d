"""The choices of the study in one place; nothing here is tuned to an outcome.

CONTRIBUTING says which were made after figures were seen.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from typing import Literal

from marketwake.base.errors import BadInputError
from marketwake.placebo.forecast import DAILY, DAILY_FLOWS, HOURLY

Model = Literal["constant_mean", "market_model", "market_adjusted", "factor_model"]
MODELS: tuple[Model, ...] = ("constant_mean", "market_model", "market_adjusted")


@dataclass(frozen=True)
class Design:
    """Windows, estimation and rules of completeness.

    The estimation window of an anchor ends `gap` before the earliest instant of any candidate
    anchor of its event, or of the anchor itself if that is earlier (`windows.with_estimation`). So
    the anchors that compete for the same event share one normal period, which is the nearest one
    (volume and volatility drift within weeks), and no anchor is compared with a period that follows
    it. An earlier leak is inside that period and not cut out: where it moved the market it makes
    ranks cautious. Its length is whole weeks, so that every hour of the week weighs the same.

    The placebo dates of a test (mart.event_inference) are another matter than that estimation
    window. Each is treated as if it were the anchor: its own estimation window, as long and as far
    before it, and its own forecast of how large its move was likely to be. Admissible is every date
    of the history held whose window ends before the anchor's estimation window does, or begins
    `recovery` after the event's latest candidate instant, overlaps no anchor of the catalogue
    (earliest instant to `contamination` after the latest) and can be measured. Beside the rank
    among all of them stands the rank among the earlier ones alone. Windows shorter than a day are
    compared with the same hour of the day where less than half a year is held before the anchor, or
    where nothing divides the cycle of the day out of a measure.
    """

    hours: tuple[int, ...] = (1, 4, 12, 24, 48, 72, 120)
    """Window lengths of spot measures, hours."""
    sessions: tuple[int, ...] = (1, 2, 5)
    """Window lengths of flows (exchange sessions) and basis (observation days)."""
    days: tuple[int, ...] = (1, 7)
    """Window lengths of the panel of coins, days."""
    months: tuple[int, ...] = (1, 6, 12, 36, 60, 120)
    """Window lengths of index returns, calendar months."""
    estimation: timedelta = timedelta(weeks=6)
    """Length of the estimation window; baseline_count says how much of it the data hold."""
    gap: timedelta = timedelta(hours=24)
    """Between the end of the estimation window and the anchor."""
    minimum_estimation_hours: int = 168
    """Hourly returns below which there is no constant mean, and so no abnormal return."""
    minimum_hour_of_week: int = 3
    """Volumes per hour of the week below which there is no expected volume."""
    tenor_days: int = 30
    """Constant maturity of the basis beside the front month, days."""
    basis_patience: timedelta = timedelta(days=4)
    """Silence of futures prices that may be a weekend or a holiday; beyond it data are missing."""
    index_patience: timedelta = timedelta(days=14)
    """Silence of a daily index that may be a closure (the bank holiday of March 1933: 12 days)."""
    minimum_index_starts: int = 600
    """Start months of an index (here 50 years) below which it is a cut and no baseline."""
    level_steps: tuple[tuple[str, float], ...] = (("BTC", 1000.0), ("ETH", 100.0))
    """Asset and distance of its round price levels, in quote currency."""
    level_horizon: timedelta = timedelta(days=14)
    """How long after the anchor a level is looked for."""
    model: Model = "constant_mean"
    """Expected return of the headline figures; the others are computed beside it."""
    market: str = "BTC"
    """Market of the hourly market model and market-adjusted returns; it has neither itself."""
    index_market: str = "^GSPC"
    """Market of returns by session."""
    estimation_sessions: int = 120
    """Estimation window of returns by session (MacKinlay 1997: 120 days).

    Hourly data have 1,008 returns in six weeks, sessions 30.
    """
    minimum_estimation_sessions: int = 20
    """Sessions below which there is no expected flow or return by session."""
    anchors: Literal["candidate", "all"] = "candidate"
    """Anchors whose tests form the family."""
    recovery: timedelta = timedelta(days=7)
    """How long after the event no date judges it: its longest window, five sessions."""
    contamination: timedelta = timedelta(hours=24)
    """How long after the latest instant of a catalogued anchor a date is still not ordinary."""
    same_hour_below: int = 24
    """Windows of fewer hours are compared at the same hour of the day where the cycle of volatility
    is not divided out."""
    significance: float = 0.05
    """Level of the tests."""
    power: float = 0.8
    """Power at which the minimum detectable effect is stated."""
    family_hours: tuple[int, ...] = (24,)
    """Hourly windows of the family: one, or windows would count the same hours several times."""
    family_sessions: tuple[int, ...] = (2,)
    """Session windows of the family."""

    def __post_init__(self) -> None:
        """Refuse what cannot be. Raises BadInputError."""
        if self.model not in MODELS:
            raise BadInputError(
                f"there is no model '{self.model}'", f"Choose one of {', '.join(MODELS)}."
            )
        for name in ("significance", "power"):
            share = getattr(self, name)
            if not 0 < share < 1:
                raise BadInputError(f"{name} is {share}", "Give a share between 0 and 1.")
        for name in ("hours", "sessions", "days", "months", "family_hours", "family_sessions"):
            lengths = getattr(self, name)
            is_whole = isinstance(lengths, tuple) and all(type(each) is int for each in lengths)
            if not is_whole or not all(each > 0 for each in lengths) or _repeats(lengths):
                raise BadInputError(
                    f"{name} are {lengths!r}",
                    "Give whole lengths above nought, each once: (24, 120).",
                )
        if not self.hours:
            raise BadInputError("no window of hours is given", "Give one at least, e.g. (24,).")
        for name in ("estimation", "gap", "recovery", "contamination"):
            span = getattr(self, name)
            if not isinstance(span, timedelta) or span < timedelta(hours=name == "estimation"):
                raise BadInputError(f"{name} is {span}", "Give a timedelta that is not negative.")

    def settings(self) -> dict[str, str]:
        """Name and canonical value of every choice, in alphabetical order, the forecasts' weights
        among them.
        """
        chosen = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        for name, har in (("daily", DAILY), ("daily_flows", DAILY_FLOWS), ("hourly", HOURLY)):
            chosen[f"forecast_{name}"] = f"{har.terms} {har.weights}"
        return dict(sorted(chosen.items()))

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that stand for these choices beside every result."""
        return hashlib.sha256(
            "\n".join(f"{name}={value}" for name, value in self.settings().items()).encode()
        ).hexdigest()[:12]

    def described(self) -> dict[str, str]:
        """Name and value of every choice, to print beside results."""
        steps = "; ".join(f"{asset} every {step:,.0f}" for asset, step in self.level_steps)
        return {
            "windows": (
                f"{_listed(self.hours)} hours; {_listed(self.sessions)} sessions; "
                f"{_listed(self.days)} days; {_listed(self.months)} months"
            ),
            "estimation window": (
                f"{self.estimation.days} days, until {_hours(self.gap)} hours before its earliest "
                "candidate instant"
            ),
            "expected return": (
                f"{self.model.replace('_', ' ')}, from at least {self.minimum_estimation_hours} "
                "hourly log returns"
            ),
            "expected volume": (
                f"mean of at least {self.minimum_hour_of_week} volumes at the same hour of the week"
            ),
            "basis": (
                f"front month, and constant {self.tenor_days} days where two contracts stand "
                "around it"
            ),
            "index baseline": (
                "every first of a month of a series that holds at least "
                f"{self.minimum_index_starts} full windows"
            ),
            "levels": f"{steps}; {self.level_horizon.days} days",
            "placebo dates": (
                f"every date held before, and from {self.recovery.days} days after; beside them "
                f"those before alone; {_hours(self.contamination)} hours clear of any catalogued "
                f"event; at the same hour of the day for windows under {self.same_hour_below} "
                "hours with less than half a year before them"
            ),
            "test": (
                "two-sided rank of the figure over a forecast of its size from the volatility "
                f"before it, at {self.significance:.0%}; interval at {1 - self.significance:.0%}; "
                f"least effect found with a power of {self.power:.0%}"
            ),
            "family": (
                f"windows of {_listed(self.family_hours)} hours and "
                f"{_listed(self.family_sessions)} sessions, {self.anchors} anchors, "
                "returns, volume, volatility, flows and basis of all markets and venues, default "
                "model, and the five days before"
            ),
        }


def _repeats(lengths: tuple[int, ...]) -> bool:
    return len(set(lengths)) < len(lengths)


def _listed(lengths: tuple[int, ...]) -> str:
    return ", ".join(str(length) for length in lengths)


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))
