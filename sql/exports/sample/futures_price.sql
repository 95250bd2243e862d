-- One row per vendor, contract, kind of price and day: of the Micro contracts those that a claim, a
-- study or a chart reads.
-- From 30 days before the order of 2025-08-07 to the publication every contract, for what was traded
-- (a23, a32); in the weeks around that the two nearest with five days or more to their expiry, which
-- make the front month and 30 days.
select
    vendor, root, contract, price_kind, day, observed_at, price_usd, volume_contracts,
    open_interest_contracts
from raw.futures_price
where
    superseded_at is null and root in ('MBT', 'MET')
    and (
        day between '2025-07-08' and '2025-08-12'
        or (
            day between '2025-06-24' and '2025-07-07'
            and contract in ('MBTN5', 'MBTQ5', 'METN5', 'METQ5')
        )
        -- METQ5 did not trade on that day.
        or (day = '2025-06-25' and contract = 'METU5')
        or (
            day between '2025-08-13' and '2025-08-22'
            and contract in ('MBTQ5', 'MBTU5', 'METQ5', 'METU5')
        )
    )
order by vendor, contract, price_kind, day;
