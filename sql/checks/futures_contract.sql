-- One row per contract whose prices do not fit its expiry.
-- severity: warn
-- No expiry: the contract is not in the calendar. Past expiry or years away: observed_at or the
-- contract's name is wrong (names come back every decade).
select vendor || ' ' || contract as object,
    case
        when min(expires_at) is null then 'no expiry known'
        else format('{:.2f} to {:.2f} days to expiry', min(days_to_expiry), max(days_to_expiry))
    end as detail
from stg.futures_price
where price_kind <> 'continuous' and not coalesce(days_to_expiry between 0 and 6 * 366, false)
group by vendor, contract;
