-- One row per vendor, contract, kind of price, day and spot venue.
-- after: spot_hourly
create or replace table mart.futures_basis as
with spot as (
    select hourly.venue, hourly.asset, hourly.closed_at, hourly.close
    from mart.spot_hourly as hourly
    semi join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
),

paired as (
    select futures.*, venue.venue
    from stg.futures_price as futures
    left join (select distinct venue, asset from spot) as venue using (asset)
),

priced as (
    select paired.*, spot.closed_at as spot_observed_at, spot.close as spot_price_usd, paired.price_usd / spot.close - 1 as basis
    from paired
    asof left join (select *, closed_at as joined_at from spot) as spot
        on paired.venue = spot.venue and paired.asset = spot.asset and paired.observed_at >= spot.joined_at
)

select
    vendor, root, asset, contract, price_kind, day, observed_at, available_at,
    price_usd as futures_price_usd, venue,
    case when is_fresh then spot_price_usd end as spot_price_usd,
    case when is_fresh then spot_observed_at end as spot_observed_at,
    expires_at, days_to_expiry,
    case when is_fresh then basis end as basis,
    case when is_fresh and is_annualised then annualised_simple(basis, days_to_expiry) end as annualised_basis,
    case when is_fresh and is_annualised then annualised_compounded(basis, days_to_expiry) end as annualised_basis_compounded,
    case when is_fresh and is_annualised then annualised_log(basis, days_to_expiry) end as annualised_basis_log,
    volume_contracts,
    volume_contracts * contract_size_coin * price_usd as volume_usd,
    coalesce(is_annualised and expires_at = min(expires_at) filter (where is_annualised) over listed, false) as is_front_month
from (
    select *,
        spot_observed_at >= observed_at - interval 1 hour as is_fresh,
        days_to_expiry >= 5 and price_kind <> 'continuous' as is_annualised
    from priced
)
window listed as (partition by vendor, root, price_kind, day)
order by vendor, contract, price_kind, day, venue;
comment on table mart.futures_basis is
    'CME futures against spot at the instant of the futures price. The last trade of a thin '
    'contract can be hours older than observed_at: look at volume_contracts before trusting a far '
    'month. Key: vendor, contract, price_kind, day, venue.';
comment on column mart.futures_basis.vendor is 'Who published the futures price';
comment on column mart.futures_basis.root is 'Product, as named in seed.futures_root';
comment on column mart.futures_basis.asset is 'Underlying coin';
comment on column mart.futures_basis.contract is 'Root, month code and last digit of the year';
comment on column mart.futures_basis.price_kind is
    'last_trade, settlement, or continuous (front-month series, a low-trust fallback: never '
    'annualised, for it may cross a roll)';
comment on column mart.futures_basis.day is
    'UTC day (last_trade) or session (settlement, continuous) of the futures price';
comment on column mart.futures_basis.observed_at is 'Instant of the futures price, UTC';
comment on column mart.futures_basis.available_at is 'When the public could know it, UTC';
comment on column mart.futures_basis.futures_price_usd is 'US dollars per coin';
comment on column mart.futures_basis.venue is 'Spot venue; null when no venue has the asset';
comment on column mart.futures_basis.spot_price_usd is
    'Close of the last hourly bar finished by observed_at, US dollars or USDT; null when it is '
    'more than an hour old';
comment on column mart.futures_basis.spot_observed_at is 'End of that bar, UTC';
comment on column mart.futures_basis.expires_at is 'Final settlement instant of the contract, UTC';
comment on column mart.futures_basis.days_to_expiry is
    'From observed_at to expires_at, in days of 24 hours';
comment on column mart.futures_basis.basis is 'futures / spot - 1, fraction';
comment on column mart.futures_basis.annualised_basis is
    'basis * 365 / days_to_expiry, fraction; null below 5 days';
comment on column mart.futures_basis.annualised_basis_compounded is
    '(1 + basis) ^ (365 / days_to_expiry) - 1, fraction; null below 5 days';
comment on column mart.futures_basis.annualised_basis_log is
    'ln(1 + basis) * 365 / days_to_expiry, fraction; null below 5 days';
comment on column mart.futures_basis.volume_contracts is 'Contracts traded in the day';
comment on column mart.futures_basis.volume_usd is
    'volume_contracts in coins at futures_price_usd, US dollars';
comment on column mart.futures_basis.is_front_month is
    'The nearest expiry with at least 5 days left, per vendor, root, price_kind and day';
