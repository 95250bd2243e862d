-- One row per meeting of the Fed, day of quotation and target range: how likely it was held.
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

select
    quoted.meeting, quoted.quoted_on, quoted.available_at, quoted.lower_bps, quoted.upper_bps,
    quoted.probability, quoted.origin
from mart.fed_probability as quoted
inner join reach
    on quoted.available_at > reach.begins_at and quoted.available_at <= reach.ends_at
order by quoted.meeting, quoted.quoted_on, quoted.lower_bps;
