"""How volatile a series was before every place, and the move to be expected of a window."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from marketwake.base.kept import kept
from marketwake.placebo.cycle import WEEK, Cycle, cycle
from marketwake.placebo.forecast import HOURLY, Floats, Har, log_har, log_terms, trailing_mean
from marketwake.placebo.rank import Instants

STILL_SHARE = 0.2
"""Share of nil returns in a week above which an hourly series has no usual size: a peg, or one that
is not traded. Coins whose price is a few ticks have a tenth and more, and are judged well there
(docs/study.md)."""


@dataclass(frozen=True)
class Volatility:
    """Squared abnormal returns of every period, and what they promise.

    `lead` is how many places before its own the forecast of a place ends: an anchor of which only a
    range of hours is known is forecast at the earliest of them, and its placebo dates as long
    before.
    """

    squares: Floats
    """By place, NaN where missing."""
    har: Har
    short: int
    """Periods that the condition of a date is about, e.g. three days of hours."""
    slow: int
    """Periods that they are compared with, e.g. six weeks of hours."""
    cycle: Cycle | None = None
    """None where every period is as volatile as the next by nature."""

    @cached_property
    def _usual(self) -> Floats:
        """Squares with the cycle of the week divided out."""
        return self.squares if self.cycle is None else self.squares / self.cycle.own

    @kept
    def sigma(self, length: int, lead: int = 0) -> Floats:
        """Expected size of the sum of `length` abnormal returns after every place.

        The root of the forecast variance of a period, times the factors of the window's periods. It
        ranks dates; `Ranked.sd` says how many of it one standard deviation is.
        """
        variance = log_har(self._logs, self.har, length)
        return np.sqrt(led(variance, lead) * self._periods(length, lead))

    @cached_property
    def _logs(self) -> list[Floats]:
        return log_terms(self._usual, self.har)

    def _periods(self, length: int, lead: int) -> Floats | float:
        """Factors of the window's periods, as known `lead` places before every place."""
        if self.cycle is None:
            return float(length)
        ahead = self.cycle.ahead(length + lead)
        return led(ahead - self.cycle.ahead(lead), lead) if lead else ahead

    def ratio(self, lead: int = 0) -> Floats:
        """Variance of the last `short` periods over that of the last `slow` ones: calm below 1,
        storm above.
        """
        return led(self._ratio, lead)

    @cached_property
    def _ratio(self) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return trailing_mean(self.squares, self.short, self.short // 2) / self._slow

    def level(self, lead: int = 0) -> Floats:
        """Variance of a period over the last `slow` ones: the slow level."""
        return led(self._slow, lead)

    @cached_property
    def _slow(self) -> Floats:
        return trailing_mean(self.squares, self.slow, min(self.slow // 2, self.har.suffices))


def hourly_volatility(
    squares: Floats, returns: Floats, at: Instants, *, has_cycle: bool
) -> Volatility:
    """The volatility of an hourly grid; nowhere known where it stood still.

    Args:
        squares: of abnormal returns.
        returns: plain ones: nil where nothing was traded.
        at: end of every bar, UTC.
    """
    nil = np.where(np.isfinite(returns), returns == 0, np.nan)
    is_still = trailing_mean(nil, WEEK, 1) > STILL_SHARE
    squares = np.where(is_still, np.nan, squares)
    made = cycle(squares, at) if has_cycle else None
    return Volatility(squares, HOURLY, 72, 6 * WEEK, made)


def led(values: Floats, lead: int) -> Floats:
    """The value `lead` places earlier; NaN before the first."""
    if not lead:
        return values
    moved = np.full_like(values, np.nan)
    moved[lead:] = values[:-lead] if lead < values.size else np.nan
    return moved
