"""The scenario of plan money beside the market, on the terminal."""

import duckdb

from marketwake.base.errors import counted
from marketwake.base.figure_text import format_value
from marketwake.cli.console import plain, put, say
from marketwake.cli.show import heading


def show_scenario(con: duckdb.DuckDBPyConnection) -> None:
    """Print mart.scenario: a share of plan assets at a pace, beside the size of the market and its
    flows.
    """
    rows = con.execute(
        "select share, years, amount_usd, scale, scale_usd, multiple "
        "from mart.scenario order by scale, share, years"
    ).fetchall()
    times = {(scale, share, years): multiple for share, years, _, scale, _, multiple in rows}
    paces = sorted({years for _, years, *_ in rows})
    numbers = ("share", "in all", *(f"over {counted(round(years), 'year')}" for years in paces))
    heading("A share of 401(k) assets in bitcoin and ether: arithmetic on assumptions, no forecast")
    for scale, size in dict.fromkeys((scale, size) for *_, scale, size, _ in rows):
        say(f"Against {scale} ({format_value(size, 'usd') if size else 'not covered here'}):")
        table = plain(*numbers, right=numbers)
        for share, amount in dict.fromkeys((share, amount) for share, _, amount, *_ in rows):
            multiples = (times[scale, share, years] for years in paces)
            table.add_row(
                format_value(share, "fraction", digits=0),
                format_value(amount, "usd"),
                *("-" if one is None else f"{one:.2f} times" for one in multiples),
            )
        put(table, indent=2)
    say(
        "The share and the years are assumptions (seed.scenario); "
        "the amount is of the 401(k) assets that article A states."
    )
