-- One row per definition and anchor.
-- claim: a03
-- event: eo-401k
-- article: A
-- statement: The bitcoin funds showed no clear rise in those 24 hours
-- stated: no rise
-- unit: words
-- theme: funds
--
-- part: window: money into the bitcoin funds showed no clear rise
-- main: flow: net flow of the session, ranked among the 30 sessions before
-- check: change: net flow less the mean of the five sessions before, ranked among 30 such changes
-- check: volume: traded volume over the mean of the five sessions before, ranked among 30 such
--   ratios
-- shown: flow_rank: share of the 30 sessions before with as much net flow
-- shown: change_rank: share of the 30 sessions before with as large a change
-- shown: payrolls: net flow of the session of the payrolls, one of the five
-- first: mostly supported
-- reason: By Farside the bitcoin funds took {flow} in the session of the order; {flow_rank:.0} of
--   the 30 sessions before had as much. Against the mean of the five sessions before the difference
--   is {change:+}, which {change_rank:.0} of the 30 changes before reached; that mean contains the
--   day of the payrolls, {payrolls}.
-- otherwise: The net flows of the bitcoin funds would decide.
with daily as (
    select
        daily.session, daily.net_flow_usd, calendar.closes_at,
        sum(bar.volume_usd order by bar.ticker) as volume_usd
    from mart.etf_flow_daily as daily
    inner join cal.session as calendar
        on calendar.calendar = 'XNYS' and calendar.session = daily.session
    left join stg.etf_bar as bar on bar.session = daily.session and bar.asset = daily.asset
    where daily.asset = 'BTC'
    group by all
),

measured as (
    select
        closes_at,
        unnest(['flow', 'change', 'volume']) as definition,
        unnest([
            net_flow_usd,
            case when count(net_flow_usd) over week = 5
                then net_flow_usd - avg(net_flow_usd) over week end,
            case when count(volume_usd) over week = 5
                then volume_usd / avg(volume_usd) over week end
        ]) as value
    from daily
    window week as (order by session rows between 5 preceding and 1 preceding)
),

ranked as (
    select *, list(value) over before as earlier
    from measured
    window before as (
        partition by definition order by closes_at rows between 30 preceding and 1 preceding
    )
),

-- The first session that closes after the anchor, as in the study.
placed as (
    select hour.anchor, kind.definition, hour.is_nominal, ranked.value,
        len(list_filter(ranked.earlier, lambda other: other >= ranked.value))
        / len(ranked.earlier) as rank_share
    from anchor_hours('eo-401k') as hour
    cross join (values ('flow'), ('change'), ('volume')) as kind(definition)
    asof left join ranked
        on ranked.definition = kind.definition and hour.hour_at < ranked.closes_at
)

select
    definition,
    anchor,
    'US spot ETFs' as venue,
    max(value) filter (where is_nominal) as value,
    case when count(*) = count(value) then min(value) end as low,
    case when count(*) = count(value) then max(value) end as high,
    if(definition = 'volume', 'ratio', 'usd') as unit,
    case when low is not null
        then vote_above(min(rank_share), max(rank_share), threshold('clear_rise_rank')) end as vote,
    if(
        low is null, 'not held',
        format(
            '{:.0f} % of the 30 sessions before had as much',
            100 * max(rank_share) filter (where is_nominal)
        )
    ) as note
from placed
group by anchor, definition
union all
select
    definition || '_rank', anchor, 'US spot ETFs', max(rank_share) filter (where is_nominal),
    null, null, 'fraction', null, null
from placed
where definition <> 'volume'
group by anchor, definition
union all
select 'payrolls', null, 'US spot ETFs', max(daily.net_flow_usd), null, null, 'usd', null, null
from seed.anchor as clock
left join daily on daily.session = cast(clock.nominal_at at time zone 'UTC' as date)
where clock.event = 'payrolls-2025-07' and clock.anchor = 'release'
-- evidence
select * exclude (session)
from flow_rows('BTC')
where session between '2025-07-31' and '2025-08-08'
