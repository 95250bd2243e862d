"""The command that studies many events from files: it needs no warehouse."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from marketwake.base.errors import BadInputError
from marketwake.cli.options import AsJson

app = typer.Typer()


Prices = Annotated[
    Path,
    typer.Argument(help="CSV: series,at,close (or value, a return); benchmarks among the series."),
]
Events = Annotated[
    Path,
    typer.Argument(help="CSV: event,series,day, and benchmark where events have their own."),
]
Benchmark = Annotated[str | None, typer.Option(help="Series of the market.")]
Model = Annotated[
    str | None,
    typer.Option(
        help="constant_mean, market_model or market_adjusted; "
        "market_model where there is a benchmark."
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
Force = Annotated[
    bool,
    typer.Option("--force", help="Compute refused tests too; they stay marked as not valid."),
]


@app.command()
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
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """The classical study of many events: abnormal returns, and the tests that are valid for
    them.
    """
    from marketwake.cli.show_panel import as_json as for_machines
    from marketwake.cli.show_panel import panel as show
    from marketwake.panel_study.csv import read_events, read_prices
    from marketwake.panel_study.study import PanelDesign, study_panel

    sessions = stamp == "session"
    asked = read_events(events, sessions=sessions)
    design = PanelDesign(
        model,  # type: ignore[arg-type]  # PanelDesign refuses other names
        benchmark,
        tuple(_window(text) for text in window) if window else PanelDesign.windows,
        estimation,
        gap,
        minimum,
        kind,  # type: ignore[arg-type]
        stamp,  # type: ignore[arg-type]
        _length(every) if every else None,
        lag=lag,
    )
    result = study_panel(read_prices(prices, sessions=sessions), asked, design, force=force)
    if as_json:
        typer.echo(json.dumps(for_machines(result), ensure_ascii=False, indent=1))
    else:
        show(result)


def _window(text: str) -> tuple[int, int]:
    bounds = re.fullmatch(r"\s*([+-]?\d+)\s*:\s*([+-]?\d+)\s*", text)
    if not bounds:
        raise BadInputError(
            f"'{text}' is no window", "Write first:last in periods, e.g. --window -1:1."
        )
    return int(bounds[1]), int(bounds[2])


def _length(text: str) -> timedelta:
    parts = re.fullmatch(r"(\d+)([mhd])", text)
    if not parts:
        raise BadInputError(f"'{text}' is no length of a bar", "Write e.g. 15m, 1h or 1d.")
    return (
        int(parts[1])
        * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[parts[2]]
    )
