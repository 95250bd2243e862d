-- One row per venue, symbol and hour that has a bar, or that shorter bars cover completely.
-- by day of bars: opened_at
create or replace table mart.spot_hourly as
with bar as not materialized (
    select * from stg.spot_bar
    where
        -- And the hour before, for the first return.
        opened_at >= renewed_from() - interval 1 hour
        and opened_at < renewed_until()
),

finer as (
    select bar.*, time_bucket(interval 1 hour, bar.opened_at) as hour
    from bar
    where bar.bar_interval in ('1m', '3m', '5m', '15m', '30m')
),

-- The venue's own hours come first: markets are kept by the minute for a week, and by the hour for
-- years.
made as (
    select
        venue, symbol, asset, quote, hour as opened_at, max(closed_at) as closed_at,
        arg_min(open, opened_at) as open, max(high) as high, min(low) as low,
        arg_max(close, opened_at) as close,
        sum(volume_base) as volume_base, sum(volume_quote) as volume_quote
    from finer
    anti join (select venue, symbol, opened_at as hour from bar where bar_interval = '1h')
        using (venue, symbol, hour)
    group by venue, symbol, asset, quote, hour, bar_interval
    having count(*) * any_value(epoch(closed_at) - epoch(opened_at)) = 3600
    qualify row_number() over (partition by venue, symbol, hour order by count(*) desc) = 1
),

hourly as (
    select
        venue, symbol, asset, quote, opened_at, closed_at, open, high, low, close, volume_base,
        volume_quote
    from bar
    where bar_interval = '1h'
    union all
    from made
)

select
    *,
    -- Over a hole the return would span several hours: null, and the hole stays visible in
    -- mart.coverage.
    case
        when lag(closed_at) over hours = opened_at then ln(close / lag(close) over hours)
    end as log_return
from hourly
window hours as (partition by venue, symbol order by opened_at)
qualify opened_at >= renewed_from()
order by venue, symbol, opened_at;
comment on table mart.spot_hourly is
    'Hourly spot bars with close-to-close log returns: the venue''s own, else made of shorter '
    'bars that cover the hour completely. Hours without a bar are absent, never filled. Key: '
    'venue, symbol, opened_at.';
comment on column mart.spot_hourly.venue is 'Exchange, as named in seed.venue';
comment on column mart.spot_hourly.symbol is 'Market in base/quote form';
comment on column mart.spot_hourly.asset is 'Base currency';
comment on column mart.spot_hourly.quote is 'Currency of the prices';
comment on column mart.spot_hourly.opened_at is 'Start of the hour, UTC';
comment on column mart.spot_hourly.closed_at is
    'End of the hour, UTC; the close is known from then on';
comment on column mart.spot_hourly.open is 'First trade, in quote currency';
comment on column mart.spot_hourly.high is 'Highest trade, in quote currency';
comment on column mart.spot_hourly.low is 'Lowest trade, in quote currency';
comment on column mart.spot_hourly.close is 'Last trade, in quote currency';
comment on column mart.spot_hourly.volume_base is 'Traded volume, in base currency';
comment on column mart.spot_hourly.volume_quote is
    'Traded volume valued at the close, in quote currency';
comment on column mart.spot_hourly.log_return is
    'ln(close / close of the hour before); null when that hour has no bar';
