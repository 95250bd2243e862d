-- One row per venue, symbol and day of asking: the current version.
create or replace view stg.spot_listing as
select
    venue,
    symbol,
    split_part(symbol, '/', 1) as asset,
    split_part(symbol, '/', 2) as quote,
    seen_on,
    is_trading,
    (cast(seen_on as timestamp) + available_after('spot_listing')) at time zone 'UTC'
        as available_at,
    recorded_at
from raw.spot_listing
where superseded_at is null;
comment on view stg.spot_listing is
    'Listed markets as they stand now; public by the end of the day of asking.';
