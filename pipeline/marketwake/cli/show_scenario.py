"""The scenario of plan money beside the market, on the terminal."""

import duckdb
from rich.table import Table

from marketwake.base.figure_text import format_value
from marketwake.cli.show import out, say


def show_scenario(con: duckdb.DuckDBPyConnection) -> None:
    """Print mart.scenario: a share of plan assets at a pace, beside the size of the market and its
    flows.
    """
    rows = con.execute(
        "select share, years, amount_usd, scale, scale_usd, multiple "
        "from mart.scenario order by scale, share, years"
    ).fetchall()
    table = Table(
        title="A share of 401(k) assets in bitcoin and ether: "
        "arithmetic on assumptions, no forecast",
        title_justify="left",
    )
    for name in ("held against", "share", "in all", "over years", "is"):
        table.add_column(name, justify="left" if name == "held against" else "right")
    for share, years, amount, scale, scale_usd, multiple in rows:
        size = (
            f"{scale} ({format_value(scale_usd, 'usd')})"
            if scale_usd
            else f"{scale} (not covered here)"
        )
        table.add_row(
            size,
            f"{share:.0%}",
            format_value(amount, "usd"),
            f"{years:.0f}",
            "-" if multiple is None else f"{multiple:.2f} times",
        )
    out.print(table)
    say(
        "The share and the years are assumptions (seed.scenario); "
        "the amount is of the 401(k) assets that article A states."
    )
