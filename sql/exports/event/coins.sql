-- One row per coin and snapshot: price and market value.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
-- default: days_before = 45
-- default: days_after = 14
with reach as (
    select
        min(earliest_at) - to_hours(24 * cast($days_before as integer)) as begins_at,
        max(latest_at) + to_hours(24 * cast($days_after as integer)) as ends_at
    from seed.anchor
    where event = $event and is_candidate
)

select
    coin.vendor, coin.coin, coin.symbol, coin.class, coin.snapshot_at, coin.price_usd,
    coin.market_cap_usd, coin.volume_24h_usd, coin.available_at
from stg.coin_snapshot as coin
inner join reach
    on coin.snapshot_at > reach.begins_at and coin.snapshot_at <= reach.ends_at
order by coin.vendor, coin.coin, coin.snapshot_at;
