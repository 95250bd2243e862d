-- One row per vendor, root, kind of price, spot venue, day and tenor for which two contracts have
-- an annualised basis.
-- after: futures_basis
create or replace table mart.basis_constant_maturity as
with neighbour as (
    select
        vendor, root, asset, price_kind, venue, day,
        contract as near_contract,
        days_to_expiry as near_days,
        annualised_basis as near_rate,
        lead(contract) over by_expiry as far_contract,
        lead(days_to_expiry) over by_expiry as far_days,
        lead(annualised_basis) over by_expiry as far_rate,
        greatest(observed_at, lead(observed_at) over by_expiry) as observed_at,
        greatest(available_at, lead(available_at) over by_expiry) as available_at
    from mart.futures_basis
    where annualised_basis is not null
    window by_expiry as (partition by vendor, root, price_kind, venue, day order by expires_at)
)

select
    vendor, root, asset, price_kind, venue, day, observed_at, available_at, tenor_days,
    constant_maturity(near_rate, near_days, far_rate, far_days, tenor_days) as annualised_basis,
    tenor_days not between near_days and far_days as is_extrapolated,
    near_contract, far_contract
from neighbour
cross join (values (30), (60), (90)) as tenor(tenor_days)
where far_contract is not null
-- Of the neighbouring pairs the one around the tenor; where none is, the nearest.
qualify row_number() over (
    partition by vendor, root, price_kind, venue, day, tenor_days
    order by tenor_days between near_days and far_days desc, abs(near_days - tenor_days)
        + abs(far_days - tenor_days)
) = 1
order by vendor, root, price_kind, venue, day, tenor_days;
comment on table mart.basis_constant_maturity is
    'Annualised basis at 30, 60 and 90 days from the two contracts around each tenor, linear in '
    'rate times days. Key: vendor, root, price_kind, venue, day, tenor_days.';
comment on column mart.basis_constant_maturity.vendor is 'Who published the futures prices';
comment on column mart.basis_constant_maturity.root is 'Product, as named in seed.futures_root';
comment on column mart.basis_constant_maturity.asset is 'Underlying coin';
comment on column mart.basis_constant_maturity.price_kind is
    'last_trade or settlement; never a continuous series';
comment on column mart.basis_constant_maturity.venue is 'Spot venue';
comment on column mart.basis_constant_maturity.day is
    'UTC day (last_trade) or session (settlement) of the futures prices';
comment on column mart.basis_constant_maturity.observed_at is
    'Instant of the prices, UTC; the later of the two where they differ';
comment on column mart.basis_constant_maturity.available_at is
    'When the public could know both, UTC';
comment on column mart.basis_constant_maturity.tenor_days is 'Constant maturity, days';
comment on column mart.basis_constant_maturity.annualised_basis is
    'Simple annualised basis at the tenor, fraction';
comment on column mart.basis_constant_maturity.is_extrapolated is
    'True when no two contracts stand around the tenor and the nearest two are extended: trust it '
    'less';
comment on column mart.basis_constant_maturity.near_contract is
    'The contract of the pair that expires first';
comment on column mart.basis_constant_maturity.far_contract is
    'The contract of the pair that expires last';
