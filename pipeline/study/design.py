"""The choices of the study, fixed in advance and in one place: nothing here is tuned to an outcome."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class StudyDesign:
    """Windows, estimation and rules of completeness.

    The estimation window of an anchor ends `gap` before the earliest instant of any candidate anchor of its event, or of the anchor itself
    if that is earlier (`windows.with_estimation`). So the anchors that compete for the same event share one normal period, which is the
    nearest one (volume and volatility drift within weeks), and no anchor is compared with a period that follows it. An earlier leak is
    inside that period and not cut out: where it moved the market it makes ranks cautious. Its length is whole weeks, so that every hour of
    the week weighs the same.
    """

    hours: tuple[int, ...] = (1, 4, 12, 24, 48, 72, 120)
    """Window lengths of spot measures, hours."""
    sessions: tuple[int, ...] = (1, 2, 5)
    """Window lengths of flows (exchange sessions) and basis (observation days)."""
    months: tuple[int, ...] = (1, 6, 12, 36, 60, 120)
    """Window lengths of index returns, calendar months."""
    estimation: timedelta = timedelta(weeks=6)
    """Length of the estimation window; what the data do not hold of it is simply not there, and baseline_count says so."""
    gap: timedelta = timedelta(hours=24)
    """Between the end of the estimation window and the anchor."""
    minimum_estimation_hours: int = 168
    """Hourly returns below which there is no constant mean, and so no abnormal return."""
    minimum_hour_of_week: int = 3
    """Volumes per hour of the week below which there is no expected volume."""
    tenor_days: int = 30
    """Constant maturity of the basis beside the front month, days."""
    basis_patience: timedelta = timedelta(days=4)
    """Silence of futures prices that is still a weekend or a holiday; beyond it the observation is missing."""
    index_patience: timedelta = timedelta(days=14)
    """Silence of a daily index that is still a closure (the bank holiday of March 1933 lasted 12 days)."""
    minimum_index_starts: int = 600
    """Start months of an index below which they are a cut of its history (here 50 years) and no baseline."""
    level_steps: tuple[tuple[str, float], ...] = (("BTC", 1000.0), ("ETH", 100.0))
    """Asset and distance of its round price levels, in quote currency."""
    level_horizon: timedelta = timedelta(days=14)
    """How long after the anchor a level is looked for."""

    def described(self) -> dict[str, str]:
        """Name and value of every choice, to print beside results."""
        return {
            "windows": f"{_listed(self.hours)} hours; {_listed(self.sessions)} sessions; {_listed(self.months)} months",
            "estimation window": f"{self.estimation.days} days, until {_hours(self.gap)} hours before its earliest candidate instant",
            "expected return": f"constant mean of at least {self.minimum_estimation_hours} hourly log returns",
            "expected volume": f"mean of at least {self.minimum_hour_of_week} volumes at the same hour of the week",
            "basis": f"front month, and constant {self.tenor_days} days where two contracts stand around it",
            "index baseline": f"every first of a month of a series that holds at least {self.minimum_index_starts} full windows",
            "levels": f"{'; '.join(f'{asset} every {step:,.0f}' for asset, step in self.level_steps)}; {self.level_horizon.days} days",
        }


def _listed(lengths: tuple[int, ...]) -> str:
    return ", ".join(str(length) for length in lengths)


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))
