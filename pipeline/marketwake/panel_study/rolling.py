"""Every date of a series treated as if it were the event: its abnormal return, and its expected
size.

By sums of products that are cumulated once, so that a date costs the same however long its
estimation window is.
"""

from dataclasses import dataclass

import numpy as np

from marketwake.panel_study.design import PanelDesign, Window
from marketwake.panel_study.input import Floats, Ints, Track
from marketwake.panel_study.models import inverted
from marketwake.placebo.forecast import DAILY, FLOOR, Har


@dataclass(frozen=True)
class Rolling:
    """Abnormal returns of a series by the estimation window of every period (P of them)."""

    total: Floats
    """Q by Q by P + 1: cumulated products of (1, return, factors), 0 where one is missing."""
    weights: Floats
    """Q by P: abnormal return of any period s by the estimation of t: weights[:, t] @ row s."""

    def over(self, first: int, end: int) -> Floats:
        """Q by Q by P: sums of products over the periods t + first to t + end, without the last."""
        periods = self.total.shape[2] - 1
        place = np.arange(periods)
        return np.asarray(
            self.total[:, :, np.clip(place + end, 0, periods)]
            - self.total[:, :, np.clip(place + first, 0, periods)]
        )

    def cumulative(self, window: Window) -> Floats:
        """Cumulative abnormal return over the window of every period; NaN where it is not whole."""
        sums = self.over(window[0], window[1] + 1)[0]
        whole = sums[0] > window[1] - window[0] + 0.5
        return np.where(whole, (self.weights * sums).sum(axis=0), np.nan)

    def sigma(self, window: Window, har: Har = DAILY) -> Floats:
        """Size to be expected of it, from squared abnormal returns before the window's first day.

        The root of `forecast.log_har` for a window of this length, times the length. The squares
        are of the abnormal returns by the date's own coefficients, also those within its estimation
        window: so 120 of them suffice. NaN with fewer, or where they are nought.
        """
        length, logs = window[1] - window[0] + 1, np.zeros(self.weights.shape[1])
        for weight, term in zip(har.weights_for(length), har.terms, strict=True):
            sums = self.over(window[0] - term, window[0])
            squares = np.einsum("qp,qrp,rp->p", self.weights, sums, self.weights)
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = squares / sums[0, 0]
                known = (sums[0, 0] >= min((term + 1) // 2, har.suffices)) & (mean > FLOOR)
                logs += weight * np.log(np.where(known, mean, np.nan))
        return np.asarray(np.sqrt(np.exp(logs) * length))


def rolling(track: Track, factors: Floats | None, design: PanelDesign) -> Rolling:
    """The model of the design estimated for every period, as for an event there.

    Args:
        factors: K by P; None for a constant mean.
    """
    x = np.zeros((0, len(track.returns))) if factors is None else factors
    rows = np.vstack([np.ones(len(track.returns)), track.returns, x])
    rows = np.where(np.isfinite(rows).all(axis=0), rows, 0.0)
    total = np.zeros((len(rows), len(rows), rows.shape[1] + 1))
    np.cumsum(rows[:, None] * rows[None], axis=2, out=total[:, :, 1:])
    blank = Rolling(total, np.zeros_like(rows))
    if design.model == "market_adjusted":
        sign = np.array([0.0, 1.0, -1.0])[:, None] + np.zeros_like(rows)
        count = blank.over(*_estimation(design))[0, 0]
    else:
        sums = blank.over(*_estimation(design))
        count, sign = sums[0, 0], _least_squares(sums)
    return Rolling(total, np.where(count >= design.minimum_estimation, sign, np.nan))


def _estimation(design: PanelDesign) -> Window:
    end = design.span[0] - design.gap
    return end - design.estimation, end


def _least_squares(sums: Floats) -> Floats:
    """(-alpha, 1, -beta) by period from the sums of products over its estimation window."""
    count = np.maximum(sums[0, 0], 1.0)
    means = sums[0, 1:] / count
    spread = sums[1:, 1:] - count * means[:, None] * means[None]
    cross, along = np.moveaxis(spread[1:, 1:], 2, 0), spread[1:, 0].T
    squares = np.einsum("kkp->pk", sums[2:, 2:])
    beta = np.einsum("pkj,pj->kp", inverted(cross, squares), along)
    alpha = means[0] - (beta * means[1:]).sum(axis=0)
    return np.vstack([-alpha, np.ones_like(alpha), -beta])


@dataclass(frozen=True)
class Past:
    """The history of a series (and its factors) over P periods, by W windows."""

    days: Ints
    """Days since 1970 UTC."""
    scores: Floats
    """W by P: cumulative abnormal returns over their expected sizes."""
    sigma: Floats
    """W by P: the expected sizes."""


def past(track: Track, factors: Floats | None, design: PanelDesign, day: int) -> Past:
    """Scores of every period; `day` is a day's microseconds."""
    if len(track.stamps) <= DAILY.suffices:  # no date has as many before it
        unknown = np.full((len(design.windows), len(track.stamps)), np.nan)
        return Past(track.stamps // day, unknown, unknown)
    every = rolling(track, factors, design)
    sigma = np.stack([every.sigma(window) for window in design.windows])
    car = np.stack([every.cumulative(window) for window in design.windows])
    return Past(track.stamps // day, car / sigma, sigma)
