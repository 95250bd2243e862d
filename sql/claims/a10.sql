-- One row per pair of sessions.
-- claim: a10
-- event: eo-401k
-- article: A
-- statement: The ether funds took a net 680 million USD in two days
-- stated: 680000000
-- unit: usd
--
-- part: quote: the ether funds took 680 million USD in two days
-- main: pair: net flow of the session of the order and the next
-- shown: next: net flow of the next pair of sessions
-- first: supported
-- reason: In the session of the order and the next the ether funds took {pair}, by one publisher; in
--   the next pair of sessions they took {next}.
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
        count(placed.session) as sessions,
        string_agg(
            format('{:.1f}', placed.net_flow_usd / 1e6) || strftime(placed.session, ' on %m-%d'),
            ' + ' order by placed.session
        ) as summands
    from (values ('pair', 1), ('next', 2)) as wanted(definition, first)
    left join placed on placed.place between wanted.first and wanted.first + 1
    group by wanted.definition
)

select
    definition, null as anchor, 'US spot ETFs' as venue,
    case when sessions = 2 then value end as value, null as low, null as high, 'usd' as unit,
    if(
        definition = 'pair',
        vote_if(case when sessions = 2 then abs(value / stated('a10') - 1) <= threshold('about_share') end),
        null
    ) as vote,
    if(sessions = 2, summands || ' M USD', 'the flows of these sessions are not held') as note
from pair
-- evidence
select * exclude (session)
from flow_rows('ETH')
where session between '2025-08-07' and '2025-08-11'
