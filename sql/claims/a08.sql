-- One row per venue.
-- claim: a08
-- article: A
-- statement: ETH stood at 4,299 USD at publication
-- stated: 4299
-- unit: usd
with published as (
    select
        clock.anchor, hourly.venue, min(hourly.low) as low, max(hourly.high) as high,
        count(*) as bars,
        min(hourly.opened_at) filter (where stated('a08') between hourly.low and hourly.high)
            as from_at,
        max(hourly.closed_at) filter (where stated('a08') between hourly.low and hourly.high)
            as to_at
    from mart.spot_hourly as hourly
    inner join seed.venue as venue using (venue, quote)
    inner join seed.anchor as clock
        on hourly.opened_at >= clock.earliest_at and hourly.closed_at <= clock.latest_at
        and clock.event = 'eo-401k' and clock.anchor = 'publication'
    where hourly.asset = 'ETH'
    group by clock.anchor, hourly.venue
)

select
    anchor,
    venue,
    'nearest price of the day of publication' as definition,
    greatest(low, least(stated('a08'), high)) as value,
    low,
    high,
    'usd' as unit,
    case when bars = 24 then stated('a08') between low and high end as agrees,
    case
        when bars < 24 then 24 - bars || ' hourly bars of the day are missing'
        else 'the hour is unknown: low and high of the day'
            || coalesce(strftime(from_at at time zone 'UTC', '; traded there from %H:%M') || strftime(to_at at time zone 'UTC', ' to %H:%M UTC'), '')
    end as note
from published
