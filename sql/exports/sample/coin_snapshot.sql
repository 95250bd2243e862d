-- One row per vendor, coin and snapshot: from 30 days before the order of 2025-08-07, for the
-- month's high, to six days after it.
select vendor, coin, symbol, snapshot_at, price_usd, market_cap_usd, volume_24h_usd
from raw.coin_snapshot
where
    superseded_at is null
    and snapshot_at >= timestamptz '2025-07-08 00:00:00+00'
    and snapshot_at < timestamptz '2025-08-14 00:00:00+00'
order by vendor, coin, snapshot_at;
