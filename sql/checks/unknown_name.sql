-- One row per name in a raw table that no seed table explains.
-- severity: error
-- by day of bars: stamped_at
-- Marts leave out what they cannot place: add the name to the seed table, with its source, or mend
-- the source module.
select 'seed.venue' as object, 'venue ' || venue || ' of raw.spot_bar' as detail, null as stamped_at
from (
    select distinct venue from stg.spot_bar
    where
        opened_at >= renewed_from()
        and opened_at < renewed_until()
) anti join seed.venue using (venue)
union all
select 'seed.venue', 'venue ' || venue || ' of raw.spot_listing', null
from (select distinct venue from stg.spot_listing) anti join seed.venue using (venue)
union all
select 'seed.futures_root', 'root ' || root || ' of raw.futures_price', null
from (select distinct root from stg.futures_price) anti join seed.futures_root using (root)
union all
select 'seed.instrument', 'index ' || symbol || ' of raw.index_bar', null
from (select distinct symbol as instrument, symbol from stg.index_bar) anti join (select instrument from seed.instrument where kind = 'index') using (instrument);
