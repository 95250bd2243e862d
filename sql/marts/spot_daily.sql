-- One row per venue, symbol and UTC day that has at least one hourly bar.
-- after: spot_hourly
-- by day of bars: day
create or replace table mart.spot_daily as
select
    venue,
    symbol,
    asset,
    quote,
    cast(opened_at at time zone 'UTC' as date) as day,
    arg_min(open, opened_at) as open,
    max(high) as high,
    min(low) as low,
    arg_max(close, opened_at) as close,
    -- In order: the last digit of a sum of fractions depends on it.
    sum(volume_base order by opened_at) as volume_base,
    sum(volume_quote order by opened_at) as volume_quote,
    cast(count(*) as integer) as bars,
    count(*) = 24 as is_complete
from mart.spot_hourly
where
    opened_at >= renewed_from() and opened_at < renewed_until()
group by all
order by venue, symbol, day;
comment on table mart.spot_daily is
    'Spot bars per UTC day, made of the hourly bars. Key: venue, symbol, day.';
comment on column mart.spot_daily.venue is 'Exchange, as named in seed.venue';
comment on column mart.spot_daily.symbol is 'Market in base/quote form';
comment on column mart.spot_daily.asset is 'Base currency';
comment on column mart.spot_daily.quote is 'Currency of the prices';
comment on column mart.spot_daily.day is 'UTC day, midnight to midnight';
comment on column mart.spot_daily.open is
    'Open of the first hour that has a bar, in quote currency';
comment on column mart.spot_daily.high is 'Highest trade, in quote currency';
comment on column mart.spot_daily.low is 'Lowest trade, in quote currency';
comment on column mart.spot_daily.close is
    'Close of the last hour that has a bar, in quote currency';
comment on column mart.spot_daily.volume_base is 'Traded volume, in base currency';
comment on column mart.spot_daily.volume_quote is
    'Sum of the hours'' volume, each valued at its close, in quote currency';
comment on column mart.spot_daily.bars is 'Hourly bars in the day';
comment on column mart.spot_daily.is_complete is
    'True when all 24 hours have a bar; otherwise open, close and volume are those of a part of '
    'the day';
