"""The day of an event hour by hour, on the terminal."""

import polars as pl
from rich.markup import escape
from rich.table import Table

from marketwake.cli.show import out, say
from marketwake.event_study import day_path


def show_day(path: pl.DataFrame, anchors: list[str], chosen_by_price: list[str]) -> None:
    """Print how the day went between its anchors, its largest hours, and what else happened then.

    Args:
        path: of one venue, with a row at least, as `day_path.read_path` gives it.
        anchors: those that are shown.
        chosen_by_price: as `day_path.read_chosen_by_price` gives them.
    """
    instruments = sorted(set(path["instrument"]))
    say(f"{path['opened_at'][0]:%Y-%m-%d} hour by hour, UTC; {path['venue'][0]}")
    table = plain("", *instruments)
    table.add_column("clock")
    for stretch in day_path.stretches(path, anchors):
        moves = (stretch.moves[name] for name in instruments)
        table.add_row(stretch.hours, *moves, escape(", ".join(stretch.anchors)))
    out.print(table)
    for line in day_path.sentences(path, chosen_by_price):
        say(line)


def plain(*names: str) -> Table:
    """A table without lines, all columns but the first flush right."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(escape(name), justify="right" if name else "left", no_wrap=True)
    return table
