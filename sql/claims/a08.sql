-- One row per definition and venue.
-- claim: a08
-- event: eo-401k
-- article: A
-- statement: Ether stood at 4,299 USD at publication
-- stated: 4299
-- unit: usd
-- theme: prices
--
-- part: quote: ether stood at 4,299 USD on the day of publication
-- main: traded: prices of the day of publication in dollars
-- shown: tether: prices of that day in a stablecoin
-- shown: hours: hours of that day in which it traded at the stated price
-- first: supported
-- reason: On the day of publication ether traded at {traded}; the stated price was reached in
--   {hours} of its 24 hours.
-- otherwise: Hourly bars of ether on the day of publication would decide.
with published as (
    select
        venue.venue, coalesce(any_value(seeded.quote), 'USD') as quote,
        min(hourly.low) as low, max(hourly.high) as high, count(hourly.venue) as bars,
        count(*) filter (where stated('a08') between hourly.low and hourly.high) as hours,
        list(strftime(hourly.opened_at at time zone 'UTC', '%H:%M') order by hourly.opened_at)
            filter (where stated('a08') between hourly.low and hourly.high) as starts
    from venues_with('ETH') as venue
    inner join seed.anchor as clock on clock.event = 'eo-401k' and clock.anchor = 'publication'
    left join seed.venue as seeded on seeded.venue = venue.venue
    left join mart.spot_hourly as hourly
        on hourly.venue = venue.venue and hourly.asset = 'ETH' and hourly.quote = seeded.quote
        and hourly.opened_at >= clock.earliest_at and hourly.closed_at <= clock.latest_at
    group by venue.venue
)

select
    if(quote = 'USD', 'traded', 'tether') as definition, null as anchor, venue, null as value,
    case when bars = 24 then low end as low, case when bars = 24 then high end as high,
    'usd' as unit,
    if(quote = 'USD', vote_if(case when bars = 24 then hours > 0 end), null) as vote,
    if(
        bars = 24,
        coalesce('in the hours from ' || array_to_string(starts, ', ') || ' UTC', 'never'),
        24 - bars || ' hourly bars of the day are missing'
    ) as note
from published
union all
select
    'hours', null, venue, case when bars = 24 then hours end, null, null, 'count', null, null
from published
where quote = 'USD'
-- evidence
select
    'ETH, ' || side || ' price of 2025-08-12' as what, value, 'usd' as unit, publisher, source,
    payload_sha256, recorded_at
from (
    select
        publisher, split_part(source, ',', 1) as source, unnest(['lowest', 'highest']) as side,
        unnest([min(low), max(high)]) as value,
        arg_max(payload_sha256, recorded_at) as payload_sha256, max(recorded_at) as recorded_at
    from price_rows('ETH')
    where closed_at > timestamptz '2025-08-12 00:00:00+00'
        and closed_at <= timestamptz '2025-08-13 00:00:00+00'
    group by publisher, split_part(source, ',', 1)
)
order by publisher, value
