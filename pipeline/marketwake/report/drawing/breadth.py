"""How broad a move was: a dot where the move of each coin is."""

from datetime import datetime, timedelta

import duckdb
import polars as pl

from marketwake.base.figure_text import Language, format_value
from marketwake.base.languages import said, translated
from marketwake.report.drawing.clock import first_day
from marketwake.report.drawing.grammar import (
    SIZE,
    Drawn,
    Sheet,
    Spec,
    heading,
    hue,
    marks,
    number,
    pixel,
    plain,
    text_width,
)
from marketwake.report.drawing.words import sentences
from marketwake.report.palette import light
from marketwake.report.picture import Picture, Table, readings, view
from marketwake.report.tables import frame
from marketwake.report.text import figure_text, short_day

_ROW = SIZE + 3
_DOT, _BEHIND = 4, 6
"""Half a dot, and from its middle to its ticker, pixels."""
_DAYS = 3
_ROSE = (
    "{up} of {all} other coins rose in the {days} days from {day}, half of the {all} "
    "by {by} or more"
)
_FELL = (
    "{up} of {all} other coins rose in the {days} days from {day}; half of the {all} "
    "fell {by} or more"
)
_OWN = {"bitcoin": "BTC", "ether": "ETH"}


def breadth(
    con: duckdb.DuckDBPyConnection, anchors: pl.DataFrame, language: Language = "en"
) -> Picture | None:
    """Moves of the coins over the three days from an event on, of those on the newest list before
    it where there is one; None without prices at both ends.
    """
    start = first_day(anchors)
    coins = frame(con, _MOVES, first=start, last=start + timedelta(days=_DAYS))
    others = coins.filter(~pl.col("class").is_in(list(_OWN)))
    if others.height < 5:
        return None
    middle = float(str(others["move"].median()))
    title = said(
        _ROSE if middle >= 0 else _FELL,
        language,
        up=others.filter(pl.col("move") > 0).height,
        all=others.height,
        days=_DAYS,
        day=short_day(start, language),
        by=format_value(abs(middle), "fraction", language=language),
    )
    made = view(
        "breadth", title, lambda sheet: _draw(coins, sheet, language), _table(coins, language)
    )
    return Picture("breadth", _note(con, start, language), (made,), language)


def _note(con: duckdb.DuckDBPyConnection, start: datetime, language: Language) -> str:
    drawn = translated(
        "Large coins without stablecoins, wrapped and staked coins: a dot at the move of each; "
        "prices of CoinGecko at midnight UTC.",
        language,
    )
    listed = frame(con, _LIST, first=start)["ranked_on"][0]
    universe = (
        said("As listed on {day}.", language, day=short_day(listed, language))
        if listed
        else translated(
            "Coins as listed later: those that have fallen out since are missing, so the share is "
            "too high rather than too low.",
            language,
        )
    )
    return sentences([drawn, universe], language)


def _draw(coins: pl.DataFrame, sheet: Sheet, language: Language) -> Drawn:
    left, right = 12, 12
    width = sheet.width - left - right
    low, high = (float(str(end)) for end in (coins["move"].min(), coins["move"].max()))
    low, high = min(low, 0.0), max(high, 0.0)
    room = max(text_width(symbol) for symbol in coins["symbol"]) + _BEHIND
    size = (high - low or 0.01) / (width - room - _DOT)
    taken: list[float] = []
    rows: list[Spec] = []
    for symbol, kind, move in coins.select("symbol", "class", "move").iter_rows():
        here = (move - low) / size + _DOT
        line = next((line for line, end in enumerate(taken) if end <= here - _DOT - 2), len(taken))
        taken[line : line + 1] = [here + _BEHIND + text_width(symbol)]
        rows.append(
            {
                "at": here,
                "line": line,
                "symbol": symbol,
                "colour": light(_OWN.get(kind, "ink")),
                "weight": "bold" if kind in _OWN else "normal",
            }
        )
    height = _ROW * len(taken) + 6
    for row in rows:
        row["place"] = height - _ROW * (row["line"] + 0.5)
    domain = [100 * (low - _DOT * size), 100 * (low + (width - _DOT) * size)]
    axis = {"tickCount": 4 if sheet.is_narrow else 8, "offset": 4}
    x = number("move", scale={"domain": domain, "nice": False}, axis=axis)
    place = {"x": pixel("at"), "y": pixel("place"), "color": hue("colour")}
    bold = {
        "align": "left",
        "baseline": "middle",
        "dx": _BEHIND,
        "fontWeight": {"expr": "datum.weight"},
    }
    layer = [
        marks([{"move": 0}], "rule", {"color": light("grid"), "strokeWidth": 2}, x=x),
        marks(rows, "point", {"size": 36, "filled": True, "opacity": 1}, **place),
        marks(rows, "text", bold, text=plain("symbol"), **place),
        heading(translated("change of price, %", language), 8),
    ]
    stops = tuple(row["at"] for row in rows)
    return Drawn({"width": width, "height": height, "layer": layer}, left, stops, span=(0, height))


def _table(coins: pl.DataFrame, language: Language) -> Table:
    header = tuple(translated(name, language) for name in ("coin", "change of price"))
    cells = tuple(
        (symbol, figure_text(move, "fraction", signed=True, language=language))
        for symbol, move in coins.select("symbol", "move").rows()
    )
    names = ("symbol", "coin", "class", "move")
    return Table(header, cells, names, tuple(coins.select(names).rows()), readings(header, cells))


_LIST = """
select max(ranked_on) as ranked_on
from stg.coin_rank
where ranked_on < cast($first at time zone 'UTC' as date)
"""

_MOVES = f"""
with list as ({_LIST})

select
    upper(before.symbol) as symbol, before.coin, before.class,
    after.price_usd / before.price_usd - 1 as move
from stg.coin_snapshot as before
inner join stg.coin_snapshot as after using (vendor, coin)
cross join list
where before.class in ('altcoin', 'bitcoin', 'ether')
    and before.snapshot_at = $first and after.snapshot_at = $last
    and (
        list.ranked_on is null
        or before.coin in (select coin from stg.coin_rank where ranked_on = list.ranked_on)
    )
order by move, before.coin
"""
