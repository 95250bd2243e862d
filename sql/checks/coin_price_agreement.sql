-- One row per venue and market with daily closes that differ too much from CoinGecko's price of the coin at that instant.
-- severity: warn
-- On most days: the ticker is another coin there, or was one before. On a few: a bad print, or a
-- market without trades: compare another venue.
with compared as (
    select
        venue, symbol, coin, day, close, price_usd,
        greatest(close / price_usd, price_usd / close) - 1 as gap
    from mart.coin_daily
    where price_usd is not null
)

select
    concat_ws(' ', venue, symbol, coin) as object,
    format('{} of {} days, last {}: ', count(*) filter (is_wide), count(*), cast(max(day) filter (is_wide) as varchar))
        || format('closed at {:g}, CoinGecko {:g}', arg_max(close, day) filter (is_wide), arg_max(price_usd, day) filter (is_wide)) as detail
from (select *, gap > threshold('check_coin_price') as is_wide from compared)
group by venue, symbol, coin
having bool_or(is_wide);
