-- One row per vendor, contract, kind of price and day: every listed Micro contract from six weeks
-- before the order to two weeks after the order.
select
    vendor, root, contract, price_kind, day, observed_at, price_usd, volume_contracts,
    open_interest_contracts
from raw.futures_price
where superseded_at is null and root in ('MBT', 'MET') and day between '2025-06-24' and '2025-08-22'
order by vendor, contract, price_kind, day;
