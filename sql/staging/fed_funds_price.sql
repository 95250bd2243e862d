-- One row per contract and session: the current version.
create or replace view stg.fed_funds_price as
select
    contract,
    session,
    price,
    100 - price as implied_rate_percent,
    volume_contracts,
    (cast(session as timestamp) + available_after('fed_funds_price')) at time zone 'UTC'
        as available_at,
    recorded_at
from raw.fed_funds_price
where superseded_at is null;
comment on view stg.fed_funds_price is
    'Federal funds futures as they stand now; the implied rate is the mean of the contract month.';
