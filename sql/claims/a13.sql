-- One row per definition, anchor and venue.
-- claim: a13
-- event: eo-401k
-- article: A
-- statement: The price of ether in bitcoin rose of late, its volume not clearly above average
-- stated: up, volume near average
-- unit: words
-- theme: prices
--
-- part: window: the price of ether in bitcoin rose
-- main: order: change from the order to the day of publication
-- check: week: change over the seven days before publication
-- check: month: change over the 30 days before publication
-- first: supported
-- reason: From the order to publication the price of ether in bitcoin moved by {order:+}, over the
--   30 days to publication by {month:+}.
-- otherwise: Hourly bars of both coins would decide.
--
-- part: window: the volume of the pair was not clearly above average
-- main: pair: volume of the pair in the week to publication over the mean of the 30 days before
-- proxy: bitcoin: the same of bitcoin against the dollar
-- proxy: ether: the same of ether against the dollar
-- first: supported
-- reason: In the week to publication the pair traded {pair} times what it did on average in the 30
--   days before.
-- otherwise: The volume of the pair itself is not held here and would decide; in the week to
--   publication ether traded against the dollar {ether} and bitcoin {bitcoin} times the average of
--   the 30 days before.
with clock as (
    select nominal_at as ended_at
    from seed.anchor
    where event = 'eo-401k' and anchor = 'publication'
),

started as (
    select 'order' as definition, anchor, is_nominal, hour_at
    from anchor_hours('eo-401k')
    where is_candidate
    union all
    select span.definition, null, true, ended_at - span.days * interval 24 hours
    from clock
    cross join (values ('week', 7), ('month', 30)) as span(definition, days)
),

change as (
    select started.*, venue.venue, newer.ratio / older.ratio - 1 as value
    from started
    cross join clock
    cross join venues_with('ETH') as venue
    left join mart.eth_btc as newer
        on newer.venue = venue.venue and newer.closed_at = clock.ended_at
    left join mart.eth_btc as older
        on older.venue = venue.venue and older.closed_at = started.hour_at
),

-- The usual week is that of the same measure at the hourly starts of six weeks before the order.
traded as (
    select
        case when hourly.quote = 'BTC' then 'pair' when hourly.asset = 'ETH' then 'ether'
            else 'bitcoin' end as definition,
        hourly.venue, hourly.closed_at,
        case when count(*) over week = 168 and count(*) over month = 720
            then (sum(volume_base) over week / 7) / (sum(volume_base) over month / 30) end as ratio
    from mart.spot_hourly as hourly
    inner join seed.venue as venue
        on venue.venue = hourly.venue and hourly.quote in (venue.quote, 'BTC')
    where hourly.asset in ('BTC', 'ETH')
    window
        week as (
            partition by hourly.venue, hourly.symbol order by hourly.closed_at
            range between interval 167 hours preceding and current row
        ),
        month as (
            partition by hourly.venue, hourly.symbol order by hourly.closed_at
            range between interval 887 hours preceding and interval 168 hours preceding
        )
),

ordinary as (
    select definition, venue, list(ratio) filter (where ratio is not null) as ratios
    from traded
    cross join (select min(hour_at) as begins_at from anchor_hours('eo-401k') where is_candidate)
    where closed_at between begins_at - 42 * interval 24 hours and begins_at
    group by all
)

select
    definition, anchor, venue, max(value) filter (where is_nominal) as value,
    case when count(*) = count(value) then min(value) end as low,
    case when count(*) = count(value) then max(value) end as high,
    'fraction' as unit, vote_above(low, high, 0) as vote,
    if(max(value) is null, 'hourly bars are missing', null) as note
from change
group by definition, anchor, venue
union all
select
    kind.definition, null, week.venue, week.ratio, null, null, 'ratio',
    vote_if(case when len(ordinary.ratios) > 0 then
        len(list_filter(ordinary.ratios, lambda other: other >= week.ratio)) / len(ordinary.ratios)
            > threshold('clear_rise_rank') end),
    null
from (values ('pair'), ('ether'), ('bitcoin')) as kind(definition)
left join (
    select traded.* from traded inner join clock on traded.closed_at = clock.ended_at
) as week
    on week.definition = kind.definition
left join ordinary on ordinary.definition = week.definition and ordinary.venue = week.venue
-- evidence
select * exclude (closed_at, low, high)
from (from price_rows('BTC') union all from price_rows('ETH'))
where closed_at in (timestamptz '2025-08-07 00:00:00+00', timestamptz '2025-08-12 00:00:00+00')
order by closed_at, what, publisher
