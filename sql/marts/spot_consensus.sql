-- One row per asset and hour that has a bar on at least one venue.
-- after: spot_hourly
-- by day of bars: opened_at
create or replace table mart.spot_consensus as
select
    hourly.asset,
    hourly.opened_at,
    hourly.closed_at,
    median(hourly.close) as close,
    cast(count(*) as integer) as venues,
    (max(hourly.close) / min(hourly.close) - 1) * 1e4 as spread_bps
from mart.spot_hourly as hourly
-- The one dollar market of each venue: a cross rate such as ETH/BTC is no price in dollars.
semi join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
where
    hourly.opened_at >= renewed_from()
    and hourly.opened_at < renewed_until()
group by all
order by hourly.asset, hourly.opened_at;
comment on table mart.spot_consensus is
    'Median close across venues. Venues quote in USD or USDT, taken here at par: the spread holds '
    'the price of USDT as well as disagreement. Key: asset, opened_at.';
comment on column mart.spot_consensus.asset is 'Base currency';
comment on column mart.spot_consensus.opened_at is 'Start of the hour, UTC';
comment on column mart.spot_consensus.closed_at is 'End of the hour, UTC';
comment on column mart.spot_consensus.close is
    'Median of the venues'' closes, US dollars or USDT (of two venues: their mean)';
comment on column mart.spot_consensus.venues is 'Venues with a bar in the hour';
comment on column mart.spot_consensus.spread_bps is
    'Highest close over the lowest less one, basis points; 0 with a single venue';
