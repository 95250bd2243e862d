-- One row per pair of sessions.
-- claim: a10
-- event: eo-401k
-- article: A
-- statement: The ether funds took a net 680 million USD in two days
-- stated: 680000000
-- unit: usd
-- theme: funds
--
-- part: quote: the ether funds took 680 million USD in two days
-- main: pair: net flow of the session of the order and the next
-- shown: session: net flow of the session of the order
-- shown: second: net flow of the session after it
-- shown: later: net flow of the pair of sessions that begins a day later
-- first: supported
-- reason: On 7 and 8 August the ether funds took {session} and {second}, together {pair}, by
--   Farside; the pair that begins a day later, 8 and 11 August, took {later}.
-- otherwise: The net flows of the ether funds would decide.
with placed as (
    select
        daily.session, daily.net_flow_usd,
        row_number() over (order by daily.session) as place
    from mart.etf_flow_daily as daily
    inner join seed.anchor as clock on clock.event = 'eo-401k' and clock.anchor = 'day'
    where daily.asset = 'ETH'
        and daily.session >= cast(clock.nominal_at at time zone 'UTC' as date)
),

pair as (
    select
        wanted.definition,
        sum(placed.net_flow_usd order by placed.session) as value,
        string_agg(
            format('{:.1f} M USD', placed.net_flow_usd / 1e6)
                || strftime(placed.session, ' on %m-%d'),
            ' + ' order by placed.session
        ) as summands
    from (
        values ('pair', 1, 2), ('session', 1, 1), ('second', 2, 2), ('later', 2, 3)
    ) as wanted(definition, first, last)
    left join placed on placed.place between wanted.first and wanted.last
    group by wanted.definition, wanted.first, wanted.last
    having count(placed.session) = 0 or count(placed.session) = wanted.last - wanted.first + 1
)

select
    definition, null as anchor, 'US spot ETFs' as venue,
    value, null as low, null as high, 'usd' as unit,
    if(
        definition = 'pair',
        vote_if(abs(value / stated('a10') - 1) <= threshold('about_share')), null
    ) as vote,
    coalesce(summands, 'the flows of these sessions are not held') as note
from pair
-- evidence
select * exclude (session)
from flow_rows('ETH')
where session between '2025-08-07' and '2025-08-11'
