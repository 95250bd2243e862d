"""The command that studies many events from files: it needs no warehouse."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marketwake.base.errors import BadInputError
from marketwake.cli.options import STUDY, AsJson

if TYPE_CHECKING:
    from marketwake.panel_study.study import PanelResult

app = typer.Typer()


Prices = Annotated[
    Path,
    typer.Argument(
        help="CSV: series,at,close (or value, a return); benchmarks among the series. Or a folder "
        "of such files. Files of CoinGecko's (snapped_at,price) are read as they are."
    ),
]
Events = Annotated[
    Path,
    typer.Argument(help="CSV: event,series,day, and benchmark and group where events have them."),
]
Benchmark = Annotated[str | None, typer.Option(help="Series of the market.")]
Model = Annotated[
    str | None,
    typer.Option(
        help="constant_mean, market_model, market_adjusted or factor_model; "
        "market_model where there is a benchmark, factor_model where there are factors."
    ),
]
Window = Annotated[
    list[str] | None,
    typer.Option(help="First and last period, e.g. -1:1; again for more. [default: 0:0, -1:1]"),
]
Estimation = Annotated[int, typer.Option(help="Periods of the estimation window.")]
Gap = Annotated[int, typer.Option(help="Periods between it and the earliest event window.")]
Minimum = Annotated[
    int,
    typer.Option(
        help="Estimation returns below which an event is left out; all of a window that is shorter."
    ),
]
Kind = Annotated[str, typer.Option(help="Returns made from closes: log or simple.")]
Stamp = Annotated[
    str, typer.Option(help="What 'at' names: the session's date, or a bar's open or close.")
]
Every = Annotated[
    str | None,
    typer.Option(help="Length of a bar of a market that never closes, e.g. 1h or 1d."),
]
Lag = Annotated[int, typer.Option(help="Periods by which every event is moved.")]
Factor = Annotated[
    list[str] | None,
    typer.Option(help="Series, or column of --factors, of a factor model; again for more."),
]
Factors = Annotated[
    Path | None,
    typer.Option(
        help="CSV: at, a column of returns (fractions) per factor, and risk_free if it is to be "
        "subtracted."
    ),
]
Complete = Annotated[
    bool,
    typer.Option("--complete", help="Only events that are complete in every window take part."),
]
All = Annotated[bool, typer.Option("--all", help="All 13 tests, not the five that hold most.")]
Seed = Annotated[int, typer.Option(help="Of the draws of the permutation test.")]
Force = Annotated[
    bool,
    typer.Option("--force", help="Compute refused tests too; they stay marked as not valid."),
]


@app.command(rich_help_panel=STUDY)
def panel(
    prices: Prices,
    events: Events,
    benchmark: Benchmark = None,
    model: Model = None,
    window: Window = None,
    estimation: Estimation = 250,
    gap: Gap = 10,
    minimum: Minimum = 100,
    kind: Kind = "log",
    stamp: Stamp = "session",
    every: Every = None,
    lag: Lag = 0,
    factor: Factor = None,
    factors: Factors = None,
    complete: Complete = False,
    all_tests: All = False,
    seed: Seed = 1,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Study one event or many, from files of your own.

    Abnormal returns, their rank among all other dates, and the classical tests that are valid for
    them. It needs no warehouse.
    """
    from marketwake.panel_study.csv import read_factors, read_files
    from marketwake.panel_study.study import PanelDesign, study_panel

    sessions = stamp == "session"
    held, asked = read_files(prices, events, sessions=sessions)
    given = read_factors(factors, sessions=sessions) if factors else None
    design = PanelDesign(
        model,  # type: ignore[arg-type]  # PanelDesign refuses other names
        benchmark,
        tuple(map(_window, window)) if window else PanelDesign.windows,
        estimation,
        gap,
        minimum,
        kind,  # type: ignore[arg-type]
        stamp,  # type: ignore[arg-type]
        _length(every) if every else None,
        lag=lag,
        factors=tuple(factor or ()),
        complete=complete,
        all_tests=all_tests,
        seed=seed,
    )
    result = study_panel(held, asked, design, factors=given, force=force)
    _print(result, as_json=as_json)


def _print(result: "PanelResult", *, as_json: bool) -> None:
    from marketwake.cli import show_panel

    if as_json:
        typer.echo(json.dumps(show_panel.as_json(result), ensure_ascii=False, indent=1))
    else:
        show_panel.panel(result)


def _window(text: str) -> tuple[int, int]:
    bounds = re.fullmatch(r"\s*([+-]?\d+)\s*:\s*([+-]?\d+)\s*", text)
    if not bounds:
        raise BadInputError(
            f"'{text}' is no window", "Write first:last in periods, e.g. --window -1:1."
        )
    return int(bounds[1]), int(bounds[2])


def _length(text: str) -> timedelta:
    parts = re.fullmatch(r"(\d{1,9})([mhd])", text)
    if not parts:
        raise BadInputError(f"'{text}' is no length of a bar", "Write e.g. 15m, 1h or 1d.")
    return (
        int(parts[1])
        * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[parts[2]]
    )
