-- One row per anchor, venue, asset and horizon.
-- claim: a21
-- article: A
-- statement: plan money trades rarely (0.5 times a month), so the majors' volatility should fall
-- stated: 0.5
-- unit: per_month
with hour as (
    select
        anchor, is_candidate, note, nominal_at,
        unnest(generate_series(earliest_at, latest_at, interval 1 hour)) as hour_at
    from seed.anchor
    where event = 'eo-401k'
),

hourly as (
    select
        hourly.venue, hourly.asset, hourly.closed_at,
        sum(hourly.log_return ** 2) over until_then as squares,
        count(hourly.log_return) over until_then as returns
    from mart.spot_hourly as hourly
    inner join seed.venue as venue using (venue, quote)
    where hourly.asset in ('BTC', 'ETH')
    window until_then as (partition by hourly.venue, hourly.asset order by hourly.closed_at)
),

-- Realised volatility is the root of the mean squared hourly log return, as in the study: over
-- equal spans the counts cancel.
compared as (
    select
        hour.anchor, hour.is_candidate, hour.note, hour.hour_at = hour.nominal_at as is_nominal,
        middle.venue, middle.asset, horizon.days,
        case
            when later.returns - earlier.returns = 2 * 24 * horizon.days
                then sqrt((later.squares - middle.squares) / (middle.squares - earlier.squares)) - 1
        end as change
    from hour
    cross join (values (1), (3), (5), (14), (30), (90), (180)) as horizon(days)
    inner join hourly as middle on middle.closed_at = hour.hour_at
    left join hourly as earlier
        on earlier.venue = middle.venue and earlier.asset = middle.asset
        and earlier.closed_at = hour.hour_at - horizon.days * interval 24 hours
    left join hourly as later
        on later.venue = middle.venue and later.asset = middle.asset
        and later.closed_at = hour.hour_at + horizon.days * interval 24 hours
),

measured as (
    select
        anchor, is_candidate, note, venue, asset, days,
        max(change) filter (where is_nominal) as value, min(change) as low, max(change) as high,
        abs(ln(1 + max(change) filter (where is_nominal))) > threshold('volatility_standard_errors') / sqrt(24 * days) as is_clear,
        -- An account that trades half a time a month trades once in sixty days: a shorter horizon
        -- cannot show what such money does.
        days >= 30 / stated('a21') as is_long
    from compared
    group by anchor, is_candidate, note, venue, asset, days
)

select
    anchor, venue,
    asset || ' over ' || case days when 1 then 'a day' else days || ' days' end as definition,
    value, low, high, 'fraction' as unit,
    case when is_candidate and is_long and is_clear then value < 0 end as agrees,
    case
        when not is_candidate then note
        when not is_long
            then format('a plan account trades once in {:.0f} days: only longer horizons tell', 30 / stated('a21'))
        when value is null then 'hourly bars are missing, or the data end before'
        when not is_clear then 'a change within its sampling error'
        else 'realised volatility after over before, less one'
    end as note
from measured
union all
select
    null, null, 'trades a month in plan accounts', null, null, null, 'per_month', null,
    'no record of trading in 401(k) accounts here; the record keeper''s report would decide'
