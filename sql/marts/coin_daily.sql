-- One row per venue, symbol and UTC day that has a stored daily bar of a coin of the universe, in
-- the venue's dollar.
create or replace table mart.coin_daily as
select
    bar.venue,
    bar.symbol,
    ticker.coin,
    ticker.class,
    cast(bar.opened_at at time zone 'UTC' as date) as day,
    bar.closed_at,
    bar.open,
    bar.high,
    bar.low,
    bar.close,
    bar.volume_base,
    bar.volume_quote,
    -- Over a hole the return would span several days: null, as in mart.spot_hourly.
    case
        when lag(bar.closed_at) over days = bar.opened_at
            then ln(bar.close / lag(bar.close) over days)
    end as log_return,
    snapshot.price_usd,
    snapshot.market_cap_usd
from stg.spot_bar as bar
inner join seed.venue as venue on bar.venue = venue.venue and bar.quote = venue.quote
inner join stg.coin_ticker as ticker on bar.asset = ticker.symbol
left join stg.coin_snapshot as snapshot
    on snapshot.vendor = 'CoinGecko' and ticker.coin = snapshot.coin
    and bar.closed_at = snapshot.snapshot_at
where bar.bar_interval = '1d'
window days as (partition by bar.venue, bar.symbol order by bar.opened_at)
order by bar.venue, bar.symbol, bar.opened_at;
comment on table mart.coin_daily is
    'Daily bars of exchanges for every coin that was ever among the largest, delisted markets and '
    'coins that have left the list included: a panel of survivors alone would show too high '
    'returns. A ticker is taken for the coin that bears it now (stg.coin_ticker). Key: venue, '
    'symbol, day.';
comment on column mart.coin_daily.venue is 'Exchange, as named in seed.venue';
comment on column mart.coin_daily.symbol is 'Market in base/quote form';
comment on column mart.coin_daily.coin is 'CoinGecko identifier';
comment on column mart.coin_daily.class is 'As in seed.coin; null for a coin that it does not name';
comment on column mart.coin_daily.day is 'UTC day';
comment on column mart.coin_daily.closed_at is
    'End of the day, UTC; the close is known from then on';
comment on column mart.coin_daily.open is 'First trade, in the venue''s dollar';
comment on column mart.coin_daily.high is 'Highest trade, in the venue''s dollar';
comment on column mart.coin_daily.low is 'Lowest trade, in the venue''s dollar';
comment on column mart.coin_daily.close is 'Last trade, in the venue''s dollar';
comment on column mart.coin_daily.volume_base is 'Traded volume, in base currency';
comment on column mart.coin_daily.volume_quote is
    'Traded volume valued at the close, in the venue''s dollar';
comment on column mart.coin_daily.log_return is
    'ln(close / close of the day before); null when that day has no bar';
comment on column mart.coin_daily.price_usd is
    'CoinGecko''s price at the end of the day, US dollars; null where there is no snapshot';
comment on column mart.coin_daily.market_cap_usd is
    'CoinGecko''s market value at the end of the day, US dollars; null where there is none';
