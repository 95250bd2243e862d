"""The choices of a study of many events, checked once."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, get_args

from marketwake.base.errors import BadInputError
from marketwake.base.text import closest

Model = Literal["constant_mean", "market_model", "market_adjusted", "factor_model"]
Kind = Literal["log", "simple"]
Stamp = Literal["session", "open", "close"]
Window = tuple[int, int]
MICROSECOND = timedelta(microseconds=1)
MOST = 1_000_000
"""Periods of a window, or days, beyond which a choice is taken for a slip."""


@dataclass(frozen=True)
class PanelDesign:
    """Model, windows and the rule that finds the event's period.

    Periods are the rows of the series itself: sessions, days or hours. With a benchmark they are
    those that both have (`compared`).

    Raises:
        BadInputError: a choice that cannot be, when it is made.
    """

    model: Model | None = None
    """None: factor model if there are factors, market model if the design or the events name a
    benchmark, else constant mean.
    """
    benchmark: str | None = None
    """Series of the market, where an event names none of its own."""
    windows: tuple[Window, ...] = ((0, 0), (-1, 1))
    """First and last period of each event window, both within; 0 is the event's period."""
    estimation: int = 250
    """Periods of the estimation window; 0 for market-adjusted returns without one.

    Tests that need a variance or a correlation from it are then refused.
    """
    gap: int = 10
    """Periods between the estimation window and the first period of the earliest event window."""
    minimum_estimation: int = 100
    """Estimation returns below which an event is left out; all where the window is shorter."""
    kind: Kind = "log"
    """How returns are made from closes; given returns are taken as they are."""
    stamp: Stamp = "session"
    """What `at` names.

    'session': the date of the session (that of the column's time zone), and an event reacts in the
    first one on or after its date; hours are ignored, so an event after the close is given the next
    date. 'close': the instant at which the price stood, and an event reacts in the first price
    after it: a snapshot stamped D 00:00 closes the day D - 1, and an event of day D shows in that
    of D + 1. 'open': the start of a bar of length `every`, else as 'close'.
    """
    every: timedelta | None = None
    """Length of a bar of a market that never closes.

    A missing bar is then a missing return; without it, it is a closure.
    """
    patience: timedelta = timedelta(days=14)
    """How long after the event its period may be; nought: only on the day itself.

    China's longest holidays take 11 days.
    """
    lag: int = 0
    """Periods by which the event's is moved, e.g. 1 where events became known after the close."""
    factors: tuple[str, ...] = ()
    """Series among the prices, or columns of the frame of factors, that the returns are regressed
    on; of a frame all its columns where none is named.
    """
    complete: bool = False
    """Only events all of whose windows are complete take part in any.

    Windows are then compared over the same members.
    """
    all_tests: bool = False
    """All 13 tests; else the five of `judge.DEFAULT`."""
    seed: int = 1
    """Of the draws of dates and labels: the same seed and data give the same p-values."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, value, allowed in (
            ("model", self.model, Model),
            ("kind", self.kind, Kind),
            ("stamp", self.stamp, Stamp),
        ):
            if value not in get_args(allowed) and not (name == "model" and value is None):
                raise BadInputError(
                    f"there is no {name} '{value}'",
                    f"{closest(str(value), get_args(allowed))}Known: "
                    f"{', '.join(get_args(allowed))}.",
                )
        _check_sizes(self)
        _check_windows(self.windows)
        _check_factors(self)
        _check_estimation(self)
        fewest = min(self.minimum_estimation, self.estimation)
        object.__setattr__(self, "minimum_estimation", fewest)
        is_short = self.every is not None and self.every < MICROSECOND
        if self.every is None if self.stamp == "open" else is_short:
            raise BadInputError(
                "the length of a bar is not given, or nought",
                "Give `every`, e.g. an hour: stamps of the open need it.",
            )

    def settled(self, *, has_benchmarks: bool, factors: tuple[str, ...] = ()) -> "PanelDesign":
        """The same with its model named.

        Args:
            has_benchmarks: whether the events have benchmarks of their own.
            factors: columns of a frame of factors, if there is one.
        """
        named = self.factors or factors
        default: Model = "market_model" if self.benchmark or has_benchmarks else "constant_mean"
        if named and has_benchmarks:
            raise BadInputError(
                "the events have benchmarks, and there are factors",
                "Name the benchmark among the factors, or leave out one of both.",
            )
        settled = replace(
            self, model=self.model or ("factor_model" if named else default), factors=named
        )
        if settled.model == "factor_model" and not named:
            raise BadInputError(
                "factor_model has no factors", "Name series in `factors`, or hand in a frame."
            )
        return settled

    def regressors(self, benchmark: str | None) -> tuple[str, ...]:
        """The series that an event's returns are compared with, given its benchmark."""
        if self.model == "factor_model":
            return self.factors
        return () if benchmark is None else (benchmark,)

    @property
    def span(self) -> Window:
        """First and last period of all event windows together."""
        return min(first for first, _ in self.windows), max(last for _, last in self.windows)

    def described(self) -> dict[str, str]:
        """Name and value of every choice, to print beside results."""
        end = self.span[0] - self.gap
        on = self.factors or ((self.benchmark,) if self.benchmark else ())
        market = f" on {', '.join(on)}" if on else ""
        bars = f", a bar every {_length(self.every)}" if self.every else ""
        lag = f", lag {self.lag}" if self.lag else ""
        return {
            "expected return": (self.model or "").replace("_", " ") + market,
            "returns": self.kind,
            "event windows": ", ".join(label(window) for window in self.windows),
            "estimation window": (
                f"{end - self.estimation}:{end - 1}, at least {self.minimum_estimation} returns"
                if self.estimation
                else "none"
            ),
            "stamps": self.stamp + bars + lag,
            "members": "complete in all windows" if self.complete else "complete in the window",
            "seed": str(self.seed),
        }


def label(window: Window) -> str:
    """A window as it is written: first:last."""
    return f"{window[0]}:{window[1]}"


def _length(bar: timedelta) -> str:
    """In the largest unit of which it is a whole number."""
    for unit, short in ((timedelta(days=1), "d"), (timedelta(hours=1), "h")):
        if not bar % unit:
            return f"{bar // unit} {short}"
    minutes = not bar % timedelta(minutes=1)
    return f"{bar // timedelta(minutes=1)} min" if minutes else f"{bar.total_seconds():g} s"


def _check_sizes(design: PanelDesign) -> None:
    for name in ("estimation", "gap", "minimum_estimation", "lag", "seed"):
        value = getattr(design, name)
        if type(value) is not int:
            raise BadInputError(
                f"{name} {value!r} is not a whole number", f"Write it as {name}=5, not as text."
            )
        if abs(value) > MOST and name != "seed":
            raise BadInputError(f"{name} {value} is beyond {MOST:,} periods", "Give fewer.")
    for name in ("every", "patience"):
        value = getattr(design, name)
        if not isinstance(value, timedelta) and not (name == "every" and value is None):
            raise BadInputError(
                f"{name} {value!r} is not a timedelta", f"Write e.g. {name}=timedelta(hours=1)."
            )
        if value is not None and value > timedelta(days=MOST):
            raise BadInputError(f"{name} is beyond {MOST:,} days", "Give less.")
    if negative := [name for name in ("gap", "seed") if getattr(design, name) < 0]:
        raise BadInputError(f"{negative[0]} is negative", "Give nought or more.")
    if design.patience < timedelta(0):
        raise BadInputError("patience is negative", "Give nought or more.")


def _check_estimation(design: PanelDesign) -> None:
    needed = 4 + max(len(design.factors), 1)
    none_needed = design.estimation == 0 and design.model == "market_adjusted"
    for name in ("estimation", "minimum_estimation"):
        if getattr(design, name) < needed and not none_needed:
            raise BadInputError(
                f"{name} is {getattr(design, name)}, less than {needed} periods",
                f"Ask for {needed} or more: Patell's variance needs more than {needed - 1}. "
                "Market-adjusted returns alone can do without (estimation=0).",
            )


def _check_factors(design: PanelDesign) -> None:
    if isinstance(design.factors, str):
        raise BadInputError(
            f"factors '{design.factors}' is one text", f"Write factors=('{design.factors}',)."
        )
    if not isinstance(design.factors, tuple) or not all(
        isinstance(name, str) for name in design.factors
    ):
        raise BadInputError(
            f"factors {design.factors!r} are no tuple of names", "Write factors=('x', 'y')."
        )
    if len(set(design.factors)) < len(design.factors):
        raise BadInputError("a factor is named twice", "Name each factor once.")
    if design.factors and (design.benchmark or design.model not in (None, "factor_model")):
        raise BadInputError(
            "factors are given beside a benchmark or another model",
            "Name the benchmark among the factors, and leave the model to factor_model.",
        )


def _check_windows(windows: tuple[Window, ...]) -> None:
    if not isinstance(windows, tuple) or not all(
        isinstance(window, tuple) and [type(period) for period in window] == [int, int]
        for window in windows
    ):
        raise BadInputError(
            f"windows {windows!r} are no pairs of whole periods",
            "Write them as ((0, 0), (-1, 1)); one alone as ((-1, 1),).",
        )
    if not windows:
        raise BadInputError("no event window is given", "Give at least one, e.g. 0:0.")
    for first, last in windows:
        if first > last:
            raise BadInputError(
                f"window {first}:{last} ends before it begins",
                "Write the first period first, e.g. -1:1.",
            )
        if max(-first, last) > MOST:
            raise BadInputError(
                f"window {first}:{last} is beyond {MOST:,} periods", "Give a shorter one."
            )
    if len(set(windows)) < len(windows):
        raise BadInputError("a window is given twice", "Give each window once.")
