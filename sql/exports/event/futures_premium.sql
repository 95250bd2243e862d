-- One row per futures contract, kind of price, day and spot venue: its premium over spot.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
-- default: days_before = 45
-- default: days_after = 14
with reach as (
    select
        min(earliest_at) - to_hours(24 * cast($days_before as integer)) as begins_at,
        max(latest_at) + to_hours(24 * cast($days_after as integer)) as ends_at
    from seed.anchor
    where event = $event and is_candidate
)

select basis.*
from mart.futures_basis as basis
inner join reach
    on basis.observed_at > reach.begins_at and basis.observed_at <= reach.ends_at
order by
    basis.asset, basis.root, basis.vendor, basis.price_kind, basis.venue, basis.day,
    basis.expires_at;
