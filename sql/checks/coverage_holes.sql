-- One row per series with holes between its first and its last stamp.
-- severity: warn
-- A venue outage, a fund that did not report, or something not fetched: see mart.coverage.
with stamped as (
    select
        'coin_snapshot' as dataset, vendor || ' ' || coin as series, snapshot_at as stamp_at,
        payload_sha256
    from raw.coin_snapshot
    where superseded_at is null
    union all
    select 'index_bar', symbol, cast(session as timestamp) at time zone 'UTC', payload_sha256
    from raw.index_bar
    where superseded_at is null and bar_interval = '1d'
),

marked as (
    select
        *, lead(stamp_at) over stamps as next_at,
        payload_sha256 in (select payload_sha256 from ops.load where source = 'sample')
            as is_bundled
    from stamped
    window stamps as (partition by dataset, series order by stamp_at)
),

-- Between bundled figures and the first that their source still had lies what nobody serves.
unserved as (
    select
        dataset, series,
        sum(
            if(
                dataset = 'coin_snapshot', (epoch(next_at) - epoch(stamp_at)) / 86400 - 1,
                (
                    select count(*) from cal.stamp as due
                    where
                        due.calendar = 'XNYS' and due.stamp_at > marked.stamp_at
                        and due.stamp_at < marked.next_at
                )
            )
        ) as stamps
    from (
        select
            *,
            lead(is_bundled) over (partition by dataset, series order by stamp_at)
                as is_next_bundled
        from marked
    ) as marked
    where is_bundled and not is_next_bundled
    group by dataset, series
)

select
    concat_ws(' ', coverage.dataset, coverage.series, coverage."interval") as object,
    format('{} of {} missing', coverage.missing, coverage.expected) as detail
from mart.coverage as coverage
left join unserved using (dataset, series)
-- A contract that did not trade on a day has no last trade: that is no hole.
where coverage.missing > coalesce(unserved.stamps, 0)
    and not (coverage.dataset = 'futures_price' and coverage.series like '% last_trade');
