-- How did an asset trade hour by hour around an event, and which fund flows were public by then?
-- One row per venue, market and hour: its bar, and the newest flow that was public at its end.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
-- default: asset = BTC
-- among: asset = select distinct asset from mart.spot_hourly union all select 'all' order by asset
-- default: days_before = 7
-- default: days_after = 7
-- range: days_before = 0 to 36500
-- range: days_after = 0 to 36500
-- no rows: select coalesce(
--   format('hourly bars of {} are held from {} to {}, none from {} days before {} ({}) to {} after',
--   if($asset = 'all', 'all assets', $asset), cast(min(opened_at) at time zone 'UTC' as date),
--   cast(max(opened_at) at time zone 'UTC' as date), $days_before, $event,
--   (select cast(min(nominal_at) at time zone 'UTC' as date) from seed.anchor where event = $event),
--   $days_after), 'no hourly bars of ' || $asset || ' are held')
--   from mart.spot_hourly where $asset in (asset, 'all')
-- column: net_flow_usd: Net flow of its US funds in the newest session that was public by then
-- column: session: The session of that flow, not of the hour
-- column: flow_public_at: When the public could know it, UTC: the morning after
-- column: hours_since_flow: Hours from then to the hour's end
with reach as (
    select
        min(earliest_at) - to_hours(24 * cast($days_before as integer)) as begins_at,
        max(latest_at) + to_hours(24 * cast($days_after as integer)) as ends_at
    from seed.anchor
    where event = $event and is_candidate
)

select
    hourly.venue, hourly.symbol, hourly.opened_at, hourly.closed_at,
    hourly.open, hourly.high, hourly.low, hourly.close, hourly.volume_base, hourly.volume_quote,
    hourly.log_return,
    flow.session, flow.available_at as flow_public_at, flow.net_flow_usd,
    (epoch(hourly.closed_at) - epoch(flow.available_at)) / 3600 as hours_since_flow
from mart.spot_hourly as hourly
semi join seed.venue as own on hourly.venue = own.venue and hourly.quote = own.quote
inner join reach on hourly.closed_at > reach.begins_at and hourly.closed_at <= reach.ends_at
asof left join mart.etf_flow_daily as flow
    on hourly.asset = flow.asset and hourly.closed_at >= flow.available_at
where $asset in (hourly.asset, 'all')
order by hourly.venue, hourly.symbol, hourly.closed_at;
