-- One row per anchor and definition of a rise.
-- claim: a03
-- article: A
-- statement: BTC ETFs showed no clear rise in those 24 hours (read both ways: net flow, and traded volume)
-- stated: no rise
-- unit: words
with flow as (
    select response.*, clock.note
    from event_response('eo-401k') as response
    inner join seed.anchor as clock using (event, anchor)
    where response.measure = 'net_flow_usd' and response.instrument = 'BTC'
        and response.window_unit = 'session' and response.window_length <= 2
),

change as (
    select
        calendar.closes_at,
        daily.net_flow_usd - avg(daily.net_flow_usd) over before as change_usd,
        count(*) over before as sessions
    from mart.etf_flow_daily as daily
    inner join cal.session as calendar on calendar.calendar = 'XNYS' and daily.session = calendar.session
    where daily.asset = 'BTC'
    window before as (order by daily.session rows between 5 preceding and 1 preceding)
),

traded as (
    select
        calendar.closes_at,
        daily.volume_usd / avg(daily.volume_usd) over before as ratio,
        count(*) over before as sessions
    from (select session, sum(volume_usd order by ticker) as volume_usd from stg.etf_bar where asset = 'BTC' group by session) as daily
    inner join cal.session as calendar on calendar.calendar = 'XNYS' and daily.session = calendar.session
    window before as (order by daily.session rows between 5 preceding and 1 preceding)
)

select
    anchor,
    venue,
    'net flow of ' || case window_length when 1 then 'the session' else 'two sessions' end || ' by rank' as definition,
    value,
    low,
    high,
    'usd' as unit,
    case when is_candidate then rank_share > threshold('clear_rise_rank') end as agrees,
    case
        when not is_candidate then note
        when value is null then missing || ' sessions of the window are missing'
        else format('{:.0f} % of the windows of six weeks before had as much', 100 * rank_share)
    end as note
from flow
union all
-- Day 0 is the first session that closes after the anchor, as in the study.
select
    flow.anchor,
    flow.venue,
    'net flow less the mean of five sessions before',
    change.change_usd,
    null,
    null,
    'usd',
    case when flow.is_candidate and change.sessions = 5 then change.change_usd <= flow.baseline_sd end,
    case
        when not flow.is_candidate then flow.note
        else format('clear where above the standard deviation of a session, {:.0f} M USD', flow.baseline_sd / 1e6)
    end
from flow
asof left join change on flow.anchor_at < change.closes_at
where flow.window_length = 1
union all
select
    flow.anchor, flow.venue, 'traded volume over five sessions before', traded.ratio, null, null, 'ratio',
    case when flow.is_candidate and traded.sessions = 5 then traded.ratio < threshold('clear_rise_ratio') end,
    case when not flow.is_candidate then flow.note else 'shares traded at the close of the session' end
from flow
asof inner join traded on flow.anchor_at < traded.closes_at
where flow.window_length = 1 and traded.closes_at < flow.anchor_at + 5 * interval 24 hours
union all
select null, 'US spot ETFs', 'traded volume', null, null, null, 'usd', null, 'no bars of the funds here; they would decide'
where not exists (from stg.etf_bar where asset = 'BTC')
