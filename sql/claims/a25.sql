-- One row per definition, anchor and venue.
-- claim: a25
-- event: eo-401k
-- article: A
-- statement: Ether's rise was a rare one
-- stated: rare
-- unit: words
-- theme: prices
--
-- part: window: ether's rise over a day was rare
-- main: rank: share of the days of the year before on which ether rose as much
-- shown: rise: return over 24 hours
-- reason: Ether moved by {rise:+} over 24 hours; {rank} of the days of the year before showed as
--   much; rare here is a rise that at most one day in ten shows; the study counts falls as well, and
--   calls unusual what one date in twenty shows.
-- otherwise: Hourly bars of ether over the year before would decide.
with gain as (
    select
        started.venue, started.closed_at, later.close / started.close - 1 as gain
    from mart.spot_hourly as started
    inner join mart.spot_hourly as later
        on later.venue = started.venue and later.symbol = started.symbol
        and later.closed_at = started.closed_at + interval 24 hours
    where started.asset = 'ETH'
        and (started.venue, started.quote) in (select (v.venue, v.quote) from seed.venue as v)
),

placed as (
    select
        hour.anchor, hour.is_nominal, hour.hour_at, venue.venue, gain.gain as rise,
        count(other.gain) as days,
        case when count(other.gain) >= 300
            then count(other.gain) filter (where other.gain >= gain.gain) / count(other.gain) end
            as rank_share
    from anchor_hours('eo-401k') as hour
    cross join venues_with('ETH') as venue
    left join gain on gain.venue = venue.venue and gain.closed_at = hour.hour_at
    left join gain as other
        on other.venue = gain.venue and other.closed_at < hour.hour_at
        and other.closed_at >= hour.hour_at - 365 * interval 24 hours
        and epoch(hour.hour_at) % 86400 = epoch(other.closed_at) % 86400
    group by all
),

ranged as (
    select
        anchor, venue, days,
        unnest(['rank', 'rise']) as definition, unnest([rank_share, rise]) as figure, is_nominal
    from placed
)

select
    definition, anchor, venue, max(figure) filter (where is_nominal) as value,
    case when count(*) = count(figure) then min(figure) end as low,
    case when count(*) = count(figure) then max(figure) end as high,
    'fraction' as unit,
    case when definition = 'rank' and low is not null
        then vote_not(vote_above(low, high, threshold('clear_rise_rank'))) end as vote,
    case when definition = 'rank' then max(days) || ' days of the year before' end as note
from ranged
group by anchor, venue, definition
-- evidence
select * exclude (closed_at, low, high)
from price_rows('ETH')
where closed_at in (
    select unnest([hour_at, hour_at + interval 24 hours])
    from anchor_hours('eo-401k')
    where is_candidate and is_nominal
)
