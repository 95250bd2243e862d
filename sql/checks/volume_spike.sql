-- One row per bar whose volume is out of all proportion to its usual one, the other venues' beside it.
-- severity: warn
-- by day of bars: stamped_at
-- reach in days: 2 * threshold('check_volume_days')
-- Usual: the median of the same hour of the week over the bar's span of weeks and the one before.
-- Far above: another unit, bars counted twice. Far below: the venue was out for a part of it.
with coarse as (
    select
        venue, symbol, asset, bar_interval, opened_at, volume_base,
        extract('isodow' from opened_at at time zone 'UTC') as weekday,
        extract('hour' from opened_at at time zone 'UTC') as hour,
        cast(floor(epoch(opened_at) / (86400 * threshold('check_volume_days'))) as integer) as span
    from mart.spot_coarse
    where
        opened_at >= read_from()
        and opened_at < read_until()
),

usual as (
    select
        venue, symbol, bar_interval, weekday, hour, span + later as span,
        median(volume_base) as volume
    from coarse cross join range(2) as spans(later)
    group by all
    having median(volume_base) > 0
),

bar as (
    select coarse.*, usual.volume as usual, coarse.volume_base / usual.volume as ratio
    from coarse
    inner join usual using (venue, symbol, bar_interval, weekday, hour, span)
),

-- Of an offender the others' volume is out of proportion by less, or the other way, so that its own
-- is by more than the root of the bound: few bars need be compared. The digits are for rounding.
odd as (
    select bar.*
    from bar
    cross join (
        select
            0.999999 * least(
                sqrt(threshold('check_volume_beside')), threshold('check_volume_alone')
            ) as least
    )
    where
        (ratio > least or ratio < 1 / least)
        and opened_at >= renewed_from()
        and opened_at < renewed_until()
),

-- What the other venues did in the hour is the measure of the day's news; without them only a fault
-- of unit can be told.
beside as (
    select odd.*, exp(avg(ln(other.ratio))) as others
    from odd
    left join bar as other
        on odd.asset = other.asset and odd.bar_interval = other.bar_interval
        and odd.opened_at = other.opened_at and odd.venue <> other.venue
        and other.ratio > 0
    group by all
),

judged as (
    select *, ratio / coalesce(others, 1) as excess,
        case
            when others is null then threshold('check_volume_alone')
            else threshold('check_volume_beside')
        end as bound
    from beside
)

select
    concat_ws(' ', venue, symbol, nullif(bar_interval, '1h'), utc_text(opened_at)) as object,
    format('{:g}, usual for it {:g}', volume_base, usual)
        || coalesce(format('; the other venues had {:.2g} times their usual', others), '') as detail,
    opened_at as stamped_at
from judged
-- Of two venues that disagree, the one further from its own usual is named.
where excess > bound and coalesce(ratio * others > 1, true)
    or others is not null and excess < 1 / bound and ratio * others < 1;
