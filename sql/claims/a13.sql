-- One row per venue and definition of lately or of volume.
-- claim: a13
-- article: A
-- statement: ETH/BTC rose of late, its volume not clearly above average
-- stated: up, volume near average
-- unit: words
with ended as (
    select nominal_at as ended_at
    from seed.anchor
    where event = 'eo-401k' and anchor = 'publication'
),

change as (
    select venue.venue, days.days, newer.ratio / older.ratio - 1 as value
    from ended
    cross join (values (7), (30)) as days(days)
    cross join (from seed.venue semi join mart.spot_hourly using (venue, quote)) as venue
    left join mart.eth_btc as newer
        on newer.venue = venue.venue and newer.closed_at = ended.ended_at
    left join mart.eth_btc as older
        on older.venue = venue.venue
        and older.closed_at = ended.ended_at - days.days * interval 24 hours
),

week as (
    select
        hourly.venue, hourly.asset,
        sum(hourly.volume_base order by hourly.closed_at)
            filter (where hourly.closed_at > ended.ended_at - 7 * interval 24 hours) / 7 as latest,
        sum(hourly.volume_base order by hourly.closed_at)
            filter (where hourly.closed_at <= ended.ended_at - 7 * interval 24 hours) / 30 as usual,
        count(*) as bars
    from mart.spot_hourly as hourly
    inner join seed.venue as venue using (venue, quote)
    inner join ended
        on hourly.closed_at > ended.ended_at - 37 * interval 24 hours
        and hourly.closed_at <= ended.ended_at
    where hourly.asset in ('BTC', 'ETH')
    group by all
)

select
    'publication' as anchor,
    venue,
    'price against ' || days || ' days before' as definition,
    value,
    null as low,
    null as high,
    'fraction' as unit,
    value > 0 as agrees,
    case
        when value is null then 'hourly bars are missing'
        else 'ratio of the two dollar prices'
    end as note
from change
union all
select
    'publication',
    venue,
    'stand-in volume, ' || asset || ' in dollars',
    case when bars = 37 * 24 then latest / usual end,
    null,
    null,
    'ratio',
    case when bars = 37 * 24 then latest / usual < threshold('clear_rise_ratio') end,
    case
        when bars < 37 * 24 then 37 * 24 - bars || ' hourly bars of the 37 days are missing'
        else 'the week to publication over the mean of the 30 days before'
    end
from week
union all
select
    'publication', null, 'its own volume', null, null, null, 'ratio', null,
    'no bars of the ETH/BTC market here; they would decide'
