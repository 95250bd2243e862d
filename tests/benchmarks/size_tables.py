"""Rates of what was judged, by fifth and other parts, with standard errors by fortnights."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from tests.benchmarks.size_judging import FIFTHS, KEY

SEED = 14330
DRAWS = 400
RATIO_HOURS = (1, 48, 72, 120)
"""Windows at which variance over its forecast is held to `RATIO` in every fifth."""
RATIO = (0.8, 1.2)
SIZE = (0.02, 0.09)
"""In which rejections at 5 % of a fifth must lie, of at least five recorded series together."""
SIMULATED_SIZE = (0.025, 0.075)
"""The same of simulated histories."""
BAND = pl.col("at").dt.hour() // 6
WEEKEND = pl.col("at").dt.weekday() > 5


def rates(events: pl.DataFrame, by: str, column: str = "size") -> pl.DataFrame:
    """Mean of a column by the key and `by`, with its standard error.

    The error is that of drawing the fortnights of the history anew with replacement, those of all
    series together: dates of a fortnight, and markets of a day, are not independent.

    Returns:
        The key, `by`, rate, error, dates; sorted.
    """
    fortnight = (pl.col("at").dt.epoch("d") // 14).alias("fortnight")
    cells = (
        events.group_by(*KEY, by, fortnight)
        .agg(total=pl.col(column).sum(), dates=pl.len())
        .sort(*KEY, by, "fortnight")
    )
    held = cells["fortnight"].unique().sort()
    random = np.random.default_rng(SEED)
    weights = random.multinomial(len(held), np.full(len(held), 1 / len(held)), DRAWS)
    rows = []
    for key, cell in cells.group_by(*KEY, by, maintain_order=True):
        total, dates = cell["total"].to_numpy(), cell["dates"].to_numpy()
        drawn = weights[:, held.search_sorted(cell["fortnight"]).to_numpy()]
        with np.errstate(invalid="ignore"):
            error = float(np.nanstd((drawn @ total) / (drawn @ dates), ddof=1))
        rows.append((*key, float(total.sum() / dates.sum()), error, int(dates.sum())))
    return pl.DataFrame(rows, schema=[*KEY, by, "rate", "error", "dates"], orient="row")


def outside(frame: pl.DataFrame, bounds: tuple[float, float]) -> pl.DataFrame:
    """Rows whose rate is not within bounds: those that fail a gate."""
    return frame.filter(~pl.col("rate").is_between(*bounds))


def cells(frame: pl.DataFrame, digits: int = 1, **wanted: str | int) -> str:
    """The rates of the rows that are wanted, as one cell of a table: percent, or with two digits
    as they are.
    """
    times = 100 if digits == 1 else 1
    return " ".join(f"{times * rate:.{digits}f}" for rate in frame.filter(**wanted)["rate"])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def by_fifth(events: pl.DataFrame, methods: Sequence[str]) -> str:
    """Sizes by fifth of calm or storm, of every measure and window."""
    frame = rates(events, "fifth")
    columns = [
        (method, scheme)
        for method in methods
        for scheme in ("all", "earlier")
        if frame.filter(method=method, scheme=scheme).height
    ]
    rows = []
    for measure, unit, length in windows_of(frame):
        of = frame.filter(measure=measure, unit=unit, length=length)
        shown = [cells(of, method=method, scheme=scheme) for method, scheme in columns]
        first = next(method for method in methods if method in of["method"])
        errors = of.filter(method=first, scheme="all")
        pair = [f"{100 * error:.1f}" for error in errors.sort("fifth")["error"]]
        told = f"{pair[0]} {pair[-1]}" if len(pair) == FIFTHS else ""
        rows.append([measure, f"{length} {unit}", *shown, told, f"{errors['dates'].sum():,}"])
    heads = [f"{method}, {scheme}" for method, scheme in columns]
    return table(["measure", "window", *heads, "se calm, storm", "dates"], rows)


def by_parts(events: pl.DataFrame) -> str:
    """Sizes of the recommended method by slow level, hours of the day and of the week."""
    marked = events.filter(method="recommended").with_columns(band=BAND, weekend=WEEKEND)
    level, band, weekend = (rates(marked, by) for by in ("level", "band", "weekend"))
    rows = []
    for measure, unit, length in windows_of(level):
        at_level, at_hour, at_day = (
            frame.filter(measure=measure, unit=unit, length=length)
            for frame in (level, band, weekend)
        )
        errors = at_level.filter(scheme="all")["error"]
        rows.append(
            [
                measure,
                f"{length} {unit}",
                cells(at_level, scheme="all"),
                f"{100 * errors[0]:.1f} {100 * errors[-1]:.1f}",
                cells(at_level, scheme="earlier"),
                cells(at_hour, scheme="all"),
                cells(at_day, scheme="all"),
            ]
        )
    heads = ["slow level, all", "se", "slow level, earlier", "hours 0-6-12-18-24", "week, weekend"]
    return table(["measure", "window", *heads], rows)


def of_power(events: pl.DataFrame, moves: Sequence[int]) -> str:
    """Share of moves found, by fifth."""
    frames = {move: rates(events, "fifth", f"power_{move}") for move in moves}
    rows = [
        [
            measure,
            f"{length} {unit}",
            method,
            *(
                cells(frame, measure=measure, unit=unit, length=length, method=method)
                for frame in frames.values()
            ),
        ]
        for measure, unit, length in windows_of(events)
        for method in events["method"].unique(maintain_order=True)
    ]
    return table(["measure", "window", "method", *(f"{move} sd" for move in moves)], rows)


def of_ratios(frame: pl.DataFrame) -> str:
    """Variance over its forecast, by fifth."""
    methods = frame["method"].unique(maintain_order=True).to_list()
    rows = [
        [
            measure,
            f"{length} {unit}",
            *(
                cells(frame, 2, measure=measure, unit=unit, length=length, method=method)
                for method in methods
            ),
        ]
        for measure, unit, length in windows_of(frame)
    ]
    return table(["measure", "window", *methods], rows)


def windows_of(frame: pl.DataFrame) -> list[tuple[str, str, int]]:
    """Measures and windows of a frame, sorted."""
    return frame.select("measure", "unit", "length").unique().sort(pl.all()).rows()
