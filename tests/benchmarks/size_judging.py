"""Ordinary dates taken for events: which of them a test calls unusual, and how calm it was."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from marketwake.placebo.forecast import Floats
from tests.benchmarks.size_counting import Places, Scheme, p_values
from tests.benchmarks.size_series import DESIGN, GAP, RECOVERY, Sample

FIFTHS = 5
MOVES = (1, 2, 3, 4)
KEY = ["measure", "unit", "length", "method", "scheme"]


def judged(
    samples: Iterable[Sample],
    methods: Iterable[str] = ("recommended",),
    schemes: Iterable[str] = ("all",),
    every: int = 5,
    *,
    with_power: bool = False,
) -> pl.DataFrame:
    """A row for each event, method and scheme; every `every`-th place is an event.

    Args:
        methods: of `METHODS`.
        schemes: 'all' and 'earlier': which dates judge.
        every: coprime to 24, so that every hour of the day comes up.
        with_power: put moves of 1, 2, 3 and 4 standard deviations of its fifth into each event's
            figure, up and down.

    Returns:
        The columns of `KEY`, series, at, fifth and level (1 calm to 5 storm, the latter of the six
        weeks), size (1 where it is found unusual), above (where it is, above the mean) and, of
        'all', power_1 to power_4 (share found).
    """
    methods, schemes = tuple(methods), tuple(schemes)
    frames = (
        _judged(sample, method, scheme, every, MOVES if with_power else ())
        for sample in samples
        for method in methods
        if sample.scale(method) is not None
        for scheme in schemes
    )
    return pl.concat(frames, how="diagonal")


def _judged(
    sample: Sample, method: str, scheme: str, every: int, moves: tuple[int, ...]
) -> pl.DataFrame:
    statistic, scale = sample.statistic(method), sample.scale(method)
    condition = sample.windows.condition
    assert condition is not None
    assert scale is not None
    known = np.isfinite(statistic) & np.isfinite(condition.ratio) & np.isfinite(condition.level)
    known[: sample.first] = False
    places = np.flatnonzero(known)
    events = places[places % every == 0]
    fifth, level = (_fifths(each, places)[events] for each in (condition.ratio, condition.level))
    gap, recovery = (GAP, RECOVERY) if sample.unit == "hour" else (1, 5)
    judging = Scheme(sample.length, gap, recovery, scheme == "earlier")
    p = p_values(statistic, events, 0.0, judging)
    columns = {
        "at": sample.at[events],
        "fifth": fifth,
        "level": level,
        "size": _found(p),
        "above": _found(p) * (statistic[events] > np.nanmean(statistic)),
    }
    for move in moves if scheme == "all" else ():
        shift = move * _spread(sample.realised[events], fifth) / scale[events]
        up, down = (p_values(statistic, events, by, judging) for by in (shift, -shift))
        columns[f"power_{move}"] = (_found(up) + _found(down)) / 2
    labels = {
        "measure": sample.measure,
        "unit": sample.unit,
        "length": sample.length,
        "method": method,
        "scheme": scheme,
        "series": sample.series,
    }
    return (
        pl.DataFrame(columns)
        .filter(pl.Series(np.isfinite(p)))
        .with_columns(pl.lit(value).alias(name) for name, value in labels.items())
    )


def variance_ratios(samples: Iterable[Sample], method: str) -> pl.DataFrame:
    """Variance that came over that forecast, at every place: the mean of the series.

    Squares of every hour say more of a forecast than a count of rejections.

    Returns:
        measure, unit, length, method, fifth, rate: of each series the mean of the fifths is 1.
    """
    rows = []
    for sample in samples:
        scale, condition = sample.scale(method), sample.windows.condition
        assert scale is not None
        assert condition is not None
        ratio = sample.realised / scale**2
        known = np.isfinite(ratio) & np.isfinite(condition.ratio) & sample.windows.is_measured
        known[: sample.first] = False
        fifth = _fifths(condition.ratio, np.flatnonzero(known))
        of = [ratio[known & (fifth == each)].mean() for each in range(1, FIFTHS + 1)]
        key = (sample.measure, sample.unit, sample.length, method)
        rows += [(*key, each + 1, float(value / np.mean(of))) for each, value in enumerate(of)]
    names = ["measure", "unit", "length", "method", "fifth"]
    frame = pl.DataFrame(rows, schema=[*names, "rate"], orient="row")
    return frame.group_by(names, maintain_order=True).agg(pl.col("rate").mean())


def _found(p: Floats) -> Floats:
    return (p <= DESIGN.significance).astype(np.float64)


def _fifths(values: Floats, places: Places) -> Places:
    """Fifth of every place among those given, 1 the lowest."""
    bounds = np.quantile(values[places], np.arange(1, FIFTHS) / FIFTHS)
    return np.searchsorted(bounds, values) + 1


def _spread(realised: Floats, fifth: Places) -> Floats:
    """Standard deviation of a window of every event: that of its fifth."""
    of = [np.sqrt(np.nanmean(realised[fifth == each])) for each in range(1, FIFTHS + 1)]
    return np.array(of)[fifth - 1]
