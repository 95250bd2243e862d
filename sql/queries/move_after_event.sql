-- How far did bitcoin and ether move in the hours after each instant that "after the event" can mean?
-- One row per anchor, venue and asset.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
-- no rows: select coalesce(
--   format('hourly bars of BTC and ETH are held from {} to {}, none in the 72 hours after {} ({})',
--   cast(min(opened_at) at time zone 'UTC' as date), cast(max(opened_at) at time zone 'UTC' as date),
--   $event,
--   (select cast(min(nominal_at) at time zone 'UTC' as date) from seed.anchor where event = $event)),
--   'no hourly bars of BTC and ETH are held')
--   from mart.spot_hourly where asset in ('BTC', 'ETH')
with price as (
    select venue, asset, closed_at, close
    from mart.spot_hourly
    where asset in ('BTC', 'ETH') and quote in ('USD', 'USDT')
),

path as (
    select
        start.anchor, start.nominal_at, price.venue, price.asset,
        cast((epoch(price.closed_at) - epoch(start.hour_at)) / 3600 as integer) as hours,
        price.close
    from anchor_hours($event) as start
    inner join price
        on price.closed_at between start.hour_at and start.hour_at + to_hours(72)
    where start.is_candidate and start.is_nominal
)

select
    anchor, nominal_at, venue, asset,
    any_value(close) filter (where hours = 0) as price_at_anchor,
    any_value(close) filter (where hours = 1) / price_at_anchor - 1 as return_1h,
    any_value(close) filter (where hours = 4) / price_at_anchor - 1 as return_4h,
    any_value(close) filter (where hours = 24) / price_at_anchor - 1 as return_24h,
    any_value(close) filter (where hours = 72) / price_at_anchor - 1 as return_72h
from path
group by anchor, nominal_at, venue, asset
order by nominal_at, asset, venue;
