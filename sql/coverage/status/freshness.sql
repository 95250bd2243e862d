-- One row per part, venue and interval of the ledger: the newest figure held, and the newest whose
-- promise had passed at $judged_at.
-- Runs after part.sql of sql/coverage/counts.
with promised as (
    select
        series.*, part.fresh_within_hours is not null and series.is_running as is_promised,
        coalesce(
            to_timestamp(
                coverage_public_number(
                    part.counted_from = 'end', part.available_after_hours + part.fresh_within_hours,
                    coverage_step(series.part, series."interval"), $judged_at::timestamptz
                ) * coverage_step(series.part, series."interval")
            ),
            (
                select max(due.stamp_at) from cal.stamp as due
                where due.calendar = part.calendar
                    and if(part.counted_from = 'end', due.ended_at, due.stamp_at)
                        <= coverage_hours_before(
                            $judged_at::timestamptz,
                            part.available_after_hours + part.fresh_within_hours
                        )
            )
        ) as due_at,
        root.asset as months_of
    from ops.series as series
    inner join seed.dataset as part on series.part = part.dataset
    left join seed.futures_root as root
        on series.dataset = 'futures_price' and root.root = regexp_extract(series.symbol, '^([A-Z]+)[FGHJKMNQUVXZ][0-9]$', 1)
),

-- A source may lack single months, and still sends the continuous series. Where it has no month at
-- all of an asset, it has gone silent on it.
silent as (
    select part, venue, "interval", list(months_of order by months_of) as assets
    from (
        select part, venue, "interval", months_of
        from promised
        where is_promised and due_at >= wanted_from and months_of is not null
        group by all
        having coalesce(max(last_at) < max(due_at), true)
    )
    group by all
)

select
    part, venue, "interval",
    count(*) as series,
    max(last_at) as newest_at,
    max(due_at) filter (is_promised) as due_at,
    -- An answer that a figure does not exist settles it for its series; yet where no series has
    -- one, the source has gone silent.
    case
        when not bool_or(is_promised) then 'ended'
        when count(*) filter (is_promised and due_at >= wanted_from and coalesce(settled_to < due_at, true)) > 0 then 'stale'
        when coalesce(max(last_at) < max(due_at) filter (is_promised), true) then 'stale'
        when any_value(silent.assets) is not null then 'stale'
        else 'fresh'
    end as state,
    list(symbol order by symbol) filter (is_promised and due_at >= wanted_from and coalesce(settled_to < due_at, true)) as behind,
    any_value(silent.assets) as without_months_of
from promised
left join silent using (part, venue, "interval")
group by all
order by state = 'ended', part, venue, "interval" desc;
