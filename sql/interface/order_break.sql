-- One row per venue and way to say that a level was broken: the first time from the day of the
-- order on.
create or replace macro order_break(asset_name, level_usd) as table
    with bar as (
        select
            hourly.venue, hourly.opened_at at time zone 'UTC' as opened_at, hourly.high, hourly.close,
            hourly.opened_at >= clock.nominal_at as is_after
        from mart.spot_hourly as hourly
        inner join seed.venue as venue using (venue, quote)
        inner join seed.anchor as clock on clock.event = 'eo-401k' and clock.anchor = 'day'
        where hourly.asset = asset_name
    ),

    touch as (
        select
            venue,
            min(opened_at) filter (where is_after and high >= level_usd) as traded_at,
            min(opened_at) filter (where is_after and close >= level_usd) as closed_at,
            max(opened_at) filter (where not is_after and high >= level_usd) as traded_before_at
        from bar
        group by venue
    ),

    broken as (
        select
            venue, traded_before_at, unnest(['first trade', 'first hourly close']) as way,
            unnest([traded_at, closed_at]) as broken_at
        from touch
    )

    select
        'day' as anchor, venue, way || ' at the level or above' as definition,
        cast(strftime(broken_at, '%Y%m%d') as double) as value, null as low, null as high,
        'yyyymmdd' as unit,
        case
            when broken_at is null
                then 'not reached from the day of the order to the end of the data'
            else strftime(broken_at, 'in the hour of %H:%M UTC')
                || coalesce(strftime(traded_before_at, '; before the order last on %Y-%m-%d'), '')
        end as note
    from broken;
comment on macro table order_break is
    'When an asset first traded, and first closed an hour, at a level or above from the day of '
    'the order on, on each venue; value is the day, written yyyymmdd. Example: from '
    'order_break(''BTC'', 122000)';
