-- One row per definition.
-- claim: a14
-- event: eo-401k
-- article: A
-- statement: The ether funds took over 6.7 billion USD net this year
-- stated: 6700000000
-- unit: usd
-- theme: funds
--
-- part: quote: the ether funds took over 6.7 billion USD in the year
-- main: year: net flow of the year by each session that was known at publication
-- shown: order: the same to the session of the order
-- first: supported
-- reason: By the session of the order the ether funds had taken {order} in the year, by publication
--   {year:>}.
-- otherwise: The net flows of the ether funds would decide.
with known as (
    select daily.session, daily.year_to_date_usd, clock.nominal_at
    from mart.etf_flow_daily as daily
    inner join seed.anchor as clock on clock.event = 'eo-401k' and clock.anchor = 'day'
    inner join seed.anchor as publication
        on publication.event = 'eo-401k' and publication.anchor = 'publication'
    where daily.asset = 'ETH' and daily.available_at <= publication.latest_at
        and daily.session >= cast(clock.nominal_at at time zone 'UTC' as date)
)

select
    'year' as definition, null as anchor, 'US spot ETFs' as venue, null as value,
    min(year_to_date_usd) as low, max(year_to_date_usd) as high, 'usd' as unit,
    vote_if(max(year_to_date_usd) > stated('a14')) as vote,
    coalesce('sessions from ' || min(session) || ' to ' || max(session), 'the flows are not held')
        as note
from known
union all
select
    'order', null, 'US spot ETFs', arg_min(year_to_date_usd, session), null, null, 'usd', null, null
from known
-- evidence
select
    'ETH funds, sum of ' || count(*) || ' sessions of 2025 to ' || max(daily.session) as what,
    sum(daily.value) as value, 'usd' as unit, any_value(daily.publisher) as publisher,
    'net flow of the US spot funds' as source,
    arg_max(daily.payload_sha256, daily.recorded_at) as payload_sha256,
    max(daily.recorded_at) as recorded_at
from flow_rows('ETH') as daily
inner join (values (date '2025-08-07'), (date '2025-08-08'), (date '2025-08-11')) as until(day)
    on daily.session between '2025-01-01' and until.day
group by until.day
order by until.day
