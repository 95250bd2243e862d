-- One row per vendor, coin and snapshot instant: the current version, with the class of the coin.
create or replace view stg.coin_snapshot as
select
    snapshot.vendor,
    snapshot.coin,
    snapshot.symbol,
    coin.class,
    snapshot.snapshot_at,
    snapshot.price_usd,
    snapshot.market_cap_usd,
    snapshot.volume_24h_usd,
    snapshot.snapshot_at + available_after('coin_snapshot') as available_at,
    snapshot.recorded_at
from raw.coin_snapshot as snapshot
left join seed.coin as coin using (coin)
where snapshot.superseded_at is null;
comment on view stg.coin_snapshot is
    'The panel of coins as it stands now; class is null for a coin that seed.coin does not name.';
