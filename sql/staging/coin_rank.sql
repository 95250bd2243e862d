-- One row per vendor, day of a list and rank: the current version, with the class of the coin.
create or replace view stg.coin_rank as
select
    ranked.vendor,
    ranked.ranked_on,
    ranked.rank,
    ranked.coin,
    ranked.symbol,
    coin.class,
    ranked.market_cap_usd,
    (cast(ranked.ranked_on as timestamp) + available_after('coin_rank')) at time zone 'UTC'
        as available_at,
    ranked.recorded_at
from raw.coin_rank as ranked
left join seed.coin as coin using (coin)
where ranked.superseded_at is null;
comment on view stg.coin_rank is
    'Lists of the largest coins as they stand now; class is null for a coin that seed.coin does '
    'not name; public by the end of the day of asking.';
