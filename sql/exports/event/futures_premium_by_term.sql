-- One row per futures root, kind of price, day and spot venue: the premium at a fixed term.
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

select maturity.*
from mart.basis_constant_maturity as maturity
inner join reach
    on maturity.observed_at > reach.begins_at and maturity.observed_at <= reach.ends_at
order by
    maturity.root, maturity.vendor, maturity.price_kind, maturity.venue, maturity.tenor_days,
    maturity.day;
