-- One row per definition, anchor and venue.
-- claim: a11
-- event: eo-401k
-- article: A
-- statement: Both rose together, but ether reacted harder and faster
-- stated: both up; ether harder, faster
-- unit: words
-- theme: prices
--
-- part: window: both rose
-- main: both: the smaller of the two returns over 24 hours
-- first: mixed
-- reason: Over 24 hours the weaker of the two moved by {both:+}.
-- otherwise: Hourly bars of both coins would decide.
--
-- part: window: ether reacted harder
-- main: harder: return of ether less that of bitcoin over 24 hours
-- check: beta: beta of ether on bitcoin over 72 hours
-- first: supported
-- reason: Over 24 hours ether rose by {harder} more than bitcoin; over 72 hours it moved {beta}
--   times as much (beta).
-- otherwise: Hourly bars of both coins would decide.
--
-- part: window: ether reacted faster
-- main: first: hours by which ether was earlier to a move of 1 %
-- check: second: hours by which ether was earlier to a move of 2 %
-- first: supported
-- reason: Ether reached its first 1 % {first} before bitcoin, where 0 h is the same hour, and its
--   first 2 % {second} before it; a move that did not come within 72 hours counts as coming after
--   them.
-- otherwise: Hourly bars of both coins would decide.
with pair as (
    select
        eth.venue, eth.closed_at, eth.close as eth, btc.close as btc,
        eth.log_return as eth_return, btc.log_return as btc_return
    from mart.spot_hourly as eth
    inner join mart.spot_hourly as btc
        on btc.venue = eth.venue and btc.quote = eth.quote and btc.opened_at = eth.opened_at
        and btc.asset = 'BTC'
    where eth.asset = 'ETH'
        and (eth.venue, eth.quote) in (select (v.venue, v.quote) from seed.venue as v)
),

path as (
    select
        hour.anchor, venue.venue, hour.is_nominal, hour.hour_at,
        (epoch(pair.closed_at) - epoch(hour.hour_at)) / 3600 as hours,
        pair.eth / start.eth - 1 as eth_gain, pair.btc / start.btc - 1 as btc_gain,
        pair.eth_return, pair.btc_return
    from anchor_hours('eo-401k') as hour
    cross join venues_with('ETH') as venue
    left join pair as start on start.venue = venue.venue and start.closed_at = hour.hour_at
    left join pair
        on pair.venue = venue.venue and pair.closed_at > hour.hour_at
        and pair.closed_at <= hour.hour_at + interval 72 hours
),

-- A move that is not reached within the window counts as reached after it.
reached as (
    select
        anchor, venue, is_nominal,
        unnest(['both', 'harder', 'beta', 'first', 'second']) as definition,
        unnest([
            max(least(eth_gain, btc_gain)) filter (where hours = 24),
            max(eth_gain - btc_gain) filter (where hours = 24),
            case when count(eth_return + btc_return) = 72
                then regr_slope(eth_return, btc_return order by hours) end,
            case when count(eth_gain + btc_gain) = 72
                then coalesce(min(hours) filter (where btc_gain >= threshold('first_move')), 73)
                    - coalesce(min(hours) filter (where eth_gain >= threshold('first_move')), 73)
            end,
            case when count(eth_gain + btc_gain) = 72
                then coalesce(min(hours) filter (where btc_gain >= threshold('second_move')), 73)
                    - coalesce(min(hours) filter (where eth_gain >= threshold('second_move')), 73)
            end
        ]) as figure
    from path
    group by anchor, venue, is_nominal, hour_at
)

select
    definition, anchor, venue,
    max(figure) filter (where is_nominal) as value,
    case when count(*) = count(figure) then min(figure) end as low,
    case when count(*) = count(figure) then max(figure) end as high,
    case definition when 'beta' then 'ratio' when 'first' then 'hour' when 'second' then 'hour'
        when 'harder' then 'points' else 'fraction' end as unit,
    -- The same hour, or neither within the window, is a tie.
    case
        when unit = 'hour' and high < 0 then 'no'
        when unit = 'hour' and high <= 0 then 'unclear'
        else vote_above(low, high, if(definition = 'beta', stated('a11', 'beta'), 0))
    end as vote,
    if(value is null, 'hourly bars of the window are missing', null) as note
from reached
group by anchor, venue, definition
-- evidence
select * exclude (closed_at, low, high)
from (from price_rows('BTC') union all from price_rows('ETH'))
where closed_at in (
    timestamptz '2025-08-07 00:00:00+00', timestamptz '2025-08-07 10:00:00+00',
    timestamptz '2025-08-07 11:00:00+00', timestamptz '2025-08-08 00:00:00+00'
)
order by closed_at, what, publisher
