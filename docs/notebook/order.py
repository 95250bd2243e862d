# %% [markdown]
# # The order of 7 August 2025, worked again by hand
#
# marketwake says: ether jumped 2.4 % and bitcoin 1.1 % from 10:00 to 11:00 UTC; of the moves of the
# day neither is unusual. Here both sentences are worked out again from the published file alone,
# once in SQL and once in polars, and laid beside what the study says.
#
# VS Code and PyCharm open this script as a notebook, Jupyter does with jupytext, and
# `python docs/notebook/order.py` runs it. It reads `warehouse/market.duckdb` of the folder that it
# is started in (`marketwake demo` makes one), or that of $MARKETWAKE_WAREHOUSE. It needs duckdb,
# polars, pyarrow and altair, and nothing of marketwake's.

# %%
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import altair as alt
import duckdb
import polars as pl

file = Path(os.environ.get("MARKETWAKE_WAREHOUSE", "warehouse")) / "market.duckdb"
con = duckdb.connect(str(file), read_only=True)
con.execute("set timezone = 'UTC'")


def ask(query: str, **values: object) -> pl.DataFrame:
    """The answer to a query, with values for its $names."""
    return con.sql(query, params=values).pl()


NEWS = datetime(2025, 8, 7, 10, tzinfo=UTC)  # the first report came in the hour from here
DAY = datetime(2025, 8, 7, tzinfo=UTC)
VENUE = "Coinbase"

# %% [markdown]
# ## How far did prices move?
#
# The price at 10:00 is the close of the bar that ended then. In SQL, last price over first:

# %%
MOVES = """
select start.asset, windows.hours, windows.begins_at, ended.close / start.close - 1 as move
from (values (1, $news), (24, $day)) as windows(hours, begins_at)
inner join mart.spot_hourly as start
    on start.closed_at = windows.begins_at
inner join mart.spot_hourly as ended
    on ended.venue = start.venue and ended.symbol = start.symbol
    and ended.closed_at = windows.begins_at + to_hours(windows.hours)
where start.venue = $venue and start.symbol in ('BTC/USD', 'ETH/USD')
order by windows.hours, start.asset
"""
moves_sql = ask(MOVES, news=NEWS, day=DAY, venue=VENUE)
print("Moves, by SQL", moves_sql, sep="\n")

# %% [markdown]
# In polars: the closes, looked up at both ends.

# %%
hours = ask(
    "select asset, closed_at, close, log_return from mart.spot_hourly "
    "where venue = $venue and symbol in ('BTC/USD', 'ETH/USD') order by asset, closed_at",
    venue=VENUE,
)


def close_at(instant: datetime) -> pl.DataFrame:
    """The last price of the hour that ends at an instant, by asset."""
    return hours.filter(closed_at=instant).select("asset", "close")


def moved(begins_at: datetime, length: int) -> pl.DataFrame:
    """What both did in so many hours from an instant on."""
    ended = close_at(begins_at + timedelta(hours=length))
    return (
        close_at(begins_at)
        .join(ended, on="asset", suffix="_ended")
        .select("asset", hours=pl.lit(length), move=pl.col("close_ended") / pl.col("close") - 1)
        .sort("asset")
    )


moves = pl.concat([moved(NEWS, 1), moved(DAY, 24)])
print("Moves, by polars", moves, sep="\n")

# %% [markdown]
# ## The two days in one picture

# %%
around = hours.filter(
    pl.col("closed_at").is_between(DAY - timedelta(days=1), DAY + timedelta(days=2))
).with_columns(since=pl.col("close") / pl.col("close").first().over("asset") * 100)
lines = (
    alt.Chart(around, title="Ether rose at once when the news came, and went on rising", width=640)
    .mark_line()
    .encode(
        x=alt.X("closed_at:T", title="6 to 8 August 2025, UTC").scale(type="utc"),
        y=alt.Y("since:Q", title="100 = midnight of the 6th").scale(zero=False),
        color=alt.Color("asset:N", legend=None),
    )
)
news = (
    alt.Chart(pl.DataFrame({"from": [NEWS], "to": [NEWS + timedelta(hours=1)]}))
    .mark_rect(opacity=0.3, color="gray")
    .encode(x="from:T", x2="to:T")
)
names = (
    alt.Chart(around.filter(pl.col("closed_at") == pl.col("closed_at").max()))
    .mark_text(align="left", dx=5)
    .encode(x="closed_at:T", y="since:Q", text="asset", color="asset:N")
)
two_days = news + lines + names
two_days

# %% [markdown]
# ## How far beyond the usual?
#
# The study takes off the mean return of the six weeks that end a day before the event. It is the
# same arithmetic, so that the figures must agree to the last digits.

# %%
ends_at = DAY - timedelta(days=1)
usual = (
    hours.filter(pl.col("closed_at") > ends_at - timedelta(days=42), pl.col("closed_at") <= ends_at)
    .group_by("asset")
    .agg(usual=pl.col("log_return").mean(), hours_held=pl.len())
)
beyond = (
    moves.join(usual, on="asset")
    .with_columns(beyond=pl.col("move").log1p() - pl.col("hours") * pl.col("usual"))
    .select("asset", "hours", "move", "beyond")
    .sort("hours", "asset")
)
study = ask(
    """
    select
        instrument as asset, window_length as hours, value as beyond_study,
        p_two_sided as p_study, p_plain as p_study_plain
    from mart.event_inference
    where event = 'eo-401k' and venue = $venue and measure = 'abnormal_log_return'
        and model = 'constant_mean' and window_unit = 'hour'
        and (anchor, window_length) in (('report', 1), ('day', 24))
    """,
    venue=VENUE,
)
beyond = beyond.join(study.select("asset", "hours", "beyond_study"), on=["asset", "hours"])
print("Beyond the usual, here and in the study", beyond, sep="\n")

# %% [markdown]
# ## How rare is such a move?
#
# First: on how many of all days before did the hour from 10:00 to 11:00 UTC move as far, up or
# down? The study asks the same. Its days end where the event may have begun: with the leak of July.

# %%
FIRST = con.sql("select min(earliest_at) from seed.anchor where event = 'eo-401k'").fetchall()[0][0]
SAME_HOUR = """
with hour as (
    select asset, closed_at, abs(exp(log_return) - 1) as size
    from mart.spot_hourly
    where venue = $venue and symbol in ('BTC/USD', 'ETH/USD')
        and extract(hour from closed_at at time zone 'UTC') = 11
)

select
    asset,
    count(*) filter (where closed_at <= $first and size is not null) as days,
    count(*) filter (
        where closed_at <= $first
        and size >= (
            select size from hour as own
            where own.asset = hour.asset and own.closed_at = $news + interval 1 hour
        )
    ) as days_as_large
from hour
group by asset
order by asset
"""
same_hour_sql = ask(SAME_HOUR, news=NEWS, first=FIRST, venue=VENUE)

at_eleven = hours.filter(pl.col("closed_at").dt.hour() == 11).with_columns(
    size=(pl.col("log_return").exp() - 1).abs()
)
own = at_eleven.filter(closed_at=NEWS + timedelta(hours=1)).select("asset", own="size")
same_hour = (
    at_eleven.filter(pl.col("closed_at") <= FIRST)
    .drop_nulls("size")
    .join(own, on="asset")
    .group_by("asset")
    .agg(days=pl.len(), days_as_large=(pl.col("size") >= pl.col("own")).sum())
    .sort("asset")
)
same_hour_study = ask(
    "select instrument as asset, days, days_as_large from event_path('eo-401k') "
    "where venue = $venue and opened_at = $news order by asset",
    venue=VENUE,
    news=NEWS,
)
for name, days in (("SQL", same_hour_sql), ("polars", same_hour), ("study", same_hour_study)):
    print(f"Days with as large an hour from 10:00, by {name}", days, sep="\n")

# %% [markdown]
# And among all dates, at any hour? Windows of the same length that are over a day before the event,
# or begin a week after it, had nothing of the kind. The rank of the event's own move among them,
# one added on both sides, is a p-value.
#
# **This is simpler than the study, and so the figures differ.** The study divides each move by a
# forecast of how large it was likely to be (a calm week makes a move of 2 % rare, a storm does
# not), and leaves out dates near other news. Its `p_plain` leaves out the forecast and is nearest.
# What all three say is the same: the hour was rare, the day was not.


# %%
def rank(begins_at: datetime, length: int) -> pl.DataFrame:
    """The share of other windows of that length that moved at least as far."""
    windows = hours.sort("asset", "closed_at").with_columns(
        ended_at=pl.col("closed_at").shift(-length).over("asset"),
        size=(pl.col("close").shift(-length).over("asset") / pl.col("close")).log().abs(),
    )
    # A window over a missing hour would be longer than it says.
    whole = windows.filter(pl.col("ended_at") - pl.col("closed_at") == timedelta(hours=length))
    own = whole.filter(closed_at=begins_at).select("asset", own="size")
    others = whole.filter(
        (pl.col("ended_at") <= DAY - timedelta(days=1))
        | (pl.col("closed_at") >= DAY + timedelta(days=7))
    )
    return (
        others.join(own, on="asset")
        .group_by("asset")
        .agg(
            hours=pl.lit(length),
            windows=pl.len(),
            as_large=(pl.col("size") >= pl.col("own")).sum(),
        )
        .with_columns(p=(pl.col("as_large") + 1) / (pl.col("windows") + 1))
    )


ranks = pl.concat([rank(NEWS, 1), rank(DAY, 24)]).join(study, on=["asset", "hours"])
ranks = ranks.drop("beyond_study").sort("hours", "asset")
print("Among all dates, here and in the study", ranks, sep="\n")

RANKS = """
with windows as (
    select
        asset, hours, begins_at, closed_at,
        lead(closed_at, hours) over following as ended_at,
        abs(ln(lead(close, hours) over following / close)) as size
    from mart.spot_hourly
    cross join (values (1, $news), (24, $day)) as asked(hours, begins_at)
    where venue = $venue and symbol in ('BTC/USD', 'ETH/USD')
    window following as (partition by asset, hours order by closed_at)
),

whole as (
    from windows where ended_at - closed_at = to_hours(hours)
)

select
    other.asset, other.hours, count(*) as windows,
    count(*) filter (where other.size >= own.size) as as_large,
    (as_large + 1) / (windows + 1) as p
from whole as other
inner join whole as own
    on other.asset = own.asset and other.hours = own.hours and own.closed_at = own.begins_at
where other.ended_at <= $day - interval 24 hours or other.closed_at >= $day + interval 168 hours
group by other.asset, other.hours
order by other.hours, other.asset
"""
ranks_sql = ask(RANKS, news=NEWS, day=DAY, venue=VENUE)
print("Among all dates, by SQL", ranks_sql, sep="\n")

# %% [markdown]
# ## Where the hour lies among all hours

# %%
sizes = (
    hours.filter(asset="ETH")
    .drop_nulls("log_return")
    .select(percent=((pl.col("log_return").exp() - 1) * 100 / 0.25).round() * 0.25)
    .group_by("percent")
    .len("hours")
    .sort("percent")
)
bars = (
    alt.Chart(sizes, title="Few hours of ether's year moved as far as that", width=640)
    .mark_bar()
    .encode(x=alt.X("percent", title="move within an hour, percent"), y="hours")
)
mark = (
    alt.Chart(pl.DataFrame({"percent": moves.filter(asset="ETH", hours=1)["move"] * 100}))
    .mark_rule(color="crimson")
    .encode(x="percent")
)
all_hours = bars + mark
all_hours

# %%
con.close()
