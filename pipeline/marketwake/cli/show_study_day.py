"""The day of an event hour by hour, on the terminal."""

import polars as pl
from rich.markup import escape

from marketwake.cli.console import plain, put, say
from marketwake.event_study import day_path


def show_day(path: pl.DataFrame, anchors: list[str]) -> None:
    """Print how the day went between its anchors and its largest hours.

    Args:
        path: of one venue, with a row at least, as `day_path.read_path` gives it.
        anchors: those that are shown.
    """
    instruments = sorted(set(path["instrument"]))
    say(f"{path['opened_at'][0]:%Y-%m-%d} hour by hour, UTC; {path['venue'][0]}")
    table = plain("", *instruments, "clock", right=tuple(instruments))
    for stretch in day_path.stretches(path, anchors):
        moves = (stretch.moves[name] for name in instruments)
        table.add_row(stretch.hours, *moves, escape(", ".join(stretch.anchors)))
    put(table)
