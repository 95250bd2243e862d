-- What premium do CME's standard and micro contracts carry, and how do they share the trading?
-- One row per day, product, vendor, kind of price and spot venue.
-- default: first = 2025-08-04
-- default: last = infinity
-- not before: last = first
-- no rows: select coalesce(
--   format('prices of futures are held from {} to {}, none from {} to {}',
--   min(day), max(day), $first, $last), 'no prices of futures are held') from mart.futures_volume
select
    volume.day, volume.asset, volume.root, volume.vendor, volume.price_kind, basis.venue,
    volume.front_contract, basis.annualised_basis,
    round(100 * volume.front_share, 1) as front_month_percent_of_product,
    round(100 * volume.asset_share, 1) as product_percent_of_asset,
    volume.volume_contracts, volume.volume_usd, volume.open_interest_contracts
from mart.futures_volume as volume
left join mart.futures_basis as basis
    on basis.is_front_month and basis.vendor = volume.vendor and basis.root = volume.root
    and basis.price_kind = volume.price_kind and basis.day = volume.day
where volume.day between cast($first as date) and cast($last as date)
order by volume.day, volume.asset, volume.root, volume.vendor, volume.price_kind, basis.venue;
