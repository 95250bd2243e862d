-- What premium did each CME ether contract carry over spot in the week of the order?
-- One row per day, ether contract and spot venue.
select
    day, contract, venue, observed_at, futures_price_usd, spot_price_usd,
    round(days_to_expiry, 2) as days_to_expiry,
    annualised_basis,
    volume_contracts,
    is_front_month
from mart.futures_basis
where asset = 'ETH' and price_kind <> 'continuous' and day between '2025-08-04' and '2025-08-11'
order by day, expires_at, venue;
