-- Which coins were the panel on a day (infinity: the newest list), where are there daily bars of them, and what was the last close?
-- One row per coin of the newest list by then and venue with daily bars of it up to that day; one without a venue where there are none.
-- default: day = infinity
-- no rows: select coalesce(format('the first list of coins is of {}, after {}', min(ranked_on), $day),
--   'no list of coins is held') from stg.coin_rank
with panel as (
    select ranked_on, rank, coin, symbol, class, market_cap_usd
    from stg.coin_rank
    where ranked_on = (select max(ranked_on) from stg.coin_rank where ranked_on <= cast($day as date))
),

bar as (
    select
        coin, venue, symbol as market, min(day) as first_day, max(day) as last_day,
        arg_max(close, day) as last_close
    from mart.coin_daily
    where day <= cast($day as date)
    group by all
)

select panel.*, bar.* exclude (coin)
from panel
left join bar using (coin)
order by panel.rank, bar.venue, bar.market;
