-- One row per vendor, contract, kind of price and day: the current version, with the contract's
-- expiry.
create or replace view stg.futures_price as
select
    price.vendor,
    price.root,
    root.asset,
    root.contract_size_coin,
    price.contract,
    price.price_kind,
    price.day,
    price.observed_at,
    price.price_usd,
    price.volume_contracts,
    price.open_interest_contracts,
    expiry.expires_at,
    (epoch(expiry.expires_at) - epoch(price.observed_at)) / 86400 as days_to_expiry,
    price.observed_at
    + if(price.price_kind = 'last_trade', available_after('futures_last_trade'), available_after('futures_settlement')) as available_at,
    price.recorded_at
from raw.futures_price as price
left join seed.futures_root as root using (root)
-- A contract's name carries one digit of the year and comes back every decade: the first one that
-- still trades on the day is meant.
asof left join cal.futures_contract as expiry
    on price.contract = expiry.contract and price.day <= expiry.last_session
where price.superseded_at is null;
comment on view stg.futures_price is
    'Futures prices as they stand now; expires_at is null for what is no dated contract (a '
    'continuous series); days are fractions of 24 hours.';
